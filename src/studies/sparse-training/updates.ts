/** What changes of the topology do to the gradient's norm, by method: after less before, on the same examples. */

import { mean } from "../../base/index.ts";
import type { Table, TrialRecord } from "../../experiment/index.ts";
import { type Estimate, estimateJson, estimateOf } from "./estimate.ts";
import type { SparseSummary } from "./summary.ts";
import { factorCells, factorColumns } from "./tables.ts";

export interface UpdateSummary {
  /** Measured changes of a training, mean over seeds. */
  readonly changes: number;
  /** Mean over each training's changes of the norm after less the norm before. */
  readonly gain: Estimate;
  /** Share of the changes that raised the norm, over all trainings. */
  readonly raised: number;
}

/** The changes that a trial has measured: step, and the norm's difference. */
export function updatesOf({ result }: TrialRecord): { readonly step: number; readonly delta: number }[] {
  return (result?.tables?.updates ?? []).map((row) => ({
    step: Number(row.step),
    delta: Number(row.gradient_norm_after) - Number(row.gradient_norm_before),
  }));
}

/** Of finished trials; undefined where no change was measured. */
export function summariseUpdates(done: readonly TrialRecord[]): UpdateSummary | undefined {
  const trials = done.map((record) => updatesOf(record).map(({ delta }) => delta)).filter(({ length }) => length > 0);
  if (trials.length === 0) return undefined;
  return {
    changes: mean(trials.map(({ length }) => length)),
    gain: estimateOf(trials.map((deltas) => mean(deltas))),
    raised: mean(trials.flat().map((delta) => (delta > 0 ? 1 : 0))),
  };
}

export function updateJson({ changes, gain, raised }: UpdateSummary): object {
  return { changes, gain: estimateJson(gain), raised };
}

/** A line per method whose changes were measured; no table where there are none. */
export function updateTables(summary: SparseSummary): Table[] {
  const rows = summary.cells.flatMap((cell) =>
    cell.methods.flatMap(({ method, updates }) =>
      updates === undefined
        ? []
        : [
            {
              ...factorCells(cell),
              method,
              n: updates.gain.n,
              changes: updates.changes,
              gain: updates.gain.mean,
              low: updates.gain.low,
              high: updates.gain.high,
              raised: updates.raised,
            },
          ],
    ),
  );
  if (rows.length === 0) return [];
  return [
    {
      name: "updates",
      caption: "Changes of the topology: the gradient's norm right after less right before",
      columns: [
        ...factorColumns(summary),
        { key: "method", title: "method" },
        { key: "n", title: "n", format: "integer" },
        { key: "changes", title: "changes of each", format: "number" },
        { key: "gain", title: "mean difference", format: "number", decimals: 4 },
        { key: "low", title: "95 % from", format: "number", decimals: 4 },
        { key: "high", title: "to", format: "number", decimals: 4 },
        { key: "raised", title: "raised the norm", format: "percent", unit: "%" },
      ],
      rows,
      notes: ["Each training's mean over its changes, then mean and bootstrap interval (BCa) over seeds."],
    },
  ];
}
