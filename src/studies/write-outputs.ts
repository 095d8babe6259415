/** What a study leaves in its folder, whatever its kind: trials.csv, epochs.csv and the kind's further tables, summary.json and report/. */

import { dirname, join } from "node:path";
import type { Report, Store, Table, TrialRecord } from "../experiment/index.ts";
import { exportStudy, makeFolder, readStudy, writeAtomically, writeReport } from "../experiment/index.ts";
import { compression } from "./compression/kind.ts";
import { compressionAnswer } from "./compression/outputs.ts";
import type { ReportSource } from "./report-source.ts";
import { saliencyStudy } from "./saliency/kind.ts";
import { saliencyAnswer } from "./saliency/outputs.ts";
import { scSdcAnswer } from "./sc-sdc/outputs.ts";
import { sparseTraining } from "./sparse-training/kind.ts";
import { sparseAnswer } from "./sparse-training/outputs.ts";
import { tuning } from "./tuning/kind.ts";
import { tuningAnswer } from "./tuning/outputs.ts";

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
  const { json, tables, report, files = new Map<string, string>() } = answerOf(source);
  const exported = await exportStudy(store, folder);
  const summaryPath = join(folder, "summary.json");
  await writeAtomically(summaryPath, [`${JSON.stringify(json, null, 2)}\n`]);
  for (const [name, text] of files) {
    makeFolder(dirname(join(folder, name)));
    await writeAtomically(join(folder, name), [text]);
  }
  const { index } = await writeReport(await report(), join(folder, "report"));
  const further = [...files.keys()].map((name) => join(folder, name));
  return {
    files: [...Object.values(exported).flat(), summaryPath, ...further, index],
    reportPath: index,
    json,
    tables,
  };
}

/** What a kind of study makes of its records. */
interface Answer {
  readonly json: object;
  readonly tables: readonly Table[];
  readonly report: () => Promise<Report>;
  /** Text of further files by their path in the folder. */
  readonly files?: ReadonlyMap<string, string>;
}

function answerOf(source: ReportSource): Answer {
  switch (source.study.kind) {
    case sparseTraining.name:
      return sparseAnswer(source);
    case saliencyStudy.name:
      return saliencyAnswer(source);
    case tuning.name:
      return tuningAnswer(source);
    case compression.name:
      return compressionAnswer(source);
    default:
      return scSdcAnswer(source);
  }
}
