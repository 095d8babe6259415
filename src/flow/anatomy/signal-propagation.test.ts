import { expect, test } from "vitest";
import { mlp } from "../../nn/index.ts";
import { doubleEngine, everyNth } from "./fixtures/drawn-examples.ts";
import { signalPropagation } from "./signal-propagation.ts";

test("He's initial weights keep a deviation of sqrt(2) through 4 layers of 200 ReLU units within 10 %", () => {
  const engine = doubleEngine();
  const network = mlp(engine, { inputs: 100, hidden: [200, 200, 200], outputs: 200, seed: 1 });
  const signals = signalPropagation(engine, network, { examples: 500 });
  expect(signals.map(({ name }) => name)).toEqual(["input", ...network.weightLayers.map(({ name }) => name)]);
  expect(signals[0].std).toBeCloseTo(1, 1);
  for (const { std } of signals.slice(1)) expect(Math.abs(std / Math.sqrt(2) - 1)).toBeLessThan(0.1);
});

test("masking dense weights to one in ten divides the variance by 10 at each layer", () => {
  const engine = doubleEngine();
  const hidden = [300, 300];
  const masks = [everyNth(300, 100, 10), everyNth(300, 300, 10, 3), everyNth(50, 300, 10, 7)];
  const fans = [100, 300, 300].map((fanIn) => ({ fanIn, fanOut: 1 }));
  const network = mlp(engine, { inputs: 100, hidden, outputs: 50, seed: 2, masks, initialFans: fans });
  const signals = signalPropagation(engine, network);
  signals.slice(1).forEach(({ std }, layer) => {
    expect(Math.abs((std * std * 10 ** (layer + 1)) / 2 - 1)).toBeLessThan(0.35);
  });
});

test("a layer that doubles its input has twice its deviation exactly, over chunks of 250 and 50 examples", () => {
  const engine = doubleEngine();
  const network = mlp(engine, { inputs: 3, hidden: [], outputs: 3, seed: 1 });
  network.weightLayers[0].weight.variable.set([2, 0, 0, 0, 2, 0, 0, 0, 2]);
  const [input, output] = signalPropagation(engine, network, { examples: 300, seed: 5 });
  expect(output.std).toBeCloseTo(2 * input.std, 13);
  expect(output.mean).toBeCloseTo(2 * input.mean, 13);
  expect(signalPropagation(engine, network, { examples: 300, seed: 6 })[0].std).not.toBe(input.std);
});

test("refuses 0 examples", () => {
  const engine = doubleEngine();
  const network = mlp(engine, { inputs: 3, hidden: [], outputs: 3, seed: 1 });
  expect(() => signalPropagation(engine, network, { examples: 0 })).toThrow(
    "signalPropagation: examples must be an integer ≥ 1, got 0",
  );
});
