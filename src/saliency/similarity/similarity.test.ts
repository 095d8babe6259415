import { describe, expect, test } from "vitest";
import { compareMaps, spreadOf } from "./compare.ts";
import { orientedGradients } from "./oriented-gradients.ts";
import { spearman } from "./spearman.ts";
import { structuralSimilarity } from "./structural.ts";

const image = (side: number, of: (i: number, j: number) => number) =>
  Float64Array.from({ length: side * side }, (_, p) => of(Math.floor(p / side), p % side) / 10);
const a = (side: number) => image(side, (i, j) => (3 * i + 5 * j) % 11);
const b = (side: number) => image(side, (i, j) => (3 * i + 5 * j + i * j) % 11);

describe("measures agree with SciPy and scikit-image 0.19.3", () => {
  test("Spearman with ties is 0.763157894737, and 0.188736104097 on 8 x 8", () => {
    expect(spearman([1, 2, 2, 4, 5], [2, 1, 3, 3, 5])).toBeCloseTo(0.763157894737, 12);
    expect(spearman(a(8), b(8))).toBeCloseTo(0.188736104097, 12);
  });

  test.each([
    [8, { window: { uniform: 7 } }, 0.112747129515],
    [8, { window: { uniform: 7 }, range: 2 }, 0.124245931732],
    [8, { window: { uniform: 3 } }, 0.121760803145],
    [16, {}, -0.042387134012],
    [16, { range: 2 }, -0.027044783027],
    [16, { window: { uniform: 7 } }, 0.048048058127],
  ] as const)("structural similarity on %i pixels with %j is %d", (side, options, expected) => {
    expect(structuralSimilarity(a(side), b(side), [side, side], options)).toBeCloseTo(expected, 11);
  });

  test("oriented gradients on 16 x 16 are 36 numbers of sum 3.6158826635, whose ranks correlate by 0.307595265156", () => {
    const options = { cell: 8, block: 2 };
    const [x, y] = [a(16), b(16)].map((map) => orientedGradients(map, [16, 16], options));
    expect(x.length).toBe(36);
    [0.0617019153, 0.179890435, 0, 0.3199460091].forEach((value, i) => {
      expect(x[i]).toBeCloseTo(value, 9);
    });
    expect(x.reduce((sum, value) => sum + value, 0)).toBeCloseTo(3.6158826635, 9);
    expect(spearman(x, y)).toBeCloseTo(0.307595265156, 11);
  });
});

test("a map and its negative correlate by -1, and their magnitudes by 1 in every measure", () => {
  const map = a(16).map((value, p) => (p % 3 === 0 ? -value : value));
  const found = compareMaps(
    map,
    map.map((value) => -value),
    [16, 16],
  );
  expect(found.spearman).toBeCloseTo(-1, 12);
  for (const value of [found.absoluteSpearman, found.structural, found.orientedGradients]) {
    expect(value).toBeCloseTo(1, 12);
  }
});

test("a constant map is like nothing: NaN in every measure, left out of the mean", () => {
  const nothing = compareMaps(new Float64Array(64), a(8), [8, 8]);
  expect(Object.values(nothing)).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  const { spearman: spread } = spreadOf([nothing, compareMaps(a(8), a(8), [8, 8])]);
  expect(spread.count).toBe(1);
  expect(spread.mean).toBeCloseTo(1, 12);
});

test("a window larger than its image is refused with both sizes", () => {
  expect(() => structuralSimilarity(a(8), b(8), [8, 8])).toThrow(
    "structural similarity: the window must be odd and fit the image, got 11 x 11 for 8 x 8",
  );
  expect(() => orientedGradients(a(8), [8, 8])).toThrow(
    "oriented gradients: a block of 3 x 3 cells of 16 pixels must fit the image, got 8 x 8",
  );
});
