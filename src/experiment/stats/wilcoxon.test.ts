import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Rng } from "../../base/index.ts";
import { readFixture, relativeError } from "./fixtures/read-fixture.ts";
import { wilcoxonSignedRank, wilcoxonSignedRankOfDifferences } from "./wilcoxon.ts";

const { wilcoxon: scipy } = readFixture();

describe("against SciPy and full enumeration, n from 1 to 200", () => {
  test("exact p-values equal the enumerated ones to 1e-15, ties and zeros included", () => {
    const exact = scipy.filter((c) => c.exact !== undefined);
    expect(exact.length).toBeGreaterThan(100);
    for (const { d, zeros, alternative, exact: expected } of exact) {
      const result = wilcoxonSignedRankOfDifferences(d, { zeros, alternative });
      expect(result.method).toBe("exact");
      expect(result.statistic).toBe(expected?.statistic);
      expect(relativeError(result.pValue, expected?.p ?? Number.NaN)).toBeLessThan(1e-15);
    }
  });

  test("the normal approximation equals SciPy's z and p to 1e-12, with and without continuity", () => {
    for (const { d, zeros, alternative, normal, continuity } of scipy) {
      for (const [expected, correct] of [
        [normal, false],
        [continuity, true],
      ] as const) {
        const result = wilcoxonSignedRankOfDifferences(d, {
          zeros,
          alternative,
          method: "normal",
          continuity: correct,
        });
        // Two-sided, SciPy standardises the smaller of W+ and W-, so that its z is never positive; ours is that of W+.
        const z = alternative === "two-sided" ? -Math.abs(result.z ?? Number.NaN) : result.z;
        expect(relativeError(z ?? Number.NaN, expected.z)).toBeLessThan(1e-12);
        expect(relativeError(result.pValue, expected.p)).toBeLessThan(1e-12);
      }
    }
  });

  test("auto is exact to 50 non-zero differences and normal from 51", () => {
    const d = Array.from({ length: 51 }, (_, i) => i - 20.5);
    expect(wilcoxonSignedRankOfDifferences(d.slice(1)).method).toBe("exact");
    expect(wilcoxonSignedRankOfDifferences(d).method).toBe("normal");
    expect(wilcoxonSignedRankOfDifferences([...d.slice(1), 0, 0, 0]).method).toBe("exact");
  });
});

describe("published figures", () => {
  test("15 pairs all positive: z = 3.4078 and p = 0.00033 without continuity, exactly 2^-15", () => {
    const d = Array.from({ length: 15 }, (_, i) => i + 1);
    const normal = wilcoxonSignedRankOfDifferences(d, { alternative: "greater", method: "normal" });
    expect(normal.z).toBeCloseTo(3.4078, 4);
    expect(normal.pValue).toBeCloseTo(0.00033, 5);
    expect(wilcoxonSignedRankOfDifferences(d, { alternative: "greater" }).pValue).toBe(2 ** -15);
  });

  test("Wilcoxon's table: of 8 differences, rank sums of 3 or less have two-sided p = 10 / 256", () => {
    // Subsets of 1..8 that sum to at most 3: {}, {1}, {2}, {3}, {1,2}.
    const d = [-1, -2, 3, 4, 5, 6, 7, 8];
    const result = wilcoxonSignedRankOfDifferences(d);
    expect(result.wMinus).toBe(3);
    expect(result.pValue).toBe(10 / 256);
  });

  test("5 differences: the smallest two-sided p is 1/16, and the warning says that 0.05 is out of reach", () => {
    const result = wilcoxonSignedRankOfDifferences([1, 2, 3, 4, 5]);
    expect(result.pValue).toBe(0.0625);
    expect(result.smallestPossiblePValue).toBe(0.0625);
    expect(result.warnings).toEqual([
      "with 5 non-zero difference(s) the smallest two-sided p-value is 0.0625: it can never reach 0.05",
    ]);
    expect(wilcoxonSignedRankOfDifferences([1, 2, 3, 4, 5], { alternative: "greater" }).warnings).toEqual([]);
    expect(wilcoxonSignedRankOfDifferences([1, 2, 3, 4, 5, 6]).warnings).toEqual([]);
  });
});

