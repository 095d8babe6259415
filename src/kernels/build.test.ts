import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("kernels.wasm in the repository is byte for byte what its sources compile to", () => {
  const folder = mkdtempSync(join(tmpdir(), "gradientflow-"));
  try {
    const file = join(folder, "kernels.wasm");
    execFileSync(process.execPath, [fileURLToPath(new URL("../../scripts/build-kernels.ts", import.meta.url)), file]);
    const committed = readFileSync(new URL("./kernels.wasm", import.meta.url));
    expect(readFileSync(file).equals(committed), "run `npm run build:kernels` and commit the result").toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
