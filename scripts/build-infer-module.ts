/**
 * Writes src/exchange/module/runtime-text.ts: the program of exported modules, `src/exchange/module/entry.ts` with all that it imports,
 * as one text without spaces and types. A test builds it again and compares.
 *
 *     node scripts/build-infer-module.ts [FILE]
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";

const room = join(import.meta.dirname, "../src/exchange/module");

/** The text of the module. */
async function bundled(): Promise<string> {
  const build = await rolldown({ input: join(room, "entry.ts"), platform: "neutral", tsconfig: false });
  const { output } = await build.generate({ format: "esm", minify: true, comments: false });
  await build.close();
  const [chunk] = output;
  if (output.length !== 1 || chunk.imports.length > 0 || chunk.dynamicImports.length > 0) {
    throw new Error(`build-infer-module: the runtime must be one file, it imports ${chunk.imports.join(", ")}`);
  }
  return chunk.code.trim();
}

const header =
  "/** src/exchange/module/entry.ts in one text, written by scripts/build-infer-module.ts; a test builds it again and compares. */";
const code = (await bundled()).replace(/[`\\]|\$\{/g, "\\$&");
writeFileSync(
  process.argv[2] ?? join(room, "runtime-text.ts"),
  `${header}\n\nexport const runtimeText = \`${code}\`;\n`,
);
