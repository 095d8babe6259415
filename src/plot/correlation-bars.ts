/** How strongly each measure of gradient flow goes along with performance: |Kendall's tau| per measure, sparse and dense. */

import * as Plot from "@observablehq/plot";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { shorten, textWidth } from "./lettering.ts";
import { formatP } from "./numerals.ts";
import { kinds, muted, type NetKind, rule } from "./palette.ts";
import { layPanels } from "./panels.ts";
import { distinct, leftOutNote, sift } from "./values.ts";

/** One coefficient. */
export interface Correlation {
  /** The measure: "EGF₂", "gf_1". */
  readonly measure: string;
  readonly kind: NetKind;
  /** What it is held against: "test loss", "test accuracy". One panel each. */
  readonly target: string;
  /** Kendall's tau-b in [-1, 1]; its absolute value is drawn, its sign printed. */
  readonly tau: number;
  readonly p?: number;
  readonly n?: number;
}

const rowHeight = 40;

/** Draws |tau| from 0 to 1; coefficients that are not finite (a constant measure) are left out and counted. */
export async function correlationBars(rows: readonly Correlation[], options: FigureOptions = {}): Promise<string> {
  const { title = "Which measure of gradient flow tracks performance?", width = 720 } = options;
  const { kept, leftOut } = sift(rows, (row) => [row.tau]);
  const notes = leftOutNote(leftOut, rows.length, "coefficients");
  if (kept.length === 0) return emptyFigure(title, options, notes);

  const measures = distinct(kept, (row) => row.measure);
  const marginLeft = Math.ceil(Math.min(150, Math.max(...measures.map((name) => textWidth(name, 12))) + 14));
  const layout = layPanels(
    distinct(kept, (row) => row.target),
    {
      width,
      panelHeight: measures.length * rowHeight,
      columns: 2,
      marginLeft,
      marginRight: 8,
      marginBottom: 26,
    },
  );
  const facets = {
    fx: (row: Correlation) => layout.place(row.target).fx,
    fy: (row: Correlation) => layout.place(row.target).fy,
  };
  const marks: Plot.Markish[] = [
    ...layout.marks,
    Plot.gridX([0, 0.25, 0.5, 0.75, 1], { stroke: rule.light, strokeOpacity: 1 }),
    Plot.axisX([0, 0.25, 0.5, 0.75, 1], {
      tickFormat: (x: number) => String(x),
      tickSize: 0,
      label: null,
      fill: muted.light,
      fontSize: 11,
    }),
    Plot.axisY({
      tickSize: 0,
      label: null,
      fontSize: 12,
      tickFormat: (name: string) => shorten(name, 12, marginLeft - 12),
    }),
  ];
  for (const kind of ["sparse", "dense"] as const) {
    const { colour, symbol, dash } = kinds[kind];
    const own = kept.filter((row) => row.kind === kind);
    const dy = kind === "sparse" ? -7 : 7;
    const at = { ...facets, y: "measure", dy };
    const size = (row: Correlation) => Math.abs(row.tau);
    marks.push(
      Plot.ruleY(own, { ...at, x1: 0, x2: size, stroke: colour, strokeWidth: 2, strokeDasharray: dash }),
      Plot.dot(own, { ...at, x: size, symbol, fill: colour, r: 4, title: describe }),
      Plot.text(own, {
        ...at,
        x: size,
        text: printTau,
        dx: 9,
        textAnchor: "start",
        fontSize: 11,
        fontVariant: "tabular-nums",
      }),
    );
  }
  return figure(
    {
      title,
      subtitle: "|Kendall's tau-b| over trials, 0 = none, 1 = perfect; the sign is printed",
      description: kept.map(describe).slice(0, 24).join("; "),
      width,
      legend: (["sparse", "dense"] as const).map((kind) => ({ ...kinds[kind], sample: "line" })),
      plot: {
        ...layout.options,
        x: { domain: [0, 1], insetRight: 44 },
        y: { type: "band", domain: measures, padding: 0 },
        marks,
      },
      notes,
    },
    options,
  );
}

function printTau({ tau }: Correlation): string {
  return `${tau < 0 ? "−" : ""}${Math.abs(tau).toFixed(2)}`;
}

function describe(row: Correlation): string {
  const p = row.p === undefined ? "" : `, p = ${formatP(row.p)}`;
  return `${row.measure} and ${row.target}, ${row.kind}: tau = ${printTau(row)}${p}${row.n === undefined ? "" : `, n = ${row.n}`}`;
}
