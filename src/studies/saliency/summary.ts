/**
 * The answer of a study of saliency: how alike each method's maps stay on each kind of network, and whether networks differ in it,
 * paired by seed.
 */

import { mean } from "../../base/index.ts";
import type { StoredStudy, TrialRecord } from "../../experiment/index.ts";
import { bootstrapInterval, holm, wilcoxonSignedRank } from "../../experiment/index.ts";
import { type VerdictWord, verdictWord } from "../../saliency/index.ts";
import { type Estimate, estimateJson, estimateOf } from "../sparse-training/estimate.ts";
import { columnOf, isCellFactor, methodLabel, type SparseDiverged } from "../sparse-training/summary.ts";

/** What is read of a trial's maps by method: rank correlation of magnitudes, and structural similarity. */
export const saliencyMeasures = {
  classRank: { title: "class |ρ|", check: "class", of: "absolute_spearman" },
  topRank: { title: "top |ρ|", check: "top", of: "absolute_spearman" },
  classStructural: { title: "class SSIM", check: "class", of: "structural" },
  topStructural: { title: "top SSIM", check: "top", of: "structural" },
  allStructural: { title: "all SSIM", check: "all", of: "structural" },
} as const;
export type SaliencyMeasure = keyof typeof saliencyMeasures;
const measureNames = Object.keys(saliencyMeasures) as readonly SaliencyMeasure[];
/** The measures that a verdict is made of, and that networks are compared by. */
export const comparedMeasures = ["classRank", "topRank"] as const satisfies readonly SaliencyMeasure[];

/** One method's maps on one kind of network. */
export interface MapResult {
  readonly method: string;
  readonly network: string;
  readonly measures: Readonly<Record<SaliencyMeasure, Estimate>>;
  readonly verdict: VerdictWord;
}

/** A network against the first of its cell, on the same seeds: network minus first. */
export interface MapComparison {
  readonly method: string;
  readonly measure: (typeof comparedMeasures)[number];
  readonly network: string;
  readonly against: string;
  readonly n: number;
  readonly meanDifference: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
  /** Corrected by Holm over the study. */
  readonly pHolm: number;
}

export interface SaliencyNetwork {
  readonly network: string;
  readonly n: number;
  /** Trials that diverged, failed or are not done. */
  readonly leftOut: number;
  readonly activeWeights: number;
  readonly accuracy: Estimate;
}

export interface SaliencyCell {
  readonly factors: TrialRecord["spec"]["factors"];
  readonly networks: readonly SaliencyNetwork[];
  readonly maps: readonly MapResult[];
  readonly comparisons: readonly MapComparison[];
}

export interface SaliencySummary {
  readonly study: string;
  readonly name: string;
  readonly trials: Readonly<Record<string, number>>;
  readonly test: string;
  readonly cells: readonly SaliencyCell[];
  readonly diverged: readonly SparseDiverged[];
}

