/** The gradient's norm on a fixed batch over training, a line per network, as Evci et al. 2022 plot it. */

import * as Plot from "@observablehq/plot";
import { axisStyle, chooseAxis, formatOf, linearAxis, ticksOf } from "./axis.ts";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { formatCount } from "./numerals.ts";
import { rule } from "./palette.ts";
import { seriesLook, seriesMarks } from "./series.ts";
import { leftOutNote, sift } from "./values.ts";

/** The norm at one step of one training. */
export interface NormPoint {
  readonly series: string;
  readonly step: number;
  /** ≥ 0 */
  readonly norm: number;
}

/** Draws the norms; each axis is logarithmic where its values span more than a factor of 20. */
export async function gradientNormOverSteps(
  points: readonly NormPoint[],
  options: FigureOptions = {},
): Promise<string> {
  const { title = "Gradient norm over training", width = 720 } = options;
  const { kept, leftOut } = sift(points, (p) => [p.step, p.norm]);
  const notes = leftOutNote(leftOut, points.length, "values");
  if (kept.length === 0) return emptyFigure(title, options, notes);
  const rows = kept.map(({ series, step, norm }) => ({
    panel: "",
    series,
    x: step,
    y: norm,
    title: `${series}, step ${step}: ${norm.toPrecision(4)}`,
  }));
  const look = seriesLook(rows, width);
  const steps = rows.map((row) => row.x);
  // A start at step 0 has no place on a logarithmic axis.
  const x = steps.some((step) => step <= 0) ? linearAxis(steps) : chooseAxis(steps);
  const y = chooseAxis(rows.map((row) => row.y));
  const atEdge = rows.filter((row) => row.y < y.low).length;
  return figure(
    {
      title,
      subtitle: "2-norm of the gradient of all trained numbers on a fixed batch",
      description: `Gradient norms of ${look.names.length} trainings at ${rows.length} steps, from ${Math.min(...rows.map((r) => r.y)).toPrecision(3)} to ${Math.max(...rows.map((r) => r.y)).toPrecision(3)}.`,
      width,
      legend: look.legend,
      plot: {
        height: 300,
        marginLeft: 52,
        marginRight: 16,
        marginTop: 12,
        marginBottom: 38,
        x: x.scale,
        y: y.scale,
        marks: [
          Plot.gridY({ ...ticksOf(y), stroke: rule.light, strokeOpacity: 1 }),
          Plot.axisY({ ...axisStyle, ...ticksOf(y), ...formatOf(y), label: null }),
          Plot.axisX({ ...axisStyle, ...ticksOf(x), tickFormat: formatCount, label: "step", labelAnchor: "center" }),
          ...seriesMarks(rows, { look, lowX: x.low, lowY: y.low }),
        ],
      },
      notes: [...(atEdge > 0 ? [`${atEdge} norms of 0 are drawn at the edge of a logarithmic axis.`] : []), ...notes],
    },
    options,
  );
}
