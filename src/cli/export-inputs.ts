/** The normalisation that a network was trained with, as numbers of its input's channels: what `--raw-inputs` puts into a file. */

import { InputError, unknownName } from "../base/index.ts";
import { type Normalisation, normalisation, normalisations } from "../data/index.ts";
import type { Bundle } from "../infer/index.ts";
import { trialDataset } from "../studies/index.ts";
import type { OpenedNetwork } from "../train/index.ts";
import { note } from "./output.ts";

interface InputOptions {
  readonly data?: string;
  readonly dataFolder?: string;
  readonly fetch?: boolean;
}

/**
 * Mean and deviation of each channel, one of each where all are alike.
 *
 * @throws InputError  where the file does not say what it was trained on, or its normalisation differs within a channel
 */
export async function inputNormalisation(
  path: string,
  opened: OpenedNetwork,
  options: InputOptions,
): Promise<NonNullable<Bundle["normalisation"]>> {
  const { settings } = (opened.metadata.notes ?? {}) as { settings?: Partial<Record<string, string | null>> };
  const model = (opened.metadata.model ?? {}) as { normalisation?: string };
  const data = options.data ?? opened.checkpoint?.data.name ?? settings?.data;
  const kind = settings?.normalisation ?? model.normalisation;
  if (data === undefined || data === null) {
    throw new InputError(`${path}: does not say what it was trained on; name it: --data`);
  }
  if (kind === undefined || kind === null) {
    throw new InputError(
      `${path}: does not say how its inputs were normalised; export it without --raw-inputs, or the checkpoint it came from`,
    );
  }
  if (typeof kind !== "string" || !(normalisations as readonly string[]).includes(kind)) {
    throw unknownName(`${path}: normalisation`, "kind", String(kind), normalisations);
  }
  const folder = options.dataFolder ?? (options.data === undefined ? settings?.data_folder : undefined) ?? null;
  const given = { data, data_folder: folder, normalisation: kind as Normalisation, train_examples: null };
  const dataset = await trialDataset(given, { fetchMissing: options.fetch !== false, announce: note });
  const { input } = opened.architecture;
  if (dataset.features !== opened.network.inputs) {
    throw new InputError(
      `export: ${dataset.name} has ${dataset.features} features, the network reads ${opened.network.inputs}; use the data it was trained on: --data`,
    );
  }
  const { scale, shift } = normalisation(dataset, kind as Normalisation);
  const each = scale.length / input[0];
  const channels = Array.from({ length: input[0] }, (_, channel) => {
    const at = channel * each;
    const uneven = scale
      .subarray(at, at + each)
      .findIndex((one, k) => one !== scale[at] || shift[at + k] !== shift[at]);
    if (uneven < 0) return meanAndDeviation(scale[at], shift[at]);
    throw new InputError(
      `export: --raw-inputs takes one mean and deviation per channel, ${kind} has one per pixel; normalise before the network, or train with standard`,
    );
  });
  const alike = channels.every(
    ({ mean, deviation }) => mean === channels[0].mean && deviation === channels[0].deviation,
  );
  const kept = alike ? channels.slice(0, 1) : channels;
  return { mean: kept.map(({ mean }) => mean), deviation: kept.map(({ deviation }) => deviation) };
}

/** x scale + shift = (x - mean) / deviation. A channel that never varies has scale 0: it is divided by a number beyond all others. */
function meanAndDeviation(scale: number, shift: number): { mean: number; deviation: number } {
  if (scale === 0) return { mean: 0, deviation: 2 ** 100 };
  return { mean: shift === 0 ? 0 : Math.fround(-shift / scale), deviation: Math.fround(1 / scale) };
}
