/** The answer of a study of compression: accuracy and costs of every method, beside the dense network on the same seeds. */

import { mean, median } from "../../base/index.ts";
import type { StoredStudy, TrialRecord } from "../../experiment/index.ts";
import { sharedSettings } from "../sc-sdc/settings.ts";
import { type Estimate, estimateJson, estimateOf } from "../sparse-training/estimate.ts";

type Factors = TrialRecord["spec"]["factors"];

/** Costs that a trial counts. */
export const costNames = ["macs", "parameters", "bytes", "gzip_bytes"] as const;
export type CostName = (typeof costNames)[number];

/** One method in one cell. Accuracies are fractions. */
export interface CompressionResult {
  /** As the factors name it. */
  readonly method: string;
  /** Its way to a smaller network: hesso, magnitude, dense, ... */
  readonly kind: string;
  /** Trials that diverged, failed or are not done. */
  readonly leftOut: number;
  readonly accuracy: Estimate;
  readonly accuracies: readonly number[];
  /** Accuracy less the dense network's, on the seeds that both have. */
  readonly lossOfAccuracy: Estimate;
  /** Medians over seeds. */
  readonly costs: Readonly<Record<CostName, number>>;
  /** Of the full network, over the method's: how many times less it costs. */
  readonly reductions: Readonly<Record<CostName, number>>;
  /** Median of the groups that magnitude had to remove after the optimizer. */
  readonly removedAtEnd: number;
}

export interface CompressionCell {
  /** Data, model and the like: what methods are compared at. */
  readonly factors: Factors;
  readonly methods: readonly CompressionResult[];
}

export interface CompressionSummary {
  readonly study: string;
  readonly name: string;
  readonly trials: Readonly<Record<string, number>>;
  readonly cells: readonly CompressionCell[];
  readonly diverged: readonly (Readonly<Record<"trial" | "seed" | "step", number>> & {
    readonly factors: Factors;
    readonly layer: string;
    readonly reason: string;
  })[];
}

/** Factors that make a cell; every other one tells methods apart. */
function isCellFactor(name: string): boolean {
  return name === "width" || Object.hasOwn(sharedSettings.shape, name);
}

function labelOf({ factors, kind }: TrialRecord["spec"]): string {
  const parts = Object.entries(factors)
    .filter(([name]) => !isCellFactor(name))
    .map(([name, value]) =>
      typeof value === "string" ? value : `${name.replaceAll("_", " ")} ${JSON.stringify(value)}`,
    );
  return parts.length === 0 ? kind : parts.join(", ");
}

/** Summarises a study from its records, in the order of the design. */
export function summariseCompression(study: StoredStudy, records: readonly TrialRecord[]): CompressionSummary {
  const trials: Record<string, number> = {};
  for (const { state } of records) trials[state] = (trials[state] ?? 0) + 1;
  const cells = new Map<string, { factors: Factors; methods: Map<string, TrialRecord[]> }>();
  for (const record of records) {
    const factors = Object.fromEntries(Object.entries(record.spec.factors).filter(([name]) => isCellFactor(name)));
    const key = JSON.stringify(factors);
    const cell = cells.get(key) ?? { factors, methods: new Map<string, TrialRecord[]>() };
    cells.set(key, cell);
    const label = labelOf(record.spec);
    cell.methods.set(label, [...(cell.methods.get(label) ?? []), record]);
  }
  return {
    study: study.kind,
    name: study.name,
    trials,
    cells: [...cells.values()].map(({ factors, methods }) => {
      const dense = [...methods.values()].flat().filter(({ spec }) => spec.kind === "dense");
      return { factors, methods: [...methods].map(([method, of]) => resultOf(method, of, dense)) };
    }),
    diverged: records.flatMap(({ spec, state, result }) =>
      state === "diverged" && result?.diverged !== undefined
        ? [{ trial: spec.index, factors: spec.factors, seed: spec.seed, ...result.diverged }]
        : [],
    ),
  };
}

function resultOf(method: string, records: readonly TrialRecord[], dense: readonly TrialRecord[]): CompressionResult {
  const done = records.filter(({ state }) => state === "done");
  const column = (record: TrialRecord, name: string) => Number(record.result?.columns[name] ?? Number.NaN);
  const middle = (name: string) => {
    const values = done.map((record) => column(record, name)).filter(Number.isFinite);
    return values.length === 0 ? Number.NaN : median(values);
  };
  const bySeed = new Map(
    dense.filter(({ state }) => state === "done").map((record) => [record.spec.seed, column(record, "test_accuracy")]),
  );
  const accuracies = done.map((record) => column(record, "test_accuracy"));
  const differences = done.map(
    (record) => column(record, "test_accuracy") - (bySeed.get(record.spec.seed) ?? Number.NaN),
  );
  const costs = Object.fromEntries(costNames.map((name) => [name, middle(name)])) as Record<CostName, number>;
  const reductions = Object.fromEntries(costNames.map((name) => [name, middle(`full_${name}`) / costs[name]]));
  return {
    method,
    kind: records[0].spec.kind,
    leftOut: records.length - done.length,
    accuracy: estimateOf(accuracies),
    accuracies,
    lossOfAccuracy: estimateOf(differences),
    costs,
    reductions: reductions as Record<CostName, number>,
    removedAtEnd: middle("groups_removed_at_end"),
  };
}

/** The content of summary.json. */
export function compressionJson({ cells, ...rest }: CompressionSummary): object {
  return {
    ...rest,
    cells: cells.map(({ factors, methods }) => ({
      factors,
      methods: methods.map(
        ({ method, leftOut, accuracy, accuracies, lossOfAccuracy, costs, reductions, removedAtEnd }) => ({
          ...{ method, left_out: leftOut, test_accuracy: estimateJson(accuracy), test_accuracies: accuracies },
          ...{ difference_from_dense: estimateJson(lossOfAccuracy), costs, reductions },
          groups_removed_at_end: removedAtEnd,
        }),
      ),
    })),
  };
}

/** Mean accuracy of a result, for ordering. */
export function meanAccuracy({ accuracies }: CompressionResult): number {
  return accuracies.length === 0 ? Number.NaN : mean(accuracies);
}
