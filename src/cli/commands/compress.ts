/** `gradientflow compress`: words and options; what it does is in `compress.ts`. */

import { Command, InvalidArgumentError } from "commander";
import { fetchOption, integer, jsonLinesOption } from "../options.ts";
import { examples } from "./study.ts";

export function compressCommand(): Command {
  return new Command("compress")
    .summary("train a network, remove channels on the way, write the small network that is left")
    .description(
      "Trains a network and takes whole channels to zero while it trains, until it costs what is asked for; then cuts them out, checks " +
        "that the small network gives the same outputs, and says what it costs and how accurate it is, beside the full network " +
        "trained as long. What cannot be pruned is named, with the reason.",
    )
    .argument(
      "[words...]",
      "a study file of compression or of one training, then settings that replace its own, key=value, as for train",
    )
    .option("--target-macs <share>", "share of the multiply-accumulates that is left (default: 0.3)", share)
    .option("--target-parameters <share>", "share of the parameters that is left", share)
    .option("--group-sparsity <share>", "share of the channels that goes", share)
    .option("--targets <shares>", "several shares of the same cost, apart by commas, for the curve", shares)
    .option("--from <file>", "start from a trained network: a checkpoint of train, or saved weights")
    .option(
      "--only-cut",
      "cut out what is zero in the network of --from, as of train optimizer=hesso, and train nothing",
    )
    .option("--keep <layer...>", "layers that lose no channels, and those tied to them")
    .option("--multiple-of <n>", "widths are left as multiples of this", integer(1, 1024))
    .option("--finetune-epochs <n>", "epochs that train the small network further", integer(0, 1_000_000))
    .option("--no-baseline", "do not train the full network to the end: quicker, and its accuracy is that of before")
    .option("--seed <n>", "seed of weights and order (default: 0)", integer(0, 2 ** 32 - 1))
    .option("-o, --out <dir>", "folder for networks, checkpoints and report", "compressed")
    .addOption(fetchOption())
    .addOption(jsonLinesOption())
    .addHelpText(
      "after",
      examples(
        ["compress data=digits model=saliency-cnn", "30 % of the multiply-accumulates, in seconds"],
        ["compress data=fashion-mnist model=vgg-small width=16 batch_norm=true --targets 0.2,0.3,0.5"],
        ["compress my-training.yaml --target-macs 0.3 method=dhspg --finetune-epochs 2"],
        ["compress --from run.safetensors --target-parameters 0.25 epochs=5", "a network that train has trained"],
        [
          "compress --from zeros.safetensors --only-cut",
          "of train optimizer=hesso target_sparsity=0.5 --checkpoint zeros.safetensors",
        ],
        ["export compressed/small-0.3.safetensors --format module", "the small network as a file that runs by itself"],
      ),
    )
    .addHelpText(
      "after",
      "\nmethod= says what chooses the channels: hesso (default), dhspg, hspg or magnitude. The same command goes on where it was " +
        "stopped. Further settings (dense_share, lambda, half_space, ...) are those of studies of kind compression; see " +
        "docs/compression.md.",
    )
    .action(async (words: string[], options) => {
      const { compress } = await import("../compress.ts");
      await compress(words, options);
    });
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value <= 1) return value;
  throw new InvalidArgumentError("It must be a number in (0, 1].");
}

function shares(text: string): number[] {
  return text.split(",").map(share);
}
