/** Similarities of maps by method and network: a dot with its interval per network, a row per method, a panel per check. */

import * as Plot from "@observablehq/plot";
import { axisStyle } from "./axis.ts";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { shorten, textWidth } from "./lettering.ts";
import { muted, rule, type SeriesStyle, seriesStyle } from "./palette.ts";
import { distinct, isPlottable, leftOutNote, sift } from "./values.ts";

/** One network's maps by one method in one check. */
export interface SimilarityDot {
  /** The method. */
  readonly row: string;
  /** The network. */
  readonly series: string;
  /** The check. */
  readonly panel: string;
  /** In [-1, 1]. */
  readonly mean: number;
  /** Ends of its interval; where one is not finite, none is drawn. */
  readonly low: number;
  readonly high: number;
}

export interface SimilarityDotsOptions extends FigureOptions {
  readonly intervalName?: string;
}

const rowHeight = 12;
const symbols: readonly SeriesStyle["symbol"][] = ["circle", "diamond2", "square", "triangle"];

/** Draws the rows in the order in which they first come; networks differ by hue and by marker. */
export async function similarityDots(
  dots: readonly SimilarityDot[],
  options: SimilarityDotsOptions = {},
): Promise<string> {
  const { title = "How alike maps stay", width = 720, intervalName = "95 % interval" } = options;
  const { kept, leftOut } = sift(dots, (dot) => [dot.mean]);
  const notes = leftOutNote(leftOut, dots.length, "values");
  if (kept.length === 0) return emptyFigure(title, options, notes);
  const [rows, series, panels] = [
    distinct(kept, (dot) => dot.row),
    distinct(kept, (dot) => dot.series),
    distinct(kept, (dot) => dot.panel),
  ];
  const style = (name: string) => {
    const n = series.indexOf(name);
    return { colour: seriesStyle(n).colour, symbol: symbols[n % symbols.length] };
  };
  // Every row is a band of lines, one per network, with a line of room between bands.
  const line = ({ row, series: name }: SimilarityDot) => rows.indexOf(row) * (series.length + 1) + series.indexOf(name);
  const lines = rows.length * (series.length + 1) - 1;
  const placed = kept.map((dot) => ({
    ...dot,
    y: line(dot),
    title: `${dot.row}, ${dot.series}, ${dot.panel}: ${dot.mean.toFixed(3)}`,
  }));
  const intervals = placed.filter((dot) => isPlottable(dot.low) && isPlottable(dot.high));
  const marginLeft = Math.ceil(Math.min(200, Math.max(...rows.map((row) => textWidth(row, 12))) + 14));
  const [marginTop, marginBottom] = [24, 34];
  const low = Math.min(0, ...placed.map((dot) => dot.mean)) < 0 ? -1 : 0;
  const colour = ({ series: name }: SimilarityDot) => style(name).colour;
  return figure(
    {
      title,
      subtitle: "rank correlation of magnitudes, 1 where maps are the same",
      description: rows
        .slice(0, 12)
        .map((row) => {
          const own = placed.filter((dot) => dot.row === row && dot.panel === panels[0]);
          return `${row}, ${panels[0]}: ${own.map((dot) => `${dot.series} ${dot.mean.toFixed(2)}`).join(", ")}.`;
        })
        .join(" "),
      width,
      legend: series.map((name) => ({ label: shorten(name, 12, width - 60), ...style(name), sample: "marker" })),
      plot: {
        ...{ marginLeft, marginRight: 14, marginTop, marginBottom },
        height: marginTop + marginBottom + lines * rowHeight,
        color: { type: "identity" },
        symbol: { type: "identity" } as Plot.ScaleOptions,
        fx: { domain: panels, label: null, axis: null, paddingInner: panels.length > 1 ? 0.1 : 0, paddingOuter: 0 },
        x: { type: "linear", domain: [low, 1], clamp: true },
        y: { type: "linear", axis: null, domain: [-0.5, Math.max(0, lines - 1) + 0.5], reverse: true },
        marks: [
          Plot.text(panels, {
            fx: (name: string) => name,
            text: (name: string) => name,
            frameAnchor: "top-left",
            dy: -17,
            fontSize: 12,
            fontWeight: 600,
          }),
          Plot.gridX({ ticks: 5, stroke: rule.light, strokeOpacity: 1 }),
          Plot.ruleX([0.9], { stroke: muted.light, strokeDasharray: "2 3" }),
          Plot.axisX({ ...axisStyle, ticks: 5, label: null }),
          Plot.text(
            rows.map((row, i) => ({ row, y: i * (series.length + 1) + (series.length - 1) / 2 })),
            {
              ...{ fx: () => panels[0], y: "y", frameAnchor: "left", textAnchor: "end", dx: -10, fontSize: 12 },
              text: ({ row }: { row: string }) => shorten(row, 12, marginLeft - 12),
            },
          ),
          Plot.ruleY(intervals, { fx: "panel", y: "y", x1: "low", x2: "high", stroke: colour, strokeWidth: 1.6 }),
          ...series.map((name) =>
            Plot.dot(
              placed.filter((dot) => dot.series === name),
              {
                fx: "panel",
                x: "mean",
                y: "y",
                r: 3.6,
                fill: style(name).colour,
                symbol: style(name).symbol,
                title: "title",
              },
            ),
          ),
        ],
      },
      notes: [`Line: ${intervalName}. Dashed: 0.9, from which maps are called insensitive.`, ...notes],
    },
    options,
  );
}
