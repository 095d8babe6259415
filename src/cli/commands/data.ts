/** `gradientflow data ...`: words and options; what they do is in `data.ts`. */

import { Command } from "commander";
import { jsonOption } from "../options.ts";
import { examples } from "./study.ts";

export function dataCommand(): Command {
  return new Command("data")
    .summary("list and fetch data sets")
    .description("Data sets: which there are, where they are, and how to get them.")
    .addCommand(listCommand())
    .addCommand(infoCommand())
    .addCommand(fetchCommand())
    .helpCommand("help [command]", "show help for a command")
    .addHelpText("after", examples(["data list"], ["data info fashion-mnist"], ["data fetch fashion-mnist"]));
}

function listCommand(): Command {
  return new Command("list")
    .summary("list every data set")
    .description("Lists every data set, and whether it is here.")
    .option("--folder <dir>", "look for published sets in this folder, and nowhere else")
    .addOption(jsonOption())
    .addHelpText("after", examples(["data list"]))
    .action(async (options) => {
      const { listData } = await import("../data.ts");
      await listData(options);
    });
}

function infoCommand(): Command {
  return new Command("info")
    .summary("what is known of one data set")
    .description("Shows what is known of one data set, and where it is or how to get it.")
    .argument("<name>", "name of the set; csv:PATH, npy:FOLDER or idx:FOLDER for your own")
    .option("--folder <dir>", "look for the set in this folder, and nowhere else")
    .option("--sha256", "load it and show the hash that studies keep")
    .addOption(jsonOption())
    .addHelpText("after", examples(["data info digits"], ["data info csv:measurements.csv --sha256"]))
    .action(async (name: string, options) => {
      const { showData } = await import("../data.ts");
      await showData(name, options);
    });
}

function fetchCommand(): Command {
  return new Command("fetch")
    .summary("download a published data set")
    .description(
      "Downloads a published data set from where it is published. A file is kept only if it has the published SHA-256.",
    )
    .argument("<name>", "fashion-mnist, mnist, cifar-10 or cifar-100")
    .option("--folder <dir>", "folder to put it into (default: $GRADIENTFLOW_DATA, or the user's cache)")
    .option("--mirror <url>", "take the same files from this address instead")
    .option("--sha256", "load the set as well and show the hash that studies keep")
    .addOption(jsonOption())
    .addHelpText("after", examples(["data fetch fashion-mnist"], ["data fetch cifar-10 --folder data"]))
    .action(async (name: string, options) => {
      const { fetchData } = await import("../data.ts");
      await fetchData(name, options);
    });
}