/** Summarises a study from its records, in the order of the design. */
export function summariseSaliency(study: StoredStudy, records: readonly TrialRecord[]): SaliencySummary {
  const trials: Record<string, number> = {};
  for (const { state } of records) trials[state] = (trials[state] ?? 0) + 1;
  const factorsOf = ({ spec }: TrialRecord) =>
    Object.fromEntries(Object.entries(spec.factors).filter(([name]) => isCellFactor(name)));
  const cells = [...Map.groupBy(records, (record) => JSON.stringify(factorsOf(record))).values()].map((own) => ({
    factors: factorsOf(own[0]),
    ...cellOf([...Map.groupBy(own, ({ spec }) => methodLabel(spec))]),
  }));
  const tested = cells.flatMap(({ comparisons }) => comparisons).filter(({ p }) => Number.isFinite(p));
  const corrected = holm(tested.map(({ p }) => p));
  return {
    study: study.kind,
    name: study.name,
    trials,
    test: "Wilcoxon signed-rank on rank correlations of magnitudes, pairs by seed, two-sided",
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

type Network = readonly [name: string, records: readonly TrialRecord[]];

function cellOf(networks: readonly Network[]): Omit<SaliencyCell, "factors"> {
  const methods = [...new Set(networks.flatMap(([, records]) => records.flatMap(methodsOf)))];
  const [first, ...others] = networks;
  return {
    networks: networks.map(([network, records]) => {
      const done = records.filter(({ state }) => state === "done");
      const weights = done.map((record) => columnOf(record, "active_weights"));
      return {
        network,
        n: done.length,
        leftOut: records.length - done.length,
        activeWeights: weights.length === 0 ? Number.NaN : mean(weights),
        accuracy: estimateOf(done.map((record) => columnOf(record, "test_accuracy"))),
      };
    }),
    maps: methods.flatMap((method) =>
      networks.map(([network, records]): MapResult => {
        const of = (measure: SaliencyMeasure) =>
          estimateOf(records.map((record) => similarityIn(record, method, measure)));
        const measures = Object.fromEntries(measureNames.map((name) => [name, of(name)])) as MapResult["measures"];
        return { method, network, measures, verdict: verdictWord(measures.classRank.mean, measures.topRank.mean) };
      }),
    ),
    comparisons: methods.flatMap((method) =>
      comparedMeasures.flatMap((measure) => others.map((network) => compare(method, measure, network, first))),
    ),
  };
}

function methodsOf({ result }: TrialRecord): string[] {
  return (result?.tables?.maps ?? []).map((row) => String(row.method));
}

/** A number of a finished trial; NaN for any other. */
function similarityIn({ state, result }: TrialRecord, method: string, measure: SaliencyMeasure): number {
  if (state !== "done") return Number.NaN;
  const { check, of } = saliencyMeasures[measure];
  const own = (result?.tables?.maps ?? []).filter((row) => row.method === method);
  const random = own.filter((row) => row.check === "random");
  const row =
    check === "class"
      ? own.find((one) => one.check === "class")
      : check === "top"
        ? random[0]
        : random[random.length - 1];
  return Number(row?.[of] ?? Number.NaN);
}

function compare(
  method: string,
  measure: (typeof comparedMeasures)[number],
  [network, records]: Network,
  [against, others]: Network,
): MapComparison {
  const bySeed = new Map(others.map((record) => [record.spec.seed, similarityIn(record, method, measure)]));
  const pairs = records
    .map((record) => [similarityIn(record, method, measure), bySeed.get(record.spec.seed) ?? Number.NaN] as const)
    .filter((pair) => pair.every(Number.isFinite));
  const about = { method, measure, network, against, n: pairs.length };
  if (pairs.length === 0) {
    const nothing = Number.NaN;
    return { ...about, meanDifference: nothing, low: nothing, high: nothing, p: nothing, pHolm: nothing };
  }
  const [a, b] = [pairs.map(([value]) => value), pairs.map(([, value]) => value)];
  const { estimate, low, high } = bootstrapInterval(
    a.map((value, i) => value - b[i]),
    mean,
  );
  const p = wilcoxonSignedRank(a, b).pValue;
  return { ...about, meanDifference: estimate, low, high, p, pHolm: p };
}

/** The summary with the names of the exports. */
export function saliencySummaryJson({ study, name, trials, test, cells, diverged }: SaliencySummary): object {
  return {
    study,
    name,
    trials,
    test,
    cells: cells.map(({ factors, networks, maps, comparisons }) => ({
      factors,
      networks: networks.map(({ network, n, leftOut, activeWeights, accuracy }) => ({
        ...{ network, n, left_out: leftOut, active_weights: activeWeights, test_accuracy: estimateJson(accuracy) },
      })),
      maps: maps.map(({ method, network, verdict, measures }) => ({
        ...{ method, network, verdict },
        ...Object.fromEntries(measureNames.map((key) => [key, estimateJson(measures[key])])),
      })),
      comparisons: comparisons.map(({ meanDifference, low, high, p, pHolm, ...of }) => ({
        ...of,
        mean_difference: meanDifference,
        interval: { low, high, confidence: 0.95, method: "bootstrap BCa" },
        p_two_sided: p,
        p_two_sided_holm: pHolm,
      })),
    })),
    diverged,
  };
}
