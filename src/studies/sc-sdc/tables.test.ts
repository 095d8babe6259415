/** The tables: where things stand, and what is bold. */

import { expect, test } from "vitest";
import type { Table } from "../../experiment/index.ts";
import { toText } from "../../experiment/index.ts";
import { blankCell as blank } from "./fixtures/blank-cell.ts";
import type { Correlation, StudySummary, SummaryCell } from "./summary.ts";
import { cellTable, correlationTable, describeCounts, divergedTable, pValueTable } from "./tables.ts";

function summaryOf(cells: readonly Partial<SummaryCell>[], more: Partial<StudySummary> = {}): StudySummary {
  const empty = { study: "sc-sdc", name: "made up", trials: {}, correlations: [], diverged: [] };
  return { ...empty, test: "the test", cells: cells.map((cell) => ({ ...blank, ...cell })), ...more };
}

/** Which cells are bold, as "row key". */
function boldOf({ rows, columns, bold }: Table): string[] {
  return rows.flatMap((row, i) =>
    columns.filter(({ key }) => bold?.(row, key) === true).map(({ key }) => `${i} ${key}`),
  );
}

const cell = (optimizer: string, batch_norm: boolean, pGreater: number, more: Partial<SummaryCell> = {}) => ({
  factors: { batch_norm, optimizer },
  pGreater,
  ...more,
});

test("p-values stand as the paper's: optimizers in rows, the other factors in columns, also where the file has them the other way", () => {
  const { columns, rows } = pValueTable(
    summaryOf([cell("sgd", false, 0.9), cell("sgd", true, 0.01), cell("adam", false, 0.2), cell("adam", true, 0.3)]),
  );
  expect(columns.map(({ title }) => title)).toEqual(["optimizer", "no batch norm", "batch norm"]);
  expect(rows).toEqual([
    { row: "sgd", p0: 0.9, p1: 0.01 },
    { row: "adam", p0: 0.2, p1: 0.3 },
  ]);
});

test("without an optimizer the first factor makes the rows; one factor has one column, none one cell", () => {
  const one = pValueTable(summaryOf([{ factors: { activation: "relu" }, pGreater: 0.1 }]));
  expect([one.columns.map(({ title }) => title), one.rows]).toEqual([["activation", "p"], [{ row: "relu", p0: 0.1 }]]);
  const none = pValueTable(summaryOf([{ pGreater: 0.1 }]));
  expect([none.columns.map(({ title }) => title), none.rows]).toEqual([["", "p"], [{ row: "all trials", p0: 0.1 }]]);
});

test("a p-value of 0.05 is bold, 0.0501 is not, and neither is one that does not exist", () => {
  const cells = [cell("sgd", false, 0.05), cell("adam", false, 0.0501), cell("adagrad", false, Number.NaN)];
  expect(boldOf(pValueTable(summaryOf(cells)))).toEqual(["0 p0"]);
  const both = { pGreaterHolm: 0.06, pLess: 0.04, pLessHolm: 0.05, meanDifference: 0.01 };
  expect(boldOf(cellTable(summaryOf([cell("sgd", false, 0.05, both)])))).toEqual([
    "0 better",
    "0 worse",
    "0 worse_holm",
  ]);
});

test("below it: the test, n and method, and each warning once", () => {
  const warning = "2 of 15 pairs are left out: a trial diverged, failed or is not done";
  const cells = [
    cell("sgd", true, 0.1, { n: 13, warnings: [warning] }),
    cell("adam", true, 0.1, { warnings: [warning] }),
  ];
  const { notes } = pValueTable(summaryOf(cells));
  expect(notes?.[0]).toMatch(
    /^the test; n = 13 to 15 pairs per cell, exact\. Small \(bold ≤ 0\.05\): sparse is better\./,
  );
  expect(notes?.slice(1)).toEqual([warning]);
});

test("n and method in words", () => {
  const say = (cells: Partial<SummaryCell>[]) => describeCounts(cells.map((one) => ({ ...blank, ...one })));
  expect(say([{}, {}])).toBe("n = 15 pairs per cell, exact");
  expect(say([{ n: 60, method: "normal" }, {}, { n: 0, method: "none" }])).toBe(
    "n = 15 to 60 pairs per cell, normal approximation and exact",
  );
  expect(say([{ n: 0, method: "none" }])).toBe("no pairs to test yet");
});

test("the table of cells prints percent and points, and a dash for what there is not", () => {
  const cells = [
    cell("sgd", false, 0.0004, {
      meanSparse: 0.912345,
      meanDense: 0.95,
      meanDifference: -0.037655,
      low: -0.05,
      high: -0.02,
    }),
    {
      ...cell("adam", true, Number.NaN),
      n: 0,
      meanSparse: Number.NaN,
      meanDifference: Number.NaN,
      method: "none" as const,
    },
  ];
  const lines = toText(cellTable(summaryOf(cells)), { styled: false }).split("\n");
  const row = (name: string) =>
    lines
      .find((line) => line.includes(name))
      ?.trim()
      .split(/ {2,}/)
      .join("|");
  expect(row("sgd")).toContain("off|sgd|15|91.23|95.00|-3.77|-5.00|-2.00|60.0|<0.001*|");
  expect(row("adam")).toContain("on|adam|0|–|90.00|–|");
});

const tau = (
  measure: Correlation["measure"],
  kind: "sparse" | "dense",
  target: Correlation["target"],
  value: number,
): Correlation => ({
  ...{ data: "digits", measure, kind, target, n: 20, p: 0.01 },
  tau: value,
  absoluteTau: Math.abs(value),
});

test("of correlations the closest of each column and data set is bold, ties both, by |tau| and not by tau", () => {
  const correlations = [
    tau("gf_1", "sparse", "test_loss", 0.4),
    tau("egf_1", "sparse", "test_loss", -0.5),
    tau("egf_2", "sparse", "test_loss", 0.5),
    tau("gf_1", "dense", "test_accuracy", Number.NaN),
    tau("egf_1", "dense", "test_accuracy", 0.1),
    tau("egf_2", "dense", "test_accuracy", Number.NaN),
    { ...tau("gf_1", "sparse", "test_loss", 0.2), data: "moons" },
  ];
  const table = correlationTable(summaryOf([], { correlations }));
  expect(table.rows.map(({ data, measure }) => `${data} ${measure}`)).toEqual([
    "digits gf_1",
    "digits egf_1",
    "digits egf_2",
    "moons gf_1",
  ]);
  expect(boldOf(table)).toEqual([
    "1 sparse_test_loss",
    "1 dense_test_accuracy",
    "2 sparse_test_loss",
    "3 sparse_test_loss",
  ]);
});

test("diverged trials say what they were, where they stopped and why", () => {
  const one = {
    ...{ trial: 7, kind: "sparse", seed: 3, step: 12, layer: "layer2", reason: "the loss became NaN" },
    factors: { dense_width: 26, optimizer: "sgd", batch_norm: false },
  };
  expect(divergedTable(summaryOf([], { diverged: [one] })).rows).toEqual([
    {
      ...{ trial: 7, kind: "sparse", seed: 3, step: 12, layer: "layer2", reason: "the loss became NaN" },
      factors: "dense width 26, sgd, no batch norm",
    },
  ]);
});
