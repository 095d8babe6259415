/** Exported networks in Chromium: what onnxruntime-web, `gradientflow/infer` and the module itself make there of the same network. */

import { expect, test } from "vitest";
import { findChromium, inChromium } from "../../bench/browser/chromium.ts";
import { encodeBundle, loadModel } from "../infer/index.ts";
import type { Architecture } from "../nn/index.ts";
import { openEngine } from "../tensor/index.ts";
import { differenceOf, drawnInputs, networkOutputs } from "./agreement.ts";
import { drawnNetwork, everyKind, zoo } from "./fixtures/drawn-networks.ts";
import { inPage, type RunThere } from "./fixtures/in-page.ts";
import { encodeModule } from "./module/encode-module.ts";
import { networkBundle } from "./network-bundle.ts";
import { encodeOnnx } from "./onnx/write-onnx.ts";

const chromium = findChromium();
const none = "Chromium is not on this machine; set CHROMIUM_PATH to its place";
const engine = await openEngine();
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

test("in Chromium all three give the logits of every architecture at density 0.2, and LeNet-5's dense, to 1e-5; ours the bits of Node", async ({
  skip,
}) => {
  if (chromium === undefined) return skip(none);
  const networks: [Architecture, number | undefined][] = [everyKind, ...Object.values(zoo)].map((one) => [one, 0.2]);
  networks.push([zoo["lenet-5"], undefined]);
  await inChromium(chromium, async (page) => {
    for (const [architecture, density] of networks) {
      const values = drawnNetwork(engine, architecture, density);
      const inputs = drawnInputs(architecture, 2);
      const gfm = encodeBundle(networkBundle(values));
      const files = { onnx: base64(encodeOnnx(values)), gfm: base64(gfm), module: base64(encodeModule(gfm)) };
      const there = await page.evaluate<RunThere>(
        inPage({ ...files, inputs: [...inputs], shape: [2, ...architecture.input] }),
      );
      const want = networkOutputs(engine, values, inputs, 2);
      for (const [by, outputs] of Object.entries(there)) {
        expect(differenceOf(outputs, want).relative, `${architecture.name} by ${by}`).toBeLessThan(1e-5);
      }
      const here = [...(await loadModel(gfm)).run(inputs)];
      expect(there.infer, architecture.name).toEqual(here);
      expect(there.module, architecture.name).toEqual(here);
    }
  });
}, 120_000);
