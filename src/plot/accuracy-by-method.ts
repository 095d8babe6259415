/** Test accuracy of each method with its interval, a row per method, a faint dot per seed. */

import * as Plot from "@observablehq/plot";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { shorten, textWidth } from "./lettering.ts";
import { blue, muted, rule } from "./palette.ts";
import { isPlottable, leftOutNote, linearDomain, sift } from "./values.ts";

/** One method. */
export interface MethodAccuracy {
  readonly label: string;
  /** Mean test accuracy over seeds, as a fraction. */
  readonly mean: number;
  /** Bounds of its interval; where one is not finite, none is drawn. */
  readonly low: number;
  readonly high: number;
  /** Of each seed, as fractions. */
  readonly seeds?: readonly number[];
}

export interface MethodOptions extends FigureOptions {
  /** What the interval is: "95 % bootstrap interval (BCa)". */
  readonly intervalName?: string;
}

const rowHeight = 24;

/** Draws one row per method in the order given; methods whose mean is not finite are left out and counted. */
export async function accuracyByMethod(
  methods: readonly MethodAccuracy[],
  options: MethodOptions = {},
): Promise<string> {
  const { title = "Test accuracy by method", width = 720, intervalName = "95 % interval" } = options;
  const { kept, leftOut } = sift(methods, (method) => [method.mean]);
  const notes = leftOutNote(leftOut, methods.length, "methods");
  if (kept.length === 0) return emptyFigure(title, options, notes);
  const rows = kept.map((method, row) => {
    const known = isPlottable(method.low) && isPlottable(method.high);
    const [mean, low, high] = [method.mean, method.low, method.high].map((value) => 100 * value);
    const seeds = (method.seeds ?? []).filter((value) => isPlottable(value)).map((value) => 100 * value);
    return { ...method, row, known, mean, low: known ? low : mean, high: known ? high : mean, seeds };
  });
  type Row = (typeof rows)[number];
  const dots = rows.flatMap(({ row, seeds }) => seeds.map((accuracy) => ({ row, accuracy })));
  const reading = ({ known, mean, low, high, seeds }: Row) => {
    const said = `${decimals(mean)}${known ? ` [${decimals(low)}, ${decimals(high)}]` : ""}`;
    return seeds.length > 0 ? `${said}  n ${seeds.length}` : said;
  };
  const marginLeft = Math.ceil(Math.min(220, Math.max(...rows.map((row) => textWidth(row.label, 12))) + 16));
  const marginRight = Math.ceil(Math.max(...rows.map((row) => textWidth(reading(row), 11))) + 20);
  return figure(
    {
      title,
      subtitle: "mean over seeds, %",
      description: rows
        .slice(0, 20)
        .map((row) => `${row.label}: ${reading(row)}.`)
        .join(" "),
      width,
      plot: {
        marginLeft,
        marginRight,
        marginTop: 10,
        marginBottom: 38,
        height: 48 + rows.length * rowHeight,
        x: { domain: linearDomain(rows.flatMap(({ mean, low, high, seeds }) => [mean, low, high, ...seeds])) },
        y: { type: "band", domain: rows.map((row) => row.row), padding: 0 },
        marks: [
          Plot.gridX({ ticks: 5, stroke: rule.light, strokeOpacity: 1 }),
          Plot.axisX({
            ticks: 5,
            tickSize: 0,
            label: "test accuracy, %",
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
          Plot.dot(dots, { y: "row", x: "accuracy", r: 2.5, fill: blue.light, fillOpacity: 0.35 }),
          Plot.ruleY(
            rows.filter((row) => row.known),
            { y: "row", x1: "low", x2: "high", stroke: blue.light, strokeWidth: 2 },
          ),
          Plot.dot(rows, {
            y: "row",
            x: "mean",
            r: 4.5,
            fill: blue.light,
            title: (row: Row) => `${row.label}: ${reading(row)}`,
          }),
          Plot.text(rows, {
            y: "row",
            text: reading,
            frameAnchor: "right",
            dx: marginRight - 6,
            textAnchor: "end",
            fontSize: 11,
            fontVariant: "tabular-nums",
          }),
        ],
      },
      notes: [`Line: ${intervalName}. Faint: seeds.`, ...notes],
    },
    options,
  );
}

/** Two decimals where they are legible, powers of ten for the absurd. */
function decimals(value: number): string {
  return Math.abs(value) < 10_000 ? value.toFixed(2) : value.toExponential(1);
}
