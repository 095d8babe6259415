/** The data of a trial: loaded and copied into the engine once per worker thread, used by every trial that asks for the same. */

import { EnvironmentError, InputError } from "../../base/index.ts";
import type { Dataset } from "../../data/index.ts";
import { datasetInfo, fetchDataset, listDatasets, loadDataset, takeExamples } from "../../data/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { ResidentDataset } from "../../train/index.ts";
import { residentDataset } from "../../train/index.ts";
import type { ScSdcSettings } from "./settings.ts";

type DataSettings = Pick<ScSdcSettings, "data" | "data_folder" | "normalisation" | "train_examples">;

/** What to do about a published set that is not here. Of the main thread, before workers start. */
export interface MissingData {
  /** Download it. Default false. */
  readonly fetchMissing?: boolean;
  /** Told once before a download begins. */
  readonly announce?: (text: string) => void;
}

/**
 * Loads the data set that settings name, cut to `train_examples`.
 *
 * @throws InputError  where the set is not here and cannot be fetched; the message says how to get it
 */
export async function trialDataset(settings: DataSettings, missing: MissingData = {}): Promise<Dataset> {
  const folder = settings.data_folder ?? undefined;
  if (missing.fetchMissing === true) await fetchIfMissing(settings.data, folder, missing.announce);
  const dataset = await loadDataset(settings.data, { folder });
  const wanted = settings.train_examples;
  if (wanted === null) return dataset;
  if (wanted > dataset.train.count) {
    throw new InputError(
      `train_examples: ${settings.data} has ${dataset.train.count} training examples, got ${wanted}; lower it, or leave it out`,
    );
  }
  return {
    ...dataset,
    train: takeExamples(
      dataset.train,
      Array.from({ length: wanted }, (_, i) => i),
    ),
  };
}

async function fetchIfMissing(name: string, folder: string | undefined, announce?: (text: string) => void) {
  const published = listDatasets().some((entry) => entry.name === name && entry.kind === "files");
  if (!published || (await datasetInfo(name, { folder })).found) return;
  announce?.(`${name} is not here; fetching it from where it is published`);
  try {
    await fetchDataset(name, { folder });
  } catch (error) {
    // Without a network it is for the user to bring the files: a mistake in what was asked, not a fault of the disk.
    if (error instanceof EnvironmentError) throw new InputError(error.message, { cause: error });
    throw error;
  }
}

/** Resident data by what they were made from, for one engine. Keeps the last one only: a study rarely alternates. */
export class TrialDataCache {
  readonly #engine: Engine;
  #key = "";
  #kept: ResidentDataset | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The resident data that settings ask for. Must be called outside any engine scope. */
  async get(settings: DataSettings): Promise<ResidentDataset> {
    const { data, data_folder, normalisation, train_examples } = settings;
    const key = JSON.stringify([data, data_folder, normalisation, train_examples]);
    if (this.#kept === undefined || this.#key !== key) {
      // Loaded first: where that fails, what was kept is still whole for the trials that ask for it.
      const dataset = await trialDataset(settings);
      if (this.#kept !== undefined) releaseData(this.#engine, this.#kept);
      this.#kept = undefined;
      this.#kept = residentDataset(this.#engine, dataset, normalisation);
      this.#key = key;
    }
    return this.#kept;
  }
}

function releaseData(engine: Engine, { scale, shift, train, test }: ResidentDataset): void {
  for (const part of [scale, shift, train.values, train.labels, test.values, test.labels]) engine.release(part);
}
