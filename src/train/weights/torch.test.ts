/** Weights that PyTorch saved: the same logits, gradients and running statistics, and back to the same bits. */

import { describe, expect, test } from "vitest";
import { parseSafetensors, writeSafetensors } from "../../data/index.ts";
import { buildNetwork } from "../../nn/index.ts";
import { createReference, Engine, openEngine } from "../../tensor/index.ts";
import { expected, logitsOf, networkNames, torchNetwork, trainStep, unpack } from "../fixtures/torch-weights.ts";
import { loadWeights } from "./load-weights.ts";
import { weightTensors } from "./weight-places.ts";

const reference = new Engine(createReference("float64"));
const wasm = await openEngine();

function loaded(engine: Engine, name: string) {
  const of = torchNetwork(name);
  const network = buildNetwork(engine, of.made, { seed: 1 });
  expect(loadWeights(network, of.tensors)).toEqual({ missing: [], unknown: [] });
  return { ...of, network };
}

/** Largest difference, in units of the largest expected number, or of 1 where that is less. */
function worst(values: ArrayLike<number>, wanted: ArrayLike<number>, least = 1): number {
  expect(values.length).toBe(wanted.length);
  let [difference, size] = [0, least];
  for (let i = 0; i < wanted.length; i++) {
    difference = Math.max(difference, Math.abs(values[i] - wanted[i]));
    size = Math.max(size, Math.abs(wanted[i]));
  }
  return difference / size;
}

test("the networks are LeNet-5, VGG-16 with and without batch norm, ResNet-18, WRN-16-2 and one with PReLU, of PyTorch 2", () => {
  expect(networkNames).toEqual(["lenet-5", "vgg-16", "vgg-16-bn", "resnet-18", "wrn-16-2", "prelu"]);
  expect(expected.versions.torch).toMatch(/^2\./);
});

/**
 * PyTorch's numbers are of float64. In float64 both differ by the order of sums alone, in float32 by 2^-24 of each rounding
 * on up to 18 layers; a gradient passes through as many again.
 */
describe.each([
  { engine: wasm, title: "WebAssembly in float32", logitTolerance: 1e-5, gradientTolerance: 1e-4 },
  { engine: reference, title: "the reference in float64", logitTolerance: 1e-12, gradientTolerance: 1e-11 },
])("$title on PyTorch's weights", ({ engine, logitTolerance, gradientTolerance }) => {
  test.each(networkNames)(`gives %s's logits to ${logitTolerance}`, (name) => {
    using _ = engine.scope();
    const { network, logits } = loaded(engine, name);
    expect(worst(logitsOf(engine, network), unpack(logits))).toBeLessThan(logitTolerance);
  });

  test.each(networkNames)(
    `gives %s's gradients to ${gradientTolerance}, and the running statistics of a step to ${logitTolerance}`,
    (name) => {
      using _ = engine.scope();
      const { network, train } = loaded(engine, name);
      const { loss, logits, gradients } = trainStep(engine, network);
      expect(worst(logits, unpack(train.logits))).toBeLessThan(gradientTolerance);
      expect(Math.abs(loss - train.loss) / train.loss).toBeLessThan(logitTolerance);
      const own = (of: string) => (of.endsWith("activation.weight") ? of.replace(/weight$/, "slope") : of);
      for (const [of, norm] of Object.entries(train.gradientNorms)) {
        const values = gradients.get(own(of)) ?? new Float64Array();
        // Batch norm takes the bias before it away: its gradient is 0, but for rounding, on both sides.
        const size = norm < 1e-14 ? 1 : norm;
        const sum = values.reduce((total, value) => total + value * value, 0);
        expect(Math.abs(Math.sqrt(sum) - norm) / size, of).toBeLessThan(gradientTolerance);
        const wanted = unpack(train.gradients[of] ?? "");
        expect(worst(values.subarray(0, wanted.length), wanted, size / 1000), of).toBeLessThan(gradientTolerance);
      }
      expect(gradients.size).toBe(Object.keys(train.gradientNorms).length);
      const after = weightTensors(network);
      for (const [of, numbers] of Object.entries(train.buffers)) {
        expect(worst(after.get(of)?.values ?? [], unpack(numbers)), of).toBeLessThan(logitTolerance);
      }
    },
  );
});

test.each(networkNames)(
  "%s goes back under PyTorch's names, shapes and bits, but for the counts of batches",
  (name) => {
    using _ = wasm.scope();
    const { network, tensors } = loaded(wasm, name);
    const { tensors: back } = parseSafetensors(writeSafetensors(weightTensors(network)), "back");
    const names = [...tensors.keys()].filter((one) => !one.endsWith("num_batches_tracked"));
    expect([...back.keys()].sort()).toEqual(names.sort());
    for (const one of names) expect(back.get(one), one).toEqual(tensors.get(one));
  },
);
