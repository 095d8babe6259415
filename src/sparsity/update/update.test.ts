/** Topology updates: cases drawn by hand, a dense reference for any layer, exact counts, and memory that follows the weights. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DivergedError, InputError, Rng } from "../../base/index.ts";
import { carryValues } from "../mask/change-mask.ts";
import { fullMask, maskAtPositions, maskPositions } from "../mask/positions.ts";
import type { DynamicMethod, DynamicMethodName } from "../methods.ts";
import { dynamicMethodNamed, dynamicMethods, pruningMethodNamed } from "../methods.ts";
import { randomMask } from "../random-mask.ts";
import type { GrowthSource } from "./grow.ts";
import { pruneTopology } from "./prune-topology.ts";
import { regrowthByImportance } from "./redistribute.ts";
import type { SparseLayer } from "./sparse-layer.ts";
import { updateTopology } from "./update-topology.ts";

const { rigl, set, snfs } = dynamicMethods;
const inverted = dynamicMethods["rigl-inverted"];
const setOriginal = dynamicMethods["set-original"];

/** Row 0 has columns 0, 2, 3, row 1 columns 0 and 4. */
const layer: SparseLayer = {
  name: "fc",
  layer: 1,
  mask: maskAtPositions({ fanOut: 2, fanIn: 5 }, [0, 2, 3, 5, 9]),
  weights: [0.5, -0.1, 0.4, 0.2, -0.3],
};
/** A dense quantity, [O, I], handed out by rows. */
const dense =
  (values: ArrayLike<number>): GrowthSource =>
  ({ mask: { fanIn } }, begin, end) =>
    Float32Array.from(values).subarray(begin * fanIn, end * fanIn);
const gradients = dense([9, 3, 7, 9, 1, 2, 8, 0, -7, 9]);

function update(method: DynamicMethod, fraction: number, growthSource?: GrowthSource, of = layer) {
  const [change] = updateTopology([of], { method, fraction, seed: 1, step: 100, growthSource });
  return { ...change, positions: [...maskPositions(change.mask)], carry: [...change.carry] };
}

describe("drawn by hand, 5 weights, of which .4 are replaced:", () => {
  test("RigL drops -.1 and .2, grows |g| = 8 and the first of two 7s, which is the dropped -.1: it keeps its value", () => {
    const change = update(rigl, 0.4, gradients);
    expect(change.positions).toEqual([0, 2, 3, 6, 9]);
    expect(change.carry).toEqual([0, 1, 2, -1, 4]);
    expect([change.dropped, change.grown, change.returned]).toEqual([2, 2, 1]);
    expect([...carryValues(layer.weights, Int32Array.from(change.carry))]).toEqual([0.5, -0.1, 0.4, 0, -0.3]);
    const momentum = [1, 2, 3, 4, 5];
    expect([...carryValues(momentum, Int32Array.from(change.carry))]).toEqual([1, 2, 3, 0, 5]);
  });

  test("RigL inverted grows where |g| is 0 and 1", () => {
    const change = update(inverted, 0.4, gradients);
    expect(change.positions).toEqual([0, 3, 4, 7, 9]);
    expect(change.carry).toEqual([0, 2, -1, -1, 4]);
  });

  test("int(f · 5) are dropped: none at .19, one at .2 and .39, all at 1, where |g| alone decides", () => {
    expect([0.19, 0.2, 0.39, 1].map((fraction) => update(rigl, fraction, gradients).dropped)).toEqual([0, 1, 1, 5]);
    expect(update(rigl, 1, gradients).positions).toEqual([0, 2, 3, 6, 9]);
  });

  test("SET keeps .5, .4 and -.3 and grows anywhere else, all 21 pairs of the 7 free positions equally likely", () => {
    const counts = new Map<string, number>();
    for (let step = 0; step < 4200; step++) {
      const [{ mask, carry }] = updateTopology([layer], { method: set, fraction: 0.4, seed: 1, step });
      const positions = [...maskPositions(mask)];
      expect(positions).toEqual(expect.arrayContaining([0, 3, 9]));
      expect(positions).toHaveLength(5);
      positions.forEach((position, k) => {
        expect(carry[k]).toBe([...maskPositions(layer.mask)].indexOf(position));
      });
      counts.set(positions.join(), (counts.get(positions.join()) ?? 0) + 1);
    }
    expect(counts.size).toBe(21);
    const statistic = [...counts.values()].reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0);
    expect(statistic).toBeLessThan(63.7); // chi-square of 20 degrees of freedom: above with probability 2e-6
  });

  test("SET as first published drops of 3 positive weights one, .2, and of 2 negative ones one, -.1, at .5", () => {
    const [kept] = updateTopology([layer], { method: setOriginal, fraction: 0.5, seed: 1, step: 1 });
    expect(kept.dropped).toBe(2);
    expect([...maskPositions(kept.mask)]).toEqual(expect.arrayContaining([0, 3, 9]));
    // A weight of 0 counts with the positive ones, and is the nearest to 0 among them.
    const zero = { ...layer, weights: [0, -1, 1, -2, 3] };
    expect([...updateTopology([zero], { method: setOriginal, fraction: 0.5, seed: 1, step: 1 })[0].carry]).toEqual(
      expect.arrayContaining([2, 3, 4]),
    );
    expect(update(setOriginal, 0.5, undefined, zero).dropped).toBe(2);
    expect(update(setOriginal, 0.4, undefined, zero).dropped).toBe(1);
    // At .3 there is none to drop of 3 and of 2.
    expect(update(setOriginal, 0.3).dropped).toBe(0);
  });

  test("of equal weights the higher position is dropped, of equal gradients the lower grows", () => {
    const equal = { ...layer, weights: [1, -1, 1, -1, 1] };
    const change = update(rigl, 0.4, dense(new Float32Array(10).fill(3)), equal);
    expect(change.positions).toEqual([0, 1, 2, 3, 4]);
    expect(change.carry).toEqual([0, -1, 1, 2, -1]);
  });

  test("over two layers by one magnitude .1, .2 and .3 of the first go, nothing of the second, and each regrows its own", () => {
    const other = { ...layer, name: "out", layer: 2, weights: [5, 5, 5, 5, 0.4] };
    const method: DynamicMethod = { ...rigl, drop: { by: "magnitude", rounding: "down", scope: "global" } };
    const changes = updateTopology([layer, other], {
      method,
      fraction: 0.3,
      seed: 1,
      step: 1,
      growthSource: gradients,
    });
    expect(changes.map(({ dropped, grown }) => [dropped, grown])).toEqual([
      [3, 3],
      [0, 0],
    ]);
    expect([...changes[1].carry]).toEqual([0, 1, 2, 3, 4]);
  });
});

