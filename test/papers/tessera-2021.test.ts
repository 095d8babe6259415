/**
 * Same-capacity pairs of Tessera, Hooker and Rosman 2021 (arXiv:2102.01670): the capacity of its networks, counted exactly by
 * masks, and the one distribution both networks of a pair draw from.
 */

import { expect, test } from "vitest";
import { mlp } from "../../src/nn/index.ts";
import { randomMask } from "../../src/sparsity/index.ts";
import { matchCapacity } from "../../src/studies/index.ts";
import { createReference, Engine } from "../../src/tensor/index.ts";

// CIFAR-100, 4 hidden layers, sparse width 3076: the widths are read off the author's plots, the rest follows from them.
const table = [
  { width: 308, outer: 0.10013, hidden: 0.01003, active: [946176, 94864, 30800], total: 1261568 },
  { width: 923, outer: 0.30007, hidden: 0.09004, active: [2835456, 851929, 92300], total: 5483543 },
  { width: 1538, outer: 0.5, hidden: 0.25, active: [4724736, 2365444, 153800], total: 11974868 },
  { width: 2153, outer: 0.69993, hidden: 0.48991, active: [6614016, 4635409, 215300], total: 20735543 },
  { width: 2768, outer: 0.89987, hidden: 0.80977, active: [8503296, 7661824, 276800], total: 31765568 },
];

test.each(table)("dense width $width against sparse width 3076: $total active weights, layer by layer", (row) => {
  const capacity = matchCapacity({ inputs: 3072, outputs: 100, hidden: 4, denseWidth: row.width, sparseWidth: 3076 });
  const [first, each, last] = row.active;
  expect(capacity.layers.map(({ active }) => active)).toEqual([first, each, each, each, last]);
  expect(capacity.activeWeights).toBe(row.total);
  const densities = capacity.layers.map(({ density }) => Number(density.toFixed(5)));
  expect(densities).toEqual([row.outer, row.hidden, row.hidden, row.hidden, row.outer]);
});

test("a mask of the first row's hidden layer has exactly 94,864 of 3076 x 3076 positions", () => {
  const mask = randomMask({ fanOut: 3076, fanIn: 3076, active: 94864, seed: 0, layer: 2 });
  expect(mask.columnIndices.length).toBe(94864);
  expect(mask.rowPointers[3076]).toBe(94864);
});

test("both networks of a pair draw from one distribution: variance 2 / 50 in a hidden layer of width 50 and of width 400", () => {
  const { layers } = matchCapacity({ inputs: 64, outputs: 10, hidden: 2, denseWidth: 50, sparseWidth: 400 });
  const initialFans = layers.map(({ denseShape: [fanOut, fanIn] }) => ({ fanIn, fanOut }));
  const masks = layers.map(({ layer, active, sparseShape: [fanOut, fanIn] }) =>
    randomMask({ fanOut, fanIn, active, seed: 5, layer }),
  );
  for (const [width, masked] of [
    [50, undefined],
    [400, masks],
  ] as const) {
    const hidden = [width, width];
    const engine = new Engine(createReference("float64"));
    const network = mlp(engine, { inputs: 64, hidden, outputs: 10, seed: 5, initialFans, masks: masked });
    const weights = network.linears[1].weight.variable.get();
    expect(weights.length).toBe(2500);
    const variance = weights.reduce((sum, w) => sum + w * w, 0) / weights.length;
    // The variance of 2,500 normal numbers has a relative standard error of sqrt(2 / 2500) = 0.028; five of them.
    expect(Math.abs(variance / (2 / 50) - 1)).toBeLessThan(0.14);
  }
});
