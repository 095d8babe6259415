import fc from "fast-check";
import { expect, test } from "vitest";
import type { Split } from "./dataset.ts";
import { apportion, splitTest, splitValidation, takeExamples } from "./split.ts";

/** Examples of two features (2i, 2i + 1) with the given labels. */
function examples(labels: number[]): Split {
  const values = Uint8Array.from({ length: labels.length * 2 }, (_, i) => i % 256);
  return { count: labels.length, values, labels: Uint8Array.from(labels) };
}

test("holds out ceil(fraction x count), each class to within one of its share, nothing lost or doubled", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 10, maxLength: 120 }),
      fc.double({ min: 0.05, max: 0.9, noNaN: true }),
      fc.integer({ min: 0, max: 2 ** 40 }),
      (labels, fraction, seed) => {
        const whole = examples(labels);
        const wanted = Math.ceil(fraction * labels.length - 1e-9);
        const { train, validation } = splitValidation(whole, fraction, seed);
        expect([validation.count, train.count]).toEqual([wanted, labels.length - wanted]);
        for (let label = 0; label < 5; label++) {
          const all = labels.filter((l) => l === label).length;
          const held = [...validation.labels].filter((l) => l === label).length;
          expect(Math.abs(held - (all * wanted) / labels.length)).toBeLessThan(1);
        }
        const firsts = (split: Split): number[] => Array.from({ length: split.count }, (_, i) => split.values[2 * i]);
        expect([...firsts(train), ...firsts(validation)].sort((a, b) => a - b)).toEqual(
          firsts(whole).sort((a, b) => a - b),
        );
        // Both keep the order of the whole.
        expect(firsts(train)).toEqual(firsts(train).sort((a, b) => a - b));
      },
    ),
    { numRuns: 100 },
  );
});

test("test and validation splits of one seed are drawn from different streams", () => {
  const whole = examples(Array.from({ length: 100 }, (_, i) => i % 2));
  expect(splitTest(whole, 0.2, 5).test.values).not.toEqual(splitValidation(whole, 0.2, 5).validation.values);
  expect(splitTest(whole, 0.2, 5)).toEqual(splitTest(whole, 0.2, 5));
});

test("7 % of 100 is 7 examples, although 0.07 x 100 is more than 7 in float64", () => {
  expect(0.07 * 100).toBeGreaterThan(7);
  expect(splitTest(examples(new Array<number>(100).fill(0)), 0.07, 0).test.count).toBe(7);
});

test("3 seats for sizes 5, 5, 5, 5 go to the three lowest, and 10 for 1, 2, 7 to 1, 2 and 7", () => {
  expect(apportion([5, 5, 5, 5], 3)).toEqual([1, 1, 1, 0]);
  expect(apportion([1, 2, 7], 10)).toEqual([1, 2, 7]);
});

test("refuses a fraction of 0 or 1, and one that leaves a side empty", () => {
  expect(() => splitValidation(examples([0, 1]), 1, 0)).toThrow("the validation fraction must lie in (0, 1), got 1");
  expect(() => splitTest(examples([0, 1]), 0.9, 0)).toThrow("a test fraction of 0.9 of 2 examples leaves a side empty");
});

test("takeExamples keeps the types and may repeat", () => {
  const split: Split = { count: 2, values: Float32Array.of(1, 2, 3, 4), labels: Uint16Array.of(300, 5) };
  expect(takeExamples(split, [1, 1, 0])).toEqual({
    count: 3,
    values: Float32Array.of(3, 4, 3, 4, 1, 2),
    labels: Uint16Array.of(5, 5, 300),
  });
});
