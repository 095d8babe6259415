/** Tables for the terminal: aligned columns, bold where the terminal can, a star where it cannot. */

import { styleText } from "node:util";
import { alignOf, cellValue, formatCell, formatHead } from "./cell.ts";
import type { Table } from "./model.ts";

export interface TextOptions {
  /** Bold by escape sequences; by default where standard output is a terminal that wants colour (NO_COLOR heeded). */
  readonly styled?: boolean;
}

interface Cell {
  readonly text: string;
  readonly bold: boolean;
}

/** The table with caption, head, rows and notes, each line without trailing blanks. Control characters are dropped. */
export function toText({ caption, columns, rows, bold, notes = [] }: Table, { styled = canStyle() }: TextOptions = {}) {
  const heads = columns.map((column) => plain(formatHead(column)));
  const cells: Cell[][] = rows.map((row) =>
    columns.map((column) => ({
      text: plain(formatCell(cellValue(row, column), column)),
      bold: bold?.(row, column.key) === true,
    })),
  );
  // Where bold cannot be shown it must not be lost: a star, and a blank in the column's other cells to keep alignment.
  const starred = columns.map((_, i) => !styled && cells.some((row) => row[i].bold));
  const shown = cells.map((row) =>
    row.map(({ text, bold }, i) => ({ text: starred[i] ? `${text}${bold ? "*" : " "}` : text, bold })),
  );
  const widths = columns.map((_, i) =>
    Math.max(displayWidth(heads[i]), ...shown.map((row) => displayWidth(row[i].text))),
  );
  const line = (row: readonly Cell[]) =>
    row
      .map(({ text, bold }, i) => pad(text, widths[i], alignOf(columns[i]), bold && styled))
      .join("  ")
      .trimEnd();
  const lines = [
    styled ? strong(plain(caption)) : plain(caption),
    line(
      heads.map((text, i) => ({
        text: starred[i] && alignOf(columns[i]) === "right" ? `${text} ` : text,
        bold: false,
      })),
    ),
    widths.map((width) => "─".repeat(width)).join("  "),
    ...shown.map(line),
    ...(starred.some(Boolean) ? ["* set in bold in the report"] : []),
    ...notes.map(plain),
  ];
  return `${lines.join("\n")}\n`;
}

/** Columns that `text` takes on a terminal: two for East Asian wide characters and emoji, none for combining marks. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)) {
    width +=
      /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\uffe0-\uffe6]/u.test(
        segment,
      )
        ? 2
        : 1;
  }
  return width;
}

function pad(text: string, width: number, align: "left" | "right" | "center", bold: boolean): string {
  const free = Math.max(0, width - displayWidth(text));
  const before = align === "left" ? 0 : align === "right" ? free : Math.floor(free / 2);
  return `${" ".repeat(before)}${bold ? strong(text) : text}${" ".repeat(free - before)}`;
}

/** Names come from files: escape sequences in them must not reach the terminal. */
function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ").replaceAll("−", "-");
}

function strong(text: string): string {
  return styleText("bold", text, { validateStream: false });
}

function canStyle(): boolean {
  return styleText("bold", "x", { stream: process.stdout }) !== "x";
}
