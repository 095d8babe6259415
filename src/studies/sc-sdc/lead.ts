/** The answer of a study in a few sentences, made from its summary alone. */

import { cellLabel } from "./pivot.ts";
import type { StudySummary, SummaryCell } from "./summary.ts";

const level = 0.05;

/** Where sparse wins, where it loses, and whether gradients flow. */
export function leadParagraph(summary: StudySummary): string {
  const tested = summary.cells.filter((cell) => cell.n > 0);
  if (tested.length === 0) return "No pair of trials is finished yet, so there is nothing to compare.";
  const wins = tested.filter((cell) => cell.pGreaterHolm <= level);
  const losses = tested.filter((cell) => cell.pLessHolm <= level);
  const open = tested.length - wins.length - losses.length;
  const sentences = [
    `At the same number of active weights in every layer, sparse networks are significantly worse than dense ones in ` +
      `${losses.length} of ${tested.length} combinations${list(losses)}, significantly better in ${wins.length}${list(wins)}` +
      `${open > 0 ? `, and undecided in ${open}` : ""} (one-sided Wilcoxon signed-rank tests, Holm-corrected, p ≤ ${level}).`,
    ...flowSentence(tested),
  ];
  if (summary.diverged.length > 0) {
    const count = summary.diverged.length;
    sentences.push(
      count === 1
        ? "1 trial diverged and is left out with its partner."
        : `${count} trials diverged and are left out with their partners.`,
    );
  }
  return sentences.join(" ");
}

function list(cells: readonly SummaryCell[]): string {
  if (cells.length === 0 || cells.length > 6) return "";
  const parts = cells.map((cell) => `${cellLabel(cell.factors)}: ${points(cell.meanDifference)}`);
  return ` (${parts.join("; ")})`;
}

function points(difference: number): string {
  const text = Math.abs(100 * difference).toFixed(1);
  return `${difference < 0 ? "−" : "+"}${text} points`;
}

/** Where the sparse networks' effective gradient flow is smallest and largest beside the dense ones'. */
function flowSentence(cells: readonly SummaryCell[]): string[] {
  const ratios = cells
    .map((cell) => ({ cell, ratio: cell.egf2Sparse / cell.egf2Dense }))
    .filter(({ ratio }) => Number.isFinite(ratio))
    .sort((a, b) => a.ratio - b.ratio);
  if (ratios.length === 0) return [];
  const describe = ({ cell, ratio }: (typeof ratios)[number]) =>
    `${ratio.toPrecision(2)} times the dense networks'${ratios.length === 1 ? "" : ` (${cellLabel(cell.factors)})`}`;
  if (ratios.length === 1) return [`Averaged over training, the sparse networks' EGF₂ is ${describe(ratios[0])}.`];
  return [
    `Averaged over training, the sparse networks' effective gradient flow EGF₂ ranges from ${describe(ratios[0])} to ` +
      `${describe(ratios[ratios.length - 1])}.`,
  ];
}
