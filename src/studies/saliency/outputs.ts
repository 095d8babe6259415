/** What a study of saliency leaves in its folder beside the exports. */

import type { Table } from "../../experiment/index.ts";
import type { ReportSource } from "../report-source.ts";
import { divergedTrials } from "../sparse-training/tables.ts";
import { saliencySummaryJson, summariseSaliency } from "./summary.ts";
import { mapComparisonTable, mapTable, networkTable } from "./tables.ts";

/** The answer in the forms that a folder and a terminal take. */
export function saliencyAnswer(source: ReportSource) {
  const summary = summariseSaliency(source.study, source.records);
  const tables: Table[] = [networkTable(summary), mapTable(summary), mapComparisonTable(summary)];
  if (summary.diverged.length > 0) tables.push(divergedTrials(summary));
  return {
    summary,
    json: saliencySummaryJson(summary),
    tables,
    // Loaded when asked for, since it brings the plotting libraries along.
    report: async () => (await import("./report.ts")).buildSaliencyReport(source, summary),
  };
}
