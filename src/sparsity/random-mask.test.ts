/** Random masks: exact counts, a valid index, every set of positions equally likely, streams by seed and layer. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError, Rng } from "../base/index.ts";
import type { Mask } from "../nn/index.ts";
import { createReference, Engine, sparsePattern } from "../tensor/index.ts";
import { maskToDense, randomMask } from "./random-mask.ts";

function activeIn(mask: Mask): number {
  return maskToDense(mask).reduce((total, bit) => total + bit, 0);
}

/** Pearson's statistic of counts against equal expectations. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((a, b) => a + b, 0) / counts.length;
  return counts.reduce((total, count) => total + (count - expected) ** 2 / expected, 0);
}

describe("counts are exact, not expected:", () => {
  test.each([0, 1, 2, 47, 48, 49, 95, 96])("%d of the 96 positions of [8, 12], whatever the seed", (active) => {
    for (let seed = 0; seed < 50; seed++) {
      const mask = randomMask({ fanOut: 8, fanIn: 12, active, seed, layer: 1 });
      expect(activeIn(mask)).toBe(active);
      expect(mask.columnIndices).toHaveLength(active);
    }
  });

  test("and the index is valid, for any shape, any count from none to all, any seed and layer", () => {
    const engine = new Engine(createReference("float32"));
    const options = fc
      .record({ fanOut: fc.integer({ min: 1, max: 40 }), fanIn: fc.integer({ min: 1, max: 40 }) })
      .chain(({ fanOut, fanIn }) =>
        fc.record({
          fanOut: fc.constant(fanOut),
          fanIn: fc.constant(fanIn),
          active: fc.oneof(fc.constantFrom(0, fanOut * fanIn), fc.integer({ min: 0, max: fanOut * fanIn })),
          seed: fc.maxSafeNat(),
          layer: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        }),
      );
    fc.assert(
      fc.property(options, (of) => {
        const { fanOut, fanIn, rowPointers, columnIndices } = randomMask(of);
        expect([fanOut, fanIn, columnIndices.length]).toEqual([of.fanOut, of.fanIn, of.active]);
        expect([rowPointers.length, rowPointers[0], rowPointers[fanOut]]).toEqual([fanOut + 1, 0, of.active]);
        for (let row = 0; row < fanOut; row++) {
          expect(rowPointers[row + 1]).toBeGreaterThanOrEqual(rowPointers[row]);
          const columns = columnIndices.subarray(rowPointers[row], rowPointers[row + 1]);
          columns.forEach((column, k) => {
            expect(column).toBeGreaterThan(k === 0 ? -1 : columns[k - 1]);
            expect(column).toBeLessThan(fanIn);
          });
        }
        // What the engine demands of an index it demands by itself.
        using _ = engine.scope();
        expect(sparsePattern(engine, { fanOut, fanIn, rowPointers, columnIndices }).active).toBe(of.active);
      }),
      { numRuns: 300 },
    );
  });

  test.each([-1, 97, 9.6, Number.NaN])("a count of %d in [8, 12] is refused, and the layer named", (active) => {
    expect(() => randomMask({ fanOut: 8, fanIn: 12, active, seed: 0, layer: 3 })).toThrow(
      new InputError(
        `randomMask: layer 3 has 96 positions ([8, 12]); active must be an integer in [0, 96], got ${active}`,
      ),
    );
  });
});

// Chi-square's upper tail is 1e-6 at the bounds below: a fair generator breaks one of these with that probability, and
// once it passes it passes for good, since the seeds are fixed.
describe("every set of positions is equally likely:", () => {
  test.each([
    { active: 3, sets: 20, bound: 63.68 },
    { active: 4, sets: 15, bound: 54.64 }, // more than half: the positions left out are drawn
  ])(
    "over 20,000 seeds, the $sets ways to place $active weights in [2, 3] differ by chance only",
    ({ active, sets, bound }) => {
      const counts = new Map<string, number>();
      for (let seed = 0; seed < 20_000; seed++) {
        const key = maskToDense(randomMask({ fanOut: 2, fanIn: 3, active, seed, layer: 1 })).join("");
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      expect(counts.size).toBe(sets);
      expect(chiSquare([...counts.values()])).toBeLessThan(bound);
    },
  );

  test("64,000 weights of a layer of 2^28 positions, which are drawn by sorting, fill 64 blocks of it evenly", () => {
    const side = 2 ** 14;
    const { rowPointers, columnIndices } = randomMask({ fanOut: side, fanIn: side, active: 64_000, seed: 7, layer: 2 });
    const counts = new Array<number>(64).fill(0);
    for (let row = 0; row < side; row++) {
      for (let k = rowPointers[row]; k < rowPointers[row + 1]; k++) {
        counts[8 * Math.floor((8 * row) / side) + Math.floor((8 * columnIndices[k]) / side)]++;
      }
    }
    // Drawing without replacement only narrows the spread.
    expect(chiSquare(counts)).toBeLessThan(131.37);
  });
});

describe("a mask belongs to (seed, layer):", () => {
  const mask = (seed: number, layer: number) => randomMask({ fanOut: 20, fanIn: 20, active: 40, seed, layer });

  test("the same twice is the same mask; 400 others, each with another seed or layer, are all different", () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      for (let layer = 1; layer <= 20; layer++) {
        expect(mask(seed, layer)).toEqual(mask(seed, layer));
        seen.add(maskToDense(mask(seed, layer)).join(""));
      }
    }
    expect(seen.size).toBe(400);
  });

  test("and to nothing else: its positions are those that stream (seed, mask, layer) chooses", () => {
    const positions = [...maskToDense(mask(5, 2))].flatMap((bit, i) => (bit === 1 ? [i] : []));
    expect(positions).toEqual([...new Rng(5, "mask", 2).choose(400, 40)]);
  });

  test("masks of two layers share as many positions as chance gives them: 4 of 40 in 400", () => {
    let shared = 0;
    for (let seed = 0; seed < 400; seed++) {
      const other = maskToDense(mask(seed, 2));
      maskToDense(mask(seed, 1)).forEach((bit, i) => {
        shared += bit * other[i];
      });
    }
    // Hypergeometric: variance 40 · 0.1 · 0.9 · 360/399 = 3.25, so 0.09 for the mean of 400; five of those.
    expect(Math.abs(shared / 400 - 4)).toBeLessThan(0.45);
  });
});

test("5,000,000 weights of [500,000, 500,000] need no memory for its 2.5e11 positions, not even a bit each (31 GB)", () => {
  const { rowPointers, columnIndices } = randomMask({
    fanOut: 500_000,
    fanIn: 500_000,
    active: 5_000_000,
    seed: 1,
    layer: 1,
  });
  expect([rowPointers.length, rowPointers[500_000], columnIndices.length]).toEqual([500_001, 5_000_000, 5_000_000]);
  expect(columnIndices.reduce((a, b) => Math.max(a, b))).toBeGreaterThan(499_990);
});

test("as bytes, row-major: rows 0 and 2 of [3, 4] with columns 1, 3 and 0", () => {
  const mask = { fanOut: 3, fanIn: 4, rowPointers: Int32Array.of(0, 2, 2, 3), columnIndices: Int32Array.of(1, 3, 0) };
  expect([...maskToDense(mask)]).toEqual([0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0]);
});
