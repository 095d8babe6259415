/** Accuracy against what a network costs: a mark per network, the networks of a method joined by a line. */

import * as Plot from "@observablehq/plot";
import { axisStyle } from "./axis.ts";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { shorten, textWidth } from "./lettering.ts";
import { rule, seriesStyle } from "./palette.ts";
import { distinct, isPlottable, leftOutNote, linearDomain, sift } from "./values.ts";

/** One network, or the mean of those of several seeds. */
export interface CostPoint {
  /** The method. */
  readonly series: string;
  /** Share of the full network's cost, ≥ 0. */
  readonly share: number;
  /** A fraction. */
  readonly accuracy: number;
  /** Range over seeds, where there is one. */
  readonly low?: number;
  readonly high?: number;
}

export interface CostOptions extends FigureOptions {
  /** Below the axis: "multiply-accumulates, % of the full network's". */
  readonly measure?: string;
}

const plotHeight = 300;

/** Draws the curve; the horizontal axis begins at 0. Methods of one network have their name beside it instead of a line. */
export async function accuracyByCost(points: readonly CostPoint[], options: CostOptions = {}): Promise<string> {
  const { title = "Accuracy against cost", width = 720, measure = "cost, % of the full network's" } = options;
  const { kept, leftOut } = sift(points, (p) => [p.share, p.accuracy]);
  const notes = leftOutNote(leftOut, points.length, "networks");
  if (kept.length === 0) return emptyFigure(title, options, notes);
  const rows = kept.map(({ series, share, accuracy, low, high }) => ({
    series,
    x: 100 * share,
    y: 100 * accuracy,
    low: isPlottable(low) ? 100 * low : Number.NaN,
    high: isPlottable(high) ? 100 * high : Number.NaN,
  }));
  const names = distinct(rows, (row) => row.series);
  const ranges = rows.filter((row) => isPlottable(row.low) && isPlottable(row.high));
  const reading = (row: (typeof rows)[number]) => `${row.series}: ${row.y.toFixed(2)} % at ${row.x.toFixed(1)} %`;
  const of = (name: string) => rows.filter((row) => row.series === name).sort((a, b) => a.x - b.x);
  const look = (name: string) => seriesStyle(names.indexOf(name));
  const widest = Math.max(...rows.map(({ x }) => x));
  const marginLeft = 44;
  return figure(
    {
      title,
      subtitle: "test accuracy, %",
      description: rows
        .slice(0, 20)
        .map((row) => `${reading(row)}.`)
        .join(" "),
      width,
      legend: names.map((name) => {
        const room = width - 60;
        return { ...look(name), label: textWidth(name, 12) > room ? shorten(name, 12, room) : name, sample: "marker" };
      }),
      plot: {
        ...{ marginLeft, marginRight: 16, marginTop: 12, marginBottom: 38, height: plotHeight },
        x: { domain: [0, widest > 1e-12 ? 1.04 * widest : 1] },
        y: { domain: linearDomain([...rows.map(({ y }) => y), ...ranges.flatMap(({ low, high }) => [low, high])]) },
        marks: [
          Plot.gridX({ ticks: 6, stroke: rule.light, strokeOpacity: 1 }),
          Plot.gridY({ ticks: 5, stroke: rule.light, strokeOpacity: 1 }),
          Plot.axisX({ ...axisStyle, ticks: 6, label: measure, labelAnchor: "center" }),
          Plot.axisY({ ...axisStyle, ticks: 5, label: null }),
          ...names.flatMap((name) => [
            Plot.line(of(name), { x: "x", y: "y", stroke: look(name).colour, strokeWidth: 1.6 }),
            Plot.ruleX(
              ranges.filter((row) => row.series === name),
              { x: "x", y1: "low", y2: "high", stroke: look(name).colour, strokeWidth: 1.2 },
            ),
            Plot.dot(of(name), {
              ...{ x: "x", y: "y", r: 4.2, fill: look(name).colour, symbol: look(name).symbol },
              title: reading,
            }),
          ]),
        ],
      },
      notes: [...(ranges.length > 0 ? ["Upright lines: from the lowest seed to the highest."] : []), ...notes],
    },
    options,
  );
}
