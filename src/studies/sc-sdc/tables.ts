/** The tables of a same-capacity study, for terminal, page, CSV and LaTeX alike. */

import type { Column, Table, TableRow } from "../../experiment/index.ts";
import type { ArchitectureMatch } from "../../nn/index.ts";
import { levelLabel, place, rowFactor } from "./pivot.ts";
import type { StudySummary, SummaryCell } from "./summary.ts";

/** p-values at or below are set in bold. */
const level = 0.05;

/** One-sided p-values, rows by columns, as the paper prints them. */
export function pValueTable({ cells, test }: StudySummary): Table {
  const placed = place(cells);
  const columns = [...new Set(placed.map(({ column }) => column))];
  const rows = new Map<string, Record<string, string | number>>();
  for (const { row, column, cell } of placed) {
    const values = rows.get(row) ?? { row };
    values[`p${columns.indexOf(column)}`] = cell.pGreater;
    rows.set(row, values);
  }
  const heads = columns.map((title, i): Column => ({ key: `p${i}`, title, format: "p" }));
  return {
    name: "p-values",
    caption: "Is sparse better than dense of the same capacity? One-sided p-values",
    columns: [{ key: "row", title: (rowFactor(cells) ?? "").replaceAll("_", " ") }, ...heads],
    rows: [...rows.values()],
    bold: (row, key) => key !== "row" && typeof row[key] === "number" && (row[key] as number) <= level,
    notes: [
      `${test}; ${describeCounts(cells)}. Small (bold ≤ ${level}): sparse is better. Near 1: sparse is worse. Uncorrected, as the paper's; Holm's correction is in the table of cells.`,
      ...new Set(cells.flatMap((cell) => cell.warnings)),
    ],
  };
}

/** n and method of the tests in words. */
export function describeCounts(cells: readonly SummaryCell[]): string {
  const tested = cells.filter((cell) => cell.n > 0);
  if (tested.length === 0) return "no pairs to test yet";
  const counts = [...new Set(tested.map((cell) => cell.n))].sort((a, b) => a - b);
  const methods = [...new Set(tested.map((cell) => (cell.method === "exact" ? "exact" : "normal approximation")))];
  const n = counts.length === 1 ? `n = ${counts[0]}` : `n = ${counts[0]} to ${counts[counts.length - 1]}`;
  return `${n} pairs per cell, ${methods.join(" and ")}`;
}

/** Every cell in full. */
export function cellTable({ cells }: StudySummary): Table {
  const factors = Object.keys(cells[0]?.factors ?? {});
  const rows = cells.map(
    (cell): TableRow => ({
      ...Object.fromEntries(factors.map((name) => [`factor_${name}`, levelText(cell.factors[name])])),
      n: cell.n,
      sparse: cell.meanSparse,
      dense: cell.meanDense,
      difference: cell.meanDifference,
      low: cell.low,
      high: cell.high,
      statistic: cell.statistic,
      better: cell.pGreater,
      better_holm: cell.pGreaterHolm,
      worse: cell.pLess,
      worse_holm: cell.pLessHolm,
      method: cell.method,
      egf_sparse: cell.egf2Sparse,
      egf_dense: cell.egf2Dense,
    }),
  );
  const pKeys = ["better", "better_holm", "worse", "worse_holm"];
  return {
    name: "cells",
    caption: "Sparse against dense, cell by cell: test accuracy, paired difference, and both one-sided tests",
    columns: [
      ...factors.map((name): Column => ({ key: `factor_${name}`, title: name.replaceAll("_", " ") })),
      { key: "n", title: "n", format: "integer" },
      { key: "sparse", title: "sparse", format: "percent", unit: "%" },
      { key: "dense", title: "dense", format: "percent", unit: "%" },
      { key: "difference", title: "difference", format: "points", unit: "points" },
      { key: "low", title: "95 % from", format: "points" },
      { key: "high", title: "to", format: "points" },
      { key: "statistic", title: "W+", format: "number", decimals: 1 },
      { key: "better", title: "p better", format: "p" },
      { key: "better_holm", title: "Holm", format: "p" },
      { key: "worse", title: "p worse", format: "p" },
      { key: "worse_holm", title: "Holm", format: "p" },
      { key: "method", title: "method" },
      { key: "egf_sparse", title: "EGF₂ sparse", format: "number" },
      { key: "egf_dense", title: "EGF₂ dense", format: "number" },
    ],
    rows,
    bold: (row, key) => pKeys.includes(key) && typeof row[key] === "number" && (row[key] as number) <= level,
    notes: [
      "Interval: bootstrap (BCa, 2,000 resamples) of the mean difference. Holm corrects over the cells of this study.",
      "EGF₂: median over trials of the average over 11 epochs.",
    ],
  };
}

