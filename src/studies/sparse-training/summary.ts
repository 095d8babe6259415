/**
 * The answer of a study of sparse training: how each method does, and for every two methods the paired test over the seeds
 * they share.
 */

import { mean, median } from "../../base/index.ts";
import type { StoredStudy, TrialRecord } from "../../experiment/index.ts";
import { bootstrapInterval, holm, wilcoxonSignedRank } from "../../experiment/index.ts";
import { sharedSettings } from "../sc-sdc/settings.ts";
import { estimateOf } from "./estimate.ts";
import { methodSettings } from "./settings.ts";
import { summariseTickets, type TicketSummary, ticketJson } from "./tickets.ts";
import { summariseUpdates, type UpdateSummary, updateJson } from "./updates.ts";

type Factors = TrialRecord["spec"]["factors"];

/** One method in one cell. Accuracies are fractions. */
export interface MethodResult {
  /** Its factors in words: "rigl", "static liu", or the name of a named level. */
  readonly method: string;
  readonly n: number;
  /** Trials that diverged, failed or are not done. */
  readonly leftOut: number;
  readonly activeWeights: number;
  readonly accuracy: number;
  /** 95 % bootstrap interval (BCa) of the mean accuracy over seeds. */
  readonly low: number;
  readonly high: number;
  /** Medians over seeds. */
  readonly testLoss: number;
  readonly gradientNormStart: number;
  /** Of each finished trial, in the order of the design. */
  readonly accuracies: readonly number[];
  /** Where its changes of the topology were measured. */
  readonly updates?: UpdateSummary;
  /** Of a lottery. */
  readonly ticket?: TicketSummary;
}

/** Two methods on the same seeds: first minus second. */
export interface Comparison {
  readonly first: string;
  readonly second: string;
  readonly n: number;
  readonly meanDifference: number;
  readonly low: number;
  readonly high: number;
  /** One-sided p of "the first is better". */
  readonly pGreater: number;
  readonly pTwoSided: number;
  /** pTwoSided corrected by Holm over the study's comparisons. */
  readonly pHolm: number;
  /** Median over seeds of gradient norm at the start, first over second. */
  readonly gradientNormRatio: number;
}

export interface SparseCell {
  /** Data, model, density and the like: what methods are compared at. */
  readonly factors: Factors;
  readonly methods: readonly MethodResult[];
  readonly comparisons: readonly Comparison[];
}

export interface SparseDiverged {
  readonly trial: number;
  readonly factors: Factors;
  readonly seed: number;
  readonly step: number;
  readonly layer: string;
  readonly reason: string;
}

export interface SparseSummary {
  readonly study: string;
  readonly name: string;
  readonly trials: Readonly<Record<string, number>>;
  readonly test: string;
  readonly cells: readonly SparseCell[];
  readonly diverged: readonly SparseDiverged[];
}

/** Factors that make a cell; every other one tells methods apart. */
export function isCellFactor(name: string): boolean {
  return (
    name === "density" || name === "width" || (Object.hasOwn(sharedSettings.shape, name) && !methodSettings.has(name))
  );
}

/** The part of a trial's factors that names its method; "method" where none varies. */
export function methodLabel({ factors, kind }: TrialRecord["spec"]): string {
  const parts = Object.entries(factors)
    .filter(([name]) => !isCellFactor(name))
    .map(([name, value]) =>
      typeof value === "string" ? value : `${name.replaceAll("_", " ")} ${JSON.stringify(value)}`,
    );
  return parts.length === 0 ? kind : parts.join(", ");
}

/** Summarises a study from its records, in the order of the design. */
export function summariseSparseStudy(study: StoredStudy, records: readonly TrialRecord[]): SparseSummary {
  const counts: Record<string, number> = {};
  for (const { state } of records) counts[state] = (counts[state] ?? 0) + 1;
  const groups = new Map<string, { factors: Factors; methods: Map<string, TrialRecord[]> }>();
  for (const record of records) {
    const factors = Object.fromEntries(Object.entries(record.spec.factors).filter(([name]) => isCellFactor(name)));
    const key = JSON.stringify(factors);
    const group = groups.get(key) ?? { factors, methods: new Map<string, TrialRecord[]>() };
    groups.set(key, group);
    const label = methodLabel(record.spec);
    group.methods.set(label, [...(group.methods.get(label) ?? []), record]);
  }
  const cells = [...groups.values()].map(({ factors, methods }) => ({
    factors,
    methods: [...methods].map(([method, of]) => methodResult(method, of)),
    comparisons: compareAll([...methods]),
  }));
  const tested = cells.flatMap(({ comparisons }) => comparisons).filter(({ n }) => n > 0);
  const corrected = holm(tested.map(({ pTwoSided }) => pTwoSided));
  return {
    study: study.kind,
    name: study.name,
    trials: counts,
    test: "Wilcoxon signed-rank on test accuracy, pairs by seed",
    cells: cells.map((cell) => ({
      ...cell,
      comparisons: cell.comparisons.map((one) => {
        const place = tested.indexOf(one);
        return place < 0 ? one : { ...one, pHolm: corrected[place] };
      }),
    })),
    diverged: records.flatMap(({ spec, state, result }) =>
      state === "diverged" && result?.diverged !== undefined
        ? [{ trial: spec.index, factors: spec.factors, seed: spec.seed, ...result.diverged }]
        : [],
    ),
  };
}