describe("growth by sparse candidates", () => {
  test("looks at those only: of 1, 2, 4 and 8 with 1, 2, 9 and 3 it grows 4 and 8", () => {
    const listed: GrowthSource = () => ({ positions: [0, 1, 2, 4, 8], values: [100, 1, 2, 9, 3] });
    expect(update(rigl, 0.4, listed).positions).toEqual([0, 3, 4, 8, 9]);
  });
  test("that are too few or elsewhere is refused", () => {
    expect(() => update(rigl, 0.4, () => ({ positions: [0, 1], values: [1, 1] }))).toThrow(
      new InputError('bestFree: layer "fc" is to grow 2 weights, and 1 free positions were offered'),
    );
    expect(() => update(rigl, 0.4, () => ({ positions: [10], values: [1] }))).toThrow(
      new InputError('bestFree: layer "fc", rows [0, 2): candidates must be integers in [0, 10), got 10'),
    );
  });
});

describe("sparse momentum", () => {
  test("shares 8 dropped weights out as 6 and 2 where the mean momenta are 3 and 1", () => {
    expect(
      regrowthByImportance([
        { importance: 3, dropped: 4, free: 100 },
        { importance: 1, dropped: 4, free: 100 },
      ]),
    ).toEqual([6, 2]);
  });
  test("leaves 1 % of 4 free positions, so one, free: what does not fit goes to the others in equal parts", () => {
    const [a, b, c] = [4, 1, 1].map((importance) => ({ importance, dropped: 4, free: 50 }));
    expect(regrowthByImportance([{ ...a, free: 5 }, b, c])).toEqual([4, 4, 4]);
    expect(regrowthByImportance([{ ...a, free: 100 }, b, c])).toEqual([8, 2, 2]);
    // 8, 2, 2 with room for 3 and 2: 3, 2, and the third takes all the rest.
    expect(regrowthByImportance([{ ...a, free: 4 }, { ...b, free: 3 }, c])).toEqual([3, 2, 7]);
  });
  test("fills the last places where there are no others, and gives back what was dropped where nothing moves", () => {
    const full = { importance: 1, dropped: 4, free: 4 };
    expect(regrowthByImportance([full, full])).toEqual([4, 4]);
    const still = { importance: 0, dropped: 3, free: 9 };
    expect(regrowthByImportance([still, { ...still, dropped: 1 }])).toEqual([3, 1]);
  });
  test("keeps the number of weights and every layer within its free positions, whatever the momenta", () => {
    const one = fc
      .record({ importance: fc.double({ min: 0, max: 1e6, noNaN: true }), dropped: fc.nat(50), more: fc.nat(50) })
      .map(({ importance, dropped, more }) => ({ importance, dropped, free: dropped + more }));
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 8 }), (layers) => {
        const counts = regrowthByImportance(layers);
        const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
        expect(sum(counts)).toBe(sum(layers.map(({ dropped }) => dropped)));
        counts.forEach((count, i) => {
          expect(count).toBeLessThanOrEqual(layers[i].free);
          expect(count).toBeGreaterThanOrEqual(0);
        });
      }),
      { numRuns: 500 },
    );
  });
  test("rounds what it drops up, and moves a weight from a layer of small momenta to one of large", () => {
    const still = { ...layer, momenta: [1, 1, 1, 1, 1] };
    const moving = { ...layer, name: "out", layer: 2, momenta: [-3, 3, 3, -3, 3] };
    const changes = updateTopology([still, moving], {
      method: snfs,
      fraction: 0.3,
      seed: 1,
      step: 1,
      growthSource: gradients,
    });
    // ceil(.3 · 5) = 2 each; of 4, a quarter and three quarters.
    expect(changes.map(({ dropped, grown }) => [dropped, grown])).toEqual([
      [2, 1],
      [2, 3],
    ]);
    expect([...maskPositions(changes[0].mask)]).toEqual([0, 3, 6, 9]);
    expect([...maskPositions(changes[1].mask)]).toEqual([0, 2, 3, 6, 8, 9]);
  });
});

