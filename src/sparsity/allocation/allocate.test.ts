/** Allocations against published densities, by hand, and by the rules that any of them keeps. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError, sizeOf } from "../../base/index.ts";
import { architectures, matchArchitectures, weightLayers, widen } from "../../nn/index.ts";
import { density, densityLeft, sparsity } from "../density.ts";
import { randomMask } from "../random-mask.ts";
import {
  type AllocationName,
  allocate,
  allocateActive,
  allocateByEpsilon,
  allocateDensities,
  allocationOfMasks,
} from "./allocate.ts";
import { solveErdosRenyi } from "./erdos-renyi.ts";
import { allocationTotal } from "./layer-counts.ts";

const mnist = { input: [1, 28, 28], classes: 10 };
const lenet300 = weightLayers(architectures["lenet-300-100"](mnist));
const lenet5 = weightLayers(architectures["lenet-5"](mnist));
const left = (removed: number) => densityLeft(sparsity(removed));
const actives = (layers: readonly { active: number }[]) => layers.map(({ active }) => active);

describe("densities of the specification:", () => {
  test.each([
    { removed: 0.9, densities: [0.0796, 0.2302, 1] },
    { removed: 0.95, densities: [0.0385, 0.1113, 0.9185] },
    { removed: 0.98, densities: [0.0154, 0.0445, 0.3674] },
    { removed: 0.99, densities: [0.0077, 0.0223, 0.1837] },
  ])("LeNet-300-100 by erk at sparsity $removed: $densities", ({ removed, densities }) => {
    const allocated = allocate(lenet300, { name: "erk", density: left(removed) });
    allocated.forEach((layer, i) => {
      // Four digits are given, and counts are whole: half a unit of the fourth digit and one weight.
      expect(Math.abs(layer.density - densities[i])).toBeLessThan(5e-5 + 1 / layer.positions);
    });
  });

  test.each([
    { kind: "erk", epsilon: 3.0567, densities: [0.3464, 0.0408, 0.0374, 0.0619, 0.3421] },
    { kind: "er", epsilon: 1.683, densities: [1, 0.3857, 0.0206, 0.0341, 0.1883] },
  ] as const)("LeNet-5 by $kind at sparsity .95: ε $epsilon, densities $densities", ({ kind, epsilon, densities }) => {
    const total = allocationTotal(allocate(lenet5, { name: "uniform", density: left(0.95) })).active;
    const solved = solveErdosRenyi(lenet5, { kind, total });
    expect(solved.epsilon).toBeCloseTo(epsilon, 4);
    solved.densities.forEach((value, i) => {
      expect(value).toBeCloseTo(densities[i], 4);
    });
  });

  test("LeNet-300-100 by erk at sparsity .95 has ε 8.3501", () => {
    expect(solveErdosRenyi(lenet300, { kind: "erk", total: 13_310 }).epsilon).toBeCloseTo(8.3501, 4);
  });
});

describe("by hand:", () => {
  /** Raw densities (2 + 3) / 6, (3 + 4) / 12 and (4 + 100) / 400. */
  const layers = [
    { name: "a", shape: [2, 3] },
    { name: "b", shape: [3, 4] },
    { name: "c", shape: [4, 100] },
  ];

  test("uniform keeps ceil(d N): at sparsity .9 of 6, 12 and 400 positions 5, 10 and 360 are removed", () => {
    expect(actives(allocate(layers, { name: "uniform", density: left(0.9) }))).toEqual([1, 2, 40]);
  });

  test("er at 43 weights: ε = 43 / 116, so 1.85, 2.59 and 38.55 weights; the two missing go to the largest remainders", () => {
    expect(actives(allocate(layers, { name: "er", density: left(0.9) }))).toEqual([2, 3, 38]);
  });

  test("er at half the weights, 209: a, then b become dense, and c gets the other 191 of its 400", () => {
    expect(actives(allocate(layers, { name: "er", density: density(0.5) }))).toEqual([6, 12, 191]);
  });

  test("a convolution of [16, 6, 5, 5] has (16 + 6 + 5 + 5) / 2400 by erk and (16 + 6) / 96 by er", () => {
    const one = [{ name: "conv", shape: [16, 6, 5, 5] }];
    expect(solveErdosRenyi(one, { kind: "erk", total: 240 }).epsilon).toBeCloseTo(0.1 / (32 / 2400), 12);
    expect(solveErdosRenyi(one, { kind: "er", total: 240 }).epsilon).toBeCloseTo(0.1 / (22 / 96), 12);
  });

  test("exponent 0 is uniform but for rounding; 0.5 lies between: c's 38 weights become 40, then 41", () => {
    const cOf = (exponent: number) => allocate(layers, { name: "er", density: left(0.9), exponent })[2].active;
    expect([1, 0.5, 0].map(cOf)).toEqual([38, 40, 41]);
  });

  test("layers kept dense stand outside: the density is that of the others", () => {
    expect(actives(allocate(layers, { name: "uniform", density: left(0.9), keepDense: "first" }))).toEqual([6, 2, 40]);
    expect(actives(allocate(layers, { name: "uniform", density: left(0.9), keepDense: "last" }))).toEqual([1, 2, 400]);
    expect(actives(allocate(layers, { name: "er", density: left(0.9), keepDense: "first-and-last" }))).toEqual([
      6, 2, 400,
    ]);
    expect(actives(allocate(layers, { name: "er", density: left(0.9), keepDense: ["b", "c"] }))).toEqual([1, 12, 400]);
  });

  test("SET's ε of 20 on 784-1000-1000-10: 35,680 and 40,000 weights, and a dense output", () => {
    const mlp = [
      { name: "1", shape: [1000, 784] },
      { name: "2", shape: [1000, 1000] },
      { name: "3", shape: [10, 1000] },
    ];
    const allocated = allocateByEpsilon(mlp, { epsilon: 20, keepDense: "last" });
    expect(actives(allocated)).toEqual([35_680, 40_000, 10_000]);
    expect(actives(allocateByEpsilon(mlp, { epsilon: 20 }))[2]).toBe(10_000); // 20,200 would not fit
  });

  test("by counts, by densities, and from masks; layers left out are dense", () => {
    expect(actives(allocateActive(layers, { b: 7 }))).toEqual([6, 7, 400]);
    expect(actives(allocateDensities(layers, { a: density(0.5), c: density(0.01) }))).toEqual([3, 12, 4]);
    const mask = randomMask({ fanOut: 3, fanIn: 4, active: 5, seed: 0, layer: 2 });
    expect(allocationOfMasks(layers, { b: mask })[1]).toEqual({ name: "b", positions: 12, active: 5, density: 5 / 12 });
  });

  test("equal capacity is an allocation by counts: that of the dense partner", () => {
    const dense = widen(architectures["lenet-300-100"](mnist), { fc1: 30, fc2: 10 });
    const { layers: matched, activeWeights } = matchArchitectures(dense, architectures["lenet-300-100"](mnist));
    const given = Object.fromEntries(matched.map(({ name, active }) => [name, active]));
    const allocated = allocateActive(lenet300, given);
    expect(actives(allocated)).toEqual([23_520, 300, 100]);
    expect(allocationTotal(allocated)).toEqual({
      positions: 266_200,
      active: activeWeights,
      density: activeWeights / 266_200,
    });
  });
});

