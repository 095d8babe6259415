/** Masks and their positions, changes with the way back, combinations, fans and shuffles. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError, Rng } from "../../base/index.ts";
import type { Mask } from "../../nn/index.ts";
import { createReference, Engine, sparsePattern } from "../../tensor/index.ts";
import { maskToDense, randomMask } from "../random-mask.ts";
import { carryBetween, carryValues, changeMask } from "./change-mask.ts";
import { maskIntersection, maskOverlap, maskUnion } from "./combine-masks.ts";
import { fullMask, maskAtPositions, maskPositions } from "./positions.ts";
import { shuffleMask, shuffleRows } from "./shuffle-mask.ts";
import { unitFans } from "./unit-fans.ts";

const engine = new Engine(createReference("float32"));
/** What the engine demands of an index. */
function accepted(mask: Mask): boolean {
  using _ = engine.scope();
  return sparsePattern(engine, mask).active === mask.columnIndices.length;
}

const at = (fanOut: number, fanIn: number, ...positions: number[]) => maskAtPositions({ fanOut, fanIn }, positions);
const side = fc.integer({ min: 1, max: 12 });
/** A shape and a random mask of it. */
const anyMask = fc
  .record({ fanOut: side, fanIn: side, share: fc.double({ min: 0, max: 1, noNaN: true }), seed: fc.maxSafeNat() })
  .map(({ fanOut, fanIn, share, seed }) =>
    randomMask({ fanOut, fanIn, active: Math.round(share * fanOut * fanIn), seed, layer: 1 }),
  );

