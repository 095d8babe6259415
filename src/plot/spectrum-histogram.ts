/** Eigenvalue histograms of Hessians with logarithmic counts, a panel per network; negative eigenvalues stand out. */

import * as Plot from "@observablehq/plot";
import { axisStyle, formatOf, logAxis, ticksOf } from "./axis.ts";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { blue, muted, rule, vermillion } from "./palette.ts";
import { layPanels } from "./panels.ts";
import { distinct, leftOutNote, linearDomain, sift } from "./values.ts";

/** One bin of one network. */
export interface EigenvalueBin {
  /** The network. */
  readonly panel: string;
  readonly low: number;
  readonly high: number;
  /** Eigenvalues in it, ≥ 0; an estimate need not be an integer. */
  readonly count: number;
}

/** Draws the bins; empty ones are left white. */
export async function spectrumHistogramFigure(
  bins: readonly EigenvalueBin[],
  options: FigureOptions = {},
): Promise<string> {
  const { title = "Eigenvalues of the Hessian", width = 720 } = options;
  const { kept, leftOut } = sift(bins, (bin) => [bin.low, bin.high, bin.count]);
  const usable = kept.filter((bin) => bin.count >= 0 && bin.low <= bin.high);
  const notes = leftOutNote(leftOut + kept.length - usable.length, bins.length, "bins");
  const filled = usable.filter((bin) => bin.count > 0);
  if (filled.length === 0) return emptyFigure(title, options, notes);
  const most = Math.max(...filled.map((bin) => bin.count));
  // Estimated counts far below one eigenvalue tell nothing, and would stretch the axis.
  const least = Math.max(Math.min(1, ...filled.map((bin) => bin.count)) / 2, Math.min(0.1, most / 10));
  const y = logAxis([least, most]);
  const x = linearDomain(filled.flatMap((bin) => [bin.low, bin.high]));
  const names = distinct(filled, (bin) => bin.panel);
  const layout = layPanels(names, {
    width,
    panelHeight: names.length === 1 ? 260 : 170,
    columns: names.length === 1 ? 1 : 2,
    marginLeft: 52,
    marginRight: 14,
    marginBottom: 38,
  });
  const facets = {
    fx: (bin: { panel: string }) => layout.place(bin.panel).fx,
    fy: (bin: { panel: string }) => layout.place(bin.panel).fy,
  };
  const bars = (own: readonly EigenvalueBin[], colour: string) =>
    Plot.rect(own, {
      ...facets,
      x1: "low",
      x2: "high",
      y1: y.scale.domain[0],
      y2: (bin: EigenvalueBin) => Math.max(bin.count, y.scale.domain[0]),
      fill: colour,
      insetLeft: 0.3,
      insetRight: 0.3,
      title: describe,
    });
  const sides = [
    { label: "below 0", colour: vermillion.light, own: filled.filter((bin) => bin.high <= 0 && bin.low < 0) },
    { label: "around 0", colour: muted.light, own: filled.filter((bin) => bin.low < 0 && bin.high > 0) },
    { label: "0 and above", colour: blue.light, own: filled.filter((bin) => bin.low >= 0) },
  ];
  return figure(
    {
      title,
      subtitle: "number of eigenvalues per bin, logarithmic axis",
      description: names
        .slice(0, 12)
        .map((name) => {
          const own = filled.filter((bin) => bin.panel === name);
          return `${name}: from ${Math.min(...own.map((bin) => bin.low)).toPrecision(3)} to ${Math.max(...own.map((bin) => bin.high)).toPrecision(3)}.`;
        })
        .join(" "),
      width,
      legend: sides.filter(({ own }) => own.length > 0).map(({ label, colour }) => ({ label, colour, sample: "box" })),
      plot: {
        ...layout.options,
        x: { domain: x },
        y: y.scale,
        marks: [
          ...layout.marks,
          Plot.gridY({ ...ticksOf(y), stroke: rule.light, strokeOpacity: 1 }),
          Plot.axisY({ ...axisStyle, ...ticksOf(y), ...formatOf(y), label: null }),
          Plot.axisX({ ...axisStyle, ticks: names.length === 1 ? 8 : 5, label: "eigenvalue", labelAnchor: "center" }),
          ...sides.map(({ own, colour }) => bars(own, colour)),
        ],
      },
      notes,
    },
    options,
  );
}

function describe({ panel, low, high, count }: EigenvalueBin): string {
  return `${panel === "" ? "" : `${panel}, `}${low.toPrecision(3)} to ${high.toPrecision(3)}: ${Number(count.toPrecision(3))}`;
}
