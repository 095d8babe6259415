/** Equal capacity: the table of the paper's networks to the digit, what is counted apart, and errors. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../base/index.ts";
import { type CapacityOptions, matchCapacity } from "./capacity.ts";
import { capacityJson, capacityTable } from "./tables.ts";

const paper = { inputs: 3072, outputs: 100, hidden: 4, sparseWidth: 3076 };

describe("CIFAR-100, 4 hidden layers, sparse width 3076, active weights of the first, each hidden and the last layer:", () => {
  test.each([
    [308, "0.10013", "0.01003", [946176, 94864, 30800], 1261568],
    [923, "0.30007", "0.09004", [2835456, 851929, 92300], 5483543],
    [1538, "0.50000", "0.25000", [4724736, 2365444, 153800], 11974868],
    [2153, "0.69993", "0.48991", [6614016, 4635409, 215300], 20735543],
    [2768, "0.89987", "0.80977", [8503296, 7661824, 276800], 31765568],
  ] as const)(
    "dense width %d: densities %s outside and %s between, %j, %d in total",
    (denseWidth, outside, between, counts, total) => {
      const { layers, activeWeights, dense, sparse } = matchCapacity({ ...paper, denseWidth });
      const [first, each, last] = counts;
      expect(layers.map(({ active }) => active)).toEqual([first, each, each, each, last]);
      expect(layers.map(({ density }) => density.toFixed(5))).toEqual([outside, between, between, between, outside]);
      expect([activeWeights, dense.activeWeights, sparse.activeWeights]).toEqual([total, total, total]);
      expect(layers[1]).toMatchObject({ layer: 2, denseShape: [denseWidth, denseWidth], sparseShape: [3076, 3076] });
    },
  );
});

test("biases and batch norm are counted apart, for 308 against 3076: 4 · width + 100 biases, 8 · width scales and shifts", () => {
  const { dense, sparse } = matchCapacity({ ...paper, denseWidth: 308, batchNorm: true });
  expect(dense).toMatchObject({ activeWeights: 1261568, biases: 1332, batchNorm: 2464, total: 1265364 });
  expect(sparse).toMatchObject({ activeWeights: 1261568, biases: 12404, batchNorm: 24608, total: 1298580 });
  const bare = matchCapacity({ ...paper, denseWidth: 308, bias: false });
  expect([bare.dense.total, bare.sparse.total]).toEqual([1261568, 1261568]);
});

test("for any networks: both have the dense one's weights in every layer, no density above 1, all of it 1 at equal widths", () => {
  const size = fc.integer({ min: 1, max: 5000 });
  const options = fc.record({
    inputs: size,
    outputs: size,
    hidden: fc.integer({ min: 1, max: 6 }),
    denseWidth: size,
    extra: fc.integer({ min: 0, max: 5000 }),
  });
  fc.assert(
    fc.property(options, ({ extra, ...of }) => {
      const capacity = matchCapacity({ ...of, sparseWidth: of.denseWidth + extra });
      expect(capacity.layers).toHaveLength(of.hidden + 1);
      let total = 0;
      for (const { denseShape, sparseShape, active, density } of capacity.layers) {
        expect(active).toBe(denseShape[0] * denseShape[1]);
        expect(density).toBe(active / (sparseShape[0] * sparseShape[1]));
        expect(density).toBeLessThanOrEqual(1);
        if (extra === 0) expect(density).toBe(1);
        total += active;
      }
      expect(capacity.activeWeights).toBe(total);
    }),
  );
});

describe("errors say which number and what it was:", () => {
  const good = { inputs: 4, outputs: 2, hidden: 1, denseWidth: 3, sparseWidth: 6 };
  test.each([
    ["inputs", 0],
    ["outputs", 2.5],
    ["hidden", 0],
    ["denseWidth", -3],
    ["sparseWidth", Number.NaN],
    ["inputs", 2 ** 53],
  ] as const)("%s = %d", (name, value) => {
    const options: CapacityOptions = { ...good, [name]: value };
    expect(() => matchCapacity(options)).toThrow(
      new InputError(`matchCapacity: ${name} must be an integer ≥ 1, got ${value}`),
    );
  });
  test("a sparse network narrower than its dense partner", () => {
    expect(() => matchCapacity({ ...good, sparseWidth: 2 })).toThrow(
      new InputError(
        "matchCapacity: the sparse network must be at least as wide as its dense partner, got sparseWidth 2 and denseWidth 3; " +
          "raise the first or lower the second",
      ),
    );
  });
});

describe("shown:", () => {
  const capacity = matchCapacity({
    inputs: 64,
    outputs: 10,
    hidden: 1,
    denseWidth: 26,
    sparseWidth: 256,
    batchNorm: true,
  });
  test("as a table, with what is counted apart below it", () => {
    const { rows, notes } = capacityTable(capacity);
    expect(rows).toEqual([
      { layer: "layer1", dense: "26 × 64", sparse: "256 × 64", active: 1664, density: 26 / 256 },
      { layer: "layer2", dense: "10 × 26", sparse: "10 × 256", active: 260, density: 26 / 256 },
    ]);
    expect(notes).toEqual([
      "1,924 active weights in each network.",
      "Counted apart, biases, batch norm and activations: dense 88, sparse 778 (a wider network has more units).",
    ]);
  });
  test("a network of a thousand million hidden layers is refused before its table fills the memory", () => {
    expect(() => matchCapacity({ inputs: 1, outputs: 1, hidden: 1e9, denseWidth: 1, sparseWidth: 1 })).toThrow(
      "matchCapacity: hidden must be at most 10000, got 1000000000",
    );
  });

  test("as JSON, with the columns' names", () => {
    expect(JSON.parse(JSON.stringify(capacityJson(capacity)))).toEqual({
      layers: [
        { layer: "layer1", dense_shape: [26, 64], sparse_shape: [256, 64], active_weights: 1664, density: 0.1015625 },
        { layer: "layer2", dense_shape: [10, 26], sparse_shape: [10, 256], active_weights: 260, density: 0.1015625 },
      ],
      active_weights: 1924,
      dense: { active_weights: 1924, biases: 36, batch_norm: 52, total: 2012 },
      sparse: { active_weights: 1924, biases: 266, batch_norm: 512, total: 2702 },
    });
  });
});