/** The skeleton on dense arrays, as the papers' code has it; the fraction in thousandths, so that its floor is exact. */
function denseReference(of: SparseLayer, thousandths: number, growth: ArrayLike<number>): number[] {
  const positions = [...maskPositions(of.mask)];
  const k = Math.floor((thousandths * positions.length) / 1000);
  const order = positions.map((_, i) => i);
  order.sort((a, b) => Math.abs(of.weights[b]) - Math.abs(of.weights[a]) || a - b);
  const kept = new Set(order.slice(0, positions.length - k).map((i) => positions[i]));
  const free = Array.from({ length: of.mask.fanOut * of.mask.fanIn }, (_, i) => i).filter((i) => !kept.has(i));
  free.sort((a, b) => Math.abs(growth[b]) - Math.abs(growth[a]) || a - b);
  return [...kept, ...free.slice(0, k)].sort((a, b) => a - b);
}

/** A layer with weights and gradients that often tie. */
function someLayer(fanOut: number, fanIn: number, share: number, seed: number) {
  const rng = new Rng(seed, "test");
  const mask = randomMask({ fanOut, fanIn, active: Math.round(share * fanOut * fanIn), seed, layer: 1 });
  const weights = Float32Array.from(mask.columnIndices, () => rng.integer(9) - 4);
  const growth = Float32Array.from({ length: fanOut * fanIn }, () => rng.integer(13) - 6);
  return { of: { name: "any", layer: 1, mask, weights }, growth };
}

