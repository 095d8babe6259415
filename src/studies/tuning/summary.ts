/**
 * The answer of a study of tuning: how each search does, and the first against the others on the seeds they share. A training
 * that diverged with what was found has no accuracy: it is left out of the mean, and counted.
 */

import { mean, median } from "../../base/index.ts";
import type { StoredStudy, TrialRecord } from "../../experiment/index.ts";
import { bootstrapInterval, holm, wilcoxonSignedRank } from "../../experiment/index.ts";
import { searchSettings, tuningSettings } from "./settings.ts";

type Factors = TrialRecord["spec"]["factors"];

/** Two accuracies: of the search's best training, and of one by what it found, on all examples for all epochs. */
export const accuracies = ["search_accuracy", "test_accuracy"] as const;
export type AccuracyName = (typeof accuracies)[number];

/** A mean over seeds with its 95 % bootstrap interval (BCa). */
export interface Interval {
  readonly n: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface SearchResult {
  /** Its factors in words: "forward", or the name of a named level. */
  readonly search: string;
  /** Searches that are done. */
  readonly n: number;
  readonly leftOut: number;
  /** Means over seeds. */
  readonly cost: number;
  readonly trainings: number;
  readonly validationLoss: number;
  readonly search_accuracy: Interval;
  /** Of the last training of the search: forward mode's last round. */
  readonly lastAccuracy: Interval;
  readonly test_accuracy: Interval;
}

/** First minus second. */
export interface SearchComparison {
  readonly of: AccuracyName;
  readonly first: string;
  readonly second: string;
  readonly difference: Interval;
  readonly pTwoSided: number;
  /** Corrected by Holm over the study's comparisons. */
  readonly pHolm: number;
}

export interface TuningCell {
  readonly factors: Factors;
  readonly searches: readonly SearchResult[];
  readonly comparisons: readonly SearchComparison[];
}

export interface TuningSummary {
  readonly study: string;
  readonly name: string;
  readonly trials: Readonly<Record<string, number>>;
  readonly test: string;
  readonly cells: readonly TuningCell[];
}

/** Factors that make a cell: settings of the training. Those of the search, and named levels, tell searches apart. */
export function isCellFactor(name: string): boolean {
  return Object.hasOwn(tuningSettings.shape, name) && !searchSettings.has(name);
}

/** The part of a trial's factors that names its search. */
export function searchLabel({ factors, kind }: Pick<TrialRecord["spec"], "factors" | "kind">): string {
  const parts = Object.entries(factors)
    .filter(([name]) => !isCellFactor(name))
    .map(([name, value]) =>
      typeof value === "string" ? value : `${name.replaceAll("_", " ")} ${JSON.stringify(value)}`,
    );
  return parts.length === 0 ? kind : parts.join(", ");
}

/** "density 0.05, model lenet-5"; empty for a study of one cell. */
export function cellName(factors: Factors): string {
  return Object.entries(factors)
    .filter(([name]) => isCellFactor(name))
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${String(value)}`)
    .join(", ");
}

/** Summarises a study from its records, in the order of the design. */
export function summariseTuning(study: StoredStudy, records: readonly TrialRecord[]): TuningSummary {
  const trials: Record<string, number> = {};
  for (const { state } of records) trials[state] = (trials[state] ?? 0) + 1;
  const cells = [...Map.groupBy(records, ({ spec }) => cellName(spec.factors)).values()].map((of): TuningCell => {
    const searches = [...Map.groupBy(of, ({ spec }) => searchLabel(spec))];
    const factors = Object.entries(of[0].spec.factors).filter(([name]) => isCellFactor(name));
    const [first, ...others] = searches;
    return {
      factors: Object.fromEntries(factors),
      searches: searches.map(([search, own]) => resultOf(search, own)),
      comparisons: accuracies.flatMap((name) => others.map((other) => compare(name, first, other))),
    };
  });
  const tested = cells.flatMap(({ comparisons }) => comparisons).filter(({ difference }) => difference.n > 0);
  const corrected = holm(tested.map(({ pTwoSided }) => pTwoSided));
  return {
    study: study.kind,
    name: study.name,
    trials,
    test: "Wilcoxon signed-rank on test accuracy, pairs by seed",
    cells: cells.map((cell) => ({
      ...cell,
      comparisons: cell.comparisons.map((one) => {
        const place = tested.indexOf(one);
        return place < 0 ? one : { ...one, pHolm: corrected[place] };
      }),
    })),
  };
}

function resultOf(search: string, records: readonly TrialRecord[]): SearchResult {
  const done = records.filter(({ state }) => state === "done");
  const column = (name: string) => done.map((record) => numberOf(record, name));
  const middle = (name: string) => (done.length === 0 ? Number.NaN : mean(column(name)));
  return {
    search,
    n: done.length,
    leftOut: records.length - done.length,
    cost: middle("cost"),
    trainings: middle("trainings"),
    validationLoss: done.length === 0 ? Number.NaN : median(column("validation_loss")),
    search_accuracy: intervalOf(column("search_accuracy")),
    lastAccuracy: intervalOf(column("last_accuracy")),
    test_accuracy: intervalOf(column("test_accuracy")),
  };
}

function compare(
  of: AccuracyName,
  [second, secondRecords]: readonly [string, readonly TrialRecord[]],
  [first, firstRecords]: readonly [string, readonly TrialRecord[]],
): SearchComparison {
  const others = new Map(secondRecords.map((record) => [record.spec.seed, numberOf(record, of)]));
  const pairs = firstRecords
    .map((record) => [numberOf(record, of), others.get(record.spec.seed) ?? Number.NaN] as const)
    .filter((pair) => pair.every(Number.isFinite));
  const pTwoSided =
    pairs.length === 0
      ? Number.NaN
      : wilcoxonSignedRank(
          pairs.map(([a]) => a),
          pairs.map(([, b]) => b),
        ).pValue;
  return { of, first, second, difference: intervalOf(pairs.map(([a, b]) => a - b)), pTwoSided, pHolm: pTwoSided };
}

/** A number of a finished trial; NaN for any other. */
function numberOf(record: TrialRecord, column: string): number {
  return record.state === "done" ? Number(record.result?.columns[column] ?? Number.NaN) : Number.NaN;
}

function intervalOf(values: readonly number[]): Interval {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return { n: 0, mean: Number.NaN, low: Number.NaN, high: Number.NaN };
  const { estimate, low, high } = bootstrapInterval(finite, mean);
  return { n: finite.length, mean: estimate, low, high };
}

/** The summary with the names of the exports. */
export function tuningSummaryJson({ cells, ...rest }: TuningSummary): object {
  const interval = ({ n, mean: value, low, high }: Interval) => ({
    n,
    mean: value,
    interval: { low, high, confidence: 0.95, method: "bootstrap BCa" },
  });
  return {
    ...rest,
    cells: cells.map(({ factors, searches, comparisons }) => ({
      factors,
      searches: searches.map((of) => ({
        search: of.search,
        n: of.n,
        left_out: of.leftOut,
        cost: of.cost,
        trainings: of.trainings,
        validation_loss: of.validationLoss,
        search_accuracy: interval(of.search_accuracy),
        last_accuracy: interval(of.lastAccuracy),
        test_accuracy: interval(of.test_accuracy),
      })),
      comparisons: comparisons.map(({ of, first, second, difference, pTwoSided, pHolm }) => ({
        of,
        first,
        second,
        difference: interval(difference),
        p_two_sided: pTwoSided,
        p_two_sided_holm: pHolm,
      })),
    })),
  };
}
