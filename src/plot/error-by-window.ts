/** The error of hypergradients against the number of steps that share a value: a line per setting, both axes logarithmic. */

import * as Plot from "@observablehq/plot";
import { axisStyle, formatOf, logAxis, ticksOf } from "./axis.ts";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { formatCount } from "./numerals.ts";
import { rule } from "./palette.ts";
import { seriesLook, seriesMarks } from "./series.ts";
import { leftOutNote, sift } from "./values.ts";

/** The error at one width of window. */
export interface WindowPoint {
  readonly series: string;
  /** Steps that share a value, ≥ 1. */
  readonly width: number;
  /** Mean squared error, > 0. */
  readonly error: number;
}

/** Draws the errors. */
export async function errorByWindow(points: readonly WindowPoint[], options: FigureOptions = {}): Promise<string> {
  const { title = "Error of shared hypergradients", width = 720 } = options;
  const { kept, leftOut } = sift(points, (p) => [p.width, p.error]);
  const rows = kept
    .filter((p) => p.width > 0 && p.error > 0)
    .map(({ series, width: x, error: y }) => ({
      panel: "",
      series,
      x,
      y,
      title: `${series}, ${x} steps: ${y.toPrecision(3)}`,
    }));
  const notes = leftOutNote(leftOut + kept.length - rows.length, points.length, "errors");
  if (rows.length === 0) return emptyFigure(title, options, notes);
  const look = seriesLook(rows, width);
  const x = logAxis(rows.map((row) => row.x));
  const y = logAxis(rows.map((row) => row.y));
  return figure(
    {
      title,
      subtitle: "mean squared error against the mean over all seeds",
      description: `Errors of ${look.names.length} settings at ${rows.length} widths of window.`,
      width,
      legend: look.legend,
      plot: {
        height: 300,
        marginLeft: 56,
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
            label: "steps that share a value",
            labelAnchor: "center",
          }),
          ...seriesMarks(rows, { look, lowX: x.low, lowY: y.low }),
        ],
      },
      notes,
    },
    options,
  );
}
