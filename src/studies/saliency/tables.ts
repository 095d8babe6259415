/** The tables of a study of saliency, for terminal, page, CSV and LaTeX alike. */

import type { Column, Table, TableRow } from "../../experiment/index.ts";
import type { SaliencyCell, SaliencySummary } from "./summary.ts";
import { saliencyMeasures } from "./summary.ts";

/** p-values at or below are set in bold. */
const level = 0.05;
const similarity = { format: "number", decimals: 2 } as const;

function factorColumns({ cells }: SaliencySummary): Column[] {
  return Object.keys(cells[0]?.factors ?? {}).map((name) => ({ key: `at_${name}`, title: name.replaceAll("_", " ") }));
}

function factorCells({ factors }: SaliencyCell): TableRow {
  return Object.fromEntries(Object.entries(factors).map(([name, value]) => [`at_${name}`, String(value)]));
}

/** A line per network: its size and its accuracy. */
export function networkTable(summary: SaliencySummary): Table {
  return {
    name: "networks",
    caption: "Networks: test accuracy, mean over seeds",
    columns: [
      ...factorColumns(summary),
      { key: "network", title: "network" },
      { key: "n", title: "n", format: "integer" },
      { key: "active", title: "active weights", format: "integer" },
      { key: "accuracy", title: "accuracy", format: "percent", unit: "%" },
      { key: "low", title: "95 % from", format: "percent" },
      { key: "high", title: "to", format: "percent" },
    ],
    rows: summary.cells.flatMap((cell) =>
      cell.networks.map(({ network, n, activeWeights, accuracy }) => ({
        ...{ ...factorCells(cell), network, n, active: activeWeights, accuracy: accuracy.mean },
        ...{ low: accuracy.low, high: accuracy.high },
      })),
    ),
    notes: summary.cells.flatMap(({ networks }) =>
      networks
        .filter(({ leftOut }) => leftOut > 0)
        .map(({ network, leftOut }) => `${network}: ${leftOut} left out: diverged, failed or not done`),
    ),
  };
}

/** A line per method and network. */
export function mapTable(summary: SaliencySummary): Table {
  const measured = Object.entries(saliencyMeasures) as [keyof typeof saliencyMeasures, { title: string }][];
  return {
    name: "maps",
    caption: "How alike maps stay: means over images and seeds",
    columns: [
      ...factorColumns(summary),
      { key: "method", title: "method" },
      { key: "network", title: "network" },
      { key: "verdict", title: "verdict" },
      ...measured.map(([key, { title }]) => ({ key, title, ...similarity })),
    ],
    rows: summary.cells.flatMap((cell) =>
      cell.maps.map(({ method, network, verdict, measures }) => ({
        ...{ ...factorCells(cell), method, network, verdict },
        ...Object.fromEntries(measured.map(([key]) => [key, measures[key].mean])),
      })),
    ),
    bold: (row, key) => key === "verdict" && row.verdict === "insensitive",
    notes: [
      "Class: maps of the likeliest class against those of the least likely. Top: with the layer of the logits random; all: with every layer random. |ρ|: rank correlation of magnitudes; SSIM: structural similarity of magnitudes.",
      "Insensitive: class |ρ| and top |ρ| of 0.9 or more; weak: 0.7 or more.",
    ],
  };
}

/** Every network against the first. */
export function mapComparisonTable(summary: SaliencySummary): Table {
  return {
    name: "map-comparisons",
    caption:
      "Networks against the first of their cell on the same seeds: network minus first, rank correlation of magnitudes",
    columns: [
      ...factorColumns(summary),
      { key: "method", title: "method" },
      { key: "check", title: "check" },
      { key: "network", title: "network" },
      { key: "against", title: "against" },
      { key: "n", title: "n", format: "integer" },
      { key: "difference", title: "difference", format: "signed", decimals: 3 },
      { key: "low", title: "95 % from", format: "signed", decimals: 3 },
      { key: "high", title: "to", format: "signed", decimals: 3 },
      { key: "p", title: "p two-sided", format: "p" },
      { key: "holm", title: "Holm", format: "p" },
    ],
    rows: summary.cells.flatMap((cell) =>
      cell.comparisons.map(({ measure, meanDifference, p, pHolm, ...of }) => ({
        ...{ ...factorCells(cell), ...of, check: saliencyMeasures[measure].check, difference: meanDifference },
        ...{ p, holm: pHolm },
      })),
    ),
    bold: (row, key) =>
      (key === "p" || key === "holm") && typeof row[key] === "number" && (row[key] as number) <= level,
    notes: [
      `${summary.test}. Interval: bootstrap (BCa) of the mean difference. Below 0 the network's maps depend on it more than the first one's do on that.`,
      "With n pairs no two-sided exact p is below 2 to the power of 1 − n: 0.25 for three, 0.002 for ten. Holm corrects over this table.",
    ],
  };
}
