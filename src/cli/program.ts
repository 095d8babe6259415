/** The tree of commands with its help. Only words are loaded here: what a command does is imported when it runs. */

import { readFileSync } from "node:fs";
import { Command } from "commander";
import { analyzeCommand } from "./commands/analyze.ts";
import { compressCommand } from "./commands/compress.ts";
import { dataCommand } from "./commands/data.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { explainCommand } from "./commands/explain.ts";
import { exportCommand } from "./commands/export.ts";
import { meshCommand } from "./commands/mesh.ts";
import { studyCommand } from "./commands/study.ts";
import { trainCommand } from "./commands/train.ts";
import { tuneCommand } from "./commands/tune.ts";
import { programName } from "./output.ts";

/** The version of the package, which lies two folders up both from the sources and from the compiled files. */
export function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** The whole command line; `parseAsync` runs it and throws instead of ending the process. */
export function buildProgram(): Command {
  const program = new Command(programName())
    .description("A laboratory for sparse networks: same-capacity studies, gradient flow, reproducible to the bit.")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .option("--no-color", "no colours and no bold, as does the environment variable NO_COLOR")
    .option(
      "--no-revectorize",
      "do without V8's 256-bit pass, as does GRADIENTFLOW_REVECTORIZE=off; same numbers, slower",
    )
    .addCommand(studyCommand())
    .addCommand(trainCommand())
    .addCommand(tuneCommand())
    .addCommand(analyzeCommand())
    .addCommand(explainCommand())
    .addCommand(compressCommand())
    .addCommand(exportCommand())
    .addCommand(dataCommand())
    .addCommand(meshCommand())
    .addCommand(doctorCommand())
    .helpCommand("help [command]", "show help for a command")
    .addHelpText(
      "after",
      `
Start here:
  $ ${programName()} study run studies/quickstart.yaml     a study with its report, in two minutes
  $ ${programName()} study check studies/quickstart.yaml   what it would run, and for how long
  $ ${programName()} train data=digits epochs=5            one network
  $ ${programName()} doctor                                is everything in order?

Exit codes: 0 done, 1 a trial failed, a mesh has faults or the system refused, 2 a mistake in what was asked, 130 stopped with Ctrl-C.`,
    )
    .hook("preAction", (_, action) => applyGlobalOptions(action.optsWithGlobals()));
  for (const command of withDescendants(program)) settle(command);
  return program;
}

/** Alike in every command: mistakes are thrown and worded by `errors.ts`, and the global options are listed. */
function settle(command: Command): void {
  command
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: true, styleTitle: bold });
  if (command.parent !== null) command.helpOption("-h, --help", "show help");
}

function bold(text: string): string {
  return `\x1b[1m${text}\x1b[22m`;
}

/** The command, its subcommands, and theirs. */
export function withDescendants(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}

/** Both are passed on as environment variables, which reach worker threads. */
function applyGlobalOptions({ color, revectorize }: { color?: boolean; revectorize?: boolean }): void {
  if (color === false) {
    process.env.NO_COLOR = "1";
    delete process.env.FORCE_COLOR;
  }
  if (revectorize === false) process.env.GRADIENTFLOW_REVECTORIZE = "off";
}
