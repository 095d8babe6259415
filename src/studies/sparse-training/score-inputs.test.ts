/** What scores read of a dense network, against differences of the loss, differences of gradients, and plain products. */

import { expect, test } from "vitest";
import { buildNetwork, type Network } from "../../nn/index.ts";
import { createReference, Engine } from "../../tensor/index.ts";
import { dataOf, settingsOf } from "./fixtures/small-method.ts";
import { networkOf } from "./networks.ts";
import { hessianGradients, synapticFlow, weightGradients } from "./score-inputs.ts";

const engine = new Engine(createReference("float64"));
/** Of the hidden units, smooth, so that differences are derivatives. */
const settings = settingsOf({ method: "grasp", width: 6, activation: "swish", train_examples: 60, batch_norm: false });
const data = await dataOf(engine, settings);
const network = buildNetwork(engine, networkOf(settings, data.dataset), { seed: 1 });
const look = { engine, network, data, examples: 40 };

const weightsOf = ({ weightLayers }: Network) => weightLayers.map(({ weight }) => weight.variable.get());
function place(weights: readonly Float64Array[]) {
  network.weightLayers.forEach(({ weight }, l) => {
    weight.variable.set(weights[l]);
  });
}
const along = (from: readonly Float64Array[], step: number, direction: readonly Float64Array[]) =>
  from.map((values, l) => values.map((value, k) => value + step * direction[l][k]));

test("GraSP's H g is the difference of gradients along g, of the loss whose logits are divided by 200", () => {
  const weights = weightsOf(network);
  const last = weights.length - 1;
  /** Logits are linear in the last layer: at a 200th of it stands the loss asked for, whose gradient there is a 200th. */
  const gradientAt = (at: readonly Float64Array[]) => {
    place(at.map((values, l) => (l === last ? values.map((value) => value / 200) : values)));
    return weightGradients(look).map((values, l) => (l === last ? values.map((value) => value / 200) : values));
  };
  const direction = gradientAt(weights);
  const step = 1e-3 / Math.max(...direction.flatMap((values) => Array.from(values, Math.abs)));
  const [ahead, behind] = [gradientAt(along(weights, step, direction)), gradientAt(along(weights, -step, direction))];
  place(weights);
  const products = hessianGradients(look);
  const largest = Math.max(...products.flatMap((values) => Array.from(values, Math.abs)));
  expect(largest).toBeGreaterThan(0);
  products.forEach((values, l) => {
    values.forEach((value, k) => {
      expect(Math.abs(value - (ahead[l][k] - behind[l][k]) / (2 * step))).toBeLessThan(1e-4 * largest);
    });
  });
});

test("SynFlow's R is 1ᵀ |W₃| |W₂| |W₁| 1, and Σ |w| ∂R/∂|w| is R in every layer", () => {
  const plain = buildNetwork(engine, networkOf(settingsOf({ method: "synflow", width: 6 }), data.dataset), { seed: 2 });
  const weights = weightsOf(plain);
  let flow: number[] = new Array(plain.inputs).fill(1);
  weights.forEach((values) => {
    const fanIn = flow.length;
    flow = Array.from({ length: values.length / fanIn }, (_, row) =>
      flow.reduce((sum, input, column) => sum + Math.abs(values[row * fanIn + column]) * input, 0),
    );
  });
  const all = flow.reduce((a, b) => a + b, 0);
  const slopes = synapticFlow(engine, plain);
  slopes.forEach((values, l) => {
    const sum = values.reduce((total, slope, k) => total + slope * Math.abs(weights[l][k]), 0);
    expect(sum / all).toBeCloseTo(1, 10);
  });
});
