import { expect, test } from "vitest";
import { alignOf, cellValue, formatCell, formatHead } from "./cell.ts";
import type { CellFormat, CellValue } from "./model.ts";

test.each<[CellValue, CellFormat, number | undefined, string]>([
  [0.0004, "p", undefined, "<0.001"],
  [0.05, "p", undefined, "0.050"],
  [0.91237, "percent", undefined, "91.24"],
  [-0.012, "points", undefined, "−1.20"],
  [0.012, "points", 1, "+1.2"],
  [-0.00001, "points", undefined, "0.00"],
  [1261568, "integer", undefined, "1,261,568"],
  [-0.4, "integer", undefined, "0"],
  [123.456, "number", undefined, "123.5"],
  [1.5e-9, "number", undefined, "1.5e-9"],
  [2, "number", 3, "2.000"],
  [-3, "text", undefined, "−3"],
  ["-3", "integer", undefined, "-3"],
  [Number.NaN, "p", undefined, "–"],
  [null, "text", undefined, "–"],
  [undefined, "integer", undefined, "–"],
  [Number.NEGATIVE_INFINITY, "number", undefined, "−∞"],
  [true, "text", undefined, "true"],
])("%s as %s with %s decimals prints %s", (value, format, decimals, text) =>
  expect(formatCell(value, { key: "k", title: "t", format, decimals })).toBe(text),
);

test("the head carries its unit, and numbers stand to the right", () => {
  expect(formatHead({ key: "a", title: "accuracy", unit: "%" })).toBe("accuracy (%)");
  expect(alignOf({ key: "a", title: "a", format: "p" })).toBe("right");
  expect(alignOf({ key: "a", title: "a" })).toBe("left");
});

test("a column named constructor finds no value in a row without one", () => {
  expect(cellValue({}, { key: "constructor", title: "" })).toBeUndefined();
});
