/** Where a search moved its values: a cell per value and round, by the sign of the hypergradient, with the value it was. */

import * as Plot from "@observablehq/plot";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { shorten, textWidth } from "./lettering.ts";
import { muted, tints } from "./palette.ts";
import { distinct, isPlottable, leftOutNote, sift } from "./values.ts";

/** One value in one round. */
export interface SignCell {
  /** Names the value: "rate 1". */
  readonly row: string;
  readonly round: number;
  readonly value: number;
  /** Of the hypergradient: 1, 0 or -1. The value moves against it. */
  readonly sign: number;
}

const cellHeight = 26;
const looks = {
  up: { label: "goes up: more of it lowers the loss", colour: tints.sparse2.light },
  still: { label: "stays", colour: tints.neutral.light },
  down: { label: "goes down", colour: tints.dense2.light },
} as const;

const moveOf = ({ sign }: SignCell) => (sign < 0 ? "up" : sign > 0 ? "down" : "still");

/** Draws values down, rounds across. */
export async function signGrid(cells: readonly SignCell[], options: FigureOptions = {}): Promise<string> {
  const { title = "Where each value went", width = 720 } = options;
  const { kept, leftOut } = sift(cells, (cell) => [cell.round, cell.value]);
  const notes = leftOutNote(leftOut, cells.length, "values");
  if (kept.length === 0) return emptyFigure(title, options, notes);
  const rows = distinct(kept, (cell) => cell.row);
  const rounds = distinct(kept, (cell) => cell.round);
  const marginLeft = Math.ceil(Math.min(170, Math.max(...rows.map((row) => textWidth(row, 12))) + 14));
  const room = (width - marginLeft - 8) / rounds.length;
  const cellWidth = Math.min(72, room);
  const short = (value: number) => {
    if (!isPlottable(value) || cellWidth < 34) return "";
    if (value === 0) return "0";
    const size = Math.abs(value);
    return size < 1e-3 || size >= 1e4
      ? value.toExponential(0).replace("-", "−").replace("+", "")
      : String(Number(value.toPrecision(2)));
  };
  return figure(
    {
      title,
      subtitle: "each cell holds the value of the round, its colour the sign of its hypergradient",
      description: `Signs of the hypergradients of ${rows.length} values over ${rounds.length} rounds.`,
      width,
      legend: Object.values(looks).map((look) => ({ ...look, sample: "box" as const })),
      plot: {
        marginTop: 24,
        marginLeft,
        marginBottom: 6,
        marginRight: Math.max(8, width - marginLeft - cellWidth * rounds.length),
        height: 30 + rows.length * cellHeight,
        x: { type: "band", domain: rounds, paddingInner: 0.04, paddingOuter: 0 },
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
            tickFormat: (r: number) => String(r),
          }),
          ...(Object.keys(looks) as (keyof typeof looks)[]).map((move) =>
            Plot.cell(
              kept.filter((cell) => moveOf(cell) === move),
              { x: "round", y: "row", fill: looks[move].colour, rx: 2 },
            ),
          ),
          Plot.text(kept, {
            x: "round",
            y: "row",
            text: (cell: SignCell) => short(cell.value),
            fontSize: 11,
            fontVariant: "tabular-nums",
          }),
        ],
      },
      notes: ["Rounds are counted from 1.", ...notes],
    },
    options,
  );
}
