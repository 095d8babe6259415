/** The report of a study of saliency: the answer first, then its evidence, then where it comes from. */

import type { Report, ReportFigure } from "../../experiment/index.ts";
import { type SimilarityDot, similarityDots } from "../../plot/index.ts";
import { provenanceRows, type ReportSource } from "../report-source.ts";
import { divergedTrials } from "../sparse-training/tables.ts";
import { comparedMeasures, type SaliencyCell, type SaliencySummary, saliencyMeasures } from "./summary.ts";
import { mapComparisonTable, mapTable, networkTable } from "./tables.ts";

export async function buildSaliencyReport(source: ReportSource, summary: SaliencySummary): Promise<Report> {
  const { study, records } = source;
  const data = [...new Set(records.map((record) => String(record.spec.columns.data)))];
  const states = Object.entries(summary.trials).map(([state, count]) => `${count} ${state}`);
  return {
    title: study.name,
    subtitle: `Saliency maps of networks trained on ${data.join(", ")}: ${states.join(", ")}`,
    lead: saliencyLead(summary),
    sections: [
      {
        id: "maps",
        title: "Which maps depend on the network?",
        text: "A method's maps are compared between two classes, and between the trained network and one whose layers are random from the logits down. The less alike, the more the maps depend on the network.",
        figures: await Promise.all(summary.cells.map((cell, at) => dotsFigure(summary, cell, at))),
        tables: [mapTable(summary)],
      },
      { id: "comparisons", title: "Do networks differ in it?", tables: [mapComparisonTable(summary)] },
      { id: "networks", title: "The networks", tables: [networkTable(summary)] },
      ...(summary.diverged.length > 0
        ? [{ id: "diverged", title: "Diverged trials", tables: [divergedTrials(summary)] }]
        : []),
    ],
    provenance: provenanceRows(source),
    studyFile: study.text,
  };
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;

/** The differences that remain after correction, in words. */
export function saliencyLead({ cells }: SaliencySummary): string {
  const all = cells.flatMap(({ comparisons }) => comparisons).filter(({ p }) => Number.isFinite(p));
  const finished = cells.some(({ networks }) => networks.some(({ n }) => n > 0));
  if (!finished) return "No trial is finished yet, so there is nothing to compare.";
  if (all.length === 0) return "There are no two networks on the same seeds to compare.";
  const clear = all.filter(({ pHolm }) => pHolm <= 0.05);
  const count = `${clear.length} of ${all.length} comparisons of a network with the first of its cell are clear of chance after Holm's correction`;
  const said = clear.map(({ method, measure, network, against, meanDifference }) => {
    const more = meanDifference < 0 ? "more" : "less";
    const size = Math.abs(meanDifference).toFixed(2);
    return `${method} (${saliencyMeasures[measure].check}) depends ${more} on ${network} than on ${against}, by ${size}`;
  });
  if (said.length > 0) return `${count}: ${said.join("; ")}.`;
  // Where all pairs agree, the exact p of n pairs is 2 to the power of 1 - n.
  const pairs = Math.max(...all.map(({ n }) => n));
  const least = 2 ** (1 - pairs) * all.length;
  if (least <= 0.05) return `${count}.`;
  const agreed = all.filter(({ n, p }) => n === pairs && p <= 2 ** (1 - n) * (1 + 1e-9));
  return (
    `${count}, which ${counted(pairs, "pair")} cannot be: corrected over ${all.length}, no p is below ${Math.min(1, least).toPrecision(2)}. ` +
    `In ${agreed.length} of them all pairs agree in sign; more seeds would tell.`
  );
}

async function dotsFigure({ cells }: SaliencySummary, cell: SaliencyCell, at: number): Promise<ReportFigure> {
  const dots = cell.maps.flatMap(({ method, network, measures }) =>
    comparedMeasures.map((measure): SimilarityDot => {
      const { mean, low, high } = measures[measure];
      const panel = measure === "classRank" ? "between two classes" : "with the top layer random";
      return { row: method, series: network, panel, mean, low, high };
    }),
  );
  const name = Object.entries(cell.factors)
    .map(([factor, value]) => `${factor.replaceAll("_", " ")} ${String(value)}`)
    .join(", ");
  return {
    name: cells.length === 1 ? "similarity" : `similarity-${at + 1}`,
    svg: await similarityDots(dots, {
      title: `How alike maps stay${name === "" ? "" : `, ${name}`}`,
      intervalName: "95 % bootstrap interval (BCa) of the mean over seeds",
    }),
    caption:
      "Rank correlation of the magnitudes of maps, by method and network; beyond 0.9 in both panels a method is called insensitive.",
  };
}
