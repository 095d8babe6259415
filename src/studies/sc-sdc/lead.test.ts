/** The answer in words, case by case. */

import { describe, expect, test } from "vitest";
import { blankCell } from "./fixtures/blank-cell.ts";
import { leadParagraph } from "./lead.ts";
import type { StudySummary, SummaryCell } from "./summary.ts";

const blank: SummaryCell = { ...blankCell, egf2Sparse: Number.NaN, egf2Dense: Number.NaN };

function lead(cells: readonly Partial<SummaryCell>[], diverged = 0): string {
  const trial = { trial: 0, kind: "sparse", factors: {}, seed: 0, step: 0, layer: "layer1", reason: "" };
  const summary: StudySummary = {
    study: "sc-sdc",
    name: "made up",
    trials: {},
    test: "",
    cells: cells.map((cell) => ({ ...blank, ...cell })),
    correlations: [],
    diverged: Array.from({ length: diverged }, () => trial),
  };
  return leadParagraph(summary);
}

const worse = { factors: { optimizer: "sgd", batch_norm: false }, pLessHolm: 0.05, meanDifference: -0.0312 };
const better = { factors: { optimizer: "sgd", batch_norm: true }, pGreaterHolm: 0.001, meanDifference: 0.01 };
const how = "(one-sided Wilcoxon signed-rank tests, Holm-corrected, p ≤ 0.05).";
const opening =
  "At the same number of active weights in every layer, sparse networks are significantly worse than dense ones in";

describe("the lead says", () => {
  test("that there is nothing to compare, while no pair is finished", () => {
    expect(lead([{ n: 0 }])).toBe("No pair of trials is finished yet, so there is nothing to compare.");
    expect(lead([])).toBe("No pair of trials is finished yet, so there is nothing to compare.");
  });

  test("where sparse loses and where it wins, by how much, and how many are open; p = 0.05 counts", () => {
    expect(lead([worse, better, {}, { n: 0 }])).toBe(
      `${opening} 1 of 3 combinations (sgd, no batch norm: −3.1 points), significantly better in 1 (sgd, batch norm: +1.0 points), and undecided in 1 ${how}`,
    );
  });

  test("nothing of undecided ones where there are none, and no list where nothing is found", () => {
    expect(lead([worse])).toBe(
      `${opening} 1 of 1 combinations (sgd, no batch norm: −3.1 points), significantly better in 0 ${how}`,
    );
    expect(lead([{}])).toBe(`${opening} 0 of 1 combinations, significantly better in 0, and undecided in 1 ${how}`);
    expect(lead([{ pLessHolm: 0.0501, pGreaterHolm: 0.0501 }])).toContain("worse than dense ones in 0 of 1");
  });

  test("counts only, where more than six combinations would be listed", () => {
    expect(lead(Array.from({ length: 7 }, () => worse))).toContain(
      "in 7 of 7 combinations, significantly better in 0 (one-sided",
    );
  });

  test("how the flows compare: one ratio for one combination, the range for several", () => {
    expect(lead([{ egf2Sparse: 3, egf2Dense: 2 }])).toMatch(
      / Averaged over training, the sparse networks' EGF₂ is 1\.5 times the dense networks'\.$/,
    );
    const cells = [
      { ...worse, egf2Sparse: 40, egf2Dense: 2 },
      { ...better, egf2Sparse: 1, egf2Dense: 2 },
    ];
    expect(lead(cells)).toMatch(
      / effective gradient flow EGF₂ ranges from 0\.50 times the dense networks' \(sgd, batch norm\) to 20 times the dense networks' \(sgd, no batch norm\)\.$/,
    );
    expect(lead([{}])).not.toContain("EGF");
  });

  test("how many trials diverged, in the singular and the plural", () => {
    expect(lead([{}], 1)).toMatch(/ 1 trial diverged and is left out with its partner\.$/);
    expect(lead([{}], 3)).toMatch(/ 3 trials diverged and are left out with their partners\.$/);
    expect(lead([{}])).not.toContain("diverged");
  });
});
