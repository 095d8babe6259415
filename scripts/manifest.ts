/**
 * The manifest that is published differs from the one in the repository: exports point to dist/, since Node strips no types
 * inside node_modules, and the optional dependency on Node itself is left out: a user's project brings its own. npm packs the
 * file as it stands, so `prepack` puts the published one in its place and `postpack` puts the repository's back.
 *
 *     node scripts/manifest.ts publish      package.json -> package.source.json, published manifest -> package.json
 *     node scripts/manifest.ts restore      package.source.json -> package.json
 */

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Manifest {
  exports: Record<string, string | { types: string; default: string }>;
  optionalDependencies?: unknown;
  [key: string]: unknown;
}

const root = join(import.meta.dirname, "..");
const manifest = join(root, "package.json");
const source = join(root, "package.source.json");

function published({ optionalDependencies: _, ...kept }: Manifest): Manifest {
  const exports = Object.fromEntries(
    Object.entries(kept.exports).map(([path, target]) => {
      if (typeof target !== "string" || !target.startsWith("./src/")) return [path, target];
      const built = target.replace("./src/", "./dist/").replace(/\.ts$/, "");
      return [path, { types: `${built}.d.ts`, default: `${built}.js` }];
    }),
  );
  return { ...kept, exports };
}

const [action] = process.argv.slice(2);
if (action === "publish") {
  if (existsSync(source)) {
    process.stderr.write("manifest: package.json is the published one; run `node scripts/manifest.ts restore` first\n");
    process.exit(1);
  }
  const text = readFileSync(manifest, "utf8");
  writeFileSync(source, text);
  writeFileSync(manifest, `${JSON.stringify(published(JSON.parse(text)), null, 2)}\n`);
} else if (action === "restore") {
  if (existsSync(source)) renameSync(source, manifest);
} else {
  process.stderr.write(`manifest: expected publish or restore, got ${action ?? "nothing"}\n`);
  process.exitCode = 2;
}
