/** Networks made small while they train, as in a study of compression: channels go until a share of the parameters is left. */

import { InputError } from "../../base/index.ts";
import { baseNames } from "../../optim/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { NetworkValues } from "../../train/index.ts";
import { type CompressionRunOptions, runCompression } from "../compression/run.ts";
import { type CompressionSettings, compressionSettings } from "../compression/settings.ts";
import { type ChannelMethod, isChannelMethod, type SaliencySettings, saliencySettings } from "./settings.ts";

/** Settings whose method removes channels. */
export type ChannelSettings = SaliencySettings & { readonly method: ChannelMethod };

export function removesChannels(settings: SaliencySettings): settings is ChannelSettings {
  return isChannelMethod(settings.method);
}

/** What a study of compression knows nothing of: its rates are constant, then a cosine. */
const ratesOfOthers = ["schedule", "warm_up_epochs", "learning_rates", "momenta", "weight_decays"] as const;

/** @throws InputError for settings that such a training does not have */
export function checkChannels(settings: ChannelSettings): void {
  const { method, optimizer } = settings;
  if (!(baseNames as readonly string[]).includes(optimizer)) {
    throw new InputError(
      `${method} sets channels to zero in steps of one of ${baseNames.join(", ")}, got ${optimizer}`,
    );
  }
  const standard = saliencySettings.parse({});
  for (const name of ratesOfOthers) {
    const [given, usual] = [settings[name], standard[name]].map((value) => JSON.stringify(value));
    if (given !== usual) {
      throw new InputError(
        `${name} must be ${usual} for ${method}, got ${given}: its rates are those of a study of compression; set it in the levels of other methods alone`,
      );
    }
  }
}

/** The same training as a study of compression has it: the density is the share of the parameters that is left. */
export function compressionOf(settings: ChannelSettings): CompressionSettings {
  const shared = Object.entries(settings).filter(([name]) => Object.hasOwn(compressionSettings.shape, name));
  return compressionSettings.parse({
    ...Object.fromEntries(shared),
    target: settings.density,
    target_of: "parameters",
  });
}

/** Trains and cuts a network, and gives its numbers with the mean loss of every epoch. @throws DivergedError */
export async function compressedNetwork(
  engine: Engine,
  settings: ChannelSettings,
  {
    seed,
    data,
    onProgress,
  }: Pick<CompressionRunOptions, "seed" | "data"> & { onProgress: (epochs: number, of: number) => void },
): Promise<{ readonly network: NetworkValues; readonly losses: readonly number[] }> {
  const losses: number[] = [];
  const onEpoch = (epoch: number, of: number, loss: number) => {
    losses.push(loss);
    onProgress(epoch, of);
  };
  const { network } = await runCompression(engine, compressionOf(settings), { seed, data, onEpoch });
  return { network, losses };
}
