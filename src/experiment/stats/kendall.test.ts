import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Rng } from "../../base/index.ts";
import { readFixture, relativeError } from "./fixtures/read-fixture.ts";
import { kendallTauB } from "./kendall.ts";

const { kendall: scipy } = readFixture();

describe("against SciPy, n from 2 to 200", () => {
  test("the five counts of pairs equal a count pair by pair, and tau agrees to 1e-14", () => {
    expect(scipy.length).toBeGreaterThan(120);
    for (const { x, y, tau, counts } of scipy) {
      const r = kendallTauB(x, y);
      expect([r.concordant, r.discordant, r.tiesX, r.tiesY, r.tiesBoth]).toEqual(counts);
      expect(Math.abs(r.tau - tau)).toBeLessThan(1e-14);
    }
  });

  test("auto's p-values agree to 1e-11 under every alternative, exact without ties and normal with them", () => {
    for (const { x, y, alternative, p } of scipy) {
      const result = kendallTauB(x, y, { alternative });
      if (p === null) continue;
      // A p-value that SciPy forms as 1 - p / 2 + pmf carries an error of 1e-16 absolutely.
      expect(Math.abs(result.pValue - p)).toBeLessThan(1e-11 * p + 1e-15);
    }
  });

  test("the normal approximation agrees to 1e-11 on demand", () => {
    for (const { x, y, alternative, normal } of scipy) {
      if (normal === undefined) continue;
      expect(relativeError(kendallTauB(x, y, { alternative, method: "normal" }).pValue, normal)).toBeLessThan(1e-11);
    }
  });
});

test("the definition by hand: C = 4, D = 1, one tie in x, none in y: tau-b = 3 / sqrt(5 * 6)", () => {
  // Points (1,1) (2,2) (2,3) (3,... ): pairs 1-2 C, 1-3 C, 1-4 C, 2-3 tied in x, 2-4 C, 3-4 D.
  const result = kendallTauB([1, 2, 2, 3], [1, 2, 4, 3]);
  expect(result).toMatchObject({ concordant: 4, discordant: 1, tiesX: 1, tiesY: 0, tiesBoth: 0, method: "normal" });
  expect(result.tau).toBeCloseTo(3 / Math.sqrt(30), 15);
});

test("4 points in one order: p is 2 / 4! = 1/12, and the warning says that 0.05 is out of reach", () => {
  const result = kendallTauB([1, 2, 3, 4], [10, 20, 30, 40]);
  expect(result.pValue).toBeCloseTo(1 / 12, 15);
  expect(result.warnings).toEqual(["with 4 points the smallest two-sided p-value is 0.08333: it can never reach 0.05"]);
});

test("a constant input or a single point gives NaN and says why", () => {
  const constant = kendallTauB([1, 1, 1], [1, 2, 3]);
  expect([constant.tau, constant.pValue]).toEqual([Number.NaN, Number.NaN]);
  expect(constant.warnings).toEqual(["a constant x has no rank correlation: tau and p are NaN"]);
  expect(kendallTauB([1, 2, 3], [5, 5, 5]).warnings).toEqual([
    "a constant y has no rank correlation: tau and p are NaN",
  ]);
  expect(kendallTauB([1], [1]).warnings).toEqual(["one point has no rank correlation: tau and p are NaN"]);
});

test("mistakes are named", () => {
  expect(() => kendallTauB([1, 2], [1])).toThrow("kendallTauB: paired samples must be of equal length, got 2 and 1");
  expect(() => kendallTauB([1, 2], [1, Number.NaN])).toThrow("kendallTauB: b[1] is NaN");
  expect(() => kendallTauB([1, 1, 2], [1, 2, 3], { method: "exact" })).toThrow(
    "method exact needs data without ties and n ≤ 150, but there are 1 tied pairs in x and 0 in y",
  );
});

test("20,000 points with ties: Knight's counts equal those of a table of the 6 x 5 values", () => {
  const rng = new Rng(3, "test");
  const n = 20_000;
  const x = Array.from({ length: n }, () => rng.integer(6));
  const y = x.map((value) => (value + rng.integer(5)) % 5);
  const cell = Array.from({ length: 6 }, () => new Array<number>(5).fill(0));
  for (let i = 0; i < n; i++) cell[x[i]][y[i]]++;
  let concordant = 0;
  let discordant = 0;
  for (let r = 0; r < 6; r++)
    for (let c = 0; c < 5; c++)
      for (let r2 = r + 1; r2 < 6; r2++)
        for (let c2 = 0; c2 < 5; c2++) {
          if (c2 > c) concordant += cell[r][c] * cell[r2][c2];
          if (c2 < c) discordant += cell[r][c] * cell[r2][c2];
        }
  expect(kendallTauB(x, y)).toMatchObject({ concordant, discordant });
});

describe("properties", () => {
  const points = fc.array(fc.tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -5, max: 5 })), {
    minLength: 2,
    maxLength: 40,
  });

  test("a rising transform of x leaves tau and p, a falling one turns tau's sign", () => {
    fc.assert(
      fc.property(points, (rows) => {
        const x = rows.map((row) => row[0]);
        const y = rows.map((row) => row[1]);
        const plain = kendallTauB(x, y);
        expect(
          kendallTauB(
            x.map((v) => v ** 3 + 7),
            y,
          ),
        ).toEqual(plain);
        const turned = kendallTauB(
          x.map((v) => -v),
          y,
        );
        expect([turned.concordant, turned.discordant]).toEqual([plain.discordant, plain.concordant]);
        expect(turned.tau + plain.tau || 0).toBeCloseTo(0, 15);
      }),
    );
  });

  test("x and y can change places, points can come in any order", () => {
    fc.assert(
      fc.property(points, (rows) => {
        const x = rows.map((row) => row[0]);
        const y = rows.map((row) => row[1]);
        const plain = kendallTauB(x, y);
        const swapped = kendallTauB(y, x);
        expect([swapped.concordant, swapped.discordant, swapped.tiesX]).toEqual([
          plain.concordant,
          plain.discordant,
          plain.tiesY,
        ]);
        expect(kendallTauB(x.toReversed(), y.toReversed())).toEqual(plain);
      }),
    );
  });
});

test("under independence 5 % of 4,000 samples of 20 points are rejected, with ties and without", () => {
  // Exact steps at n = 20 are below 1 %; four standard errors of a share of 5 % in 4,000 are 0.0138.
  const rng = new Rng(13, "test");
  let exact = 0;
  let tied = 0;
  for (let draw = 0; draw < 4000; draw++) {
    const x = Array.from({ length: 20 }, () => rng.uniform());
    const y = Array.from({ length: 20 }, () => rng.uniform());
    if (kendallTauB(x, y).pValue <= 0.05) exact++;
    if (
      kendallTauB(
        x.map((v) => Math.floor(6 * v)),
        y.map((v) => Math.floor(6 * v)),
      ).pValue <= 0.05
    )
      tied++;
  }
  for (const rejected of [exact, tied]) {
    expect(rejected / 4000).toBeLessThan(0.05 + 0.0138);
    expect(rejected / 4000).toBeGreaterThan(0.04 - 0.0138);
  }
});