describe("against the same on dense arrays:", () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  const side = fc.integer({ min: 1, max: 14 });
  test("RigL has the same mask, and as many weights as before, in any layer", () => {
    fc.assert(
      fc.property(side, side, unit, fc.nat(1000), fc.maxSafeNat(), (fanOut, fanIn, share, thousandths, seed) => {
        const { of, growth } = someLayer(fanOut, fanIn, share, seed);
        const change = update(rigl, thousandths / 1000, dense(growth), of);
        expect(change.positions).toEqual(denseReference(of, thousandths, growth));
        const old = [...maskPositions(of.mask)];
        expect(change.carry).toEqual(change.positions.map((position) => old.indexOf(position)));
      }),
    );
  });

  test("and in a layer of [3, 140000], which is read in blocks of one row", () => {
    const { of, growth } = someLayer(3, 140_000, 0.05, 3);
    let [calls, next] = [0, 0];
    const source: GrowthSource = (layer, begin, end) => {
      expect([begin, end]).toEqual([next, next + 1]);
      [calls, next] = [calls + 1, end];
      return dense(growth)(layer, begin, end);
    };
    expect(update(rigl, 0.3, source, of).positions).toEqual(denseReference(of, 300, growth));
    expect(calls).toBe(3);
  });

  test.each(Object.keys(dynamicMethods) as DynamicMethodName[])(
    "%s keeps the number of weights of any two layers, twice the same for one seed and step, and its carries are right",
    (name) => {
      fc.assert(
        fc.property(side, side, unit, unit, unit, fc.maxSafeNat(), (fanOut, fanIn, a, b, fraction, seed) => {
          const [one, other] = [someLayer(fanOut, fanIn, a, seed), someLayer(fanIn, fanOut, b, seed)];
          const layers = [one.of, { ...other.of, name: "other", layer: 2 }].map((of) => ({
            ...of,
            momenta: of.weights,
          }));
          const growthSource: GrowthSource = (of, begin, end) =>
            dense(of.layer === 1 ? one.growth : other.growth)(of, begin, end);
          const change = () =>
            updateTopology(layers, { method: dynamicMethods[name], fraction, seed, step: 7, growthSource });
          const changes = change();
          const count = (of: readonly { mask: SparseLayer["mask"] }[]) =>
            of.reduce((sum, { mask }) => sum + mask.columnIndices.length, 0);
          expect(count(changes)).toBe(count(layers));
          expect(change()).toEqual(changes);
          changes.forEach(({ mask, carry }, i) => {
            const old = [...maskPositions(layers[i].mask)];
            expect([...carry]).toEqual([...maskPositions(mask)].map((position) => old.indexOf(position)));
            expect(maskAtPositions(mask, maskPositions(mask))).toEqual(mask);
          });
        }),
        { numRuns: 50 },
      );
    },
  );
});

describe("pruning", () => {
  const other = { ...layer, name: "out", layer: 2, weights: [1, -0.1, 0.01, 2, -2] };
  test("to 6 over both layers keeps the largest of both: of the two .1s none, and 3 and 3", () => {
    const changes = pruneTopology([layer, other], { score: "magnitude", keep: 6, seed: 1, step: 0 });
    expect(changes.map(({ mask }) => [...maskPositions(mask)])).toEqual([
      [0, 3, 9],
      [0, 5, 9],
    ]);
    expect(changes.map(({ carry, dropped }) => [[...carry], dropped])).toEqual([
      [[0, 2, 4], 2],
      [[0, 3, 4], 2],
    ]);
  });
  test("to 7, 8 and 9 brings back .2, then the earlier layer's .1, then the later's", () => {
    const lengths = [7, 8, 9].map((keep) =>
      pruneTopology([layer, other], { score: "magnitude", keep, seed: 1, step: 0 }).map(({ carry }) => carry.length),
    );
    expect(lengths).toEqual([
      [4, 3],
      [5, 3],
      [5, 4],
    ]);
  });
  test("to 2 and 3 keeps so many of each", () => {
    const changes = pruneTopology([layer, other], { score: "magnitude", keep: [2, 3], seed: 1, step: 0 });
    expect(changes.map(({ mask }) => [...maskPositions(mask)])).toEqual([
      [0, 3],
      [0, 5, 9],
    ]);
  });
  test("by GraSP removes the largest -w (H g): of 1, -2 and 0 times 3, 1 and 5 the second goes, then the third", () => {
    const of = {
      name: "dense",
      layer: 1,
      mask: fullMask({ fanOut: 1, fanIn: 3 }),
      weights: [1, -2, 0],
      hessianGradients: [3, 1, 5],
    };
    const kept = (keep: number) => [...pruneTopology([of], { score: "grasp", keep, seed: 1, step: 0 })[0].carry];
    expect([kept(2), kept(1)]).toEqual([[0, 2], [0]]);
  });
  test("at random keeps other weights for another step, and the same for the same", () => {
    const of = { name: "dense", layer: 1, mask: fullMask({ fanOut: 10, fanIn: 10 }), weights: new Float32Array(100) };
    const kept = (step: number) => [...pruneTopology([of], { score: "random", keep: 50, seed: 1, step })[0].carry];
    expect(kept(0)).toEqual(kept(0));
    expect(kept(0)).not.toEqual(kept(1));
  });
  test.each([
    [11, "pruneTopology: all layers together: keep must be an integer in [0, 10], the active weights, got 11"],
    [[5, 6], 'pruneTopology: layer "out": keep must be an integer in [0, 5], the active weights, got 6'],
    [[5], "pruneTopology: keep must have one number for each of 2 layers, got 1"],
  ])("to %j is refused", (keep, message) => {
    expect(() => pruneTopology([layer, other], { score: "magnitude", keep, seed: 1, step: 0 })).toThrow(
      new InputError(message),
    );
  });
});

