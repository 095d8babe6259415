/** Gradient flow against test loss: a mark per trial, sparse and dense, one panel per combination of factors. */

import * as Plot from "@observablehq/plot";
import { axisStyle, chooseAxis, formatOf, ticksOf } from "./axis.ts";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { kinds, type NetKind, rule } from "./palette.ts";
import { layPanels } from "./panels.ts";
import { distinct, leftOutNote, sift } from "./values.ts";

/** One finished trial. */
export interface FlowPoint {
  readonly kind: NetKind;
  /** A measure of gradient flow, ≥ 0. */
  readonly flow: number;
  readonly testLoss: number;
  readonly panel?: string;
  /** Names the trial in its tooltip. */
  readonly label?: string;
}

export interface FlowOptions extends FigureOptions {
  /** The measure's name, below the axis; "gradient flow" by default. */
  readonly measure?: string;
}

/** Draws the scatter; an axis is logarithmic where its values span more than a factor of 20. */
export async function flowAgainstLoss(points: readonly FlowPoint[], options: FlowOptions = {}): Promise<string> {
  const { title = "Gradient flow against test loss", width = 720, measure = "gradient flow" } = options;
  const { kept, leftOut } = sift(points, (p) => [p.flow, p.testLoss]);
  const notes = leftOutNote(leftOut, points.length, "trials");
  if (kept.length === 0) return emptyFigure(title, options, notes);

  const rows = kept.map((p) => ({ ...p, panel: p.panel ?? "" }));
  const layout = layPanels(
    distinct(rows, (row) => row.panel),
    {
      width,
      panelHeight: 190,
      marginLeft: 48,
      marginRight: 14,
      marginBottom: 38,
    },
  );
  const x = chooseAxis(rows.map((row) => row.flow));
  const y = chooseAxis(rows.map((row) => row.testLoss));
  const atEdge = rows.filter((row) => row.flow < x.low || row.testLoss < y.low).length;
  const facets = {
    fx: (row: (typeof rows)[number]) => layout.place(row.panel).fx,
    fy: (row: (typeof rows)[number]) => layout.place(row.panel).fy,
  };
  const marks: Plot.Markish[] = [
    ...layout.marks,
    Plot.gridY({ ...ticksOf(y), stroke: rule.light, strokeOpacity: 1 }),
    Plot.gridX({ ...ticksOf(x), stroke: rule.light, strokeOpacity: 1 }),
    Plot.axisY({ ...axisStyle, ...ticksOf(y), ...formatOf(y), label: null }),
    Plot.axisX({ ...axisStyle, ...ticksOf(x), ...formatOf(x), label: measure, labelAnchor: "center" }),
  ];
  for (const kind of ["dense", "sparse"] as const) {
    const { colour, symbol } = kinds[kind];
    // Dense marks are hollow, so that both stay visible where they overlap.
    const paint = kind === "sparse" ? { fill: colour, fillOpacity: 0.75 } : { stroke: colour, strokeWidth: 1.4 };
    marks.push(
      Plot.dot(
        rows.filter((row) => row.kind === kind),
        {
          ...facets,
          x: (row) => Math.max(row.flow, x.low),
          y: (row) => Math.max(row.testLoss, y.low),
          symbol,
          r: 3.2,
          title: describe,
          ...paint,
        },
      ),
    );
  }
  return figure(
    {
      title,
      subtitle: `test loss over ${measure}, a mark per trial`,
      description: `${rows.length} trials: ${rows.filter((row) => row.kind === "sparse").length} sparse, ${rows.filter((row) => row.kind === "dense").length} dense.`,
      width,
      legend: [
        { ...kinds.sparse, sample: "marker" },
        { ...kinds.dense, sample: "hollow" },
      ],
      plot: { ...layout.options, x: x.scale, y: y.scale, marks },
      notes: [
        ...(atEdge > 0 ? [`${atEdge} trials at or below 0 are drawn at the edge of a logarithmic axis.`] : []),
        ...notes,
      ],
    },
    options,
  );
}

function describe({ kind, flow, testLoss, label }: FlowPoint): string {
  return `${label === undefined ? "" : `${label}: `}${kind}, flow ${flow.toPrecision(3)}, test loss ${testLoss.toPrecision(4)}`;
}
