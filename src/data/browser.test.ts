/** What a page gets that imports this room: every module that is reachable without a dynamic import. */

import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const room = import.meta.dirname;

/** Static imports and re-exports of values, followed from `entry` within the repository. */
async function reachable(entry: string): Promise<{ files: Set<string>; packages: Set<string> }> {
  const files = new Set<string>();
  const packages = new Set<string>();
  const queue = [entry];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    const text = await readFile(file, "utf8");
    for (const [, what, from] of text.matchAll(/^(?:import|export) ([^;]*?)from "([^"]+)";/gms)) {
      if (what.startsWith("type ")) continue;
      if (from.startsWith(".")) queue.push(join(dirname(file), from));
      else packages.add(from);
    }
  }
  return { files, packages };
}

test("index.ts reaches no Node module and nothing under files/ without a dynamic import", async () => {
  const { files, packages } = await reachable(join(room, "index.ts"));
  expect([...packages]).toEqual([]);
  const names = [...files].map((file) => relative(room, file));
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => name.startsWith("files/"))).toEqual([]);
  // 59 kB of digits are loaded when asked for.
  expect(names).not.toContain("sources/digits-data.ts");
});
