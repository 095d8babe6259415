/**
 * Compiles src/kernels/assembly to WebAssembly: `node scripts/build-kernels.ts [file]`, src/kernels/kernels.wasm if no file
 * is named. The result is committed; a test rebuilds it and compares the bytes. With `--shared` the module's memory is a
 * shared one: a test compares that with what the loader makes of the committed file.
 */

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { main } from "assemblyscript/asc";

const root = fileURLToPath(new URL("../src/kernels/", import.meta.url));
const [file] = process.argv.slice(2).filter((argument) => argument !== "--shared");
const target = file ?? `${root}kernels.wasm`;

const options = ["-O3", "--noAssert", "--runtime", "stub", "--importMemory", "--noExportMemory", "--enable", "simd"];
if (process.argv.includes("--shared")) {
  options.push("--enable", "threads", "--sharedMemory", "--maximumMemory", "65535");
}
const { error, stderr } = await main(
  ["assembly/index.ts", "--baseDir", root, "--outFile", "kernels.wasm", ...options],
  {
    writeFile: (_name, contents) => writeFileSync(target, contents),
  },
);
if (error !== null) {
  process.stderr.write(`build-kernels: ${error.message}\n${stderr.toString()}`);
  process.exitCode = 1;
}