describe("float noise, zeros, edges", () => {
  test("0.91 - 0.90 ties with 0.35 - 0.34 although float64 tells them apart; tolerance 0 lets it", () => {
    const a = [0.91, 0.35, 0.5];
    const b = [0.9, 0.34, 0.52];
    expect(a[0] - b[0]).not.toBe(a[1] - b[1]);
    // |d| = 0.01, 0.01, 0.02: ranks 1.5, 1.5, 3.
    expect(wilcoxonSignedRank(a, b).statistic).toBe(3);
    // Flipping the second difference shows the tie's mean rank; without it the larger difference by a bit takes rank 2.
    expect(wilcoxonSignedRank([0.91, 0.34], [0.9, 0.35]).statistic).toBe(1.5);
    expect(wilcoxonSignedRank([0.91, 0.34], [0.9, 0.35], { tieTolerance: 0 }).statistic).toBe(2);
  });

  test("0.3 - (0.1 + 0.2) is a zero difference", () => {
    const result = wilcoxonSignedRank([0.3, 0.5, 0.6], [0.1 + 0.2, 0.4, 0.4]);
    expect(result.nonZero).toBe(2);
    expect(wilcoxonSignedRank([0.3, 0.5, 0.6], [0.1 + 0.2, 0.4, 0.4], { tieTolerance: 0 }).nonZero).toBe(3);
  });

  test("noise is measured against the inputs: differences of 1e-13 between numbers near 1 are zeros, alone they are not", () => {
    expect(wilcoxonSignedRank([1 + 1e-13, 2], [1, 1]).nonZero).toBe(1);
    expect(wilcoxonSignedRankOfDifferences([1e-13, 2e-13]).nonZero).toBe(2);
    expect(wilcoxonSignedRankOfDifferences([1e-13, 2e-13], { scale: 1 }).nonZero).toBe(0);
  });

  test("Pratt ranks the zeros first: two zeros lift the ranks of three differences by 2", () => {
    const d = [0, 0, 1, 2, -3];
    expect(wilcoxonSignedRankOfDifferences(d, { zeros: "wilcox" })).toMatchObject({
      statistic: 3,
      wMinus: 3,
      n: 5,
      nonZero: 3,
    });
    expect(wilcoxonSignedRankOfDifferences(d, { zeros: "pratt" })).toMatchObject({
      statistic: 7,
      wMinus: 5,
      n: 5,
      nonZero: 3,
    });
  });

  test("all differences zero: p is 1 under every alternative, with a warning", () => {
    for (const alternative of ["two-sided", "greater", "less"] as const) {
      for (const method of ["auto", "normal"] as const) {
        const result = wilcoxonSignedRank([1, 2, 3], [1, 2, 3], { alternative, method });
        expect(result.pValue).toBe(1);
        expect(result.warnings).toEqual(["all 3 differences are zero: there is nothing to test, and p is 1"]);
      }
    }
  });

  test("exact on demand works to 500 differences: 500 positive ones give 2^-500", () => {
    const d = Array.from({ length: 500 }, (_, i) => i + 1);
    expect(wilcoxonSignedRankOfDifferences(d, { method: "exact", alternative: "greater" }).pValue).toBe(2 ** -500);
    expect(() => wilcoxonSignedRankOfDifferences([...d, 501], { method: "exact" })).toThrow(
      "exact works to 500 non-zero differences, got 501; use method normal",
    );
  });

  test("mistakes are named with their index", () => {
    expect(() => wilcoxonSignedRank([1, 2, 3], [1, 2])).toThrow(
      "wilcoxonSignedRank: paired samples must be of equal length, got 3 and 2 (no partner at index 2); pair them by seed",
    );
    expect(() => wilcoxonSignedRank([1, Number.NaN], [1, 2])).toThrow("wilcoxonSignedRank: a[1] is NaN");
    expect(() => wilcoxonSignedRank([1, 2], [Number.POSITIVE_INFINITY, 2])).toThrow("b[0] is Infinity");
    expect(() => wilcoxonSignedRankOfDifferences([0, 1, Number.NaN])).toThrow("differences[2] is NaN");
    expect(() => wilcoxonSignedRank([], [])).toThrow("a must hold at least 1 value(s), got 0");
    expect(() => wilcoxonSignedRank([1], [2], { alternative: "greatr" as "greater" })).toThrow(
      'unknown alternative "greatr"; known: two-sided, greater, less. Did you mean greater?',
    );
    expect(() => wilcoxonSignedRankOfDifferences([1], { scale: -1 })).toThrow(
      "scale must be a finite number ≥ 0, got -1",
    );
    expect(() => wilcoxonSignedRank([1], [2], { tieTolerance: -1 })).toThrow("tieTolerance must be in [0, 1), got -1");
  });
});

