/** Selection: exact counts, ties by place, and the same answer from lists, several lists, and streams. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError, Rng } from "../../base/index.ts";
import { kthLargestOf } from "./quick-select.ts";
import { RunningTopK } from "./running-top-k.ts";
import { classOf, largestOfClass } from "./score-classes.ts";
import { topK, topKAcross } from "./top-k.ts";

/** Indices of the k best, found by a stable sort. */
function bySorting(scores: ArrayLike<number>, k: number): number[] {
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b);
  return order.slice(0, k).sort((a, b) => a - b);
}
const chosen = (flags: Uint8Array) => [...flags].flatMap((flag, i) => (flag === 1 ? [i] : []));

describe("top k", () => {
  test("of 3, 1, 3, 2, 3 is the first two 3s for k = 2, and all three and the 2 for k = 4", () => {
    expect([...topK([3, 1, 3, 2, 3], 2)]).toEqual([1, 0, 1, 0, 0]);
    expect([...topK([3, 1, 3, 2, 3], 4)]).toEqual([1, 0, 1, 1, 1]);
  });

  test("keeps exactly k where every score ties, lowest index first, and 0 and -0 tie", () => {
    expect([...topK(new Float32Array(5), 2)]).toEqual([1, 1, 0, 0, 0]);
    expect([...topK([-0, 0, -0], 2)]).toEqual([1, 1, 0]);
  });

  test("over [1, 4], [4, 2] and [4] with k = 2 takes the 4s of the earlier lists", () => {
    expect(topKAcross([[1, 4], [4, 2], [4]], 2).map((flags) => [...flags])).toEqual([[0, 1], [1, 0], [0]]);
  });

  test("knows infinities, and none of 0 is none", () => {
    expect([...topK([Number.NEGATIVE_INFINITY, 1, Number.POSITIVE_INFINITY], 2)]).toEqual([0, 1, 1]);
    expect([...topK([], 0)]).toEqual([]);
  });

  const score = fc.oneof(
    fc.constantFrom(0, -0, 1, -1, 1e-320, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    fc.double({ noNaN: true }),
  );
  test("is what a stable sort finds, for any scores and k", () => {
    fc.assert(
      fc.property(fc.array(score, { maxLength: 60 }), fc.nat(), (scores, any) => {
        const k = any % (scores.length + 1);
        expect(chosen(topK(scores, k))).toEqual(bySorting(scores, k));
      }),
    );
  });

  test.each([1, 100, 69_999, 139_999, 140_000])(
    "is what a stable sort finds among 140,000 scores, which are counted by classes, for k = %d",
    (k) => {
      const rng = new Rng(3, "test", 1);
      // Some differ beyond float32 only, some tie, some are negative or far out.
      const scores = Float64Array.from({ length: 140_000 }, (_, i) => {
        if (i % 4 === 0) return 1 + rng.integer(50) * 1e-12;
        if (i % 4 === 1) return rng.integer(100) - 50;
        return i % 4 === 2 ? rng.normal() : rng.normal() * 1e200;
      });
      expect(chosen(topK(scores, k))).toEqual(bySorting(scores, k));
    },
  );

  test("cuts over lists as over one list of all", () => {
    fc.assert(
      fc.property(fc.array(fc.array(score, { maxLength: 9 }), { maxLength: 5 }), fc.nat(), (lists, any) => {
        const all = lists.flat();
        const k = any % (all.length + 1);
        expect(topKAcross(lists, k).flatMap((flags) => [...flags])).toEqual([...topK(all, k)]);
      }),
    );
  });

  test("refuses a NaN and says which, and a k that is not there", () => {
    expect(() => topK([1, Number.NaN], 1)).toThrow(new InputError("topK: score 2 of 2 is NaN"));
    expect(() => topKAcross([[1], [2, Number.NaN]], 1)).toThrow(
      new InputError("topK: score 2 of 2 of list 2 of 2 is NaN"),
    );
    expect(() => topK([1, 2], 3)).toThrow(
      new InputError("topK: k must be an integer in [0, 2], the number of scores, got 3"),
    );
  });
});

test("the k-th largest of any numbers is that of their sorted array", () => {
  const any = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true }));
  fc.assert(
    fc.property(fc.array(any, { minLength: 1, maxLength: 40 }), fc.nat(), (values, at) => {
      const k = 1 + (at % values.length);
      const sorted = values.map((value) => value + 0).sort((a, b) => b - a);
      expect(kthLargestOf(Float64Array.from(values), k) + 0).toBe(sorted[k - 1]);
    }),
  );
});

