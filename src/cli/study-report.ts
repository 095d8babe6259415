/** `study report`: the outputs again, from what the store holds. */

import { openStore, unfinished } from "../experiment/index.ts";
import { writeStudyOutputs } from "../studies/index.ts";
import type { StudyOptions } from "./options.ts";
import { counted, sayJson, warn } from "./output.ts";
import { outputsJson, sayOutputs } from "./study-session.ts";

export async function reportStudy(folder: string, options: StudyOptions): Promise<void> {
  const store = await openStore(options.store ?? folder, { readOnly: true });
  try {
    const left = unfinished(await store.counts(Date.now()));
    if (left > 0) warn(`${counted(left, "trial")} are not done yet; the report is of the others`);
    const outputs = await writeStudyOutputs(store, folder);
    if (options.json === true) sayJson(outputsJson(outputs));
    else if (options.quiet !== true) sayOutputs(outputs, folder);
  } finally {
    await store.close();
  }
}
