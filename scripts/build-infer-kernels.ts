/**
 * Compiles src/infer/assembly to WebAssembly: `node scripts/build-infer-kernels.ts [file]`, src/infer/kernel-bytes.ts if no file
 * is named. Elementary functions are those of src/kernels/assembly. The module is small and written as text, so that a page
 * fetches no second file; a test rebuilds it.
 */

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { main } from "assemblyscript/asc";

const root = fileURLToPath(new URL("../src/", import.meta.url));
const target = process.argv[2] ?? `${root}infer/kernel-bytes.ts`;
const options = ["-O3", "--noAssert", "--runtime", "stub", "--importMemory", "--noExportMemory", "--enable", "simd"];
let bytes: Uint8Array = new Uint8Array(0);
const { error, stderr } = await main(
  ["infer/assembly/index.ts", "--baseDir", root, "--outFile", "kernels.wasm", ...options],
  {
    writeFile: (_name, contents) => {
      bytes = Uint8Array.from(contents as Uint8Array);
    },
  },
);
if (error === null) {
  const text = Buffer.from(bytes).toString("base64");
  const lines = text.match(/.{1,110}/g) ?? [];
  writeFileSync(
    target,
    `/** The compiled src/infer/assembly in base64, written by scripts/build-infer-kernels.ts; a test rebuilds and compares it. */\n\n` +
      `export const kernelText =\n${lines.map((line) => `  "${line}"`).join(" +\n")};\n`,
  );
} else {
  process.stderr.write(`build-infer-kernels: ${error.message}\n${stderr.toString()}`);
  process.exitCode = 1;
}
