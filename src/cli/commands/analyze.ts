/** `gradientflow analyze`: words and options; what it does is in `analyze.ts`. */

import { Command, Option } from "commander";
import { fetchOption, integer, jsonOption } from "../options.ts";
import { programName } from "../output.ts";
import { examples } from "./study.ts";

export function analyzeCommand(): Command {
  return new Command("analyze")
    .summary("the anatomy of trained networks")
    .description(
      "Looks at trained networks: gradient norm, signal propagation, the Hessian's spectrum, and of several their distances, " +
        "disagreement and the loss on the lines to the last of them. Takes checkpoints of train and files of saveWeights.",
    )
    .argument("<checkpoint...>", "safetensors files; of several, the last is what the others are compared with")
    .option("--data <name>", "data set to look at them on (default: the one that the first was trained on)")
    .option(
      "--what <parts>",
      "parts, with commas between: norms, signal, distances, interpolation, spectrum (default: all that apply)",
    )
    .option("--examples <n>", "training examples for loss, gradient and Hessian, from the first", integer(1), 1000)
    .addOption(
      new Option(
        "--normalisation <kind>",
        "how inputs are scaled (default: as the first was trained, or standard)",
      ).choices(["none", "unit", "standard", "standard-per-feature"]),
    )
    .addOption(
      new Option("--spectrum <method>", "how eigenvalues are found; auto is exact up to 2000 trained numbers")
        .choices(["auto", "exact", "lanczos"])
        .default("auto"),
    )
    .addOption(
      new Option("--mask <rule>", "the mask of all points of a line: of either end, or both")
        .choices(["union", "start", "end"])
        .default("union"),
    )
    .option("--seed <n>", "seed of random inputs and vectors", integer(0, 2 ** 32 - 1), 0)
    .option("--folder <dir>", "look for the set in this folder, and nowhere else")
    .option("-o, --out <dir>", "write tables (CSV), figures (SVG, PNG), a page and analysis.json here")
    .addOption(fetchOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["analyze run.safetensors", "on the data it was trained on"],
        ["analyze start.safetensors end.safetensors --what interpolation,distances -o anatomy"],
        ["analyze lenet.safetensors --data mnist --what spectrum --examples 10000 --spectrum lanczos"],
      ),
    )
    .addHelpText(
      "after",
      `\nCheckpoints: ${programName()} train --checkpoint FILE. Data sets: ${programName()} data list`,
    )
    .action(async (files: string[], options) => {
      const { analyze } = await import("../analyze.ts");
      await analyze(files, options);
    });
}
