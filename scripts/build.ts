/**
 * Builds dist/ for publishing: JavaScript and declarations by tsc, beside them the files that code reads at run time. The
 * repository itself runs from src/ and needs no build.
 */

import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");

rmSync(dist, { recursive: true, force: true });
try {
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"], {
    cwd: root,
    stdio: "inherit",
  });
} catch {
  process.stderr.write("build: tsc refused the sources; its messages stand above\n");
  process.exit(1);
}
cpSync(join(root, "src/kernels/kernels.wasm"), join(dist, "kernels/kernels.wasm"));

// tsc rewrites the endings of relative imports in the JavaScript and leaves those in the declarations.
for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  if (!file.endsWith(".d.ts")) continue;
  const path = join(dist, file);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace(/(from |import\()"(\.[^"]*)\.ts"/g, '$1"$2.js"'));
}
