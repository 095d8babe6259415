/** `gradientflow explain`: words and options; what it does is in `explain.ts`. */

import { Argument, Command, Option } from "commander";
import { fetchOption, integer, jsonOption } from "../options.ts";
import { examples } from "./study.ts";

export function explainCommand(): Command {
  return new Command("explain")
    .summary("what a trained network looks at, and whether the pictures can be trusted")
    .description(
      "Computes saliency maps of test images by a trained network and writes them as pictures and as numbers. With --sanity it " +
        "also asks whether each method's maps change with the class and with the weights: maps that change " +
        "with neither show the image's edges, not the network's reasons. Maps that are 0, constant or no numbers are named, not drawn.",
    )
    .addArgument(new Argument("<checkpoint>", "checkpoint of gradientflow train, or saved weights"))
    .option("--data <name>", "data set; default the one it was trained on")
    .option("--data-folder <dir>", "where the data are, if not in the usual places")
    .option("--normalisation <kind>", "of the inputs; default the one it was trained with")
    .option("-m, --method <name...>", 'methods, or "all"; default ten that are used most')
    .option("--images <n>", "test images, from the first", integer(1, 100_000), 8)
    .option("--target <class>", "the class to explain; default what the network predicts", integer(0))
    .option("-o, --out <dir>", "folder to write to", "explained")
    .option(
      "--sanity",
      "check the methods, too, over all the images: sanity/index.html shows and sanity.md lists which can be trusted",
    )
    .option(
      "--label-randomisation",
      "with the checks of --sanity train a second network, on shuffled labels, and compare its maps",
    )
    .addOption(
      new Option("--seed <n>", "of noise and of the weights of --sanity").argParser(integer(0, 2 ** 32 - 1)).default(1),
    )
    .addOption(fetchOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["train data=digits model=lenet-5 --checkpoint lenet.safetensors", "a network to explain"],
        ["explain lenet.safetensors", "ten methods on eight images: explained/maps.png"],
        ["explain lenet.safetensors --method grad-cam lrp-epsilon --images 20 --target 3"],
        ["explain lenet.safetensors --method all --images 64 --sanity", "and what of it can be trusted"],
        [
          "explain lenet.safetensors --images 64 --label-randomisation",
          "the same, beside a network that learned noise",
        ],
      ),
    )
    .action(async (checkpoint: string, options) => {
      const { explain } = await import("../explain.ts");
      await explain(checkpoint, options);
    });
}