describe("for any layers and any density,", () => {
  const width = fc.integer({ min: 1, max: 60 });
  const shape = fc.oneof(fc.tuple(width, width), fc.tuple(width, width, fc.constant(3), fc.constant(3)));
  const layers = fc
    .array(shape, { minLength: 1, maxLength: 6 })
    .map((shapes) => shapes.map((one, i) => ({ name: `layer${i}`, shape: one as readonly number[] })));
  const perMyriad = fc.oneof(fc.constantFrom(0, 1000, 9000, 10_000), fc.integer({ min: 0, max: 10_000 }));

  test("uniform, er and erk have one total, Σ ceil(d N), and no layer more than its positions", () => {
    fc.assert(
      fc.property(layers, perMyriad, (of, parts) => {
        const total = of.reduce((sum, { shape }) => sum + Math.ceil((parts * sizeOf(shape)) / 10_000), 0);
        for (const name of ["uniform", "er", "erk"] as AllocationName[]) {
          const allocated = allocate(of, { name, density: density(parts / 10_000) });
          expect(allocationTotal(allocated).active).toBe(total);
          // From the other side: 1 - (1 - d) is not d in floating point, and the counts are the same.
          expect(allocate(of, { name, density: left(1 - parts / 10_000) })).toEqual(allocated);
          for (const { active, positions } of allocated) {
            expect(active).toBeGreaterThanOrEqual(0);
            expect(active).toBeLessThanOrEqual(positions);
          }
        }
      }),
    );
  });

  test("er and erk are within one weight of ε p N, and a layer is dense only where ε p would reach 1", () => {
    fc.assert(
      fc.property(
        layers,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom("er", "erk"),
        (of, share, kind) => {
          const allocated = allocate(of, { name: kind, density: density(share) });
          const { densities } = solveErdosRenyi(of, { kind, total: allocationTotal(allocated).active });
          allocated.forEach(({ active, positions }, i) => {
            expect(Math.abs(active - densities[i] * positions)).toBeLessThan(1);
            expect(densities[i]).toBeLessThanOrEqual(1);
          });
        },
      ),
    );
  });
});

describe("refuses", () => {
  const layers = [
    { name: "a", shape: [2, 3] },
    { name: "b", shape: [3, 4] },
  ];
  test.each([
    [
      () => allocate(layers, { name: "urk" as AllocationName, density: density(0.5) }),
      'allocate: unknown allocation "urk"; known: uniform, er, erk. Did you mean erk?',
    ],
    [
      () => allocate(layers, { name: "erk", density: density(0.5), keepDense: ["c"] }),
      'allocate: unknown layer "c"; known: a, b. Did you mean a?',
    ],
    [
      () => allocate(layers, { name: "erk", density: density(0.5), keepDense: "lst" as "last" }),
      'allocate: unknown choice of dense layers "lst"; known: none, first, last, first-and-last. Did you mean last?',
    ],
    [
      () => allocate(layers, { name: "erk", density: density(0.5), exponent: -1 }),
      "allocate: exponent must be a number ≥ 0, got -1",
    ],
    [
      () => allocateActive(layers, { a: 7 }),
      'allocateActive: layer "a" has 6 positions, [2, 3]; its active weights must be an integer in [0, 6], got 7',
    ],
    [
      () => allocate([...layers, layers[0]], { name: "erk", density: density(0.5) }),
      'allocate: two layers are called "a"; names must differ',
    ],
    [
      () => allocate([{ name: "empty", shape: [0, 3] }], { name: "erk", density: density(0.5) }),
      'allocate: layer "empty" has no positions, [0, 3]',
    ],
    [
      () => allocateByEpsilon(layers, { epsilon: Number.NaN }),
      "allocateByEpsilon: epsilon must be a number ≥ 0, got NaN",
    ],
    [
      () => allocationOfMasks(layers, { a: randomMask({ fanOut: 3, fanIn: 4, active: 5, seed: 0, layer: 1 }) }),
      'allocationOfMasks: layer "a": the mask is [3, 4], the weight [2, 3]; masks are [outputs, inputs of one output]',
    ],
  ])("%#: %s", (call, message) => {
    expect(call).toThrow(new InputError(message));
  });
});
