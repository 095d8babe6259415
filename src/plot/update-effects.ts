/** What each update of a topology did to the gradient's norm: a stem per update, up where it grew. */

import * as Plot from "@observablehq/plot";
import { axisStyle, linearAxis, ticksOf } from "./axis.ts";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { formatCount, formatSigned } from "./numerals.ts";
import { muted, rule } from "./palette.ts";
import { layPanels } from "./panels.ts";
import { seriesLook } from "./series.ts";
import { leftOutNote, sift } from "./values.ts";

/** One update. */
export interface UpdatePoint {
  readonly series: string;
  readonly step: number;
  /** Norm right after minus norm right before, on the same examples. */
  readonly delta: number;
}

/** Draws the differences, a panel per series. */
export async function updateEffects(points: readonly UpdatePoint[], options: FigureOptions = {}): Promise<string> {
  const { title = "Change of the gradient norm by topology updates", width = 720 } = options;
  const { kept, leftOut } = sift(points, (p) => [p.step, p.delta]);
  const notes = leftOutNote(leftOut, points.length, "updates");
  if (kept.length === 0) return emptyFigure(title, options, notes);
  const rows = kept.map((p) => ({
    ...p,
    panel: p.series,
    title: `${p.series}, step ${p.step}: ${formatSigned(p.delta, 4)}`,
  }));
  const look = seriesLook(rows, width);
  const layout = layPanels(look.names, {
    width,
    panelHeight: 170,
    columns: 3,
    marginLeft: 52,
    marginRight: 14,
    marginBottom: 38,
  });
  const facets = {
    fx: (row: { panel: string }) => layout.place(row.panel).fx,
    fy: (row: { panel: string }) => layout.place(row.panel).fy,
  };
  const x = linearAxis(rows.map((row) => row.step));
  const y = linearAxis([0, ...rows.map((row) => row.delta)]);
  return figure(
    {
      title,
      subtitle: "norm right after an update minus norm right before, on the same batch",
      description: look.names
        .slice(0, 12)
        .map((name) => {
          const own = rows.filter((row) => row.series === name);
          return `${name}: ${own.filter((row) => row.delta > 0).length} of ${own.length} updates raised the norm.`;
        })
        .join(" "),
      width,
      plot: {
        ...layout.options,
        x: x.scale,
        y: y.scale,
        marks: [
          ...layout.marks,
          Plot.gridY({ ...ticksOf(y), stroke: rule.light, strokeOpacity: 1 }),
          Plot.axisY({ ...axisStyle, ...ticksOf(y), label: null }),
          Plot.axisX({ ...axisStyle, ticks: 4, tickFormat: formatCount, label: "step", labelAnchor: "center" }),
          Plot.ruleY([0], { stroke: muted.light }),
          ...look.names.flatMap((name) => {
            const own = rows.filter((row) => row.series === name);
            const { colour } = look.style(name);
            return [
              Plot.ruleX(own, { ...facets, x: "step", y1: 0, y2: "delta", stroke: colour, strokeWidth: 1.4 }),
              Plot.dot(own, { ...facets, x: "step", y: "delta", fill: colour, r: 2.4, title: "title" }),
            ];
          }),
        ],
      },
      notes,
    },
    options,
  );
}