test("classes rise with the scores, and the largest float32 of a class is the last before the next", () => {
  const float = fc.float({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(float, float, (a, b) => {
      if (a < b) expect(classOf(a)).toBeLessThanOrEqual(classOf(b));
      const largest = largestOfClass(classOf(a));
      expect(classOf(largest)).toBe(classOf(a));
      expect(largest).toBeGreaterThanOrEqual(a);
      // Normal numbers: the next one is a factor of 1 + 2^-23 away.
      if (largest > 1e-30) expect(classOf(largest * (1 + 2 ** -23))).toBe(classOf(a) + 1);
    }),
  );
});

describe("the running top k", () => {
  test.each([0, 1, 7, 1023, 1024, 5000])(
    "of 30,000 candidates with many ties finds what a stable sort of all finds, for k = %d",
    (k) => {
      const rng = new Rng(4, "test", 1);
      const scores = Float64Array.from({ length: 30_000 }, () => rng.integer(300));
      const running = new RunningTopK(k);
      scores.forEach((score, i) => {
        running.offer(10 * i, score);
      });
      expect([...running.positions()]).toEqual(bySorting(scores, k).map((i) => 10 * i));
    },
  );

  test.each([1, -1] as const)(
    "is the same by runs of neighbours with %d times their magnitudes, cut anywhere, as one by one",
    (sign) => {
      const rng = new Rng(5, "test", 1);
      const values = Float32Array.from({ length: 30_000 }, () => rng.integer(500) - 250);
      const [single, runs] = [new RunningTopK(900), new RunningTopK(900)];
      for (let begin = 0; begin < values.length; ) {
        const end = Math.min(values.length, begin + rng.integer(200));
        expect(runs.offerRun(begin, values, begin, end, sign)).toBe(-1);
        for (let i = begin; i < end; i++) single.offer(i, sign * Math.abs(values[i]));
        begin = end;
        if (rng.integer(9) === 0) begin++; // a gap
      }
      expect(runs.positions()).toEqual(single.positions());
      expect(() => runs.offerRun(29_000, values, 0, 5, 1)).toThrow(
        /^RunningTopK: positions must increase, got 29000 after /,
      );
    },
  );

  test.each([0, 2, 9])("ends a run at its first NaN, the entry 3 of 5, for k = %d", (k) => {
    const running = new RunningTopK(k);
    for (let first = 0; first < 5000; first += 5) running.offerRun(first, [4, 5, 6, 7, 8], 0, 5, 1);
    expect(running.offerRun(9000, [9, 1, 1, Number.NaN, Number.NaN], 1, 5, 1)).toBe(3);
    expect(running.positions()).toHaveLength(k);
  });

  test("of rising, falling and equal scores too, at any moment", () => {
    for (const score of [(i: number) => i, (i: number) => -i, () => 0, () => Number.NEGATIVE_INFINITY]) {
      const running = new RunningTopK(3);
      const seen: number[] = [];
      for (let i = 0; i < 5000; i++) {
        seen.push(score(i));
        running.offer(i, seen[i]);
        if (i % 700 === 0) expect([...running.positions()]).toEqual(bySorting(seen, Math.min(3, i + 1)));
      }
      expect([...running.positions()]).toEqual(bySorting(seen, 3));
    }
  });

  const hard: Record<string, (rng: Rng) => number> = {
    "three numbers": (rng) => rng.integer(3) - 1,
    "numbers that float32 cannot tell apart": (rng) => 1 + rng.integer(5) * 1e-12,
    "numbers around the end of a class": (rng) => largestOfClass(classOf(1)) + (rng.integer(9) - 4) * 1e-9,
    "zeros and denormal numbers": (rng) => (rng.integer(4) > 0 ? 0 : rng.uniform() * 1e-40),
    "infinities, zeros of both signs and one": (rng) =>
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, 0, -0][rng.integer(5)],
  };
  test.each(Object.entries(hard))("of runs of %s is what a stable sort finds", (_, draw) => {
    for (let step = 0; step < 24; step++) {
      const rng = new Rng(6, "test", 1, step);
      const [n, k, sign] = [1 + rng.integer(6000), rng.integer(2500), step % 2 === 0 ? 1 : -1] as const;
      const drawn = Float64Array.from({ length: n }, () => draw(rng));
      const values = step % 4 < 2 ? Float32Array.from(drawn) : drawn;
      const running = new RunningTopK(k);
      for (let begin = 0; begin < n; ) {
        const end = Math.min(n, begin + 1 + rng.integer(400));
        expect(running.offerRun(begin, values, begin, end, sign)).toBe(-1);
        begin = end;
      }
      const scores = Float64Array.from(values, (value) => sign * Math.abs(value));
      expect([...running.positions()]).toEqual(bySorting(scores, k));
    }
  });

  test("of fewer candidates than k are all of them", () => {
    const running = new RunningTopK(5);
    running.offer(2, 1);
    running.offer(4, 9);
    expect([...running.positions()]).toEqual([2, 4]);
  });

  test("refuses positions out of order, NaN, and a k below 0", () => {
    const running = new RunningTopK(1);
    running.offer(3, 1);
    expect(() => running.offer(3, 2)).toThrow(new InputError("RunningTopK: positions must increase, got 3 after 3"));
    expect(() => running.offer(4, Number.NaN)).toThrow(new InputError("RunningTopK: the score of position 4 is NaN"));
    expect(() => new RunningTopK(-1)).toThrow(new InputError("RunningTopK: k must be an integer ≥ 0, got -1"));
  });
});
