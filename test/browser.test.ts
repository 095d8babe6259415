/**
 * The same sources in a browser: a Web Worker of Chromium fetches the kernels, trains, and ends with the bits that Node ends
 * with. Types are stripped by the server; nothing is bundled.
 */

import { expect, test } from "vitest";
import { findChromium, workInChromium } from "../bench/browser/chromium.ts";
import { type Work, work } from "../bench/browser/work.ts";

const chromium = findChromium();
const none = "Chromium is not on this machine; set CHROMIUM_PATH to its place";

const pieces: readonly Work[] = [
  { net: "64-96-96-10", batchNorm: false, optimizer: "momentum", steps: 20, timed: 0 },
  { net: "784-512-512-10@0.05", batchNorm: true, optimizer: "adam", steps: 20, timed: 0 },
];

test("20 steps in a Web Worker of Chromium give the weights that 20 steps in Node give, bit for bit", async ({
  skip,
}) => {
  if (chromium === undefined) return skip(none);
  const browser = await workInChromium(chromium, pieces);
  expect(browser.isolated).toBe(true);
  for (const [i, piece] of pieces.entries()) {
    const here = await work(piece);
    const there = browser.done[i];
    expect(there, piece.net).toMatchObject({ hash: here.hash, simdBits: 128, notes: [] });
    // One step more gives other weights: the hash sees them.
    expect((await work({ ...piece, steps: 21 })).hash).not.toBe(here.hash);
  }
}, 120_000);
