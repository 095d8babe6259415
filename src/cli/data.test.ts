/** Data sets and the machine at the terminal: data list, info, fetch, and doctor. */

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { listDatasets, loadDataset } from "../data/index.ts";
import { run, runWith, temporaryFolder } from "./fixtures/run-command.ts";

/** No published set is found and none can be fetched. */
function nowhere(): NodeJS.ProcessEnv {
  const folder = temporaryFolder();
  return { GRADIENTFLOW_DATA: join(folder, "data"), XDG_CACHE_HOME: join(folder, "cache") };
}

describe("data", () => {
  test("list names every data set and tells which are here", async () => {
    const { code, stdout } = await runWith({ env: nowhere() }, "data", "list");
    expect(code).toBe(0);
    for (const { name } of listDatasets())
      expect(stdout).toMatch(new RegExp(`^${name} +(shipped|drawn|yours|here|not here) `, "m"));
    expect(stdout).toMatch(/^digits +shipped .*\n.*^mnist +not here /ms);
  });

  test("info says what is known and how to get a set that is not here", async () => {
    const { code, stdout } = await runWith({ env: nowhere() }, "data", "info", "mnist");
    expect(code).toBe(0);
    expect(stdout).toMatch(/examples +60,000 for training, 10,000 for testing\n/);
    expect(stdout).toMatch(/here +no\n.*to get it +Run "gradientflow data fetch mnist"/s);
  });

  test("info --sha256 gives the hash that a study keeps", async () => {
    const { stdout } = await run("data", "info", "digits", "--sha256", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      name: "digits",
      found: true,
      sha256: (await loadDataset("digits")).sha256,
    });
  });

  test("fetch refuses a set that is shipped with 2, and a server that does not answer with 1", async () => {
    const [shipped, offline] = await Promise.all([
      run("data", "fetch", "digits"),
      runWith({ env: nowhere() }, "data", "fetch", "mnist", "--mirror", "http://127.0.0.1:9/none"),
    ]);
    expect([shipped.code, shipped.stderr]).toEqual([
      2,
      "error: digits needs no fetching; sets to fetch are fashion-mnist, mnist, cifar-10, cifar-100\n",
    ]);
    expect(offline.code).toBe(1);
    expect(offline.stderr).toMatch(
      /^error: fetch mnist: http:\/\/127\.0\.0\.1:9\/none\/[^\n]*could not be reached[^\n]*By hand: [^\n]*\n$/,
    );
  });
});

describe("doctor", () => {
  test("finds nothing wrong here, and each line is ok, note or fault", async () => {
    const { code, stdout } = await run("doctor");
    expect(code).toBe(0);
    const lines = stdout.slice(0, stdout.indexOf("\n\n")).split("\n");
    for (const line of lines) expect(line).toMatch(/^(ok {3}|note |fault| {5}) {2}\S|^ {20}/);
    expect(stdout).toMatch(/\n\nEverything needed is in order\.\n$/);
  });

  test("--json says whether the 256-bit pass is on, and both ways of turning it off reach it", async () => {
    const passOf = (text: string) =>
      JSON.parse(text).findings.find(({ name }: { name: string }) => name === "256-bit pass").found as string;
    const [plain, option, environment] = await Promise.all([
      run("doctor", "--json"),
      run("doctor", "--json", "--no-revectorize"),
      runWith({ env: { GRADIENTFLOW_REVECTORIZE: "off" } }, "doctor", "--json"),
    ]);
    expect(passOf(plain.stdout)).toMatch(process.arch === "x64" ? /^on, / : /^off: /);
    expect([option, environment].map(({ stdout }) => passOf(stdout))).toEqual(Array(2).fill("turned off as asked"));
  });
});
