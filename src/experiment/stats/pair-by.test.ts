import fc from "fast-check";
import { expect, test } from "vitest";
import { pairBy } from "./pair-by.ts";

const row = (seed: number | string, accuracy: number) => ({ seed, accuracy });

test("rows pair by seed whatever their order, in the order of the first list", () => {
  const pairs = pairBy([row(3, 0.3), row(1, 0.1)], [row(1, 0.5), row(3, 0.7)], (r) => r.seed);
  expect(pairs.map(({ key, a, b }) => [key, a.accuracy, b.accuracy])).toEqual([
    [3, 0.3, 0.7],
    [1, 0.1, 0.5],
  ]);
});

test("a seed without a partner is refused by name, on either side", () => {
  expect(() =>
    pairBy([row(1, 0), row(2, 0)], [row(1, 0), row(7, 0)], (r) => r.seed, { names: ["sparse", "dense"] }),
  ).toThrow(
    "pairBy: every key must be in both lists, got 2 only in sparse, 7 only in dense; run the missing trials or leave out their partners",
  );
});

test("a seed that comes twice is refused by name, and a longer key tells the rows apart", () => {
  const rows = [
    { width: 308, seed: 1 },
    { width: 923, seed: 1 },
  ];
  expect(() => pairBy(rows, rows, (r) => r.seed, { names: ["sparse", "dense"] })).toThrow(
    "pairBy: every key must come once per list, got 1 more than once in sparse",
  );
  expect(pairBy(rows, rows, (r) => [r.width, r.seed])).toHaveLength(2);
});

test("the message lists five keys and counts the rest", () => {
  const rows = Array.from({ length: 8 }, (_, i) => row(i, 0));
  expect(() => pairBy(rows, [], (r) => r.seed)).toThrow("got 0, 1, 2, 3, 4 and 3 more only in a;");
});

test('1 and "1" are different keys, and a key of NaN or undefined is refused with its place', () => {
  expect(() => pairBy([row(1, 0)], [row("1", 0)], (r) => r.seed)).toThrow('got 1 only in a, "1" only in b');
  expect(() => pairBy([row(Number.NaN, 0)], [], (r) => r.seed)).toThrow(
    "pairBy: the key of a[0] must be made of strings, booleans and finite numbers, got NaN",
  );
  expect(() => pairBy([row(1, 0), {} as ReturnType<typeof row>], [], (r) => r.seed)).toThrow("the key of a[1]");
});

test("shuffling the second list never changes the pairs", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer(), { maxLength: 20 }), (seeds) => {
      const a = seeds.map((seed) => row(seed, seed));
      const pairs = pairBy(a, a.toReversed(), (r) => r.seed);
      expect(pairs.every((pair) => pair.a === pair.b)).toBe(true);
      expect(pairs.map((pair) => pair.key)).toEqual(seeds);
    }),
  );
});
