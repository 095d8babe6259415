/** The validation loss of a search's trainings, against what it had cost: a dot each, and a step line through the best so far. */

import * as Plot from "@observablehq/plot";
import { axisStyle, chooseAxis, formatOf, linearAxis, logAxis, ticksOf } from "./axis.ts";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { formatCount } from "./numerals.ts";
import { rule } from "./palette.ts";
import { seriesLook } from "./series.ts";
import { groupBy, leftOutNote, sift } from "./values.ts";

/** One training of a search. */
export interface SearchPoint {
  readonly series: string;
  /** Which search of the series. */
  readonly seed: string;
  /** Gradients computed by its end. */
  readonly cost: number;
  readonly loss: number;
}

/** Draws the least loss so far. */
export async function searchProgress(points: readonly SearchPoint[], options: FigureOptions = {}): Promise<string> {
  const { title = "Validation loss of the trainings", width = 720 } = options;
  const { kept, leftOut } = sift(points, (p) => [p.cost, p.loss]);
  const notes = leftOutNote(leftOut, points.length, "trainings");
  if (kept.length === 0) return emptyFigure(title, options, notes);
  const rows = [...groupBy(kept, (p) => `${p.series}\u0000${p.seed}`).values()].flatMap((search) => {
    let least = Number.POSITIVE_INFINITY;
    return [...search]
      .sort((a, b) => a.cost - b.cost)
      .map((p) => {
        least = Math.min(least, p.loss);
        return {
          ...p,
          x: p.cost,
          y: least,
          title: `${p.series}, seed ${p.seed}: ${p.loss.toPrecision(4)} after ${p.cost}`,
        };
      });
  });
  const look = seriesLook(rows, width);
  const x = chooseAxis(rows.map((row) => row.x));
  const losses = rows.map((row) => row.y);
  // Most of a search is spent where the loss is low.
  const y = losses.every((loss) => loss > 0) ? logAxis(losses) : linearAxis(losses);
  const highest = Math.max(...losses);
  const above = rows.filter((row) => row.loss > highest).length;
  return figure(
    {
      title,
      subtitle: "line: the best so far, one per seed; dots: each training",
      description: `The least validation loss against cost of ${look.names.length} searches.`,
      width,
      legend: look.legend,
      plot: {
        height: 320,
        marginLeft: 52,
        marginRight: 16,
        marginTop: 12,
        marginBottom: 38,
        x: x.scale,
        y: y.scale,
        marks: [
          Plot.gridY({ ...ticksOf(y), stroke: rule.light, strokeOpacity: 1 }),
          Plot.axisY({ ...axisStyle, ...ticksOf(y), ...formatOf(y), label: null }),
          Plot.axisX({
            ...axisStyle,
            ...ticksOf(x),
            tickFormat: formatCount,
            label: "gradients computed",
            labelAnchor: "center",
          }),
          ...look.names.flatMap((name): Plot.Markish[] => {
            const { colour, dash } = look.style(name);
            const own = rows.filter((row) => row.series === name);
            const at = {
              x: (row: (typeof own)[number]) => Math.max(row.x, x.low),
              y: (row: (typeof own)[number]) => Math.max(row.y, y.low),
            };
            return [
              Plot.line(own, {
                ...at,
                z: "seed",
                curve: "step-after",
                stroke: colour,
                strokeWidth: 1.4,
                strokeDasharray: dash,
              }),
              Plot.dot(
                own.filter((row) => row.loss <= highest),
                {
                  x: at.x,
                  y: (row: (typeof own)[number]) => Math.max(row.loss, y.low),
                  fill: colour,
                  fillOpacity: 0.6,
                  r: own.length > 200 ? 1 : 2,
                  title: "title",
                },
              ),
            ];
          }),
        ],
      },
      notes: [...(above > 0 ? [`${above} of ${rows.length} trainings lie above the figure.`] : []), ...notes],
    },
    options,
  );
}
