/** What a study of compression leaves in its folder beside the exports. */

import type { Table } from "../../experiment/index.ts";
import type { ReportSource } from "../report-source.ts";
import { divergedTrials } from "../sparse-training/tables.ts";
import { compressionJson, summariseCompression } from "./summary.ts";
import { methodTable } from "./tables.ts";

/** The answer in the forms that a folder and a terminal take. */
export function compressionAnswer(source: ReportSource) {
  const summary = summariseCompression(source.study, source.records);
  const tables: Table[] = [methodTable(summary)];
  if (summary.diverged.length > 0) tables.push(divergedTrials(summary));
  return {
    summary,
    json: compressionJson(summary),
    tables,
    // Loaded when asked for, since it brings the plotting libraries along.
    report: async () => (await import("./report.ts")).buildCompressionReport(source, summary),
  };
}
