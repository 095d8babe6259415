/** The kernels in git are those of the sources, and what a page loads stays small. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";

test("kernel-bytes.ts is what src/infer/assembly compiles to", () => {
  const folder = mkdtempSync(join(tmpdir(), "infer-kernels-"));
  try {
    const file = join(folder, "kernel-bytes.ts");
    const script = fileURLToPath(new URL("../../scripts/build-infer-kernels.ts", import.meta.url));
    execFileSync(process.execPath, [script, file]);
    const committed = readFileSync(new URL("./kernel-bytes.ts", import.meta.url), "utf8");
    expect(readFileSync(file, "utf8") === committed, "run `npm run build:infer-kernels` and commit the result").toBe(
      true,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("loadModel and all it needs, kernels included, is one file of less than 24 kB minified and compressed", async () => {
  const entry = fileURLToPath(new URL("./index.ts", import.meta.url));
  const bundle = await rolldown({ input: entry, platform: "neutral", tsconfig: false });
  const { output } = await bundle.generate({ format: "esm", minify: true, comments: false });
  await bundle.close();
  const [{ code, imports }, ...others] = output;
  expect(others).toEqual([]);
  expect(imports).toEqual([]);
  expect(code).toContain("loadModel");
  expect(gzipSync(code).length).toBeLessThan(24_000);
  // Nothing of Node is imported: a page would refuse it.
  expect(code).not.toMatch(/from\s*"node:|import\("node:|\beval\(|new Function/);
});
