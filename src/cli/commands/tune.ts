/** `gradientflow tune`: words and options; what it does is in `tune.ts`. */

import { Command, InvalidArgumentError, Option } from "commander";
import { fetchOption, integer, jsonLinesOption } from "../options.ts";
import { examples } from "./study.ts";

/** Spelled out, so that help needs nothing of the studies; `tune.test.ts` holds them to the searches there are. */
const searches = ["forward", "random", "halving", "cosine", "given"];

export function tuneCommand(): Command {
  const windows = integer(0, 200);
  return new Command("tune")
    .summary("learn schedules of learning rate, momentum and weight decay")
    .description(
      "Learns schedules for a training by differentiating the validation loss of its last weights through all its steps, round " +
        "after round, and compares them with random search, successive halving and schedules set by hand at the same cost. What it " +
        "finds are train files for train --config, and a report.",
    )
    .argument(
      "[words...]",
      "a train file or study file, then settings that replace its own, key=value; without a file, settings alone as for train",
    )
    .addOption(
      new Option(
        "--search <names>",
        `one or several, apart by commas: ${searches.join(", ")} (default: forward)`,
      ).argParser(readSearches),
    )
    .addOption(new Option("--kind <kind>", "the sparse or the dense network of the pair").choices(["dense", "sparse"]))
    .option("--rates <n>", "learning rates to learn, one per window of the training; 0: as set (default: 5)", windows)
    .option("--momenta <n>", "momenta to learn (default: 1)", windows)
    .option("--decays <n>", "weight decays to learn (default: 1)", windows)
    .option("--rounds <n>", "rounds of forward mode (default: 10)", integer(1, 2047))
    .option("--budget <n>", "gradients a search may compute (default: what the rounds need)", integer(1))
    .option(
      "--surface <n>",
      "also train on a grid of n × n around what was found, for the loss surface",
      integer(2, 101),
    )
    .option("--seeds <n>", "search with so many seeds, one after the other (default: 1)", integer(1))
    .option("--each", "tune every cell of a study whose factors cross several")
    .option("-o, --out <dir>", "folder for rounds, schedules and report (default: runs/NAME)")
    .option(
      "--resume <path>",
      "go on with the search of a folder that was stopped, to the same bits as if it never was",
    )
    .addOption(fetchOption())
    .addOption(jsonLinesOption())
    .addHelpText(
      "after",
      examples(
        ["tune", "five rates, a momentum and a decay for the digits, in a few seconds"],
        ["tune my-training.yaml --rates 8 --decays 0 --surface 9"],
        [
          "tune --kind sparse density=0.1 batch_norm=true epochs=5 --search forward,random,cosine --seeds 5",
          "a sparse network, and is it better than what one would set by hand?",
        ],
        [
          "tune studies/quickstart.yaml dense_width=77 optimizer=momentum batch_norm=true",
          "one cell of a study; --each tunes all",
        ],
        ["tune data=fashion-mnist model=lenet-5 epochs=2 --out runs/lenet", "can be stopped with Ctrl-C"],
        ["tune --resume runs/lenet"],
        ["train --config runs/tune/schedules/forward-seed-0.yaml", "trains with what was found"],
      ),
    )
    .addHelpText(
      "after",
      "\nSettings of the search (learned_rates, search_steps, validation_examples, highest_rate, clip_tangent, ...) are those of " +
        "studies of kind tuning; see docs/learned-schedules.md.",
    )
    .action(async (words: string[], options) => {
      const { tune } = await import("../tune.ts");
      await tune(words, options);
    });
}

function readSearches(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  const wrong = names.find((name, i) => !searches.includes(name) || names.indexOf(name) !== i);
  if (wrong === undefined) return names;
  throw new InvalidArgumentError(`Searches are ${searches.join(", ")}, each at most once, apart by commas.`);
}
