/**
 * Comma-separated values into rows of cells (RFC 4180): quotes around cells, doubled quotes inside them, line ends of
 * either kind. Every cell knows its line, so that a message about a value can say where it stands.
 */

import { InputError } from "../../base/index.ts";

/** A row and the line it starts on, counted from 1. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Cuts text into rows. Empty lines are left out; cells outside quotes are trimmed.
 *
 * @param text       the whole file
 * @param file       its name, for messages
 * @param delimiter  one character: `,` `;` or a tab
 * @throws InputError  for a quote that does not close, text beside a quoted cell, rows of different lengths
 */
export function* csvRows(text: string, file: string, delimiter: string): Generator<CsvRow> {
  if (delimiter.length !== 1 || /["\r\n]/.test(delimiter)) {
    throw new InputError(
      `${file}: the delimiter must be one character, got ${JSON.stringify(delimiter)}; use "," ";" or a tab`,
    );
  }
  let at = 0;
  let line = 1;
  let width = 0;
  while (at < text.length) {
    const row = readRow(text, at, line, file, delimiter);
    if (row.cells.length > 1 || row.cells[0] !== "") {
      if (width === 0) width = row.cells.length;
      if (row.cells.length !== width) {
        throw new InputError(
          `${file}: line ${line}: must have ${width} cells as the first row, got ${row.cells.length}; ` +
            "check delimiters and quotes",
        );
      }
      yield { line, cells: row.cells };
    }
    at = row.next;
    line = row.nextLine;
  }
}

/** One row from `at`, which is the start of a line. */
function readRow(
  text: string,
  at: number,
  firstLine: number,
  file: string,
  delimiter: string,
): { cells: string[]; next: number; nextLine: number } {
  const cells: string[] = [];
  let line = firstLine;
  for (;;) {
    let cell: string;
    let end: number;
    if (text[at] === '"') {
      const quoted = readQuoted(text, at, file, firstLine, cells.length);
      cell = quoted.cell;
      end = quoted.end;
      line += quoted.lines;
    } else {
      end = cellEnd(text, at, delimiter);
      cell = text.slice(at, end).trim();
    }
    cells.push(cell);
    const after = text[end];
    if (after === delimiter) {
      at = end + 1;
      continue;
    }
    if (after === undefined) return { cells, next: end, nextLine: line };
    if (after === "\n" || after === "\r") {
      return { cells, next: end + (text.startsWith("\r\n", end) ? 2 : 1), nextLine: line + 1 };
    }
    throw new InputError(
      `${file}: line ${line}, column ${cells.length}: a quoted cell must end at a delimiter, got ${JSON.stringify(after)} ` +
        'after it; write "" for a quote inside a cell',
    );
  }
}

function readQuoted(
  text: string,
  start: number,
  file: string,
  line: number,
  column: number,
): { cell: string; end: number; lines: number } {
  let cell = "";
  let lines = 0;
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote === -1) {
      throw new InputError(
        `${file}: line ${line}, column ${column + 1}: the quote that opens here never closes; add the missing quote`,
      );
    }
    const piece = text.slice(from, quote);
    lines += piece.split(/\r\n|\n|\r/).length - 1;
    cell += piece;
    if (text[quote + 1] !== '"') return { cell, end: quote + 1, lines };
    cell += '"';
    from = quote + 2;
  }
}

function cellEnd(text: string, at: number, delimiter: string): number {
  let end = at;
  while (end < text.length && text[end] !== delimiter && text[end] !== "\n" && text[end] !== "\r") end++;
  return end;
}
