/**
 * The last line of a check: `node scripts/closing-line.ts REPORT [FAULTS]` counts the tests in vitest's JSON report, adds faults
 * found elsewhere, and exits with 1 unless every test ran and passed.
 *
 *     1000 passed, 0 failed
 *     998 passed, 0 failed, 2 skipped
 */

import { readFileSync } from "node:fs";

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const [path, faults = "0"] = process.argv.slice(2);
let passed = 0;
let failed = Number(faults);
const skipped: string[] = [];
try {
  const { testResults } = JSON.parse(readFileSync(path, "utf8")) as Report;
  for (const { name, status, assertionResults } of testResults) {
    const count = (what: string) => assertionResults.filter((one) => one.status === what).length;
    passed += count("passed");
    failed += count("failed");
    skipped.push(...assertionResults.filter((one) => !/passed|failed/.test(one.status)).map((one) => one.fullName));
    // A file that does not load has no tests to fail.
    if (status === "failed" && count("failed") === 0) {
      failed += 1;
      process.stderr.write(`closing-line: ${name} failed outside its tests\n`);
    }
  }
  if (passed + failed === 0) throw new Error("it counts no tests");
} catch (error) {
  failed += 1;
  process.stderr.write(`closing-line: no report of the tests at ${path}: ${(error as Error).message}\n`);
}
for (const title of skipped) process.stderr.write(`closing-line: skipped, which a full check must not: ${title}\n`);

const counts = [`${passed} passed`, `${failed} failed`, ...(skipped.length > 0 ? [`${skipped.length} skipped`] : [])];
process.exitCode = failed > 0 || skipped.length > 0 ? 1 : 0;
process.stdout.write(`${counts.join(", ")}\n`);
