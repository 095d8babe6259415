/** Mean paired difference sparse - dense per cell with its interval: a forest plot, the zero line in the middle. */

import * as Plot from "@observablehq/plot";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { shorten, textWidth } from "./lettering.ts";
import { formatP, formatSigned } from "./numerals.ts";
import { blue, muted, rule, vermillion } from "./palette.ts";
import { isPlottable, leftOutNote, linearDomain, sift } from "./values.ts";

/** One cell of the study. */
export interface Difference {
  /** The cell's factors in words. */
  readonly label: string;
  /** Mean of sparse - dense test accuracy over pairs, as a fraction. */
  readonly mean: number;
  /** Bounds of its interval; where one is not finite, none is drawn. */
  readonly low: number;
  readonly high: number;
  /** Number of pairs. */
  readonly n?: number;
  readonly p?: number;
}

export interface DifferenceOptions extends FigureOptions {
  /** What the interval is: "95 % bootstrap interval (BCa)". */
  readonly intervalName?: string;
  /** What is better on the left of zero and on its right: "dense" and "sparse" by default. */
  readonly sides?: readonly [left: string, right: string];
}

const rowHeight = 24;

/** Draws one row per cell in the order given; cells whose mean is not finite are left out and counted. */
export async function differenceForest(cells: readonly Difference[], options: DifferenceOptions = {}): Promise<string> {
  const { title = "Sparse minus dense", width = 720, intervalName = "95 % interval" } = options;
  const [left, right] = options.sides ?? ["dense", "sparse"];
  const { kept, leftOut } = sift(cells, (cell) => [cell.mean]);
  const notes = leftOutNote(leftOut, cells.length, "cells");
  if (kept.length === 0) return emptyFigure(title, options, notes);

  const rows = kept.map((cell, row) => {
    const known = isPlottable(cell.low) && isPlottable(cell.high);
    const mean = 100 * cell.mean;
    const low = known ? 100 * cell.low : mean;
    const high = known ? 100 * cell.high : mean;
    return { ...cell, row, known, mean, low, high, clear: known && (low > 0 || high < 0) };
  });
  type Row = (typeof rows)[number];
  const domain = linearDomain([0, ...rows.flatMap((row) => [row.mean, row.low, row.high])]);
  const marginLeft = Math.ceil(Math.min(220, Math.max(...rows.map((row) => textWidth(row.label, 12))) + 16));
  const columns = readingColumns(rows);
  const marginRight = columns.reduce((sum, column) => sum + column.width, 14);
  const marginTop = 34;
  const colour = (row: Row) => (row.mean < 0 ? vermillion.light : blue.light);
  const intervals = rows.filter((row) => row.known);

  const marks: Plot.Markish[] = [
    Plot.gridX({ ticks: 5, stroke: rule.light, strokeOpacity: 1 }),
    Plot.axisX({
      ticks: 5,
      tickSize: 0,
      tickFormat: (x: number) => formatTick(x),
      // The directions stand in the label, where they meet neither the rows nor the columns of numbers.
      label: `← ${left} better · percentage points of test accuracy · ${right} better →`,
      labelAnchor: "center",
      labelArrow: "none",
      fill: muted.light,
      fontSize: 11,
    }),
    Plot.axisY({
      tickSize: 0,
      label: null,
      fontSize: 12,
      tickFormat: (row: number) => shorten(rows[row].label, 12, marginLeft - 14),
    }),
    Plot.ruleX([0], { stroke: muted.light }),
    Plot.ruleY(intervals, { y: "row", x1: "low", x2: "high", stroke: colour, strokeWidth: 2 }),
    Plot.dot(
      rows.filter((row) => row.clear),
      { x: "mean", y: "row", r: 4.5, fill: colour, title: describe },
    ),
    Plot.dot(
      rows.filter((row) => !row.clear),
      { x: "mean", y: "row", r: 4, fill: "#ffffff", stroke: colour, strokeWidth: 2, title: describe },
    ),
    ...columns.flatMap(({ text, head, right }) => [
      Plot.text(rows, {
        y: "row",
        text,
        frameAnchor: "right",
        dx: right,
        textAnchor: "end",
        fontSize: 11,
        fontVariant: "tabular-nums",
      }),
      Plot.text([head], {
        frameAnchor: "top-right",
        dx: right,
        dy: -18,
        textAnchor: "end",
        fill: muted.light,
        fontSize: 11,
      }),
    ]),
  ];
  return figure(
    {
      title,
      subtitle: "mean paired difference in test accuracy",
      description: `${rows.length} cells: in ${rows.filter((row) => row.clear && row.mean > 0).length} ${right} is better and in ${rows.filter((row) => row.clear && row.mean < 0).length} ${left}, with an interval that leaves out 0.`,
      width,
      plot: {
        marginLeft,
        marginRight,
        marginTop,
        marginBottom: 38,
        height: marginTop + 38 + rows.length * rowHeight,
        // Colours are literals, not data to be mapped.
        color: { type: "identity" },
        x: { domain },
        y: { type: "band", domain: rows.map((row) => row.row), padding: 0 },
        marks,
      },
      notes: [`Line: ${intervalName}. Filled: the interval leaves out 0.`, ...notes],
    },
    options,
  );
}

/** The columns of numbers beside the rows, each with the place of its right edge. */
function readingColumns(
  rows: readonly { n?: number; p?: number; mean: number; low: number; high: number; known: boolean }[],
) {
  type Row = (typeof rows)[number];
  const value = (row: Row) =>
    row.known
      ? `${formatDifference(row.mean)} [${formatDifference(row.low)}, ${formatDifference(row.high)}]`
      : formatDifference(row.mean);
  const all: { head: string; text: (row: Row) => string; width: number; right: number }[] = [
    { head: "difference", text: value, width: 0, right: 0 },
  ];
  if (rows.some((row) => row.n !== undefined)) {
    all.push({ head: "n", text: (row) => (row.n === undefined ? "" : String(row.n)), width: 0, right: 0 });
  }
  if (rows.some((row) => row.p !== undefined)) {
    all.push({ head: "p", text: (row) => (row.p === undefined ? "" : formatP(row.p)), width: 0, right: 0 });
  }
  let right = 0;
  for (const column of all) {
    column.width = Math.ceil(
      Math.max(textWidth(column.head, 11), ...rows.map((row) => textWidth(column.text(row), 11))) + 12,
    );
    right += column.width;
    column.right = right;
  }
  return all;
}

/** Two decimals where they are legible, powers of ten for the absurd. */
function formatDifference(value: number): string {
  return Math.abs(value) < 10_000 ? formatSigned(value, 2) : value.toExponential(1);
}

function formatTick(value: number): string {
  if (value === 0) return "0";
  return `${value < 0 ? "−" : "+"}${Number(Math.abs(value).toPrecision(3))}`;
}

function describe(row: { label: string; mean: number; low: number; high: number; known: boolean }): string {
  const interval = row.known ? ` [${formatDifference(row.low)}, ${formatDifference(row.high)}]` : "";
  return `${row.label}: ${formatDifference(row.mean)}${interval} percentage points`;
}
