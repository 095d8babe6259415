/**
 * Test accuracy against width: a line of means with its interval and a dot per seed, sparse and dense, one panel per
 * combination of factors, as the curves of Tessera et al. 2021.
 */

import * as Plot from "@observablehq/plot";
import { mean, standardDeviation } from "../base/index.ts";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { formatCount } from "./numerals.ts";
import { kinds, muted, type NetKind, rule } from "./palette.ts";
import { layPanels } from "./panels.ts";
import { distinct, groupBy, isPlottable, leftOutNote, linearDomain, position, sift } from "./values.ts";

/** One finished trial. */
export interface AccuracyPoint {
  readonly kind: NetKind;
  /** Width of the dense partner, > 0. */
  readonly denseWidth: number;
  /** Test accuracy as a fraction in [0, 1]. */
  readonly accuracy: number;
  readonly seed?: number | string;
  /** Active weights of the network, shown below the width where a width has one count. */
  readonly activeWeights?: number;
  /** The panel the trial belongs to: its combination of factors in words, such as "adam, batch norm". */
  readonly panel?: string;
}

export interface AccuracyOptions extends FigureOptions {
  /** The interval around a mean; by default Student's t at 95 %, none for a single seed. */
  readonly interval?: (accuracies: readonly number[]) => readonly [low: number, high: number];
  /** What the interval is, for the note. */
  readonly intervalName?: string;
}

interface Mean {
  readonly kind: NetKind;
  readonly panel: string;
  readonly denseWidth: number;
  readonly centre: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** Draws accuracy against width; diverged trials (accuracy not finite) are left out and counted in the note. */
export async function accuracyByWidth(
  points: readonly AccuracyPoint[],
  options: AccuracyOptions = {},
): Promise<string> {
  const { title = "Test accuracy against width", width = 720, interval = studentInterval } = options;
  const { intervalName = "95 % t interval" } = options;
  const { kept, leftOut } = sift(points, (p) => [p.accuracy, p.denseWidth]);
  const usable = kept.filter((p) => p.denseWidth > 0);
  const notes = leftOutNote(leftOut + kept.length - usable.length, points.length, "trials");
  if (usable.length === 0) return emptyFigure(title, options, notes);

  const rows = usable.map((p) => ({ ...p, panel: p.panel ?? "", percent: 100 * p.accuracy }));
  const means = summarise(rows, interval);
  const layout = layPanels(
    distinct(rows, (row) => row.panel),
    {
      width,
      panelHeight: 170,
      marginLeft: 44,
      marginRight: 14,
      marginBottom: 40,
    },
  );
  const widths = distinct(rows, (row) => row.denseWidth).sort((a, b) => a - b);
  const scale = widthScale(widths, layout.panelWidth);
  const weights = weightsByWidth(rows);
  const facets = {
    fx: (row: { panel: string }) => layout.place(row.panel).fx,
    fy: (row: { panel: string }) => layout.place(row.panel).fy,
  };

  const marks: Plot.Markish[] = [
    ...layout.marks,
    Plot.gridY({ stroke: rule.light, strokeOpacity: 1, ticks: 5 }),
    Plot.axisY({ ticks: 5, tickSize: 0, label: null, fill: muted.light, fontSize: 11 }),
    Plot.axisX(scale.ticks, {
      tickFormat: (w: number) => (weights.size > 0 ? `${formatCount(w)}\n${weights.get(w) ?? ""}` : formatCount(w)),
      tickSize: 4,
      label: null,
      fill: muted.light,
      stroke: muted.light,
      fontSize: 11,
    }),
  ];
  for (const kind of ["dense", "sparse"] as const) {
    const { colour, dash, symbol } = kinds[kind];
    const line = means.filter((m) => m.kind === kind);
    const x = "denseWidth";
    marks.push(
      Plot.areaY(line, { ...facets, x, y1: "low", y2: "high", fill: colour, fillOpacity: 0.16 }),
      Plot.dot(
        rows.filter((row) => row.kind === kind),
        {
          ...facets,
          x,
          y: "percent",
          symbol,
          r: 1.8,
          fill: colour,
          fillOpacity: 0.7,
          dx: kind === "sparse" ? -6 : 6,
          title: describePoint,
        },
      ),
      Plot.lineY(line, { ...facets, x, y: "centre", stroke: colour, strokeWidth: 2, strokeDasharray: dash }),
      Plot.dot(line, { ...facets, x, y: "centre", symbol, r: 3.5, fill: colour, title: describeMean }),
    );
  }
  return figure(
    {
      title,
      subtitle: `accuracy (%) over the dense partner's width${weights.size > 0 ? ", active weights below" : ""}`,
      description: `${describeRange(means)} Each line is a mean over seeds.`,
      width,
      legend: (["sparse", "dense"] as const).map((kind) => ({ ...kinds[kind], sample: "line" })),
      plot: {
        ...layout.options,
        x: { type: scale.type, domain: scale.domain },
        y: { domain: linearDomain([...rows.map((r) => r.percent), ...means.flatMap((m) => [m.low, m.high])]) },
        marks,
      },
      notes: [`Lines: mean over seeds. Bands: ${intervalName}. Small marks beside them: single trials.`, ...notes],
    },
    options,
  );
}

function summarise(
  rows: readonly (AccuracyPoint & { panel: string; percent: number })[],
  interval: (accuracies: readonly number[]) => readonly [number, number],
): Mean[] {
  const cells = groupBy(rows, (row) => JSON.stringify([row.panel, row.kind, row.denseWidth]));
  return [...cells.values()]
    .map((cell) => {
      const { kind, panel, denseWidth } = cell[0];
      const centre = mean(cell.map((row) => row.percent));
      const [low, high] = interval(cell.map((row) => row.accuracy)).map((bound) => 100 * bound);
      // A single seed has no interval: the band closes onto the line.
      const known = isPlottable(low) && isPlottable(high);
      return {
        kind,
        panel,
        denseWidth,
        centre,
        low: known ? low : centre,
        high: known ? high : centre,
        n: cell.length,
      };
    })
    .sort((a, b) => a.denseWidth - b.denseWidth);
}

/** Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom (any printed table); 1.96 beyond is close. */
const student95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** Mean ± t s / √n at 95 %; NaN for fewer than two values. */
export function studentInterval(values: readonly number[]): readonly [low: number, high: number] {
  const n = values.length;
  const centre = mean(values);
  const half = ((student95[n - 2] ?? 1.96) * standardDeviation(values)) / Math.sqrt(n);
  return [centre - half, centre + half];
}

/**
 * The axis of widths: logarithmic where that leaves neighbours further apart, ticks at the widths themselves, as many as
 * keep 34 px.
 */
function widthScale(widths: readonly number[], panelWidth: number) {
  const low = widths[0];
  const high = widths[widths.length - 1];
  const closest = (type: "linear" | "log") =>
    Math.min(...widths.slice(1).map((w, i) => position(w, [low, high], type) - position(widths[i], [low, high], type)));
  if (low === high) {
    return { type: "linear" as const, domain: [low * 0.5, low * 1.5] as [number, number], ticks: [low] };
  }
  const type = closest("log") > closest("linear") ? ("log" as const) : ("linear" as const);
  const domain: [number, number] =
    type === "log" ? [low / 1.15, high * 1.15] : [low - 0.06 * (high - low), high + 0.06 * (high - low)];
  const ticks: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const w of widths) {
    const x = position(w, domain, type) * panelWidth;
    if (x - last >= 34) {
      ticks.push(w);
      last = x;
    }
  }
  return { type, domain, ticks };
}

