/** The report of a study of tuning: which search does best, what was learned, and how. */

import type { Report, ReportFigure } from "../../experiment/index.ts";
import { provenanceRows, type ReportSource } from "../report-source.ts";
import {
  differencesFigures,
  finishedSearches,
  progressFigure,
  scheduleFigure,
  signFigures,
  surfaceFigures,
} from "./figures.ts";
import { cellName, type TuningSummary } from "./summary.ts";
import { foundTable, searchComparisons, searchTable } from "./tables.ts";

/** Builds the report. Figures take most of the time. */
export async function buildTuningReport(source: ReportSource, summary: TuningSummary): Promise<Report> {
  const { study, records } = source;
  const data = [...new Set(records.map((record) => String(record.spec.columns.data)))];
  const states = Object.entries(summary.trials).map(([state, count]) => `${count} ${state}`);
  const cells = [...finishedSearches(records)];
  const each = async (
    figures: (of: (typeof cells)[number][1], cell: string, place: number) => Promise<ReportFigure[]>,
  ) => (await Promise.all(cells.map(([cell, searches], place) => figures(searches, cell, place)))).flat();
  const signs = await each(signFigures);
  const surfaces = await each(surfaceFigures);
  const compared = summary.cells.some(({ comparisons }) => comparisons.length > 0);
  return {
    title: study.name,
    subtitle: `Schedules of SGD on ${data.join(", ")}: ${states.join(", ")}`,
    lead: tuningLead(summary),
    sections: [
      {
        id: "searches",
        title: compared ? "Which search does best?" : "What the search came to",
        text: compared
          ? "Searches are compared at equal cost, counted in gradients of a training step. Schedules set by hand cost one training, and the skill of who set them."
          : undefined,
        figures: compared ? await differencesFigures(summary) : [],
        tables: [searchTable(summary), ...(compared ? [searchComparisons(summary)] : [])],
      },
      {
        id: "schedules",
        title: "What was found",
        figures: await each(async (...of) => [await scheduleFigure(...of)]),
        tables: [foundTable(records)],
      },
      {
        id: "progress",
        title: "How the searches went",
        text: "Every round of forward mode has other examples and other initial weights, so that its losses scatter; candidates of the other searches share both.",
        figures: [...(await each(async (...of) => [await progressFigure(...of)])), ...signs],
      },
      ...(surfaces.length > 0 ? [{ id: "surface", title: "The loss around it", figures: surfaces }] : []),
    ],
    provenance: provenanceRows(source),
    studyFile: study.text,
  };
}

/** The searches of each cell by their mean accuracy, in a sentence. */
export function tuningLead({ cells }: TuningSummary): string {
  const sentences = cells.flatMap(({ factors, searches }) => {
    const ranked = searches.filter(({ search_accuracy }) => search_accuracy.n > 0);
    if (ranked.length === 0) return [];
    ranked.sort((a, b) => b.search_accuracy.mean - a.search_accuracy.mean);
    const said = ranked.map(({ search, search_accuracy, test_accuracy }) => {
      const all = test_accuracy.n > 0 ? ` (${(100 * test_accuracy.mean).toFixed(2)} % when trained on everything)` : "";
      return `${search} ${(100 * search_accuracy.mean).toFixed(2)} %${all}`;
    });
    const cell = cellName(factors);
    const of = searches.length > 1 ? "each search, from the highest" : "the search";
    return [`${cell === "" ? "" : `At ${cell}: `}test accuracy of the best training of ${of}: ${said.join(", ")}.`];
  });
  if (sentences.length === 0) return "No search is finished yet, so there is nothing to tell.";
  return sentences.map((text) => `${text[0].toUpperCase()}${text.slice(1)}`).join(" ");
}
