/**
 * Published numbers of Tessera, Hooker and Rosman 2021 (arXiv:2102.01670) that can be recomputed: the capacity of its
 * networks, the relation between its two measures on dense networks, and the test its p-values fit.
 */

import { describe, expect, test } from "vitest";
import { Rng } from "../../src/base/index.ts";
import { wilcoxonSignedRank } from "../../src/experiment/index.ts";
import { effectiveGradientFlow, gradientFlow } from "../../src/flow/index.ts";
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

test("on dense networks EGF_1 is gf_1 / L, so that both rank networks alike; on sparse ones they part", () => {
  const rng = new Rng(1, "test");
  const sizes = [30, 20, 10];
  const gradients = sizes.map((size) => Array.from({ length: size }, () => rng.normal()));
  const ones = sizes.map((size) => new Array<number>(size).fill(1));
  const halves = sizes.map((size) => Array.from({ length: size }, (_, i) => i % 2));
  expect(3 * effectiveGradientFlow(gradients, ones, 1)).toBeCloseTo(gradientFlow(gradients, { p: 1 }), 12);
  expect(3 * effectiveGradientFlow(gradients, halves, 1)).toBeLessThan(0.9 * gradientFlow(gradients, { p: 1 }));
});

describe("what follows from the formula of effective gradient flow", () => {
  const gradients = [
    [3, -4, 12],
    [1, 100, 100, -1],
  ];
  const masks = [
    [1, 1, 0],
    [1, 0, 0, 1],
  ];

  test("by hand: layers of norm 5 and root 2, so EGF_2 is (5 + 1.41421) / 2; with p = 1, (7 + 2) / 2", () => {
    expect(effectiveGradientFlow(gradients, masks, 2)).toBeCloseTo((5 + Math.SQRT2) / 2, 14);
    expect(effectiveGradientFlow(gradients, masks, 1)).toBe(4.5);
  });

  test("a loss of 8 times the size has 8 times the flow", () => {
    const larger = gradients.map((layer) => layer.map((g) => 8 * g));
    expect(effectiveGradientFlow(larger, masks, 2)).toBe(8 * effectiveGradientFlow(gradients, masks, 2));
  });

  test("no value at a masked position moves it, NaN included, while gf of all positions is moved", () => {
    const poisoned = [
      [3, -4, Number.NaN],
      [1, Number.POSITIVE_INFINITY, 7, -1],
    ];
    expect(effectiveGradientFlow(poisoned, masks, 2)).toBe(effectiveGradientFlow(gradients, masks, 2));
    expect(gradientFlow(poisoned, { p: 2 })).toBeNaN();
    expect(gradientFlow(poisoned, { p: 2, masks })).toBe(gradientFlow(gradients, { p: 2, masks }));
  });

  test("one layer: the norm itself; layers of equal norm 5: 5 for every L", () => {
    expect(effectiveGradientFlow([[3, 4]], [[1, 1]], 2)).toBe(5);
    for (const L of [2, 3, 10]) {
      expect(effectiveGradientFlow(new Array(L).fill([3, 4]), new Array(L).fill([1, 1]), 2)).toBe(5);
    }
  });

  test("a layer without gradient adds nothing and still counts in L: 5 becomes 2.5", () => {
    const still = [
      [3, 4],
      [0, 0],
    ];
    const ones = [
      [1, 1],
      [1, 1],
    ];
    expect(effectiveGradientFlow(still, ones, 2)).toBe(2.5);
  });

  test("dense, p = 2: between gf_2 / L and gf_2 / sqrt(L), at the upper end for layers of equal norm", () => {
    const rng = new Rng(2, "test");
    for (let draw = 0; draw < 50; draw++) {
      const layers = Array.from({ length: 4 }, () => Array.from({ length: 6 }, () => rng.normal() * rng.uniform()));
      const ones = layers.map((layer) => layer.map(() => 1));
      const egf = effectiveGradientFlow(layers, ones, 2);
      const gf = gradientFlow(layers, { p: 2 });
      expect(egf).toBeGreaterThanOrEqual(gf / 4);
      expect(egf).toBeLessThanOrEqual(gf / 2);
    }
    const equal = [[3], [-3], [3], [3]];
    expect(effectiveGradientFlow(equal, [[1], [1], [1], [1]], 2)).toBe(gradientFlow(equal, { p: 2 }) / 2);
  });
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

test("5 widths x 3 seeds, sparse better in all 15 pairs: p = 0.00033 by the normal approximation, 2^-15 exactly", () => {
  const sparse = Array.from({ length: 15 }, (_, i) => 0.5 + 0.01 * (i + 1));
  const dense = new Array<number>(15).fill(0.5);
  const { z, pValue } = wilcoxonSignedRank(sparse, dense, { alternative: "greater", method: "normal" });
  expect(z).toBeCloseTo(3.4078, 4);
  expect(pValue).toBeCloseTo(0.00033, 5);
  expect(wilcoxonSignedRank(sparse, dense, { alternative: "greater" }).pValue).toBe(2 ** -15);
});
