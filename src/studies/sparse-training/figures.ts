/** The figures of a study of sparse training: differences between methods, and the gradient norm over training. */

import type { ReportFigure, TrialRecord } from "../../experiment/index.ts";
import { differenceForest, type EgfPoint, egfOverTraining } from "../../plot/index.ts";
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
    }),
    caption: "Mean difference of test accuracy over seeds, each method minus the first of its cell.",
  };
}

/** The norm of the whole gradient over training, a line per method. */
export async function gradientFigure(records: readonly TrialRecord[]): Promise<ReportFigure> {
  const points = records.flatMap((record): EgfPoint[] => {
    const factors = Object.entries(record.spec.factors).filter(([name]) => isCellFactor(name));
    const panel = factors.map(([name, value]) => `${name.replaceAll("_", " ")} ${String(value)}`).join(", ");
    return (record.result?.epochs ?? [])
      .filter((row) => row.layer === "all")
      .map((row) => ({
        kind: "sparse",
        epoch: Number(row.epoch),
        layer: methodLabel(record.spec),
        egf: Number(row.gradient_norm),
        panel,
      }));
  });
  return {
    name: "gradient-norm",
    svg: await egfOverTraining(points, { title: "Norm of the gradient over training, by method" }),
    caption:
      "2-norm of the gradient by all parameters, masked weights left out, on a fixed sample of training examples: median over seeds.",
  };
}
