/**
 * Compiles src/mesh/assembly to WebAssembly: `node scripts/build-mesh-kernels.ts [file]`, src/mesh/kernel-bytes.ts if no file
 * is named. The module is small and written as text, so that smoothing needs no file at run time; a test rebuilds it.
 */

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { main } from "assemblyscript/asc";

const root = fileURLToPath(new URL("../src/mesh/", import.meta.url));
const target = process.argv[2] ?? `${root}kernel-bytes.ts`;
const options = ["-O3", "--noAssert", "--runtime", "stub", "--importMemory", "--noExportMemory", "--enable", "simd"];
const shared = ["--sharedMemory", "--maximumMemory", "65536", "--enable", "threads"];

/** The sources compiled, in base64, as a constant in lines. @throws what the compiler says */
async function constant(name: string, extra: readonly string[]): Promise<string> {
  let bytes: Uint8Array = new Uint8Array(0);
  const { error, stderr } = await main(
    ["assembly/index.ts", "--baseDir", root, "--outFile", "kernels.wasm", ...options, ...extra],
    {
      writeFile: (_name, contents) => {
        bytes = Uint8Array.from(contents as Uint8Array);
      },
    },
  );
  if (error !== null) throw new Error(`${error.message}\n${stderr.toString()}`);
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,110}/g) ?? [];
  return `export const ${name} =\n${lines.map((line) => `  "${line}"`).join(" +\n")};\n`;
}

const parts = [
  "/** The compiled src/mesh/assembly in base64, written by scripts/build-mesh-kernels.ts; a test rebuilds and compares it. */\n",
  await constant("kernelText", []),
  "/** The same for a memory that threads share. */",
  await constant("sharedKernelText", shared),
];
writeFileSync(target, parts.join("\n"));
