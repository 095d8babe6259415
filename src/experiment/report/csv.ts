/** Tables as CSV (RFC 4180) for machines and spreadsheets: keys as heads, numbers in full. */

import { cellValue } from "./cell.ts";
import type { CellValue, Table } from "./model.ts";

/**
 * The table as CSV with CRLF line ends.
 *
 * Numbers print in the shortest form that reads back as the same double, unscaled (a percentage stays a fraction);
 * no value is an empty field, infinities are `inf` and `-inf`. Text that a spreadsheet would run as a formula gets a
 * leading apostrophe; numbers never do, and neither does text that is a number, such as "-3e-4".
 */
export function toCsv({ columns, rows }: Pick<Table, "columns" | "rows">): string {
  const lines = [
    columns.map(({ key }) => field(key)),
    ...rows.map((row) => columns.map((c) => field(cellValue(row, c)))),
  ];
  return lines.map((fields) => `${fields.join(",")}\r\n`).join("");
}

function field(value: CellValue): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") {
    if (Number.isNaN(value)) return "";
    if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
    return String(value);
  }
  const text = guard(String(value));
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function guard(text: string): string {
  const isNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text);
  return /^\s*[=+\-@]/.test(text) && !isNumber ? `'${text}` : text;
}
