/**
 * The answer of a same-capacity study: for each combination of factors other than width, the paired test of sparse against
 * dense over widths and seeds; and how well each measure of gradient flow goes with performance.
 */

import { mean, median } from "../../base/index.ts";
import type { StoredStudy, TrialRecord } from "../../experiment/index.ts";
import { bootstrapInterval, holm, kendallTauB, wilcoxonSignedRank } from "../../experiment/index.ts";

/** Factors whose levels are pooled into a cell's pairs: widths, and seeds with them, as the paper's p-values suggest that it did. */
const pooledFactors = ["dense_width", "sparse_width"];
const measures = ["gf_1", "gf_2", "egf_1", "egf_2"] as const;
const targets = ["test_loss", "test_accuracy"] as const;

/** One combination of factors. Accuracies are fractions, differences sparse minus dense. */
export interface SummaryCell {
  readonly factors: Readonly<Record<string, string | number | boolean>>;
  /** Pairs tested. */
  readonly n: number;
  /** Pairs left out because a trial of theirs diverged or failed. */
  readonly leftOut: number;
  readonly meanSparse: number;
  readonly meanDense: number;
  readonly meanDifference: number;
  /** 95 % bootstrap interval (BCa) of the mean difference. */
  readonly low: number;
  readonly high: number;
  /** W+ of the signed-rank test. */
  readonly statistic: number;
  /** One-sided p of "sparse is better"; small means that sparse wins. */
  readonly pGreater: number;
  /** One-sided p of "sparse is worse"; small means that sparse loses. */
  readonly pLess: number;
  /** pGreater and pLess corrected by Holm over the study's cells. */
  readonly pGreaterHolm: number;
  readonly pLessHolm: number;
  readonly method: "exact" | "normal" | "none";
  /** Median over the cell's trials of EGF_2 averaged over training. */
  readonly egf2Sparse: number;
  readonly egf2Dense: number;
  readonly warnings: readonly string[];
}

/** Kendall's tau-b between a measure and a target, over the trials of one kind on one data set. */
export interface Correlation {
  readonly data: string;
  readonly kind: "sparse" | "dense";
  readonly measure: (typeof measures)[number];
  readonly target: (typeof targets)[number];
  readonly n: number;
  readonly tau: number;
  readonly absoluteTau: number;
  readonly p: number;
}

export interface DivergedTrial {
  readonly trial: number;
  readonly kind: string;
  readonly factors: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly step: number;
  readonly layer: string;
  readonly reason: string;
}

export interface StudySummary {
  readonly study: string;
  readonly name: string;
  readonly trials: Readonly<Record<string, number>>;
  readonly test: string;
  readonly cells: readonly SummaryCell[];
  readonly correlations: readonly Correlation[];
  readonly diverged: readonly DivergedTrial[];
}

type Columns = Readonly<Record<string, unknown>>;

/** A finished pair's trials. */
interface PairRecord {
  sparse?: TrialRecord;
  dense?: TrialRecord;
}

/** Summarises a study from its records, in the order of the design. */
export function summariseStudy(study: StoredStudy, records: readonly TrialRecord[]): StudySummary {
  const counts: Record<string, number> = {};
  for (const { state } of records) counts[state] = (counts[state] ?? 0) + 1;
  const bare = groupCells(records).map(testCell);
  const tested = bare.filter((cell) => cell.n > 0);
  const greater = holm(tested.map((cell) => cell.pGreater));
  const less = holm(tested.map((cell) => cell.pLess));
  const cells = bare.map((cell) => {
    const place = tested.indexOf(cell);
    return place < 0 ? cell : { ...cell, pGreaterHolm: greater[place], pLessHolm: less[place] };
  });
  return {
    study: study.kind,
    name: study.name,
    trials: counts,
    test: "Wilcoxon signed-rank on test accuracy, pairs by width and seed, one-sided",
    cells,
    correlations: correlate(records),
    diverged: records.flatMap(divergence),
  };
}

interface Group {
  readonly factors: SummaryCell["factors"];
  readonly pairs: Map<number, PairRecord>;
}

/** Trials by the factors that make a cell. */
function groupCells(records: readonly TrialRecord[]): Group[] {
  const groups = new Map<string, Group>();
  for (const record of records) {
    const kept = Object.entries(record.spec.factors).filter(([name]) => !pooledFactors.includes(name));
    const key = JSON.stringify(kept);
    let group = groups.get(key);
    if (group === undefined) {
      group = { factors: Object.fromEntries(kept) as SummaryCell["factors"], pairs: new Map() };
      groups.set(key, group);
    }
    const pair = group.pairs.get(record.spec.pair) ?? {};
    pair[record.spec.kind as "sparse" | "dense"] = record;
    group.pairs.set(record.spec.pair, pair);
  }
  return [...groups.values()];
}

