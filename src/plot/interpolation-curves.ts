/** Loss and accuracy along the straight lines between networks, and the barrier on each, as Evci et al. 2022 plot them. */

import * as Plot from "@observablehq/plot";
import { type Axis, axisStyle, chooseAxis, formatOf, ticksOf } from "./axis.ts";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { muted, rule } from "./palette.ts";
import { seriesLook, seriesMarks } from "./series.ts";
import { groupBy, leftOutNote, linearDomain, sift } from "./values.ts";

/** One point of a line. */
export interface InterpolationPoint {
  /** The line: its ends' names. */
  readonly series: string;
  /** 0 at the start, 1 at the end. */
  readonly alpha: number;
  readonly loss: number;
  /** In [0, 1]. */
  readonly accuracy?: number;
}

interface Barrier {
  readonly alpha: number;
  /** The higher end, and the peak. */
  readonly low: number;
  readonly high: number;
}

/** Draws the losses, with a bracket from the higher end to the peak between the ends where there is a barrier. */
export async function interpolationCurves(
  points: readonly InterpolationPoint[],
  options: FigureOptions = {},
): Promise<string> {
  const { title = "Loss between networks", width = 720 } = options;
  const { kept, leftOut } = sift(points, (p) => [p.alpha, p.loss]);
  const notes = leftOutNote(leftOut, points.length, "points");
  if (kept.length === 0) return emptyFigure(title, options, notes);
  const barriers = new Map([...groupBy(kept, (p) => p.series)].map(([name, own]) => [name, barrierOf(own)]));
  const label = (name: string) => {
    const barrier = barriers.get(name);
    return barrier === undefined ? name : `${name}, barrier ${Number((barrier.high - barrier.low).toPrecision(3))}`;
  };
  const look = seriesLook(kept, width, label);
  const losses = kept.map((p) => ({
    panel: "",
    series: p.series,
    x: p.alpha,
    y: p.loss,
    title: `${p.series}, α ${p.alpha.toFixed(2)}: loss ${p.loss.toPrecision(4)}${p.accuracy === undefined ? "" : `, accuracy ${(100 * p.accuracy).toFixed(2)} %`}`,
  }));
  const x = { type: "linear" as const, domain: linearDomain(kept.map((p) => p.alpha)) };
  const y = chooseAxis(losses.map((row) => row.y));
  return figure(
    {
      title,
      subtitle: `${y.scale.type === "log" ? "loss, logarithmic axis, " : "loss "}along the line from a start (α = 0) to an end (α = 1)`,
      description: `Loss along ${look.names.length} lines: ${look.names.slice(0, 12).map(label).join("; ")}.`,
      width,
      legend: look.legend,
      plot: {
        height: 320,
        marginLeft: 52,
        marginRight: 16,
        marginTop: 12,
        marginBottom: 38,
        x,
        y: y.scale,
        marks: [
          Plot.gridY({ ...ticksOf(y), stroke: rule.light, strokeOpacity: 1 }),
          Plot.ruleX(
            [0, 1].filter((end) => end >= x.domain[0] && end <= x.domain[1]),
            { stroke: muted.light, strokeDasharray: "3 3" },
          ),
          Plot.axisY({ ...axisStyle, ...ticksOf(y), ...formatOf(y), label: null }),
          Plot.axisX({ ...axisStyle, ticks: 7, label: "α", labelAnchor: "center" }),
          ...seriesMarks(losses, { look, lowY: y.low }),
          ...brackets(barriers, look.style, y),
        ],
      },
      notes,
    },
    options,
  );
}

/** From the higher of both ends to the highest point between them; none where an end is missing. */
function barrierOf(points: readonly InterpolationPoint[]): Barrier | undefined {
  const ends = [0, 1].map((alpha) => points.find((p) => p.alpha === alpha)?.loss ?? Number.NaN);
  const low = Math.max(...ends);
  const between = points.filter((p) => p.alpha >= 0 && p.alpha <= 1);
  const peak = between.reduce((best, p) => (p.loss > best.loss ? p : best), between[0]);
  return peak !== undefined && peak.loss >= low ? { alpha: peak.alpha, low, high: peak.loss } : undefined;
}

function brackets(
  barriers: ReadonlyMap<string, Barrier | undefined>,
  style: (name: string) => { readonly colour: string },
  y: Axis,
): Plot.Markish[] {
  return [...barriers].flatMap(([name, barrier]) => {
    if (barrier === undefined || barrier.high === barrier.low) return [];
    const { colour } = style(name);
    const at = { ...barrier, low: Math.max(barrier.low, y.low) };
    return [
      Plot.ruleX([at], { x: "alpha", y1: "low", y2: "high", stroke: colour, strokeWidth: 1.2 }),
      Plot.ruleY([at], { x1: at.alpha - 0.02, x2: at.alpha + 0.02, y: "low", stroke: colour, strokeWidth: 1.2 }),
    ];
  });
}
