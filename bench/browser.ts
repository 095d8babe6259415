/**
 * The kernels in a Web Worker of Chromium beside Node: milliseconds per step, and whether both end with the same weights.
 *
 *     npm run bench:browser
 *
 * Node steps with 256-bit and with 128-bit code; a browser has 128 bits. The sources are served as they are, without a bundler.
 */

import { parseArgs } from "node:util";
import { EnvironmentError, median } from "../src/base/index.ts";
import { findChromium, workInChromium } from "./browser/chromium.ts";
import { type Done, type Work, work } from "./browser/work.ts";
import { note, positive, print, rounded, run } from "./print.ts";

await run(async () => {
  const { values: options } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      only: {
        type: "string",
        multiple: true,
        default: ["64-256-256-10", "784-256-256-10", "784-1024-1024-10@0.1", "784-2048-2048-10@0.05"],
      },
      timed: { type: "string", default: "60" },
    },
  });
  const chromium = findChromium();
  if (chromium === undefined) throw new EnvironmentError("bench: Chromium is not here; set CHROMIUM_PATH to its place");
  const timed = positive("timed", options.timed);
  const pieces = options.only.map((net): Work => ({ net, batchNorm: false, optimizer: "momentum", steps: 20, timed }));
  const inNode = async (revectorize: boolean | undefined) => {
    const done: Done[] = [];
    for (const piece of pieces) done.push(await work({ ...piece, revectorize }));
    return done;
  };
  const wide = await inNode(undefined);
  const narrow = await inNode(false);
  const browser = await workInChromium(chromium, pieces);
  const rows = pieces.map(({ net }, i) => ({
    net,
    active_weights: wide[i].activeWeights,
    node_simd_bits: wide[i].simdBits,
    node_ms: rounded(median([...wide[i].times])),
    node_128_ms: rounded(median([...narrow[i].times])),
    browser_simd_bits: browser.done[i].simdBits,
    browser_ms: rounded(median([...browser.done[i].times])),
    hash: wide[i].hash,
    same_bits: wide[i].hash === browser.done[i].hash && narrow[i].hash === browser.done[i].hash,
  }));
  if (rows.some((row) => !row.same_bits)) note("the weights after 20 steps DIFFER between Node and Chromium");
  const time = (key: string, title: string) => ({ key, title, format: "number", decimals: 3, unit: "ms" }) as const;
  print(
    {
      name: "browser",
      caption: "Median milliseconds per training step in Node and in a Web Worker",
      columns: [
        { key: "net", title: "network" },
        { key: "active_weights", title: "active weights", format: "integer" },
        time("node_ms", `Node, ${wide[0].simdBits}-bit`),
        time("node_128_ms", "Node, 128-bit"),
        time("browser_ms", "Chromium, 128-bit"),
        { key: "bits", title: "weights after 20 steps" },
      ],
      rows: rows.map((row) => ({ ...row, bits: row.same_bits ? `equal, ${row.hash.slice(0, 12)}` : "DIFFERENT" })),
      notes: [`Chromium ${browser.version}, ${browser.isolated ? "isolated" : "not isolated: its clock is coarse"}.`],
    },
    { chromium: browser.version, rows },
    options.json,
  );
});
