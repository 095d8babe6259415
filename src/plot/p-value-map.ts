/**
 * One-sided p-values as a heat map: optimizers down, variants across, the value in every cell, bold where significant.
 *
 * The colours are stepped at the levels people read: blue where sparse is better (p near 0), orange where dense is
 * (p near 1), grey between.
 */

import * as Plot from "@observablehq/plot";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { shorten, textWidth } from "./lettering.ts";
import { formatP } from "./numerals.ts";
import { muted, tints } from "./palette.ts";
import { distinct, isPlottable } from "./values.ts";

/** The test of one combination of row and column. */
export interface PValueCell {
  readonly row: string;
  readonly column: string;
  /** One-sided p of "sparse > dense" in [0, 1]; anything else, such as NaN, means that there was nothing to test. */
  readonly p: number;
  /** Number of pairs. */
  readonly n?: number;
  /** Mean difference sparse - dense as a fraction, for the cell's tooltip. */
  readonly difference?: number;
}

export interface PValueMapOptions extends FigureOptions {
  /** Values at or below are bold; 0.05 by default. */
  readonly level?: number;
  /** The test in words, for the note: "Wilcoxon signed-rank, exact". */
  readonly method?: string;
}

const bins: readonly { readonly from: number; readonly label: string; readonly colour: string }[] = [
  { from: Number.NEGATIVE_INFINITY, label: "p ≤ 0.001", colour: tints.sparse3.light },
  { from: 0.001, label: "≤ 0.01", colour: tints.sparse2.light },
  { from: 0.01, label: "≤ 0.05", colour: tints.sparse1.light },
  { from: 0.05, label: "between", colour: tints.neutral.light },
  { from: 0.95, label: "≥ 0.95", colour: tints.dense1.light },
  { from: 0.99, label: "≥ 0.99", colour: tints.dense2.light },
  { from: 0.999, label: "≥ 0.999", colour: tints.dense3.light },
];

/** The ground of a cell; neutral for NaN. Bounds belong to the outer bin on both sides. */
export function tintOf(p: number): string {
  if (Number.isNaN(p)) return tints.neutral.light;
  return bins.findLast(({ from }) => (from >= 0.95 ? p >= from : p > from))!.colour;
}

const cellHeight = 32;

/** Draws the table; a combination given twice keeps its last cell, one never given is an empty place. */
export async function pValueMap(cells: readonly PValueCell[], options: PValueMapOptions = {}): Promise<string> {
  const { title = "Is sparse better than dense?", width = 720, level = 0.05, method } = options;
  if (cells.length === 0) return emptyFigure(title, options);

  const shown = [...new Map(cells.map((cell) => [JSON.stringify([cell.row, cell.column]), tested(cell)])).values()];
  const rows = distinct(shown, (cell) => cell.row);
  const columns = distinct(shown, (cell) => cell.column);
  const marginLeft = Math.ceil(Math.min(160, Math.max(...rows.map((row) => textWidth(row, 12))) + 14));
  const cellWidth = Math.min(104, (width - marginLeft - 8) / columns.length);
  const longest = Math.max(...columns.map((column) => textWidth(column, 11)));
  const slanted = longest > cellWidth - 6;
  const marginTop = slanted ? Math.min(100, Math.ceil(longest * 0.6 + 20)) : 26;
  const bold = (cell: PValueCell) => cell.p <= level;
  const value = {
    x: "column",
    y: "row",
    text: (cell: PValueCell) => formatP(cell.p),
    fontSize: 12,
    fontVariant: "tabular-nums",
  } as const;
  const counts = distinct(shown, (cell) => cell.n).filter(isPlottable);

  return figure(
    {
      title,
      subtitle: "one-sided p of “sparse > dense”: blue where sparse is better, orange where dense is",
      description: `p-values for ${rows.length} rows by ${columns.length} columns; ${shown.filter(bold).length} of ${shown.length} are at most ${level}.`,
      width,
      legend: bins.map(({ label, colour }) => ({ label, colour, sample: "box" })),
      plot: {
        marginTop,
        marginLeft,
        marginBottom: 6,
        // The last slanted label leans to the right of its cell.
        marginRight: Math.max(8, width - marginLeft - cellWidth * columns.length),
        height: marginTop + 6 + rows.length * cellHeight,
        x: { type: "band", domain: columns, paddingInner: 0.04, paddingOuter: 0 },
        y: { type: "band", domain: rows, paddingInner: 0.08, paddingOuter: 0 },
        marks: [
          Plot.axisY({
            tickSize: 0,
            label: null,
            fontSize: 12,
            tickFormat: (row: string) => shorten(row, 12, marginLeft - 12),
          }),
          Plot.axisX({
            anchor: "top",
            tickSize: 0,
            label: null,
            fontSize: 11,
            fill: muted.light,
            tickFormat: (column: string) => shorten(column, 11, slanted ? 130 : cellWidth),
            ...(slanted ? { tickRotate: -35, textAnchor: "start", dx: -4 } : {}),
          }),
          ...distinct(shown, (cell) => tintOf(cell.p)).map((fill) =>
            Plot.cell(
              shown.filter((cell) => tintOf(cell.p) === fill),
              { x: "column", y: "row", fill, rx: 2, title: describe },
            ),
          ),
          Plot.text(
            shown.filter((cell) => !bold(cell)),
            { ...value, pointerEvents: "none" },
          ),
          Plot.text(shown.filter(bold), { ...value, fontWeight: 600, pointerEvents: "none" }),
        ],
      },
      notes: [
        `Bold: p ≤ ${level}.${counts.length === 1 ? ` n = ${counts[0]} pairs in every cell.` : ""}${counts.length > 1 ? ` n = ${Math.min(...counts)} to ${Math.max(...counts)} pairs.` : ""}${method === undefined ? "" : ` ${method}.`}`,
        ...(shown.some((cell) => Number.isNaN(cell.p)) ? ["–: nothing to test."] : []),
      ],
    },
    options,
  );
}

/** A p outside [0, 1] becomes NaN. */
function tested(cell: PValueCell): PValueCell {
  return cell.p >= 0 && cell.p <= 1 ? cell : { ...cell, p: Number.NaN };
}

function describe({ row, column, p, n, difference }: PValueCell): string {
  const gap = isPlottable(difference) ? `, mean difference ${(100 * difference).toFixed(2)} points` : "";
  return `${row}, ${column}: p = ${formatP(p)}${n === undefined ? "" : `, n = ${n}`}${gap}`;
}
