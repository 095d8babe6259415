/** The entry of the command line: reads the arguments, runs one command, turns what went wrong into words and an exit code. */

import { CommanderError } from "commander";
import { exitCodeOf, explainUsage, reportError } from "./errors.ts";
import { tolerateClosedPipes } from "./output.ts";
import { buildProgram } from "./program.ts";

/** Runs the command that the arguments name and sets `process.exitCode`. @param words  the arguments after the program's name */
export async function main(words: readonly string[]): Promise<void> {
  tolerateClosedPipes();
  const program = buildProgram();
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    // Commander has said it already, but for its mistakes about options, which are worded here.
    if (error instanceof CommanderError) await explainUsage(error, words);
    else reportError(error);
    process.exitCode = exitCodeOf(error);
  }
}
