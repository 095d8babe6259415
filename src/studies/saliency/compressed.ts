/** Networks made small while they train, as in a study of compression: channels go until a share of the parameters is left. */

import type { Engine } from "../../tensor/index.ts";
import type { NetworkValues } from "../../train/index.ts";
import { type CompressionRunOptions, runCompression } from "../compression/run.ts";
import { type CompressionSettings, compressionSettings } from "../compression/settings.ts";
import type { ChannelSettings } from "./settings.ts";

/** The same training as a study of compression has it: the density is the share of the parameters that is left. */
function compressionOf(settings: ChannelSettings): CompressionSettings {
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
