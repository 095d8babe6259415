/** The tables of a study of tuning, for terminal, page, CSV and LaTeX alike. */

import type { Column, Table, TableRow, TrialRecord } from "../../experiment/index.ts";
import { type AccuracyName, cellName, searchLabel, type TuningCell, type TuningSummary } from "./summary.ts";

/** p-values at or below are set in bold. */
const level = 0.05;

const accuracyWords: Readonly<Record<AccuracyName, string>> = {
  search_accuracy: "best training of the search",
  test_accuracy: "trained on everything",
};

function factorColumns({ cells }: TuningSummary): Column[] {
  return Object.keys(cells[0]?.factors ?? {}).map((name) => ({ key: `at_${name}`, title: name.replaceAll("_", " ") }));
}

function factorCells({ factors }: TuningCell): TableRow {
  return Object.fromEntries(Object.entries(factors).map(([name, value]) => [`at_${name}`, String(value)]));
}

/** A line per search. */
export function searchTable(summary: TuningSummary): Table {
  const later = summary.cells.some(({ searches }) => searches.some(({ trainings, cost }) => trainings > 1 && cost > 0));
  return {
    name: "searches",
    caption: "Test accuracy (%) by search: mean over seeds, and what the search cost",
    columns: [
      ...factorColumns(summary),
      { key: "search", title: "search" },
      { key: "n", title: "n", format: "integer" },
      { key: "trainings", title: "trainings", format: "integer" },
      { key: "cost", title: "gradients", format: "integer" },
      { key: "found", title: "best of the search", format: "percent" },
      { key: "found_low", title: "95 % from", format: "percent" },
      { key: "found_high", title: "to", format: "percent" },
      ...(later ? ([{ key: "last", title: "its last", format: "percent" }] as const) : []),
      { key: "all", title: "trained on everything", format: "percent" },
      { key: "all_low", title: "95 % from", format: "percent" },
      { key: "all_high", title: "to", format: "percent" },
    ],
    rows: summary.cells.flatMap((cell) =>
      cell.searches.map((of) => ({
        ...factorCells(cell),
        search: of.search,
        n: of.n,
        trainings: of.trainings,
        cost: of.cost,
        found: of.search_accuracy.mean,
        found_low: of.search_accuracy.low,
        found_high: of.search_accuracy.high,
        last: of.lastAccuracy.mean,
        all: of.test_accuracy.mean,
        all_low: of.test_accuracy.low,
        all_high: of.test_accuracy.high,
      })),
    ),
    notes: [
      "Best of the search: of its trainings of full length the one with the lowest validation loss. Trained on everything: by what was found, on all " +
        "training examples for all epochs, as the train file says.",
      "Gradients: a training step is one, a Hessian-vector product as many as product_cost says. Interval: bootstrap (BCa, 2,000 resamples) of the mean over seeds.",
      ...summary.cells.flatMap(({ searches }) => searches.flatMap(leftOutNotes)),
    ],
  };
}

function leftOutNotes({ search, n, leftOut, test_accuracy }: TuningCell["searches"][number]): string[] {
  const diverged = n - test_accuracy.n;
  return [
    ...(leftOut > 0
      ? [`${search}: ${leftOut} left out: every training diverged, or the search failed or is not done`]
      : []),
    ...(diverged > 0
      ? [`${search}: ${diverged} of ${n} diverged when trained on everything, and are left out there`]
      : []),
  ];
}

/** Every search against the first of its cell. */
export function searchComparisons(summary: TuningSummary): Table {
  const pKeys = ["two_sided", "holm"];
  return {
    name: "comparisons",
    caption: "Each search less the first of its cell, on the same seeds",
    columns: [
      ...factorColumns(summary),
      { key: "of", title: "accuracy of" },
      { key: "first", title: "search" },
      { key: "second", title: "less" },
      { key: "n", title: "n", format: "integer" },
      { key: "difference", title: "difference", format: "points", unit: "points" },
      { key: "low", title: "95 % from", format: "points" },
      { key: "high", title: "to", format: "points" },
      { key: "two_sided", title: "p two-sided", format: "p" },
      { key: "holm", title: "Holm", format: "p" },
    ],
    rows: summary.cells.flatMap((cell) =>
      cell.comparisons.map(({ of, first, second, difference, pTwoSided, pHolm }) => ({
        ...factorCells(cell),
        of: accuracyWords[of],
        first,
        second,
        n: difference.n,
        difference: difference.mean,
        low: difference.low,
        high: difference.high,
        two_sided: pTwoSided,
        holm: pHolm,
      })),
    ),
    bold: (row, key) => pKeys.includes(key) && typeof row[key] === "number" && (row[key] as number) <= level,
    notes: [
      `${summary.test}. With n seeds no two-sided exact p is below 2^(1-n): 0.063 for five. Holm corrects over this table.`,
    ],
  };
}

/** What each search found, a line per trial. Lists of more than 12 values are cut. */
export function foundTable(records: readonly TrialRecord[]): Table {
  const done = records.filter(({ state }) => state === "done");
  const lead = (record: TrialRecord) =>
    [cellName(record.spec.factors), searchLabel(record.spec)].filter((part) => part !== "").join(", ");
  return {
    name: "found",
    caption: "What each search found",
    columns: [
      { key: "search", title: "search" },
      { key: "seed", title: "seed", format: "integer" },
      { key: "rates", title: "learning rates", align: "right" },
      { key: "momenta", title: "momenta", align: "right" },
      { key: "decays", title: "weight decays", align: "right" },
      { key: "loss", title: "validation loss", format: "number", decimals: 4 },
      { key: "accuracy", title: "test accuracy", format: "percent", unit: "%" },
    ],
    rows: done.map((record) => {
      const { found_rates, found_momenta, found_decays, validation_loss, search_accuracy } =
        record.result?.columns ?? {};
      return {
        search: lead(record),
        seed: record.spec.seed,
        rates: shortList(found_rates),
        momenta: shortList(found_momenta),
        decays: shortList(found_decays),
        loss: Number(validation_loss),
        accuracy: Number(search_accuracy),
      };
    }),
  };
}

function shortList(text: unknown): string {
  const values = String(text ?? "")
    .split(" ")
    .filter((value) => value !== "")
    .map((value) => String(Number(Number(value).toPrecision(3))));
  return values.length <= 12 ? values.join(" ") : `${values[0]} ... ${values[values.length - 1]} (${values.length})`;
}
