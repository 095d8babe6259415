/** Exported networks in Chromium: what onnxruntime-web makes there of the same files. */

import { describe, expect, test } from "vitest";
import { findChromium, inChromium } from "../../bench/browser/chromium.ts";
import type { Architecture } from "../nn/index.ts";
import { openEngine } from "../tensor/index.ts";
import { differenceOf, drawnInputs, networkOutputs } from "./agreement.ts";
import { drawnNetwork, everyKind, zoo } from "./fixtures/drawn-networks.ts";
import { inPage } from "./fixtures/in-page.ts";
import { encodeOnnx } from "./onnx/write-onnx.ts";

const chromium = findChromium();
const none = "Chromium is not on this machine; set CHROMIUM_PATH to its place";
const batch = 2;
const engine = await openEngine();

describe("in Chromium", () => {
  test("onnxruntime-web gives the logits of every architecture, at density 0.2, to 1e-5", async ({ skip }) => {
    if (chromium === undefined) return skip(none);
    const networks: Architecture[] = [everyKind, ...Object.values(zoo)];
    await inChromium(chromium, async (page) => {
      for (const architecture of networks) {
        const values = drawnNetwork(engine, architecture, 0.2);
        const inputs = drawnInputs(architecture, batch);
        const onnx = Buffer.from(encodeOnnx(values)).toString("base64");
        const got = await page.evaluate<number[]>(
          inPage({ onnx, inputs: [...inputs], shape: [batch, ...architecture.input] }),
        );
        expect(
          differenceOf(got, networkOutputs(engine, values, inputs, batch)).relative,
          architecture.name,
        ).toBeLessThan(1e-5);
      }
    });
  }, 120_000);
});
