/** The tables of a study of sparse training, for terminal, page, CSV and LaTeX alike. */

import type { Column, Table, TableRow } from "../../experiment/index.ts";
import type { SparseCell, SparseSummary } from "./summary.ts";

/** p-values at or below are set in bold. */
const level = 0.05;

/** "density 0.05, model lenet-5" */
export function cellName({ factors }: SparseCell): string {
  return Object.entries(factors)
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${String(value)}`)
    .join(", ");
}

/** Columns that tell cells apart. */
export function factorColumns({ cells }: SparseSummary): Column[] {
  return Object.keys(cells[0]?.factors ?? {}).map((name) => ({ key: `at_${name}`, title: name.replaceAll("_", " ") }));
}

/** A cell's factors in those columns. */
export function factorCells({ factors }: SparseCell): TableRow {
  return Object.fromEntries(Object.entries(factors).map(([name, value]) => [`at_${name}`, String(value)]));
}

/** A line per method. */
export function methodTable(summary: SparseSummary): Table {
  return {
    name: "methods",
    caption: "Test accuracy by method: mean over seeds, and medians of what else was measured",
    columns: [
      ...factorColumns(summary),
      { key: "method", title: "method" },
      { key: "n", title: "n", format: "integer" },
      { key: "active", title: "active weights", format: "integer" },
      { key: "accuracy", title: "accuracy", format: "percent", unit: "%" },
      { key: "low", title: "95 % from", format: "percent" },
      { key: "high", title: "to", format: "percent" },
      { key: "loss", title: "test loss", format: "number", decimals: 4 },
      { key: "norm", title: "gradient norm at start", format: "number" },
    ],
    rows: summary.cells.flatMap((cell) =>
      cell.methods.map((of) => ({
        ...factorCells(cell),
        method: of.method,
        n: of.n,
        active: of.activeWeights,
        accuracy: of.accuracy,
        low: of.low,
        high: of.high,
        loss: of.testLoss,
        norm: of.gradientNormStart,
      })),
    ),
    notes: [
      "Interval: bootstrap (BCa, 2,000 resamples) of the mean over seeds.",
      ...summary.cells.flatMap(({ methods }) =>
        methods
          .filter(({ leftOut }) => leftOut > 0)
          .map(({ method, leftOut }) => `${method}: ${leftOut} left out: diverged, failed or not done`),
      ),
    ],
  };
}

/** Every two methods. */
export function comparisonTable(summary: SparseSummary): Table {
  const pKeys = ["better", "two_sided", "holm"];
  return {
    name: "comparisons",
    caption: "Two methods on the same seeds: first minus second",
    columns: [
      ...factorColumns(summary),
      { key: "first", title: "first" },
      { key: "second", title: "second" },
      { key: "n", title: "n", format: "integer" },
      { key: "difference", title: "difference", format: "points", unit: "points" },
      { key: "low", title: "95 % from", format: "points" },
      { key: "high", title: "to", format: "points" },
      { key: "better", title: "p first better", format: "p" },
      { key: "two_sided", title: "p two-sided", format: "p" },
      { key: "holm", title: "Holm", format: "p" },
      { key: "ratio", title: "ratio of norms at start", format: "number" },
    ],
    rows: summary.cells.flatMap((cell) =>
      cell.comparisons.map((of) => ({
        ...factorCells(cell),
        first: of.first,
        second: of.second,
        n: of.n,
        difference: of.meanDifference,
        low: of.low,
        high: of.high,
        better: of.pGreater,
        two_sided: of.pTwoSided,
        holm: of.pHolm,
        ratio: of.gradientNormRatio,
      })),
    ),
    bold: (row, key) => pKeys.includes(key) && typeof row[key] === "number" && (row[key] as number) <= level,
    notes: [
      `${summary.test}. With n seeds no one-sided exact p is below 2^-n: 0.031 for five. Holm corrects over this table.`,
    ],
  };
}

/** Where trials left the finite numbers. */
export function divergedTrials({ diverged }: Pick<SparseSummary, "diverged">): Table {
  return {
    name: "diverged",
    caption: "Trials that diverged: recorded, left out of means and tests",
    columns: [
      { key: "trial", title: "trial", format: "integer" },
      { key: "factors", title: "factors" },
      { key: "seed", title: "seed", format: "integer" },
      { key: "step", title: "step", format: "integer" },
      { key: "layer", title: "began in" },
      { key: "reason", title: "reason" },
    ],
    rows: diverged.map(({ factors, ...rest }) => ({ ...rest, factors: Object.values(factors).join(", ") })),
  };
}