describe("refuses", () => {
  test.each([
    [() => update(rigl, 1.1, gradients), "updateTopology: fraction must be in [0, 1], got 1.1"],
    [
      () => update(rigl, 0.4),
      "updateTopology: growth by gradient-magnitude needs a growthSource that gives gradients by blocks of rows",
    ],
    [
      () => update(snfs, 0.4, gradients),
      'updateTopology: layer "fc" needs momenta, one for each of 5 active weights, got none',
    ],
    [
      () => update(rigl, 0.4, gradients, { ...layer, weights: [1] }),
      'updateTopology: layer "fc" has 5 active positions and 1 weights',
    ],
    [() => update(rigl, 0.4, () => [1, 2, 3]), 'bestFree: layer "fc", rows [0, 2): expected 10 values, got 3'],
    [
      () => dynamicMethodNamed("rigle"),
      'dynamicMethodNamed: unknown dynamic method "rigle"; known: rigl, rigl-inverted, set, set-original, snfs. Did you mean rigl?',
    ],
    [
      () => pruningMethodNamed("grap"),
      'pruningMethodNamed: unknown pruning method "grap"; known: random, magnitude, snip, grasp, synflow, gmp. Did you mean grasp?',
    ],
  ])("%#: %s", (call, message) => {
    expect(call).toThrow(new InputError(message));
  });

  test("numbers that are none, as a divergence at its step and layer", () => {
    const told = (call: () => unknown, message: string) => {
      expect(call).toThrow(new DivergedError(message, { step: 100, layer: "fc" }));
    };
    told(
      () => update(rigl, 0.4, gradients, { ...layer, weights: [1, 2, Number.NaN, 4, 5] }),
      'updateTopology: layer "fc": weight 3 of 5 is NaN at step 100',
    );
    told(
      () => update(rigl, 0.4, dense([0, Number.NaN, 0, 0, 0, 0, 0, 0, 0, 0])),
      'updateTopology: layer "fc": the value at position 1, which growth reads, is NaN at step 100',
    );
    told(
      () => update(snfs, 0.4, gradients, { ...layer, momenta: [1, Number.NaN, 1, 1, 1] }),
      'updateTopology: layer "fc": a momentum is NaN at step 100',
    );
  });
});

test("5,000,000 weights of [500,000, 500,000], 2.5e11 positions: 1,500,000 move at random, and their carries follow", () => {
  const active = 5_000_000;
  const mask = maskAtPositions(
    { fanOut: 500_000, fanIn: 500_000 },
    Float64Array.from({ length: active }, (_, k) => 50_000 * k),
  );
  const weights = Float32Array.from({ length: active }, (_, k) => (k % 10) - 4.5);
  const [change] = updateTopology([{ name: "wide", layer: 1, mask, weights }], {
    method: set,
    fraction: 0.3,
    seed: 1,
    step: 1,
  });
  expect([change.mask.columnIndices.length, change.dropped, change.grown]).toEqual([active, 1_500_000, 1_500_000]);
  const moved = change.carry.reduce((total, index) => total + (index < 0 ? 1 : 0), 0);
  expect(moved + change.returned).toBe(1_500_000);
  // ± .5 are the smallest million, ± 1.5 the next: of those the 500,000 at higher positions go. Few come back, about 1.5 M · 1.5 M
  // of 2.5e11: 9.
  const carried = [0, 0, 0];
  for (const index of change.carry) if (index >= 0) carried[Math.min(2, Math.floor(Math.abs(weights[index])))]++;
  expect(change.returned).toBeLessThan(30);
  expect(carried[2]).toBe(3_000_000);
  expect(carried[0] + carried[1]).toBe(500_000 + change.returned);
  const positions = maskPositions(change.mask);
  const after = carryValues(weights, change.carry);
  for (let k = 0; k < active; k += 997) {
    if (change.carry[k] < 0) expect(after[k]).toBe(0);
    else expect([positions[k], after[k]]).toEqual([50_000 * change.carry[k], weights[change.carry[k]]]);
  }
}, 120_000);