/** Active weights per width, where every trial of a width agrees on the count; empty where one does not or none is known. */
function weightsByWidth(rows: readonly AccuracyPoint[]): Map<number, string> {
  const labels = new Map<number, string>();
  for (const { denseWidth, activeWeights } of rows) {
    if (!isPlottable(activeWeights)) return new Map();
    const label = formatCount(activeWeights);
    if ((labels.get(denseWidth) ?? label) !== label) return new Map();
    labels.set(denseWidth, label);
  }
  return labels;
}

function describePoint(row: AccuracyPoint & { percent: number }): string {
  const seed = row.seed === undefined ? "" : `, seed ${row.seed}`;
  const weights = isPlottable(row.activeWeights) ? `, ${formatCount(row.activeWeights)} active weights` : "";
  return `${row.kind}, width ${row.denseWidth}${weights}${seed}: ${row.percent.toFixed(2)} %`;
}

function describeMean({ kind, denseWidth, centre, low, high, n }: Mean): string {
  const spread = low < high ? ` [${low.toFixed(2)}, ${high.toFixed(2)}]` : "";
  return `${kind}, width ${denseWidth}: mean ${centre.toFixed(2)} %${spread}, ${n} ${n === 1 ? "trial" : "trials"}`;
}

function describeRange(means: readonly Mean[]): string {
  return (["sparse", "dense"] as const)
    .map((kind) => {
      const centres = means.filter((m) => m.kind === kind).map((m) => m.centre);
      if (centres.length === 0) return `No ${kind} networks.`;
      return `Mean accuracy of ${kind} networks from ${Math.min(...centres).toFixed(1)} to ${Math.max(...centres).toFixed(1)} %.`;
    })
    .join(" ");
}
