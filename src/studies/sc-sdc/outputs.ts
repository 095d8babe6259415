/** What a study leaves in its folder: trials.csv, epochs.csv, summary.json and report/. */

import { join } from "node:path";
import type { Store, Table, TrialRecord } from "../../experiment/index.ts";
import { exportStudy, readStudy, writeAtomically, writeReport } from "../../experiment/index.ts";
import { type StudySummary, summariseStudy } from "./summary.ts";
import { divergedTable, pValueTable } from "./tables.ts";

export interface StudyOutputs {
  readonly files: readonly string[];
  readonly reportPath: string;
  readonly summary: StudySummary;
  /** For the terminal: the p-values, and the diverged trials if there are any. */
  readonly tables: readonly Table[];
}

/**
 * Writes every output from what the store holds, finished or not; each file appears whole or not at all.
 *
 * @throws EnvironmentError  where the folder cannot be written or the disk is full
 */
export async function writeStudyOutputs(store: Store, folder: string): Promise<StudyOutputs> {
  const study = await readStudy(store);
  const records: TrialRecord[] = [];
  for await (const record of store.records({ epochs: true })) records.push(record);
  const summary = summariseStudy(study, records);
  const exported = await exportStudy(store, folder);
  const summaryPath = join(folder, "summary.json");
  await writeAtomically(summaryPath, [`${JSON.stringify(summaryJson(summary), null, 2)}\n`]);
  const provenance = (await store.runs())[0]?.provenance;
  // Loaded here, since it brings the plotting libraries along, which no other command needs.
  const { buildReport } = await import("./report.ts");
  const report = await buildReport({ study, records, summary, provenance });
  const { index } = await writeReport(report, join(folder, "report"));
  const tables = [pValueTable(summary), ...(summary.diverged.length > 0 ? [divergedTable(summary)] : [])];
  return { files: [...Object.values(exported).map(String), summaryPath, index], reportPath: index, summary, tables };
}

/** The summary with the names of the exports; numbers that are not finite become null. */
export function summaryJson(summary: StudySummary): object {
  return {
    study: summary.study,
    name: summary.name,
    trials: summary.trials,
    test: summary.test,
    cells: summary.cells.map((cell) => ({
      factors: cell.factors,
      n: cell.n,
      left_out: cell.leftOut,
      mean_sparse: cell.meanSparse,
      mean_dense: cell.meanDense,
      mean_difference: cell.meanDifference,
      interval: { low: cell.low, high: cell.high, confidence: 0.95, method: "bootstrap BCa" },
      statistic: cell.statistic,
      p: cell.pGreater,
      p_holm: cell.pGreaterHolm,
      p_less: cell.pLess,
      p_less_holm: cell.pLessHolm,
      alternative: "greater",
      method: cell.method,
      egf_2_sparse: cell.egf2Sparse,
      egf_2_dense: cell.egf2Dense,
      warnings: cell.warnings,
    })),
    correlations: summary.correlations.map(({ absoluteTau, ...rest }) => ({ ...rest, absolute_tau: absoluteTau })),
    diverged: summary.diverged,
  };
}