function levelText(value: unknown): string {
  return typeof value === "boolean" ? (value ? "on" : "off") : value === undefined ? "" : String(value);
}

/** |tau| of each measure with test loss and accuracy, in the paper's layout. */
export function correlationTable({ correlations }: StudySummary): Table {
  const rows = new Map<string, Record<string, string | number>>();
  for (const { data, measure, kind, target, absoluteTau, n } of correlations) {
    const key = `${data} ${measure}`;
    const row = rows.get(key) ?? { data, measure };
    row[`${kind}_${target}`] = absoluteTau;
    row[`${kind}_n`] = n;
    rows.set(key, row);
  }
  const tau = (key: string, title: string): Column => ({ key, title, format: "number", decimals: 3 });
  const keys = ["sparse_test_loss", "sparse_test_accuracy", "dense_test_loss", "dense_test_accuracy"];
  const best = new Map<string, number>();
  for (const row of rows.values()) {
    for (const key of keys) {
      const value = row[key];
      const place = `${row.data} ${key}`;
      if (typeof value === "number" && value > (best.get(place) ?? -1)) best.set(place, value);
    }
  }
  return {
    name: "correlations",
    caption: "How gradient flow goes with performance: |tau-b| (Kendall), larger is closer",
    columns: [
      { key: "data", title: "data" },
      { key: "measure", title: "measure" },
      tau("sparse_test_loss", "sparse, loss"),
      tau("sparse_test_accuracy", "sparse, accuracy"),
      tau("dense_test_loss", "dense, loss"),
      tau("dense_test_accuracy", "dense, accuracy"),
      { key: "sparse_n", title: "n sparse", format: "integer" },
      { key: "dense_n", title: "n dense", format: "integer" },
    ],
    rows: [...rows.values()],
    bold: (row, key) => {
      return keys.includes(key) && typeof row[key] === "number" && row[key] === best.get(`${row.data} ${key}`);
    },
    notes: ["Bold: the closest measure of its column. gf counts gradients at masked positions too; EGF does not."],
  };
}

/** Trials that left the finite numbers. */
export function divergedTable({ diverged }: StudySummary): Table {
  const rows = diverged.map(({ trial, kind, factors, seed, step, layer, reason }): TableRow => {
    const where = Object.entries(factors).map(([name, value]) => levelLabel(name, value));
    return { trial, kind, factors: where.join(", "), seed, step, layer, reason };
  });
  return {
    name: "diverged",
    caption: "Trials that diverged: recorded, left out of the tests together with their partners",
    columns: [
      { key: "trial", title: "trial", format: "integer" },
      { key: "kind", title: "kind" },
      { key: "factors", title: "factors" },
      { key: "seed", title: "seed", format: "integer" },
      { key: "step", title: "step", format: "integer" },
      { key: "layer", title: "began in" },
      { key: "reason", title: "reason" },
    ],
    rows,
  };
}

/** Layer by layer: shapes, active weights and density, then what is counted apart. */
export function capacityTable(capacity: ArchitectureMatch, name = "capacity"): Table {
  const shape = (lengths: readonly number[]) => lengths.join(" × ");
  const { dense, sparse } = capacity;
  return {
    name,
    caption: "Equal capacity: active weights of every layer",
    columns: [
      { key: "layer", title: "layer" },
      { key: "dense", title: "dense shape", align: "right" },
      { key: "sparse", title: "sparse shape", align: "right" },
      { key: "active", title: "active weights", format: "integer" },
      { key: "density", title: "density", format: "number", decimals: 5 },
    ],
    rows: capacity.layers.map((layer) => ({
      layer: layer.name,
      dense: shape(layer.denseShape),
      sparse: shape(layer.sparseShape),
      active: layer.active,
      density: layer.density,
    })),
    notes: [
      `${capacity.activeWeights.toLocaleString("en")} active weights in each network.`,
      `Counted apart, biases, batch norm and activations: dense ${(dense.total - dense.activeWeights).toLocaleString("en")}, ` +
        `sparse ${(sparse.total - sparse.activeWeights).toLocaleString("en")} (a wider network has more units).`,
    ],
  };
}

/** The same as JSON with the names of the exports. */
export function capacityJson(capacity: ArchitectureMatch): object {
  const totals = (of: ArchitectureMatch["dense"]) => ({
    active_weights: of.activeWeights,
    biases: of.biases,
    batch_norm: of.batchNorm,
    total: of.total,
  });
  return {
    layers: capacity.layers.map((layer) => ({
      layer: layer.name,
      dense_shape: layer.denseShape,
      sparse_shape: layer.sparseShape,
      active_weights: layer.active,
      density: layer.density,
    })),
    active_weights: capacity.activeWeights,
    dense: totals(capacity.dense),
    sparse: totals(capacity.sparse),
  };
}
