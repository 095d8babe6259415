/** bin/gradientflow.js and the process around the commands: the version of Node, colours, closed pipes. */

import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { runWith } from "./fixtures/run-command.ts";

/** A module that lets Node claim another version. */
const claim = (version: string) =>
  `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"${version}"}})`;

describe("the launcher", () => {
  test.each(["20.19.2", "22.18.0", "24.11.1"])("Node %s is refused by its name, with the cure", async (version) => {
    const { code, stdout, stderr } = await runWith({ node: ["--import", claim(version)] }, "--version");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(
      new RegExp(
        `^error: gradientflow needs Node 24\\.12 or later, this is Node ${version} \\(.*npm ci brings Node 24.*\\n$`,
      ),
    );
  });

  test.each(["24.12.0", "25.0.0"])("Node %s will do", async (version) => {
    const { code } = await runWith({ node: ["--import", claim(version)] }, "--version");
    expect(code).toBe(0);
  });
});

describe("the terminal", () => {
  test("colours come where they are forced, and not with --no-color", async () => {
    const env = { FORCE_COLOR: "1" };
    const [colours, none] = await Promise.all([
      runWith({ env }, "data", "info", "digits"),
      runWith({ env }, "data", "info", "digits", "--no-color"),
    ]);
    expect([colours, none].map(({ stdout }) => stdout.includes("\x1b["))).toEqual([true, false]);
  });

  test("a reader that goes away ends the program without a word", async () => {
    const { code, stderr } = await runWith(
      { onStart: (child) => void once(child, "spawn").then(() => child.stdout?.destroy()) },
      ...["study", "schema"],
    );
    expect([code, stderr]).toEqual([0, ""]);
  });
});
