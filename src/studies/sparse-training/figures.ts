/** The figures of a study of sparse training: differences between methods, and the gradient norm over training. */

import { median } from "../../base/index.ts";
import type { ReportFigure, TrialRecord } from "../../experiment/index.ts";
import { differenceForest, gradientNormOverSteps, type NormPoint } from "../../plot/index.ts";
import { isCellFactor, methodLabel, type SparseSummary } from "./summary.ts";
import { cellName } from "./tables.ts";

/** Every method against the first of its cell. */
export async function differencesFigure({ cells }: SparseSummary): Promise<ReportFigure> {
  const rows = cells.flatMap((cell) => {
    const reference = cell.methods[0]?.method;
    const name = cellName(cell);
    return cell.comparisons
      .filter(({ second }) => second === reference)
      .map((of) => ({
        label: `${of.first} − ${of.second}${cells.length > 1 ? `, ${name}` : ""}`,
        mean: of.meanDifference,
        low: of.low,
        high: of.high,
        n: of.n,
        p: of.pGreater,
      }));
  });
  return {
    name: "differences",
    svg: await differenceForest(rows, {
      title: "Test accuracy of each method less that of the first",
      intervalName: "95 % bootstrap interval (BCa)",
      sides: ["second", "first"],
    }),
    caption: "Mean difference of test accuracy over seeds, each method minus the first of its cell.",
  };
}

/** The norm of the whole gradient over training, a line per method, a figure per cell. */
export async function gradientFigures(records: readonly TrialRecord[]): Promise<ReportFigure[]> {
  const cells = new Map<string, Map<string, Map<number, number[]>>>();
  for (const record of records) {
    const rows = (record.result?.epochs ?? []).filter((row) => row.layer === "all");
    const perEpoch = Number(record.result?.columns.steps) / Number(rows.at(-1)?.epoch ?? Number.NaN);
    const factors = Object.entries(record.spec.factors).filter(([name]) => isCellFactor(name));
    const name = factors.map(([factor, value]) => `${factor.replaceAll("_", " ")} ${String(value)}`).join(", ");
    const cell = ensure(cells, name, () => new Map<string, Map<number, number[]>>());
    const method = ensure(cell, methodLabel(record.spec), () => new Map<number, number[]>());
    for (const row of rows) {
      ensure(method, Math.round(Number(row.epoch) * perEpoch), () => []).push(Number(row.gradient_norm));
    }
  }
  const figures = [...cells].map(async ([name, methods], at): Promise<ReportFigure> => {
    const points = [...methods].flatMap(([series, steps]) =>
      [...steps].map(([step, norms]): NormPoint => ({ series, step, norm: median(norms) })),
    );
    const title = `Norm of the gradient over training${name === "" ? "" : `, ${name}`}`;
    return {
      name: cells.size === 1 ? "gradient-norm" : `gradient-norm-${at + 1}`,
      svg: await gradientNormOverSteps(points, { title }),
      caption: `${title}: by all parameters, masked weights left out, on a fixed sample of training examples; median over seeds.`,
    };
  });
  return Promise.all(figures);
}

function ensure<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}
