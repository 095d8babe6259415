/**
 * A table of numbers and a label, from CSV: which row is the header, which column the label, and what each cell says.
 */

import { InputError, unknownName } from "../../base/index.ts";
import { labelArray, type Split } from "../dataset.ts";
import { type CsvRow, csvRows } from "./csv.ts";

/** How to read a table. */
export interface TableOptions {
  /** The label's column: its name in the header, or its place counted from 0. The last column unless told otherwise. */
  readonly label?: string | number;
  /** Whether the first row is a header. Found out unless told: a header's cells, but the label's, are no numbers. */
  readonly header?: boolean;
  /** One character; a comma unless told otherwise. */
  readonly delimiter?: string;
}

/** A table before its labels are numbered: features as float32 [count, F], labels as written. */
export interface Table {
  readonly featureNames: readonly string[] | undefined;
  readonly features: number;
  readonly count: number;
  readonly values: Float32Array;
  readonly labels: readonly string[];
}

const number = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * Reads a table.
 *
 * @param text  the file's text
 * @param file  its name, for messages
 * @throws InputError  for a feature that is no finite number, an empty label, a label column that is not there, a first
 *                     row that could be either header or data; the message has line and column
 */
export function parseTable(text: string, file: string, { label, header, delimiter = "," }: TableOptions = {}): Table {
  const rows = csvRows(text, file, delimiter);
  const first = rows.next();
  if (first.done === true) throw new InputError(`${file}: must have at least one row, got none; check the file`);
  const width = first.value.cells.length;
  if (width < 2) {
    throw new InputError(
      `${file}: line ${first.value.line}: a table needs a label and at least one feature, got one column; ` +
        `is the delimiter ${JSON.stringify(delimiter)} right?`,
    );
  }
  const hasHeader =
    header ?? (typeof label === "string" || looksLikeHeader(first.value, labelPlace(label, width), file));
  const names = hasHeader ? first.value.cells : undefined;
  const labelColumn = findLabel(label, names, width, file);
  const store = new RowStore(width - 1);
  const labels: string[] = [];
  if (!hasHeader) readRow(first.value);
  for (const row of rows) readRow(row);
  if (labels.length === 0)
    throw new InputError(`${file}: must have at least one row under its header, got none; check the file`);
  return {
    featureNames: names?.filter((_, column) => column !== labelColumn),
    features: width - 1,
    count: labels.length,
    values: store.values(),
    labels,
  };

  function readRow({ line, cells }: CsvRow): void {
    const where = (column: number): string =>
      `${file}: line ${line}, column ${column + 1}${names === undefined ? "" : ` (${names[column]})`}`;
    for (let column = 0; column < width; column++) {
      if (column === labelColumn) continue;
      const value = number.test(cells[column]) ? Math.fround(Number(cells[column])) : Number.NaN;
      if (!Number.isFinite(value)) {
        throw new InputError(
          `${where(column)}: a feature must be a finite number, got ${JSON.stringify(cells[column].slice(0, 60))}; ` +
            "fill in missing values and code categories as numbers",
        );
      }
      store.push(value);
    }
    if (cells[labelColumn] === "") {
      throw new InputError(`${where(labelColumn)}: a label must not be empty; fill it in or leave the row out`);
    }
    labels.push(cells[labelColumn]);
  }
}

/** float32 values that grow as rows come: never more than twice what is kept. */
class RowStore {
  #values: Float32Array<ArrayBuffer>;
  #length = 0;
  constructor(width: number) {
    this.#values = new Float32Array(64 * width);
  }
  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float32Array(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }
  values(): Float32Array {
    return this.#values.slice(0, this.#length);
  }
}

function labelPlace(label: string | number | undefined, width: number): number {
  return typeof label === "number" ? label : width - 1;
}

/** A header has no number outside the label's column; data have nothing else. Anything between is for the caller to say. */
function looksLikeHeader({ cells, line }: CsvRow, labelColumn: number, file: string): boolean {
  const features = cells.filter((_, column) => column !== labelColumn);
  const numbers = features.filter((cell) => number.test(cell)).length;
  if (numbers === features.length) return false;
  if (numbers === 0) return true;
  const odd = features.find((cell) => !number.test(cell)) ?? "";
  throw new InputError(
    `${file}: line ${line}: must be all names (a header) or all numbers, got ${numbers} numbers and ` +
      `${JSON.stringify(odd.slice(0, 60))}; say header: true or false, or mend the cell`,
  );
}

function findLabel(
  label: string | number | undefined,
  names: readonly string[] | undefined,
  width: number,
  file: string,
): number {
  if (typeof label === "string") {
    if (names === undefined) {
      throw new InputError(
        `${file}: label ${JSON.stringify(label)} is a name and there is no header; give its place, from 0`,
      );
    }
    const column = names.indexOf(label);
    if (column === -1) throw unknownName(file, "label column", label, names);
    if (names.indexOf(label, column + 1) !== -1) {
      throw new InputError(`${file}: two columns are called ${JSON.stringify(label)}; give the label's place, from 0`);
    }
    return column;
  }
  const column = labelPlace(label, width);
  if (!Number.isInteger(column) || column < 0 || column >= width) {
    throw new InputError(`${file}: the label's place must be an integer in [0, ${width}), got ${label}`);
  }
  return column;
}

/**
 * Numbers the classes: in numeric order where every label is an integer, else in the order of their characters' codes.
 *
 * @throws InputError  for labels that are numbers but no integers: those are values to predict, not classes
 */
export function classesOf(labels: readonly string[], file: string): string[] {
  const names = [...new Set(labels)];
  const fraction = names.find((name) => number.test(name) && !Number.isInteger(Number(name)));
  if (fraction !== undefined) {
    throw new InputError(
      `${file}: a label must name a class, got ${fraction}; only classification is done here: choose another label column`,
    );
  }
  const numeric = names.every((name) => number.test(name));
  if (numeric && new Set(names.map(Number)).size < names.length) {
    throw new InputError(
      `${file}: the same integer is written in several ways among the labels; write each class in one way`,
    );
  }
  return numeric ? names.sort((a, b) => Number(a) - Number(b)) : names.sort((a, b) => (a < b ? -1 : 1));
}

/** A table as a split, its labels numbered by their place in `classNames`. */
export function tableSplit({ count, values, labels }: Table, classNames: readonly string[], file: string): Split {
  const places = new Map(classNames.map((name, place) => [name, place]));
  const numbered = labelArray(count, classNames.length);
  labels.forEach((name, example) => {
    const place = places.get(name);
    if (place === undefined) {
      throw new InputError(
        `${file}: example ${example} has the label ${JSON.stringify(name.slice(0, 60))}, which no training example has; ` +
          "train and test must share their classes",
      );
    }
    numbered[example] = place;
  });
  return { count, values, labels: numbered };
}
