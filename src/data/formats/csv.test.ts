import { expect, test } from "vitest";
import { csvRows } from "./csv.ts";

const rows = (text: string, delimiter = ","): unknown[] => [...csvRows(text, "f.csv", delimiter)];

test("reads quotes, doubled quotes, delimiters and line ends within them, and says each row's line", () => {
  expect(rows('a, b ,c\r\n"1, 2","say ""no""","two\nlines"\n\nx,,y')).toEqual([
    { line: 1, cells: ["a", "b", "c"] },
    { line: 2, cells: ["1, 2", 'say "no"', "two\nlines"] },
    { line: 5, cells: ["x", "", "y"] },
  ]);
});

test("reads tabs and semicolons, and a last line without an end", () => {
  expect(rows("1;2\n3;4", ";")).toEqual([
    { line: 1, cells: ["1", "2"] },
    { line: 2, cells: ["3", "4"] },
  ]);
  expect(rows("1\t2\r", "\t")).toEqual([{ line: 1, cells: ["1", "2"] }]);
});

test("refuses a row of another length, an open quote, text after a quote, and a delimiter of two characters", () => {
  expect(() => rows("1,2\n3\n")).toThrow("f.csv: line 2: must have 2 cells as the first row, got 1");
  expect(() => rows('1,2\n3,"4\n')).toThrow("f.csv: line 2, column 2: the quote that opens here never closes");
  expect(() => rows('1,2\n"3"x,4\n')).toThrow(
    'f.csv: line 2, column 1: a quoted cell must end at a delimiter, got "x" after it',
  );
  expect(() => rows("1,2", ",,")).toThrow('f.csv: the delimiter must be one character, got ",,"');
});
