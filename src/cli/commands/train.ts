/** `gradientflow train`: words and options; what it does is in `train.ts`. */

import { Command, Option } from "commander";
import { fetchOption, integer, jsonLinesOption } from "../options.ts";
import { programName } from "../output.ts";
import { examples } from "./study.ts";

export function trainCommand(): Command {
  return new Command("train")
    .summary("train one network")
    .description(
      "Trains one network and shows loss, accuracy and gradient flow epoch by epoch. Settings are those of study files, written " +
        "key=value. A training that diverges is a result, not an error.",
    )
    .argument("[key=value...]", "settings, such as epochs=5 or optimizer=adam; --settings lists them")
    .addOption(
      new Option("--kind <kind>", "the sparse or the dense network of the pair")
        .choices(["dense", "sparse"])
        .default("dense"),
    )
    .option("--seed <n>", "seed of weights, masks, order and dropout", integer(0, 2 ** 32 - 1), 0)
    .option("--config <file>", "a study file to take settings from; its factors need one value each")
    .option("--checkpoint <file>", "save the training here after each epoch and at Ctrl-C, as safetensors")
    .option(
      "--resume <path>",
      "go on with the training of a checkpoint, to the same bits as if it had never stopped, and save there again",
    )
    .option("--settings", "list every setting with its default, and train nothing")
    .addOption(fetchOption())
    .addOption(jsonLinesOption())
    .addHelpText(
      "after",
      examples(
        ["train", "the default: digits, two hidden layers of 64, ten epochs"],
        ["train --kind sparse dense_width=64 sparse_width=512 batch_norm=true"],
        ["train data=fashion-mnist dense_width=256 epochs=10 --json > curve.jsonl"],
        [
          "train --config studies/quickstart.yaml dense_width=32 batch_norm=false optimizer=adam",
          "one cell of a study",
        ],
        ["train data=fashion-mnist epochs=50 --checkpoint run.safetensors", "can be stopped with Ctrl-C"],
        [
          "train --kind sparse data=fashion-mnist model=lenet-5 density=0.05 epochs=5",
          "a convolutional network with 5 % of its weights",
        ],
        ["train method=rigl density=0.02 model=lenet-300-100 data=fashion-mnist", "a method of sparse training"],
        [
          "train optimizer=hesso target_sparsity=0.5 data=fashion-mnist model=lenet-5 epochs=5",
          "half of all channels become zero during training",
        ],
        ["train --resume run.safetensors", "goes on where it was; epochs=80 goes on for longer"],
      ),
    )
    .addHelpText("after", `\nData sets: see ${programName()} data list`)
    .action(async (overrides: string[], options, command: Command) => {
      const { train } = await import("../train.ts");
      // Defaults are not asked for: a training gone on with has a kind and a seed of its own.
      const given = <T>(name: string, value: T) =>
        command.getOptionValueSource(name) === "default" ? undefined : value;
      await train(overrides, { ...options, kind: given("kind", options.kind), seed: given("seed", options.seed) });
    });
}
