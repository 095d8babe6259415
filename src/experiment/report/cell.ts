/** The text of one cell and of one column head, as people read them; every renderer for people uses these. */

import type { CellValue, Column, TableRow } from "./model.ts";

/** What stands for no value. */
export const noValue = "–";

/** `value` as `column` prints it, with a true minus sign (U+2212). */
export function formatCell(value: CellValue, { format = "text", decimals }: Column): string {
  if (value === null || value === undefined || (typeof value === "number" && Number.isNaN(value))) return noValue;
  if (typeof value !== "number") return String(value);
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  switch (format) {
    case "text":
      return minus(String(value));
    case "integer":
      return minus(groupThousands(Math.round(value)));
    case "number":
      return minus(decimals === undefined ? String(Number(value.toPrecision(4))) : fixed(value, decimals));
    case "percent":
      return minus(fixed(100 * value, decimals ?? 2));
    case "points":
      return signed(100 * value, decimals ?? 2);
    case "signed":
      return signed(value, decimals ?? 2);
    case "p":
      return value < 0.001 ? "<0.001" : value.toFixed(3);
    default:
      return format satisfies never;
  }
}

/** The head of a column: its title, and its unit in parentheses. */
export function formatHead({ title, unit }: Column): string {
  return unit === undefined || unit === "" ? title : `${title} (${unit})`;
}

/** The column's alignment: text to the left, numbers to the right, unless said otherwise. */
export function alignOf({ align, format = "text" }: Column): "left" | "right" | "center" {
  return align ?? (format === "text" ? "left" : "right");
}

/** The cell's value; a property that the row does not have itself is no value, whatever its name. */
export function cellValue(row: TableRow, { key }: Column): CellValue {
  return Object.hasOwn(row, key) ? row[key] : undefined;
}

function fixed(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  // -0.001 to two decimals is 0.00, not -0.00.
  return Number(text) === 0 ? text.replace("-", "") : text;
}

function signed(value: number, decimals: number): string {
  const text = fixed(value, decimals);
  return Number(text) > 0 ? `+${text}` : minus(text);
}

function minus(text: string): string {
  return text.replace(/^-/, "−");
}

function groupThousands(value: number): string {
  const text = String(value === 0 ? 0 : value);
  return text.includes("e") ? text : text.replace(/\B(?=(\d{3})+$)/g, ",");
}
