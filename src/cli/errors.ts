/**
 * What the user is told when something goes wrong, and with which exit code.
 *
 *     0  done; a training that diverges is a result        2  a mistake in what was asked
 *     1  the surroundings refused, a trial failed,         130  stopped with Ctrl-C
 *        a mesh has faults, a bug
 */

import type { CommanderError } from "commander";
import { DivergedError, EnvironmentError, InputError, nearest } from "../base/index.ts";
import { asTyped, paint, programName, warn } from "./output.ts";

export const exitCodes = { done: 0, fault: 1, mistake: 2, interrupted: 130 } as const;

/** The exit code for what was thrown. */
export function exitCodeOf(error: unknown): number {
  if (isCommanderError(error)) return error.exitCode === 0 ? exitCodes.done : exitCodes.mistake;
  if (error instanceof InputError) return exitCodes.mistake;
  if (error instanceof DivergedError) return exitCodes.done;
  return exitCodes.fault;
}

/** One paragraph for mistakes and for the surroundings; the stack only for bugs of ours. */
export function errorText(error: unknown): string {
  if (error instanceof InputError || error instanceof EnvironmentError)
    return oneParagraph(withoutFunction(error.message));
  if (isSystemError(error)) return oneParagraph(`${error.path ?? "system"}: ${error.message}`);
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `internal error, which is a bug of gradientflow: please report it with the command and these lines\n${stack}`;
}

export function reportError(error: unknown): void {
  if (error instanceof DivergedError) warn(error.message);
  else process.stderr.write(`${paint("red", "error:", process.stderr)} ${asTyped(errorText(error))}\n`);
}

/**
 * Commander's complaint about the words of the command line, as one paragraph. An unknown option that is named as a setting
 * is answered with how settings are written.
 */
export async function explainUsage(error: CommanderError, words: readonly string[]): Promise<void> {
  if (error.exitCode === 0 || error.code === "commander.help") return;
  const message = oneParagraph(
    error.message.replace(/^error: /, "").replace(/\n\(Did you mean (.*)\?\)$/s, ". Did you mean $1?"),
  );
  const unknown = error.code === "commander.unknownOption" ? /'--([\w-]+)/.exec(message)?.[1] : undefined;
  const setting = unknown === undefined ? undefined : await settingLike(unknown);
  const cure =
    setting === undefined
      ? `See ${programName()} ${[...commandPath(error, words), "--help"].join(" ")}`
      : `Settings are written without dashes: ${setting}=VALUE`;
  reportError(new InputError(`${message}${/[.?]$/.test(message) ? "" : "."} ${cure}`));
}

/** The words that name a command, as far as they do: of an unknown one, its group. */
function commandPath({ code }: CommanderError, words: readonly string[]): string[] {
  const named = words
    .filter((word) => /^[a-z]+$/.test(word))
    .slice(0, ["study", "data", "mesh"].includes(words[0]) ? 2 : 1);
  return code === "commander.unknownCommand" ? named.slice(0, -1) : named;
}

async function settingLike(option: string): Promise<string | undefined> {
  const { studyKinds } = await import("../studies/index.ts");
  const names = studyKinds.flatMap(({ settings }) => Object.keys(settings.shape));
  return nearest(option.replaceAll("-", "_"), [...new Set(names)]);
}

/** Messages open with the function that refuses, which says nothing at a terminal: `loadDataset: unknown data set ...`. */
function withoutFunction(message: string): string {
  return message.replace(/^[a-z]+[A-Z]\w*: /, "");
}

function oneParagraph(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, " ");
}

function isCommanderError(error: unknown): error is CommanderError {
  return (
    error instanceof Error && "exitCode" in error && "code" in error && String(error.code).startsWith("commander.")
  );
}

/** An error of the file system or the network that no room has put into words. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error;
}
