/** What a study leaves in its folder, whatever its kind: trials.csv, epochs.csv and the kind's further tables, summary.json and report/. */

import { join } from "node:path";
import type { Store, Table, TrialRecord } from "../experiment/index.ts";
import { exportStudy, readStudy, writeAtomically, writeReport } from "../experiment/index.ts";
import type { ReportSource } from "./report-source.ts";
import { scSdcAnswer } from "./sc-sdc/outputs.ts";
import { sparseTraining } from "./sparse-training/kind.ts";
import { sparseAnswer } from "./sparse-training/outputs.ts";

export interface StudyOutputs {
  readonly files: readonly string[];
  readonly reportPath: string;
  /** The content of summary.json; numbers that are not finite become null in the file. */
  readonly json: object;
  /** For the terminal. */
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
  const source: ReportSource = { study, records, provenance: (await store.runs())[0]?.provenance };
  const { json, tables, report } = study.kind === sparseTraining.name ? sparseAnswer(source) : scSdcAnswer(source);
  const exported = await exportStudy(store, folder);
  const summaryPath = join(folder, "summary.json");
  await writeAtomically(summaryPath, [`${JSON.stringify(json, null, 2)}\n`]);
  const { index } = await writeReport(await report(), join(folder, "report"));
  return { files: [...Object.values(exported).flat(), summaryPath, index], reportPath: index, json, tables };
}
