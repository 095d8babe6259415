/** Densities and sparsities: their range, and that the compiler tells them apart. */

import { expect, test } from "vitest";
import { InputError } from "../base/index.ts";
import { type Density, density, densityLeft, type Sparsity, sparsity } from "./density.ts";

test.each([0, 0.1, 1 / 3, 1])("%d is a density and a sparsity, and keeps its value", (value) => {
  expect(density(value)).toBe(value);
  expect(sparsity(value)).toBe(value);
});

test.each([-1e-9, 1 + 1e-9, 90, Number.NaN, Number.POSITIVE_INFINITY])(
  "%d is neither, and the message says what it was given",
  (value) => {
    expect(() => density(value)).toThrow(new InputError(`density: must be in [0, 1], got ${value}`));
    expect(() => sparsity(value)).toThrow(new InputError(`sparsity: must be in [0, 1], got ${value}`));
  },
);

test("a sparsity of 0.75 leaves a density of 0.25; 0 leaves 1 and 1 leaves 0", () => {
  expect([0.75, 0, 1].map((removed) => densityLeft(sparsity(removed)))).toEqual([0.25, 1, 0]);
});

test("neither passes for the other or for a bare number where the compiler looks, and both pass for numbers", () => {
  const kept = (of: Density): number => of;
  const removed = (of: Sparsity): number => of;
  expect(kept(density(0.1))).toBe(0.1);
  // @ts-expect-error a sparsity is not a density
  expect(kept(sparsity(0.9))).toBe(0.9);
  // @ts-expect-error a density is not a sparsity
  expect(removed(density(0.1))).toBe(0.1);
  // @ts-expect-error a bare number says neither
  expect(kept(0.1)).toBe(0.1);
});
