/** How good the elements of a mesh are: their numbers in equal bins from 0 to 1, before and after. */

import * as Plot from "@observablehq/plot";
import { InputError } from "../base/index.ts";
import { type FigureOptions, figure } from "./figure.ts";
import { formatCount } from "./numerals.ts";
import { blue, muted, orange, rule } from "./palette.ts";

/** One distribution: counts in equal bins from 0 to 1. */
export interface QualityHistogram {
  /** "before", "after", or the name of a mesh. */
  readonly label: string;
  readonly counts: readonly number[];
}

interface Bar {
  readonly from: number;
  readonly to: number;
  readonly share: number;
  readonly label: string;
  readonly count: number;
}

/**
 * Draws one or two distributions: the first filled, the second as a line over it. Heights are shares of all elements on a
 * root scale, so that the few bad elements among thousands of good ones are seen.
 *
 * @throws InputError  for none or more than two, or different numbers of bins
 */
export async function qualityHistogram(
  histograms: readonly QualityHistogram[],
  options: FigureOptions & { readonly quality?: string } = {},
): Promise<string> {
  const { title = "Quality of elements", quality = "mean ratio", width = 720 } = options;
  const bins = histograms[0]?.counts.length ?? 0;
  if (histograms.length > 2 || bins === 0 || histograms.some(({ counts }) => counts.length !== bins)) {
    throw new InputError(
      `qualityHistogram: one or two histograms with the same number of bins, got ${histograms.map(({ counts }) => counts.length).join(" and ") || "none"}`,
    );
  }
  const bars = histograms.map(({ label, counts }) => {
    const total = counts.reduce((sum, n) => sum + n, 0);
    return counts.map(
      (count, i): Bar => ({ from: i / bins, to: (i + 1) / bins, share: total === 0 ? 0 : count / total, label, count }),
    );
  });
  const [first, second] = bars;
  const name = (bar: Bar) =>
    `${bar.label}: ${formatCount(bar.count)} elements of quality ${bar.from.toFixed(2)} to ${bar.to.toFixed(2)}`;
  const filled = second === undefined ? blue : orange;
  const marks: Plot.Markish[] = [
    Plot.gridY({ stroke: rule.light, strokeOpacity: 1, ticks: 6 }),
    Plot.rectY(first, { x1: "from", x2: "to", y: "share", fill: filled.light, inset: 0.5, title: name }),
  ];
  if (second !== undefined) {
    // A staircase: each bin's height, and down to the ground at the end.
    const steps = [...second, { ...second[bins - 1], from: 1 }];
    marks.push(
      Plot.line(steps, { x: "from", y: "share", curve: "step-after", stroke: blue.light, strokeWidth: 2.25 }),
      Plot.rectY(second, { x1: "from", x2: "to", y: "share", fill: "none", pointerEvents: "all", title: name }),
    );
  }
  marks.push(
    Plot.ruleY([0], { stroke: muted.light }),
    Plot.axisX({ ticks: 10, label: quality, labelArrow: "none", labelAnchor: "center", fontSize: 11 }),
    Plot.axisY({ ticks: 6, label: "share of elements", labelArrow: "none", tickFormat: percent, fontSize: 11 }),
  );
  const described = bars.map((list) =>
    list
      .filter(({ count }) => count > 0)
      .map(name)
      .join("; "),
  );
  return figure(
    {
      title,
      subtitle: "The height is on a root scale: bins of few elements stay visible",
      description: described.join(". "),
      width,
      legend: histograms.map(({ label }, i) =>
        i === 0
          ? { label, colour: filled.light, sample: "box" }
          : { label, colour: blue.light, sample: "line", symbol: "square" },
      ),
      plot: {
        height: 280,
        marginLeft: 56,
        marginBottom: 40,
        x: { domain: [0, 1] },
        y: { type: "sqrt", domain: [0, Math.max(0.01, ...bars.flat().map(({ share }) => share))] },
        marks,
      },
    },
    options,
  );
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}
