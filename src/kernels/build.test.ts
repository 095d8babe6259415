import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { kernelBytes, withSharedMemory } from "./compile.ts";

/** What the sources compile to. */
function build(...options: string[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "gradientflow-"));
  try {
    const file = join(folder, "kernels.wasm");
    const script = fileURLToPath(new URL("../../scripts/build-kernels.ts", import.meta.url));
    execFileSync(process.execPath, [script, file, ...options]);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("kernels.wasm in the repository is byte for byte what its sources compile to", () => {
  const committed = readFileSync(new URL("./kernels.wasm", import.meta.url));
  expect(build().equals(committed), "run `npm run build:kernels` and commit the result").toBe(true);
});

test("the loader's module for shared memory is byte for byte what the sources compile to with a shared memory", async () => {
  const shared = withSharedMemory(await kernelBytes());
  expect(build("--shared").equals(shared)).toBe(true);
});
