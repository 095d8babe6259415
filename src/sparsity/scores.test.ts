/** Scores of three weights, by hand. */

import { expect, test } from "vitest";
import { InputError, Rng } from "../base/index.ts";
import type { ScoreName } from "./scores.ts";
import { adamDirection, scores, scoreWeights } from "./scores.ts";

const rng = () => new Rng(1, "pruning", 1, 0);
const inputs = {
  weights: [0.5, -2, 0],
  gradients: [-4, 1, 3],
  momenta: [0.25, -8, 1],
  hessianGradients: [2, 3, -1],
  flowGradients: [1, 0.5, 7],
};

test.each<[ScoreName, number[]]>([
  ["magnitude", [0.5, 2, 0]],
  ["gradient-magnitude", [4, 1, 3]],
  ["momentum-magnitude", [0.25, 8, 1]],
  ["snip", [2, 2, 0]],
  ["grasp", [1, -6, -0]],
  ["synflow", [0.5, 1, 0]],
])("%s of the three is %j", (name, expected) => {
  expect([...scoreWeights(name, inputs, 3, rng())]).toEqual(expected);
});

test("random scores are those of the layer's stream, and read nothing", () => {
  const stream = rng();
  expect([...scoreWeights("random", {}, 3, rng())]).toEqual([stream.uniform(), stream.uniform(), stream.uniform()]);
});

test("every score but the random one reads something, and has a source", () => {
  for (const [name, { reads, source }] of Object.entries(scores)) {
    expect(reads.length > 0).toBe(name !== "random");
    expect(source).not.toBe("");
  }
});

test("an array that is missing or too short is named", () => {
  expect(() => scoreWeights("snip", { weights: [1, 2, 3] }, 3, rng())).toThrow(
    new InputError("scoreWeights: snip reads gradients, one number for each of 3 active weights, got none"),
  );
  expect(() => scoreWeights("magnitude", { weights: [1] }, 3, rng())).toThrow(
    new InputError("scoreWeights: magnitude reads weights, one number for each of 3 active weights, got 1"),
  );
});

test("Adam's direction is m / (sqrt(v) + 1e-8): 3 at m = 6, v = 4, and 0 at the start", () => {
  const [moved, still] = adamDirection([6, 0], [4, 0]);
  expect(moved).toBeCloseTo(6 / (2 + 1e-8), 14);
  expect(still).toBe(0);
});
