/** The hash of the data a study stands on, for its provenance: a study taken up on other data is refused. */

import type { Design } from "../../experiment/index.ts";
import type { ScSdcSettings } from "./settings.ts";
import { type MissingData, trialDataset } from "./trial-data.ts";

/**
 * SHA-256 of the study's data set; of several, name and hash of each.
 *
 * @param missing      what to do about published sets that are not here
 * @throws InputError  for a data set that is not there; the message says how to get it
 */
export async function studyDataHash(design: Design, missing: MissingData = {}): Promise<string> {
  const settings = new Map<string, ScSdcSettings>();
  for (const { payload } of design.trials) {
    const of = payload as ScSdcSettings;
    settings.set(JSON.stringify([of.data, of.data_folder, of.train_examples]), of);
  }
  const hashes = new Map<string, string>();
  for (const of of settings.values()) {
    // The hash is that of the whole set, whatever share of it is trained on.
    const name = of.data_folder === null ? of.data : `${of.data} in ${of.data_folder}`;
    hashes.set(name, (await trialDataset(of, missing)).sha256);
  }
  if (hashes.size === 1) return [...hashes.values()][0];
  return [...hashes].map(([name, hash]) => `${name} ${hash}`).join(", ");
}