function methodResult(method: string, records: readonly TrialRecord[]): MethodResult {
  const done = records.filter(({ state }) => state === "done");
  const accuracies = done.map((record) => columnOf(record, "test_accuracy"));
  const middle = (column: string) => medianOf(done.map((record) => columnOf(record, column)));
  const interval = estimateOf(accuracies);
  return {
    method,
    n: done.length,
    leftOut: records.length - done.length,
    activeWeights: middle("active_weights"),
    accuracy: interval.mean,
    low: interval.low,
    high: interval.high,
    testLoss: middle("test_loss"),
    gradientNormStart: middle("gradient_norm_start"),
    accuracies,
    updates: summariseUpdates(done),
    ticket: summariseTickets(done),
  };
}

/** A number of a finished trial; NaN for any other. */
export function columnOf(record: TrialRecord, column: string): number {
  return record.state === "done" ? Number(record.result?.columns[column] ?? Number.NaN) : Number.NaN;
}

function medianOf(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite);
  return finite.length === 0 ? Number.NaN : median(finite);
}

function compareAll(methods: readonly (readonly [string, readonly TrialRecord[]])[]): Comparison[] {
  return methods.flatMap((second, j) => methods.slice(j + 1).map((first) => compare(first, second)));
}

function compare(
  [first, firstRecords]: readonly [string, readonly TrialRecord[]],
  [second, secondRecords]: readonly [string, readonly TrialRecord[]],
): Comparison {
  const others = new Map(secondRecords.map((record) => [record.spec.seed, record]));
  const pairs = firstRecords.flatMap((record) => {
    const other = others.get(record.spec.seed);
    return other !== undefined && record.state === "done" && other.state === "done" ? [[record, other] as const] : [];
  });
  const n = pairs.length;
  const nothing = Number.NaN;
  if (n === 0) {
    const none = { meanDifference: nothing, low: nothing, high: nothing, pGreater: nothing, pTwoSided: nothing };
    return { first, second, n, ...none, pHolm: nothing, gradientNormRatio: nothing };
  }
  const column = (name: string, of: 0 | 1) => pairs.map((pair) => columnOf(pair[of], name));
  const [a, b] = [column("test_accuracy", 0), column("test_accuracy", 1)];
  const interval = bootstrapInterval(
    a.map((value, i) => value - b[i]),
    mean,
  );
  const pTwoSided = wilcoxonSignedRank(a, b).pValue;
  const [norms, otherNorms] = [column("gradient_norm_start", 0), column("gradient_norm_start", 1)];
  return {
    first,
    second,
    n,
    meanDifference: interval.estimate,
    low: interval.low,
    high: interval.high,
    pGreater: wilcoxonSignedRank(a, b, { alternative: "greater" }).pValue,
    pTwoSided,
    pHolm: pTwoSided,
    gradientNormRatio: medianOf(norms.map((norm, i) => norm / otherNorms[i])),
  };
}

/** The summary with the names of the exports. */
export function sparseSummaryJson({ study, name, trials, test, cells, diverged }: SparseSummary): object {
  return {
    study,
    name,
    trials,
    test,
    cells: cells.map(({ factors, methods, comparisons }) => ({
      factors,
      methods: methods.map((of) => ({
        method: of.method,
        n: of.n,
        left_out: of.leftOut,
        active_weights: of.activeWeights,
        test_accuracy: of.accuracy,
        interval: { low: of.low, high: of.high, confidence: 0.95, method: "bootstrap BCa" },
        test_loss: of.testLoss,
        gradient_norm_start: of.gradientNormStart,
        updates: of.updates && updateJson(of.updates),
        ticket: of.ticket && ticketJson(of.ticket),
      })),
      comparisons: comparisons.map((of) => ({
        first: of.first,
        second: of.second,
        n: of.n,
        mean_difference: of.meanDifference,
        interval: { low: of.low, high: of.high, confidence: 0.95, method: "bootstrap BCa" },
        p_greater: of.pGreater,
        p_two_sided: of.pTwoSided,
        p_two_sided_holm: of.pHolm,
        gradient_norm_ratio: of.gradientNormRatio,
      })),
    })),
    diverged,
  };
}
