/** What a study of sparse training leaves in its folder beside the exports. */

import type { Table } from "../../experiment/index.ts";
import type { ReportSource } from "../report-source.ts";
import { type SparseSummary, sparseSummaryJson, summariseSparseStudy } from "./summary.ts";
import { comparisonTable, divergedTrials, methodTable } from "./tables.ts";
import { ticketTables } from "./tickets.ts";
import { updateTables } from "./updates.ts";

/** The answer in the forms that a folder and a terminal take. */
export function sparseAnswer(source: ReportSource) {
  const summary: SparseSummary = summariseSparseStudy(source.study, source.records);
  const tables: Table[] = [
    methodTable(summary),
    ...ticketTables(summary),
    ...updateTables(summary),
    comparisonTable(summary),
  ];
  if (summary.diverged.length > 0) tables.push(divergedTrials(summary));
  return {
    summary,
    json: sparseSummaryJson(summary),
    tables,
    // Loaded when asked for, since it brings the plotting libraries along.
    report: async () => (await import("./report.ts")).buildSparseReport(source, summary),
  };
}
