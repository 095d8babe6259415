/** The help: complete, alike everywhere, and true. */

import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { exitCodes } from "./errors.ts";
import { buildProgram, packageVersion, withDescendants } from "./program.ts";

const commands = withDescendants(buildProgram());
const leaves = commands.filter((command) => command.commands.length === 0);
const path = (command: Command): string =>
  command.parent === null ? "" : `${path(command.parent)} ${command.name()}`.trim();

/** The help as it is printed, what stands after it included. */
function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (piece) => (text += piece) });
  command.outputHelp();
  return text;
}

describe("help", () => {
  test("there are nine commands on studies, three on data, three on meshes, analyze, train, tune, compress, explain, export and doctor", () => {
    expect(leaves.map(path).sort()).toEqual([
      "analyze",
      "compress",
      "data fetch",
      "data info",
      "data list",
      "doctor",
      "explain",
      "export",
      "mesh check",
      "mesh quality",
      "mesh smooth",
      "study capacity",
      "study check",
      "study export",
      "study report",
      "study resume",
      "study retry",
      "study run",
      "study schema",
      "study status",
      "train",
      "tune",
    ]);
  });

  test.each(commands.map((command) => [path(command), command] as const))(
    "'%s' describes itself, every option and every argument, and ends in an example",
    (name, command) => {
      expect(command.description()).toMatch(/^[A-Z].*\.$/s);
      for (const option of command.options) expect(option.description, option.flags).toMatch(/\S{3}/);
      for (const argument of command.registeredArguments)
        expect(argument.description, argument.name()).toMatch(/\S{3}/);
      expect(helpOf(command)).toContain(`$ gradientflow ${name}`.trimEnd());
    },
  );

  test("an option has the same letter and the same kind of value in every command that has it", () => {
    const flags = new Map<string, string>();
    for (const option of commands.flatMap((command) => command.options)) {
      const known = flags.get(option.long ?? "");
      if (known !== undefined) expect(option.flags).toBe(known);
      flags.set(option.long ?? "", option.flags);
    }
  });

  test("every command but the schema, which is JSON, can answer in JSON", () => {
    const without = leaves.filter((command) => !command.options.some((option) => option.long === "--json"));
    expect(without.map(path)).toEqual(["study schema"]);
  });

  test("every example is a command line that its command takes", () => {
    for (const command of commands) {
      for (const [, line] of helpOf(command).matchAll(/^ {2}\$ gradientflow (.*)$/gm)) expectTaken(line);
    }
  });
});

/** Reads the words of an example as its command would, without doing anything. */
function expectTaken(line: string): void {
  const words = line
    .replace(/ {2,}.*$/, "")
    .replace(/ [>|].*$/, "")
    .split(" ");
  const all = withDescendants(buildProgram()).filter((command) => command.commands.length === 0);
  const target = all.find((command) => words.join(" ").startsWith(path(command)));
  if (target === undefined) throw new Error(`no command of that name: ${line}`);
  target.action(() => {});
  expect(() => target.parse(words.slice(path(target).split(" ").length), { from: "user" }), line).not.toThrow();
}

describe("docs/command-line.md", () => {
  const text = readFileSync(new URL("../../docs/command-line.md", import.meta.url), "utf8");

  test("names every command", () => {
    for (const command of leaves) expect(text).toContain(`\`${path(command)}`);
  });

  test("shows only command lines that their commands take", () => {
    const lines = [...text.matchAll(/^npx gradientflow (.*)$/gm)].map(([, line]) => line);
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) expectTaken(line);
  });

  test("gives the exit codes that the program has", () => {
    const codes = [...text.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(codes).toEqual(Object.values(exitCodes));
  });
});

test("the version is the package's", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(packageVersion()).toBe(version);
});
