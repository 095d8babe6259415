/** Tables as GitHub-flavoured Markdown. */

import { alignOf, cellValue, formatCell, formatHead } from "./cell.ts";
import type { Table } from "./model.ts";

const rules = { left: ":---", right: "---:", center: ":---:" } as const;

/** The table with its caption above and its notes below; cells never break the table or become markup. */
export function toMarkdown({ caption, columns, rows, bold, notes = [] }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const body = rows.map((row) =>
    line(
      columns.map((column) => {
        const text = escapeMarkdown(formatCell(cellValue(row, column), column));
        return bold?.(row, column.key) === true && text !== "" ? `**${text}**` : text;
      }),
    ),
  );
  return [
    `**${escapeMarkdown(caption)}**`,
    "",
    line(columns.map((column) => escapeMarkdown(formatHead(column)))),
    line(columns.map((column) => rules[alignOf(column)])),
    ...body,
    ...notes.flatMap((note) => ["", escapeMarkdown(note)]),
    "",
  ].join("\n");
}

/** `text` on one line, with every character that Markdown or HTML could read as markup escaped. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, " ")
    .replace(/[\\`*_~|[\]#]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .trim();
}
