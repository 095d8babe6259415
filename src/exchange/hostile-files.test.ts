/** From a damaged or hostile checkpoint to exported files: refused with a message, or exported as any other, and nothing else. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { InputError } from "../base/index.ts";
import { decodeBundle, encodeBundle } from "../infer/index.ts";
import type { Architecture } from "../nn/index.ts";
import { openEngine } from "../tensor/index.ts";
import { encodeWeights, networkFromValues, readNetworkValues } from "../train/index.ts";
import { drawnNetwork } from "./fixtures/drawn-networks.ts";
import { encodeModule } from "./module/encode-module.ts";
import { networkBundle } from "./network-bundle.ts";
import { encodeOnnx } from "./onnx/write-onnx.ts";

const engine = await openEngine();
const tiny: Architecture = {
  name: "tiny",
  input: [1, 3, 3],
  layers: [
    {
      kind: "convolution",
      name: "conv",
      inputs: ["input"],
      outChannels: 2,
      kernel: [2, 2],
      stride: [1, 1],
      padding: [0, 0],
      groups: 1,
      bias: false,
    },
    { kind: "batchNorm", name: "norm", inputs: ["conv"] },
    { kind: "activation", name: "f", inputs: ["norm"], function: "srelu" },
    { kind: "flatten", name: "flat", inputs: ["f"] },
    { kind: "linear", name: "fc", inputs: ["flat"], outFeatures: 2, bias: true },
  ],
};
const good = encodeWeights(networkFromValues(engine, drawnNetwork(engine, tiny, 0.5)));

/** All that can be made of a file. @returns whether it was exported */
function exportAll(bytes: Uint8Array): boolean {
  try {
    const values = readNetworkValues(bytes, "f");
    const bundle = encodeBundle(networkBundle(values));
    decodeBundle(bundle);
    encodeModule(bundle);
    encodeOnnx(values, { fold: false, sparseInitializers: true });
    encodeOnnx(values);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(/^.{1,4000}$/s);
    return false;
  }
}

test("with up to 6 changed bytes, or cut short, in 1500 ways", () => {
  expect(exportAll(good)).toBe(true);
  const header = 8 + Number(new DataView(good.buffer, good.byteOffset).getBigUint64(0, true));
  const place = fc.oneof(fc.nat({ max: header }), fc.integer({ min: header, max: good.length - 1 }));
  const digit = fc.constantFrom(...Buffer.from('0129-"[]{},:.e\\'));
  const change = fc.tuple(place, fc.oneof(digit, fc.nat({ max: 255 })));
  const outcomes = { exported: 0, refused: 0 };
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 6 }),
      fc.option(fc.nat({ max: good.length }), { freq: 6 }),
      (changes, cut) => {
        const bytes = Uint8Array.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        outcomes[exportAll(bytes.subarray(0, cut ?? good.length)) ? "exported" : "refused"] += 1;
      },
    ),
    { numRuns: 1500, seed: 8 },
  );
  expect(Math.min(outcomes.exported, outcomes.refused)).toBeGreaterThan(20);
});

test("cut at any byte, it is refused", () => {
  for (let length = 0; length < good.length; length += 7)
    expect(exportAll(good.subarray(0, length)), `${length}`).toBe(false);
});
