/** `gradientflow study ...`: words and options of its commands; what they do is in `study-*.ts`. */

import { Command } from "commander";
import {
  fetchOption,
  fileArgument,
  folderArgument,
  integer,
  jsonLinesOption,
  jsonOption,
  maxTrialsOption,
  overridesArgument,
  quietOption,
  storeOption,
  workersOption,
} from "../options.ts";
import { programName } from "../output.ts";

export function studyCommand(): Command {
  return new Command("study")
    .summary("run, watch and report designed sets of trials")
    .description("A study is a designed set of seeded trials, described by a file and kept in a folder.")
    .addCommand(runCommand())
    .addCommand(checkCommand())
    .addCommand(statusCommand())
    .addCommand(resumeCommand())
    .addCommand(retryCommand())
    .addCommand(reportCommand())
    .addCommand(exportCommand())
    .addCommand(capacityCommand())
    .addCommand(schemaCommand())
    .helpCommand("help [command]", "show help for a command")
    .addHelpText("after", examples(["study run studies/quickstart.yaml"], ["study status runs/quickstart"]));
}

function runCommand(): Command {
  return new Command("run")
    .summary("run a study file's trials and write the report")
    .description(
      "Runs every trial of a study file and writes trials.csv, epochs.csv, summary.json and report/index.html into a folder. " +
        "A folder that holds this very study is continued. Ctrl-C finishes the running trials and stops; twice stops at once.",
    )
    .addArgument(fileArgument())
    .addArgument(overridesArgument())
    .option("-o, --out <dir>", "folder for the store and the report (default: runs/NAME)")
    .addOption(workersOption())
    .addOption(quietOption())
    .addOption(jsonLinesOption())
    .addOption(maxTrialsOption())
    .addOption(fetchOption())
    .addOption(storeOption())
    .addHelpText(
      "after",
      examples(
        ["study run studies/quickstart.yaml", "all of it"],
        ["study run studies/quickstart.yaml seeds=2 epochs=3", "fewer seeds, shorter trials"],
        [
          "study run studies/quickstart.yaml --out runs/adam optimizer=adam",
          "one level of a factor, in a folder of its own",
        ],
        ["study run studies/quickstart.yaml factors.dropout=0,0.2", "a setting as a further factor"],
      ),
    )
    .action(async (file: string, overrides: string[], options) => {
      const { runStudy } = await import("../study-run.ts");
      await runStudy(file, overrides, options);
    });
}

function checkCommand(): Command {
  return new Command("check")
    .summary("show what a study file would run, and for how long")
    .description(
      "Reads a study file as strictly as a run would and shows the number of trials, the capacity of the networks, the time " +
        "they would take and every setting in force. Nothing is written.",
    )
    .addArgument(fileArgument())
    .addArgument(overridesArgument())
    .addOption(workersOption())
    .addOption(jsonOption())
    .addOption(maxTrialsOption())
    .addHelpText(
      "after",
      examples(["study check studies/quickstart.yaml"], ["study check studies/quickstart.yaml seeds=20 --workers 8"]),
    )
    .action(async (file: string, overrides: string[], options) => {
      const { checkStudy } = await import("../study-check.ts");
      await checkStudy(file, overrides, options);
    });
}

function statusCommand(): Command {
  return new Command("status")
    .summary("how far a study is")
    .description(
      "Counts a study's trials by state and lists those that run, failed or diverged. Does not disturb a running study.",
    )
    .addArgument(folderArgument())
    .addOption(storeOption())
    .addOption(jsonOption())
    .addHelpText("after", examples(["study status runs/quickstart"]))
    .action(async (folder: string, options) => {
      const { showStatus } = await import("../study-status.ts");
      await showStatus(folder, options);
    });
}

function resumeCommand(): Command {
  return new Command("resume")
    .summary("go on with a study that was stopped")
    .description(
      "Runs the trials that are left, by the study file as it was when the study began. The numbers come out as if it had " +
        "never been interrupted.",
    )
    .addArgument(folderArgument())
    .addOption(workersOption())
    .addOption(quietOption())
    .addOption(jsonLinesOption())
    .addOption(storeOption())
    .addHelpText("after", examples(["study resume runs/quickstart"], ["study resume runs/quickstart --workers 1"]))
    .action(async (folder: string, options) => {
      const { resumeStudy } = await import("../study-resume.ts");
      await resumeStudy(folder, options);
    });
}

