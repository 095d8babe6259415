/** The two-way layout of a study's cells, as the paper's tables: one factor in rows, every other combination in columns. */

import type { SummaryCell } from "./summary.ts";

export interface Placed<Cell> {
  readonly row: string;
  readonly column: string;
  readonly cell: Cell;
}

/** The factor whose levels make the rows: the optimizer where it varies, else the first. */
export function rowFactor(cells: readonly Pick<SummaryCell, "factors">[]): string | undefined {
  const names = Object.keys(cells[0]?.factors ?? {});
  return names.includes("optimizer") ? "optimizer" : names[0];
}

/** A level in words: switches say on or off, names stand for themselves, numbers carry their factor's name. */
export function levelLabel(factor: string, level: unknown): string {
  const name = factor.replaceAll("_", " ");
  if (level === true) return name;
  if (level === false) return `no ${name}`;
  return typeof level === "string" ? level : `${name} ${level}`;
}

/** Every cell with its place in the layout, in the order given. */
export function place<Cell extends Pick<SummaryCell, "factors">>(cells: readonly Cell[]): Placed<Cell>[] {
  const byRow = rowFactor(cells);
  return cells.map((cell) => {
    const rest = Object.entries(cell.factors).filter(([name]) => name !== byRow);
    return {
      row: byRow === undefined ? "all trials" : levelLabel(byRow, cell.factors[byRow]),
      column: rest.length === 0 ? "p" : rest.map(([name, level]) => levelLabel(name, level)).join(", "),
      cell,
    };
  });
}

/** A cell's factors in words. */
export function cellLabel(factors: SummaryCell["factors"]): string {
  const parts = Object.entries(factors).map(([name, level]) => levelLabel(name, level));
  return parts.length === 0 ? "all trials" : parts.join(", ");
}
