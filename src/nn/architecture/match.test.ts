/** Equal capacity of any two networks of the same layers; test/same-capacity.test.ts holds it against the studies' own. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError, ShapeError } from "../../base/index.ts";
import { countsOf } from "./counts.ts";
import { matchArchitectures } from "./match.ts";
import { weightLayers } from "./weight-layers.ts";
import { widen } from "./widen.ts";
import { architectureNamed, architectures } from "./zoo/architectures.ts";

const cifar = { input: [3, 32, 32], classes: 100 };
const mlp = (width: number) => architectures.mlp({ ...cifar, hidden: [width, width, width, width] });

test("CIFAR-100, 4 hidden layers of 308 against 3076: active 946176, 94864 three times, 30800; densities 0.10013 and 0.01003", () => {
  const { layers, activeWeights } = matchArchitectures(mlp(308), mlp(3076));
  expect(layers.map(({ active }) => active)).toEqual([946176, 94864, 94864, 94864, 30800]);
  expect(layers.map(({ density }) => density.toFixed(5))).toEqual([
    "0.10013",
    "0.01003",
    "0.01003",
    "0.01003",
    "0.10013",
  ]);
  expect(activeWeights).toBe(1_261_568);
  expect(layers[1]).toMatchObject({ layer: 2, name: "layer2", denseShape: [308, 308], sparseShape: [3076, 3076] });
});

test("WRN-16-2 against 4 times its width: 1/16 of each inner convolution, 1/4 of the first and last layer", () => {
  const dense = architectures["wide-resnet"](cifar);
  const { layers, dense: small, sparse } = matchArchitectures(dense, widen(dense, 4));
  const inner = layers.slice(1, -1);
  expect(layers.map(({ name }) => name)).toEqual(weightLayers(dense).map(({ name }) => name));
  expect([layers[0].density, layers.at(-1)?.density]).toEqual([0.25, 0.25]);
  expect(new Set(inner.map(({ density }) => density))).toEqual(new Set([1 / 16]));
  expect(sparse.activeWeights).toBe(countsOf(dense).total.weights);
  expect(sparse.batchNorm).toBe(4 * small.batchNorm);
  // Equal weights on images of equal size do equal work.
  expect(sparse.macs).toBe(small.macs);
});

test("any convolutional pair: both have the dense one's weights in every layer, and no density is above 1", () => {
  const names = fc.constantFrom("lenet-5", "simple-cnn", "vgg-small", "resnet-18");
  const factor = fc.double({ min: 0.05, max: 1, noNaN: true });
  fc.assert(
    fc.property(names, factor, factor, (name, narrow, wide) => {
      const wider = architectureNamed(name, { ...cifar, width: 1 + wide });
      const dense = architectureNamed(name, { ...cifar, width: narrow });
      const { layers, activeWeights } = matchArchitectures(dense, wider);
      const weights = countsOf(dense).layers.filter((layer) => layer.weights > 0);
      expect(layers.map(({ active }) => active)).toEqual(weights.map((layer) => layer.weights));
      expect(activeWeights).toBe(countsOf(dense).total.weights);
      for (const { density } of layers) expect(density > 0 && density <= 1).toBe(true);
    }),
    { numRuns: 40 },
  );
});

describe("refused, with what differs:", () => {
  const lenet = architectures["lenet-5"](cifar);
  test("a sparse network with too few positions in a layer, even if wider elsewhere", () => {
    expect(() => matchArchitectures(lenet, widen(lenet, { conv1: 12, conv2: 7 }))).toThrow(
      new InputError(
        'matchArchitectures: layer "conv2" has 2100 positions in the sparse network, [7, 12, 5, 5], and 2400 weights in its ' +
          "dense partner, [16, 6, 5, 5]; widen the sparse network or narrow the dense one",
      ),
    );
  });
  test("other data", () => {
    expect(() => matchArchitectures(lenet, architectures["lenet-5"]({ ...cifar, classes: 10 }))).toThrow(
      new ShapeError(
        "matchArchitectures: both networks must have the same outputs, got [100] in the dense and [10] in the sparse one",
      ),
    );
    expect(() => matchArchitectures(lenet, architectures["lenet-5"]({ ...cifar, input: [1, 28, 28] }))).toThrow(
      "both networks must have the same inputs, got [3, 32, 32] in the dense and [1, 28, 28] in the sparse one",
    );
  });
  test("another depth, or other layers", () => {
    expect(() => matchArchitectures(lenet, architectures["lenet-300-100"](cifar))).toThrow(
      "matchArchitectures: both networks must have the same weight layers, got 5 in the dense and 3 in the sparse one; " +
        "make one from the other by widen",
    );
    expect(() => matchArchitectures(lenet, mlp(2000))).toThrow(
      'matchArchitectures: weight layer 1 is the convolution "conv1" in the dense network and the linear "layer1" in the ' +
        "sparse one; make one from the other by widen",
    );
  });
});