describe("positions", () => {
  test("1, 3 and 8 of [3, 4] are row 0's columns 1 and 3 and row 2's column 0", () => {
    const mask = { fanOut: 3, fanIn: 4, rowPointers: Int32Array.of(0, 2, 2, 3), columnIndices: Int32Array.of(1, 3, 0) };
    expect(at(3, 4, 1, 3, 8)).toEqual(mask);
    expect([...maskPositions(mask)]).toEqual([1, 3, 8]);
  });

  test("of any mask give it back", () => {
    fc.assert(
      fc.property(anyMask, (mask) => {
        expect(maskAtPositions(mask, maskPositions(mask))).toEqual(mask);
      }),
    );
  });

  test("a full mask of [2, 3] has them all, and one of [100000, 100000] is refused", () => {
    expect([...maskPositions(fullMask({ fanOut: 2, fanIn: 3 }))]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(accepted(fullMask({ fanOut: 2, fanIn: 3 }))).toBe(true);
    expect(() => fullMask({ fanOut: 1e5, fanIn: 1e5 })).toThrow(
      new InputError("fullMask: [100000, 100000] has 10000000000 positions; an index holds at most 2^31 - 1"),
    );
  });

  test.each([
    [[3, 3], "got 3 after 3"],
    [[12], "got 12 after -1"],
    [[1.5], "got 1.5 after -1"],
    [[-1], "got -1 after -1"],
  ])("%j in [3, 4] are refused", (positions, found) => {
    expect(() => at(3, 4, ...positions)).toThrow(
      new InputError(`maskAtPositions: positions of [3, 4] must be increasing integers in [0, 12), ${found}`),
    );
  });
});

describe("a change of mask", () => {
  test("2, 5, 7 without 5, with 3 and 5: the dropped one that grows at once is carried, the other is new", () => {
    const { mask, carry } = changeMask(at(2, 5, 2, 5, 7), [1, 0, 1], [3, 5]);
    expect([...maskPositions(mask)]).toEqual([2, 3, 5, 7]);
    expect([...carry]).toEqual([0, -1, 1, 2]);
    expect([...carryValues([0.2, 0.5, 0.7], carry)]).toEqual([0.2, 0, 0.5, 0.7]);
    expect([...carryValues([0.2, 0.5, 0.7], carry, -1)]).toEqual([0.2, -1, 0.5, 0.7]);
  });

  test("in any layer leaves a valid index, kept and grown positions and no others, and carries that find the old ones", () => {
    fc.assert(
      fc.property(anyMask, fc.maxSafeNat(), (mask, seed) => {
        const rng = new Rng(seed, "test");
        const old = maskPositions(mask);
        const keep = Uint8Array.from(old, () => rng.integer(2));
        const kept = new Set([...old].filter((_, k) => keep[k] === 1));
        const all = Array.from({ length: mask.fanOut * mask.fanIn }, (_, position) => position);
        const grow = all.filter((position) => !kept.has(position) && rng.integer(3) === 0);
        const change = changeMask(mask, keep, grow);
        const positions = [...maskPositions(change.mask)];
        expect(positions).toEqual([...kept, ...grow].sort((a, b) => a - b));
        expect([...change.carry]).toEqual(positions.map((position) => old.indexOf(position)));
        expect(carryBetween(mask, change.mask)).toEqual(change.carry);
        expect(accepted(change.mask)).toBe(true);
      }),
    );
  });

  test.each([
    [[1, 1, 1], [2], "changeMask: position 2 is kept; only inactive and dropped ones can grow"],
    [[1, 1], [], "changeMask: keep must have one number for each of 3 active weights, got 2"],
    [
      [1, 1, 1],
      [3, 3],
      "changeMask: positions to grow in [2, 5] must be increasing integers in [0, 10), got 3 after 3",
    ],
    [
      [1, 1, 1],
      [6, 4],
      "changeMask: positions to grow in [2, 5] must be increasing integers in [0, 10), got 4 after 6",
    ],
    [[1, 1, 1], [10], "changeMask: positions to grow in [2, 5] must be increasing integers in [0, 10), got 10"],
    [[1, 1, 1], [-1], "changeMask: positions to grow in [2, 5] must be increasing integers in [0, 10), got -1"],
    [[1, 1, 1], [0.5], "changeMask: positions to grow in [2, 5] must be increasing integers in [0, 10), got 0.5"],
    [
      [1, 1, 1],
      [Number.NaN],
      "changeMask: positions to grow in [2, 5] must be increasing integers in [0, 10), got NaN",
    ],
  ])("with keep %j and grow %j is refused", (keep, grow, message) => {
    expect(() => changeMask(at(2, 5, 2, 5, 7), keep, grow)).toThrow(new InputError(message));
  });
});

describe("two masks", () => {
  test("{1, 3, 8} and {0, 3, 8, 9} share 2 of 5", () => {
    const [a, b] = [at(3, 4, 1, 3, 8), at(3, 4, 0, 3, 8, 9)];
    expect([...maskPositions(maskIntersection(a, b))]).toEqual([3, 8]);
    expect([...maskPositions(maskUnion(a, b))]).toEqual([0, 1, 3, 8, 9]);
    expect(maskOverlap(a, b)).toEqual({ shared: 2, onlyFirst: 1, onlySecond: 2, jaccard: 0.4 });
    expect(maskOverlap(at(3, 4), at(3, 4)).jaccard).toBe(1);
  });

  test("combine as their bits do, whatever they are", () => {
    fc.assert(
      fc.property(side, side, fc.nat(), fc.nat(), fc.maxSafeNat(), (fanOut, fanIn, a, b, seed) => {
        const size = fanOut * fanIn;
        const one = randomMask({ fanOut, fanIn, active: a % (size + 1), seed, layer: 1 });
        const other = randomMask({ fanOut, fanIn, active: b % (size + 1), seed, layer: 2 });
        const [bits, others] = [maskToDense(one), maskToDense(other)];
        expect(maskToDense(maskUnion(one, other))).toEqual(bits.map((bit, i) => bit | others[i]));
        expect(maskToDense(maskIntersection(one, other))).toEqual(bits.map((bit, i) => bit & others[i]));
      }),
    );
  });

  test.each([
    ["maskUnion", maskUnion],
    ["maskIntersection", maskIntersection],
    ["maskOverlap", maskOverlap],
    ["carryBetween", carryBetween],
  ])("of different shapes are refused by %s", (name, combine) => {
    expect(() => combine(at(3, 4), at(4, 3))).toThrow(
      new InputError(`${name}: both masks must have one shape, got [3, 4] and [4, 3]`),
    );
  });
});

describe("fans of units", () => {
  test("of a linear [3, 4] with 1, 3, 8: outputs read 2, 0, 1; inputs feed 1, 1, 0, 1", () => {
    const { fanIns, fanOuts } = unitFans(at(3, 4, 1, 3, 8));
    expect([[...fanIns], [...fanOuts]]).toEqual([
      [2, 0, 1],
      [1, 1, 0, 1],
    ]);
  });

  test("of a convolution with kernels of 2 columns count channels: columns 1, 3 and 0 are channels 0, 1 and 0", () => {
    expect([...unitFans(at(3, 4, 1, 3, 8), { field: 2 }).fanOuts]).toEqual([2, 1]);
  });

  test("in two groups the second half of the rows reads channels of its own", () => {
    expect([...unitFans(at(4, 2, 0, 3, 5, 7), { groups: 2 }).fanOuts]).toEqual([1, 1, 0, 2]);
  });

  test("3 rows are no 2 groups, and 4 columns no kernels of 3", () => {
    const end = "rows must be a multiple of the groups, columns of the field";
    expect(() => unitFans(at(3, 4), { groups: 2 })).toThrow(
      new InputError(`unitFans: a mask of [3, 4] has no kernels of 1 positions in 2 groups; ${end}`),
    );
    expect(() => unitFans(at(3, 4), { field: 3 })).toThrow(
      new InputError(`unitFans: a mask of [3, 4] has no kernels of 3 positions in 1 groups; ${end}`),
    );
  });
});

describe("shuffling", () => {
  const mask = at(3, 4, 0, 1, 2, 3, 8);
  test("keeps the number of weights and nothing else: over 4,000 streams every position is active in 5 of 12", () => {
    const counts = new Array<number>(12).fill(0);
    for (let step = 0; step < 4000; step++) {
      const shuffled = shuffleMask(mask, new Rng(1, "lottery", 1, step));
      expect(shuffled.columnIndices).toHaveLength(5);
      maskToDense(shuffled).forEach((bit, i) => {
        counts[i] += bit;
      });
    }
    // Standard deviation sqrt(4000 · 5/12 · 7/12) = 31; five of those.
    for (const count of counts) expect(Math.abs(count - 4000 * (5 / 12))).toBeLessThan(156);
  });

  test("inside rows keeps every unit's fan-in: 4, 0 and 1", () => {
    for (let step = 0; step < 20; step++) {
      const shuffled = shuffleRows(mask, new Rng(1, "lottery", 1, step));
      expect([...unitFans(shuffled).fanIns]).toEqual([4, 0, 1]);
      expect(accepted(shuffled)).toBe(true);
    }
  });
});