function accuracyOf(record: TrialRecord | undefined): number {
  return columnOf(record, "test_accuracy");
}

/** A number of a finished trial; NaN for any other. */
function columnOf(record: TrialRecord | undefined, column: string): number {
  return record?.state === "done" ? Number(record.result?.columns[column] ?? Number.NaN) : Number.NaN;
}

function testCell({ factors, pairs }: Group): SummaryCell {
  const sparse: number[] = [];
  const dense: number[] = [];
  for (const pair of pairs.values()) {
    const s = accuracyOf(pair.sparse);
    const d = accuracyOf(pair.dense);
    if (!Number.isFinite(s) || !Number.isFinite(d)) continue;
    sparse.push(s);
    dense.push(d);
  }
  const egf2Sparse = medianOf([...pairs.values()].map((pair) => columnOf(pair.sparse, "egf_2")));
  const egf2Dense = medianOf([...pairs.values()].map((pair) => columnOf(pair.dense, "egf_2")));
  const n = sparse.length;
  const leftOut = pairs.size - n;
  const lost =
    leftOut === 0 ? [] : [`${leftOut} of ${pairs.size} pairs are left out: a trial diverged, failed or is not done`];
  if (n === 0) {
    const nothing = Number.NaN;
    return {
      factors,
      n,
      leftOut,
      meanSparse: nothing,
      meanDense: nothing,
      meanDifference: nothing,
      low: nothing,
      high: nothing,
      statistic: nothing,
      pGreater: nothing,
      pLess: nothing,
      pGreaterHolm: nothing,
      pLessHolm: nothing,
      method: "none",
      egf2Sparse,
      egf2Dense,
      warnings: lost,
    };
  }
  const greater = wilcoxonSignedRank(sparse, dense, { alternative: "greater" });
  const less = wilcoxonSignedRank(sparse, dense, { alternative: "less" });
  const interval = bootstrapInterval(
    sparse.map((s, i) => s - dense[i]),
    mean,
  );
  return {
    factors,
    n,
    leftOut,
    meanSparse: mean(sparse),
    meanDense: mean(dense),
    meanDifference: interval.estimate,
    low: interval.low,
    high: interval.high,
    statistic: greater.statistic,
    pGreater: greater.pValue,
    pLess: less.pValue,
    pGreaterHolm: greater.pValue,
    pLessHolm: less.pValue,
    method: greater.method,
    egf2Sparse,
    egf2Dense,
    warnings: [...lost, ...greater.warnings],
  };
}

function medianOf(values: readonly number[]): number {
  return median(values.filter(Number.isFinite));
}

function correlate(records: readonly TrialRecord[]): Correlation[] {
  const done = records.filter((record) => record.state === "done");
  const sets = [...new Set(done.map((record) => String(record.spec.columns.data)))];
  return sets.flatMap((data) =>
    (["sparse", "dense"] as const).flatMap((kind) => {
      const rows = done
        .filter((record) => record.spec.columns.data === data && record.spec.kind === kind)
        .map((record) => record.result?.columns as Columns);
      return measures.flatMap((measure) => targets.map((target) => correlation(rows, { data, kind, measure, target })));
    }),
  );
}

function correlation(
  rows: readonly Columns[],
  of: Pick<Correlation, "data" | "kind" | "measure" | "target">,
): Correlation {
  const usable = rows.filter((row) => Number.isFinite(row[of.measure]) && Number.isFinite(row[of.target]));
  if (usable.length < 2) return { ...of, n: usable.length, tau: Number.NaN, absoluteTau: Number.NaN, p: Number.NaN };
  const { tau, pValue } = kendallTauB(
    usable.map((row) => Number(row[of.measure])),
    usable.map((row) => Number(row[of.target])),
  );
  return { ...of, n: usable.length, tau, absoluteTau: Math.abs(tau), p: pValue };
}

function divergence({ spec, state, result }: TrialRecord): DivergedTrial[] {
  if (state !== "diverged" || result?.diverged === undefined) return [];
  const { step, layer, reason } = result.diverged;
  return [{ trial: spec.index, kind: spec.kind, factors: spec.factors, seed: spec.seed, step, layer, reason }];
}