describe("properties", () => {
  const small = fc.integer({ min: -4, max: 4 });
  const pairs = fc.array(fc.tuple(small, small), { minLength: 1, maxLength: 30 });
  const zerosOrPratt = fc.constantFrom("wilcox" as const, "pratt" as const);

  test("swapping a and b swaps W+ with W-, greater with less, and leaves the two-sided p, bit for bit", () => {
    fc.assert(
      fc.property(pairs, zerosOrPratt, (rows, zeros) => {
        const a = rows.map((row) => row[0]);
        const b = rows.map((row) => row[1]);
        const there = wilcoxonSignedRank(a, b, { zeros, alternative: "greater" });
        const back = wilcoxonSignedRank(b, a, { zeros, alternative: "less" });
        expect([back.wMinus, back.statistic, back.pValue]).toEqual([there.statistic, there.wMinus, there.pValue]);
        expect(wilcoxonSignedRank(a, b, { zeros }).pValue).toBe(wilcoxonSignedRank(b, a, { zeros }).pValue);
      }),
    );
  });

  test("no p-value is below the smallest possible one", () => {
    const alternative = fc.constantFrom("two-sided" as const, "greater" as const, "less" as const);
    const method = fc.constantFrom("exact" as const, "normal" as const);
    fc.assert(
      fc.property(pairs, zerosOrPratt, alternative, method, (rows, zeros, side, how) => {
        const d = rows.map(([x, y]) => x - y);
        const result = wilcoxonSignedRankOfDifferences(d, { zeros, alternative: side, method: how });
        expect(result.pValue).toBeGreaterThanOrEqual(result.smallestPossiblePValue);
        expect(result.pValue).toBeLessThanOrEqual(1);
      }),
    );
  });
});

test("under the null, tied differences are rejected at 5 % in at most 5 % of 4,000 samples, and not far below it", () => {
  // n = 12, |d| in {1, 2, 3} with a fair sign: the exact test's size is at most alpha, and with steps of the distribution
  // near 1/100 it cannot lie far below. Four standard errors of a share of 5 % in 4,000 are 0.0138.
  const rng = new Rng(11, "test");
  let rejected = 0;
  for (let draw = 0; draw < 4000; draw++) {
    const d = Array.from({ length: 12 }, () => (1 + rng.integer(3)) * (rng.integer(2) === 0 ? 1 : -1));
    if (wilcoxonSignedRankOfDifferences(d, { alternative: "greater" }).pValue <= 0.05) rejected++;
  }
  expect(rejected / 4000).toBeLessThan(0.05 + 0.0138);
  expect(rejected / 4000).toBeGreaterThan(0.04 - 0.0138);
});