function retryCommand(): Command {
  return new Command("retry")
    .summary("run trials again that failed")
    .description(
      "Runs the failed trials again, or the diverged ones, and whatever else is left; their earlier results are forgotten.",
    )
    .addArgument(folderArgument())
    .option("--failed", "those that failed (the default)")
    .option("--diverged", "those that diverged; with the same program they diverge again")
    .addOption(workersOption())
    .addOption(quietOption())
    .addOption(jsonLinesOption())
    .addOption(storeOption())
    .addHelpText(
      "after",
      examples(["study retry runs/quickstart"], ["study retry runs/quickstart --failed --diverged"]),
    )
    .action(async (folder: string, options) => {
      const { retryStudy } = await import("../study-resume.ts");
      await retryStudy(folder, options);
    });
}

function reportCommand(): Command {
  return new Command("report")
    .summary("write the report again, also halfway")
    .description(
      "Writes trials.csv, epochs.csv, summary.json and report/ (a page, with figures as SVG and tables as CSV and LaTeX) from what " +
        "the study has so far, and prints the tests.",
    )
    .addArgument(folderArgument())
    .addOption(quietOption())
    .addOption(jsonOption())
    .addOption(storeOption())
    .addHelpText("after", examples(["study report runs/quickstart"]))
    .action(async (folder: string, options) => {
      const { reportStudy } = await import("../study-report.ts");
      await reportStudy(folder, options);
    });
}

function exportCommand(): Command {
  return new Command("export")
    .summary("write the trials as CSV or JSON")
    .description(
      "Writes every trial in full: trials.csv, epochs.csv and the further tables of its kind (updates.csv and lines.csv of " +
        "sparse training), or trials.json, which holds all of them and the study too.",
    )
    .addArgument(folderArgument())
    .option("--format <format>", "csv or json", "csv")
    .option("-o, --out <dir>", 'folder to write to (default: the study\'s); "-" prints the trials')
    .addOption(jsonOption())
    .addOption(storeOption())
    .addHelpText(
      "after",
      examples(["study export runs/quickstart --format json"], ["study export runs/quickstart --out - | head -3"]),
    )
    .action(async (folder: string, options) => {
      const { exportTrials } = await import("../study-export.ts");
      await exportTrials(folder, options);
    });
}

function capacityCommand(): Command {
  const width = integer(1, 2 ** 24);
  return new Command("capacity")
    .summary("the weights of a sparse network and its dense partner")
    .description(
      "Shows, layer by layer, how many active weights a wide sparse network gets so that it has as many as a narrow dense one.",
    )
    .requiredOption("--inputs <n>", "features of an example", width)
    .requiredOption("--outputs <n>", "classes", width)
    .requiredOption("--hidden <n>", "hidden layers", integer(1, 1000))
    .requiredOption("--dense-width <n>", "width of the dense network's hidden layers", width)
    .requiredOption("--sparse-width <n>", "width of the sparse network's hidden layers", width)
    .option("--bias", "with biases, which are counted apart (the default)")
    .option("--no-bias", "without biases")
    .option("--batch-norm", "with batch norm, whose scales and shifts are counted apart")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(["study capacity --inputs 3072 --outputs 100 --hidden 4 --dense-width 308 --sparse-width 3076"]),
    )
    .action(async (options) => {
      const { showCapacity } = await import("../study-capacity.ts");
      await showCapacity(options);
    });
}

function schemaCommand(): Command {
  return new Command("schema")
    .summary("the JSON Schema of study files, for editors")
    .description(
      "Prints the JSON Schema of study files. An editor that knows it completes keys and marks mistakes; a YAML file " +
        "names it in its first line, # yaml-language-server: $schema=PATH.",
    )
    .addHelpText("after", examples(["study schema > study.schema.json"]))
    .action(async () => {
      const { printSchema } = await import("../study-schema.ts");
      printSchema();
    });
}

/** The end of a command's help: commands to type, with what they do where it is not plain. */
export function examples(...lines: readonly (readonly [command: string, meaning?: string])[]): string {
  const rows = lines.map(
    ([command, meaning]) => `  $ ${programName()} ${command}${meaning === undefined ? "" : `\n      ${meaning}`}`,
  );
  return `\n${lines.length === 1 ? "Example" : "Examples"}:\n${rows.join("\n")}`;
}
