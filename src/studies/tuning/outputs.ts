/** What a study of tuning leaves in its folder beside the exports: its answer, and a train file for every search. */

import type { Table } from "../../experiment/index.ts";
import type { ReportSource } from "../report-source.ts";
import { summariseTuning, tuningSummaryJson } from "./summary.ts";
import { foundTable, searchComparisons, searchTable } from "./tables.ts";
import { trainFile, trainFileName } from "./train-file.ts";

/** The answer in the forms that a folder and a terminal take. */
export function tuningAnswer(source: ReportSource) {
  const summary = summariseTuning(source.study, source.records);
  const compared = summary.cells.some(({ comparisons }) => comparisons.length > 0);
  const tables: Table[] = [
    searchTable(summary),
    ...(compared ? [searchComparisons(summary)] : []),
    foundTable(source.records),
  ];
  const files = source.records.flatMap((record) => {
    const made = trainFile(record);
    return made === undefined ? [] : [[`schedules/${trainFileName(record.spec)}.yaml`, made.text] as const];
  });
  return {
    summary,
    json: tuningSummaryJson(summary),
    tables,
    files: new Map(files),
    // Loaded when asked for, since it brings the plotting libraries along.
    report: async () => (await import("./report.ts")).buildTuningReport(source, summary),
  };
}
