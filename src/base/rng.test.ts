/** Philox against Random123's known answers; streams, and the distributions drawn from them. */

import { describe, expect, test } from "vitest";
import { InputError } from "./errors.ts";
import { type Purpose, philox4x32, purposes, Rng, streamKey } from "./rng.ts";

function words(counter: number[], key: number[]): string[] {
  const out = new Uint32Array(4);
  philox4x32(counter, key, out);
  return [...out].map((word) => word.toString(16).padStart(8, "0"));
}

/**
 * Pearson's statistic of counts against equal expectations, in standard deviations above its mean. A fair draw exceeds 6
 * with probability below 1e-6: chi-square's normal approximation by Wilson and Hilferty.
 */
function excess(counts: ArrayLike<number>): number {
  const cells = counts.length;
  let total = 0;
  for (let i = 0; i < cells; i++) total += counts[i];
  let statistic = 0;
  for (let i = 0; i < cells; i++) statistic += (counts[i] - total / cells) ** 2 / (total / cells);
  const freedom = cells - 1;
  const spread = 2 / (9 * freedom);
  return (Math.cbrt(statistic / freedom) - (1 - spread)) / Math.sqrt(spread);
}

describe("Philox4x32-10 gives the known answers of Random123's kat_vectors", () => {
  test("counter and key of zeros", () => {
    expect(words([0, 0, 0, 0], [0, 0])).toEqual(["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]);
  });
  test("counter and key of ones", () => {
    const ones = 0xffffffff;
    expect(words([ones, ones, ones, ones], [ones, ones])).toEqual(["408f276d", "41c83b0e", "a20bc7c6", "6d5451fd"]);
  });
  test("counter and key from the digits of π", () => {
    const counter = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
    expect(words(counter, [0xa4093822, 0x299f31d0])).toEqual(["d16cfe09", "94fdcceb", "5001e420", "24126ea1"]);
  });
  test("written over its own counter", () => {
    const counter = Uint32Array.of(0, 0, 0, 0);
    philox4x32(counter, [0, 0], counter);
    expect(counter[3]).toBe(0x9b00dbd8);
  });
});

describe("streams", () => {
  test("a stream is Philox on (block, 0, layer, step) under (seed, seed's high bits ^ purpose)", () => {
    const seed = 5 * 2 ** 32 + 77;
    const rng = new Rng(seed, "mask", 3, 9);
    const block = new Uint32Array(4);
    for (const counter of [0, 1, 2]) {
      philox4x32([counter, 0, 3, 9], [77, 5 ^ (2 << 24)], block);
      expect([rng.uint32(), rng.uint32(), rng.uint32(), rng.uint32()]).toEqual([...block]);
    }
  });

  test("no two of 32 streams of each purpose that differ in seed, purpose, layer or step share a first pair of words", () => {
    const seen = new Set<string>();
    for (const seed of [0, 1, 2 ** 32, 2 ** 53 - 1]) {
      for (const purpose of purposes) {
        for (const [layer, step] of [
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
          [0, 2 ** 31],
          [2, 0],
          [0, 2],
          [7, 7],
        ]) {
          const rng = new Rng(seed, purpose, layer, step);
          seen.add(`${rng.uint32()} ${rng.uint32()}`);
        }
      }
    }
    expect(seen.size).toBe(32 * purposes.length);
  });

  test("a stream does not notice another that is drawn from in between", () => {
    const alone = new Rng(1, "test");
    const expected = Array.from({ length: 9 }, () => alone.uint32());
    const one = new Rng(1, "test");
    const other = new Rng(1, "test", 1);
    const drawn = expected.map(() => {
      other.normal();
      return one.uint32();
    });
    expect(drawn).toEqual(expected);
  });

  test("the purposes keep their places, which are part of every result", () => {
    const first: Purpose[] = ["weights", "mask", "shuffle", "split", "augmentation", "dropout", "bootstrap"];
    expect(purposes.slice(0, 13)).toEqual([
      ...first,
      "permutation",
      "synthetic",
      "test",
      "growth",
      "pruning",
      "lottery",
    ]);
  });

  test("a seed that is negative, broken or beyond 2^53 is refused", () => {
    for (const seed of [-1, 0.5, 2 ** 53, Number.NaN]) {
      expect(() => streamKey(seed, "test")).toThrow(
        new InputError(`seed: must be an integer in [0, 2^53), got ${seed}`),
      );
    }
  });
});

test("a layer or step that would wrap onto another's stream is refused", () => {
  expect(() => new Rng(1, "mask", 2 ** 32)).toThrow("Rng: layer must be an integer in [0, 2^32), got 4294967296");
  expect(() => new Rng(1, "mask", 0, -1)).toThrow("Rng: step must be an integer in [0, 2^32), got -1");
  expect(() => new Rng(1, "mask", 0.5)).toThrow("Rng: layer must be an integer in [0, 2^32), got 0.5");
  expect(() => new Rng(1, "mask", 2 ** 32 - 1, 2 ** 32 - 1)).not.toThrow();
});

describe("integer", () => {
  test.each([3 * 2 ** 30, 3 * 2 ** 51])(
    "n = %d falls into its thirds equally, where a bare remainder favours the first by 2 to 1",
    (n) => {
      const rng = new Rng(11, "test");
      const thirds = [0, 0, 0];
      for (let i = 0; i < 30_000; i++) {
        const value = rng.integer(n);
        expect(Number.isInteger(value) && value >= 0 && value < n).toBe(true);
        thirds[Math.floor((value / n) * 3)]++;
      }
      expect(excess(thirds)).toBeLessThan(6);
    },
  );

  test.each([2, 7, 10, 641])("n = %d: every value equally often in 64,100 draws", (n) => {
    const rng = new Rng(n, "test");
    const counts = new Float64Array(n);
    for (let i = 0; i < 64_100; i++) counts[rng.integer(n)]++;
    expect(excess(counts)).toBeLessThan(6);
  });

  test("n = 1 is 0; n = 2^53 reaches beyond 2^52; 0, 1.5, NaN and 2^53 + 2 are refused", () => {
    const rng = new Rng(1, "test");
    expect(rng.integer(1)).toBe(0);
    expect(Math.max(...Array.from({ length: 20 }, () => rng.integer(2 ** 53)))).toBeGreaterThan(2 ** 52);
    for (const n of [0, 1.5, Number.NaN, 2 ** 53 + 2]) {
      expect(() => rng.integer(n)).toThrow(`Rng.integer: n must be an integer in [1, 2^53], got ${n}`);
    }
  });
});

describe("choose", () => {
  test("gives exactly count different integers of [0, n) in increasing order, for every count of n = 23", () => {
    const rng = new Rng(3, "mask");
    for (let count = 0; count <= 23; count++) {
      const chosen = [...rng.choose(23, count)];
      expect(chosen.length).toBe(count);
      expect(chosen.every((value, i) => Number.isInteger(value) && value > (chosen[i - 1] ?? -1))).toBe(true);
      if (count > 0) expect(chosen[count - 1]).toBeLessThan(23);
    }
    expect([...rng.choose(0, 0)]).toEqual([]);
    expect([...rng.choose(4, 4)]).toEqual([0, 1, 2, 3]);
  });

  test.each([
    [10, 3],
    [10, 7],
    [5, 2],
  ])("every subset of %d by %d comes equally often in 24,000 draws", (n, count) => {
    const subsets = new Map<string, number>();
    const rng = new Rng(n + count, "mask");
    for (let i = 0; i < 24_000; i++) {
      const name = rng.choose(n, count).join();
      subsets.set(name, (subsets.get(name) ?? 0) + 1);
    }
    expect(subsets.size).toBe(n === 5 ? 10 : 120);
    expect(excess([...subsets.values()])).toBeLessThan(6);
  });

  test("more than half is what the draw of the rest leaves", () => {
    const few = new Set(new Rng(5, "mask").choose(1000, 300));
    const many = [...new Rng(5, "mask").choose(1000, 700)];
    expect(many).toEqual(Array.from({ length: 1000 }, (_, i) => i).filter((i) => !few.has(i)));
  });

  test.each([
    ["bitmap", 2 ** 27, 60_000],
    ["sorting", 2 ** 33, 400_000],
  ])("the %s keeps the first different integers drawn, collisions and all", (_, n, count) => {
    const plain = new Rng(8, "mask");
    const expected = new Set<number>();
    let draws = 0;
    for (; expected.size < count; draws++) expected.add(plain.integer(n));
    expect(draws).toBeGreaterThan(count); // 13 and 9 collisions are expected; without any the test would show little
    expect(new Rng(8, "mask").choose(n, count)).toEqual(Float64Array.from(expected).sort());
  });

  test("beyond n = 2^27 the chosen are uniform over 64 equal cells", () => {
    const counts = new Float64Array(64);
    for (const value of new Rng(9, "mask").choose(2 ** 40, 50_000)) counts[Math.floor(value / 2 ** 34)]++;
    expect(excess(counts)).toBeLessThan(6);
  });

  test("a count beyond n, negative or broken is refused", () => {
    for (const count of [6, -1, 0.5, Number.NaN]) {
      expect(() => new Rng(1, "mask").choose(5, count)).toThrow(
        `Rng.choose: count must be an integer in [0, 5], got ${count}`,
      );
    }
  });
});

test("shuffle: each of the 24 orders of four equally often in 24,000, nothing lost", () => {
  const rng = new Rng(2, "shuffle");
  const orders = new Map<string, number>();
  for (let i = 0; i < 24_000; i++) {
    const order = rng.shuffle([0, 1, 2, 3]).join("");
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  expect(orders.size).toBe(24);
  expect([...orders.keys()].every((order) => [...order].sort().join("") === "0123")).toBe(true);
  expect(excess([...orders.values()])).toBeLessThan(6);
});

test("uniform: in [0, 1), 64 equal cells equally often, and its lowest of 53 bits set half of the time", () => {
  const rng = new Rng(4, "test");
  const cells = new Float64Array(64);
  const low = [0, 0];
  for (let i = 0; i < 64_000; i++) {
    const value = rng.uniform();
    cells[Math.floor(value * 64)]++;
    low[(value * 2 ** 53) % 2]++;
  }
  expect(excess(cells)).toBeLessThan(6);
  expect(Math.abs(low[0] - 32_000)).toBeLessThan(5 * Math.sqrt(16_000));
});

describe("normal, from 160,000 draws", () => {
  const count = 160_000;
  const rng = new Rng(6, "weights");
  const draws = Float64Array.from({ length: count }, () => rng.normal());
  const moment = (power: number) => draws.reduce((total, x) => total + x ** power, 0) / count;

  test("mean 0, variance 1, skewness 0 and fourth moment 3, each within five standard errors", () => {
    // Var(x) = 1, Var(x²) = 2, Var(x³) = 15, Var(x⁴) = 96.
    for (const [power, expected, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ]) {
      expect(Math.abs(moment(power) - expected)).toBeLessThan(5 * Math.sqrt(variance / count));
    }
  });

  test("Kolmogorov's distance from the normal law stays below 2.3 / sqrt(n), exceeded by chance once in 20,000", () => {
    /** Φ by its power series, good to 1e-8 for |x| < 6. */
    const normalCdf = (x: number) => {
      let term = x;
      let total = x;
      for (let k = 1; k < 100; k++) {
        term *= (-x * x) / (2 * k);
        total += term / (2 * k + 1);
      }
      return 0.5 + total / Math.sqrt(2 * Math.PI);
    };
    let distance = 0;
    Float64Array.from(draws)
      .sort()
      .forEach((x, i) => {
        const p = normalCdf(x);
        distance = Math.max(distance, p - i / count, (i + 1) / count - p);
      });
    expect(distance).toBeLessThan(2.3 / Math.sqrt(count));
    expect(draws.every((x) => Math.abs(x) < 6)).toBe(true);
  });

  test("the two numbers of a pair, and neighbours across pairs, are uncorrelated within five standard errors", () => {
    for (const start of [0, 1]) {
      let product = 0;
      for (let i = start; i + 1 < count; i += 2) product += draws[i] * draws[i + 1];
      expect(Math.abs(product / (count / 2))).toBeLessThan(5 / Math.sqrt(count / 2));
    }
  });
});
