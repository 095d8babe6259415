/**
 * Effective gradient flow over training: one line per layer on a logarithmic axis, a panel for sparse and one for dense.
 */

import * as Plot from "@observablehq/plot";
import { exp, log, median } from "../base/index.ts";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { shorten, spread } from "./lettering.ts";
import { formatPower, logTicks } from "./numerals.ts";
import { muted, type NetKind, rule, seriesStyle } from "./palette.ts";
import { layPanels } from "./panels.ts";
import { distinct, groupBy, leftOutNote, linearDomain, logDomain, position, sift } from "./values.ts";

/** The EGF of one layer at one epoch of one trial. */
export interface EgfPoint {
  readonly kind: NetKind;
  readonly epoch: number;
  readonly layer: string;
  /** ≥ 0; zeros are drawn at the lower edge. */
  readonly egf: number;
  /** A combination of factors in words; each gets its own row of panels. */
  readonly panel?: string;
}

interface LinePoint {
  readonly panel: string;
  readonly layer: string;
  readonly epoch: number;
  /** Median over trials; 0 at the lower edge. */
  readonly egf: number;
  readonly n: number;
}

const panelHeight = 180;
const labelRoom = 72;

/** Draws the median EGF over trials; values that are negative or not finite are left out and counted. */
export async function egfOverTraining(points: readonly EgfPoint[], options: FigureOptions = {}): Promise<string> {
  const { title = "Effective gradient flow over training", width = 720 } = options;
  const { kept, leftOut } = sift(points, (p) => [p.epoch, p.egf]);
  const usable = kept.filter((p) => p.egf >= 0);
  const notes = leftOutNote(leftOut + kept.length - usable.length, points.length, "values");
  if (usable.length === 0) return emptyFigure(title, options, notes);

  const line = medians(usable);
  const names = panelNames(usable);
  const layers = distinct(usable, (p) => p.layer);
  const style = new Map(layers.map((layer, n) => [layer, seriesStyle(n)]));
  const layout = layPanels(names, {
    width,
    panelHeight,
    columns: names.length > 1 && distinct(usable, (p) => p.kind).length === 2 ? 2 : 1,
    marginLeft: 48,
    marginRight: 8,
    marginBottom: 38,
  });
  const domain = logDomain(line.map((p) => p.egf));
  const drawnAt = (p: LinePoint) => Math.max(p.egf, domain[0]);
  const facets = {
    fx: (p: { panel: string }) => layout.place(p.panel).fx,
    fy: (p: { panel: string }) => layout.place(p.panel).fy,
  };
  const zeros = line.filter((p) => p.egf < domain[0]);
  const labelled = layers.length <= 10;

  const marks: Plot.Markish[] = [
    ...layout.marks,
    Plot.gridY(logTicks(...domain), { stroke: rule.light, strokeOpacity: 1 }),
    Plot.axisY(logTicks(...domain), {
      tickFormat: formatPower,
      tickSize: 0,
      label: null,
      fill: muted.light,
      fontSize: 11,
    }),
    Plot.axisX({
      ticks: 5,
      tickFormat: (epoch: number) => (Number.isInteger(epoch) ? String(epoch) : ""),
      label: "epoch",
      labelArrow: "none",
      labelAnchor: "center",
      fill: muted.light,
      stroke: muted.light,
      fontSize: 11,
    }),
  ];
  for (const layer of layers) {
    const { colour, dash } = style.get(layer)!;
    const own = line.filter((p) => p.layer === layer);
    marks.push(
      Plot.lineY(own, {
        ...facets,
        z: "panel",
        x: "epoch",
        y: drawnAt,
        stroke: colour,
        strokeWidth: 1.8,
        strokeDasharray: dash,
      }),
      Plot.dot(own, { ...facets, x: "epoch", y: drawnAt, fill: colour, r: 1.8, title: describePoint }),
    );
  }
  marks.push(
    Plot.dot(zeros, {
      ...facets,
      x: "epoch",
      y: domain[0],
      symbol: "triangle",
      rotate: 180,
      stroke: muted.light,
      r: 3.5,
    }),
  );
  if (labelled) marks.push(...endLabels(line, domain, style, facets));
  return figure(
    {
      title,
      subtitle: "EGF of each layer's active weights, logarithmic axis",
      description: `Median effective gradient flow per epoch for ${layers.length} layers: ${layers.slice(0, 12).join(", ")}.`,
      width,
      legend: labelled ? [] : layers.map((layer) => ({ ...style.get(layer)!, label: layer, sample: "line" })),
      plot: {
        ...layout.options,
        x: { domain: linearDomain(line.map((p) => p.epoch)), insetRight: labelled ? labelRoom : 0 },
        y: { type: "log", domain },
        marks,
      },
      notes: [
        `Lines: median over up to ${Math.max(...line.map((p) => p.n))} trials.`,
        ...(zeros.length > 0
          ? [`${zeros.length} points have an EGF of 0 and are drawn as triangles at the lower edge.`]
          : []),
        ...notes,
      ],
    },
    options,
  );
}

const panelOf = ({ kind, panel = "" }: EgfPoint) => (panel === "" ? kind : `${panel} · ${kind}`);

/** Panel by panel, sparse before dense. */
function panelNames(points: readonly EgfPoint[]): string[] {
  const present = new Set(points.map(panelOf));
  return distinct(points, (p) => p.panel)
    .flatMap((panel) =>
      (["sparse", "dense"] as const).map((kind) => panelOf({ kind, panel, epoch: 0, layer: "", egf: 0 })),
    )
    .filter((name, i, all) => present.has(name) && all.indexOf(name) === i);
}

function medians(points: readonly EgfPoint[]): LinePoint[] {
  const cells = groupBy(points, (p) => JSON.stringify([panelOf(p), p.layer, p.epoch]));
  return [...cells.values()]
    .map((cell) => ({
      panel: panelOf(cell[0]),
      layer: cell[0].layer,
      epoch: cell[0].epoch,
      egf: median(cell.map((p) => p.egf)),
      n: cell.length,
    }))
    .sort((a, b) => a.epoch - b.epoch);
}

/** The name of each line at its right end, moved apart where lines end close together; a dot carries the colour. */
function endLabels(
  line: readonly LinePoint[],
  domain: [number, number],
  style: ReadonlyMap<string, { readonly colour: string }>,
  facets: { fx: (p: { panel: string }) => number; fy: (p: { panel: string }) => number },
): Plot.Markish[] {
  const size = 11;
  const labels = [...groupBy(line, (p) => p.panel)].flatMap(([panel, own]) => {
    const ends = [...groupBy(own, (p) => p.layer).values()].map((points) => points[points.length - 1]);
    const lastEpoch = Math.max(...own.map((p) => p.epoch));
    const wanted = ends.map((end) => (1 - position(Math.max(end.egf, domain[0]), domain, "log")) * panelHeight);
    const placed = spread(wanted, 13, [4, panelHeight - 4]);
    return ends.map((end, i) => ({
      panel,
      layer: end.layer,
      epoch: lastEpoch,
      y: valueAt(1 - placed[i] / panelHeight, domain),
    }));
  });
  const text = (label: { layer: string }) => shorten(label.layer, size, labelRoom - 22);
  return [
    ...[...style].map(([layer, { colour }]) =>
      Plot.dot(
        labels.filter((label) => label.layer === layer),
        { ...facets, x: "epoch", y: "y", dx: 13, r: 3, fill: colour },
      ),
    ),
    Plot.text(labels, { ...facets, x: "epoch", y: "y", text, dx: 20, textAnchor: "start", fontSize: size }),
  ];
}

/** The inverse of `position` on a logarithmic range. */
function valueAt(share: number, [low, high]: readonly [number, number]): number {
  return exp(log(low) + share * (log(high) - log(low)));
}

function describePoint({ layer, epoch, egf, panel, n }: LinePoint): string {
  return `${layer}, ${panel}, epoch ${epoch}: median ${egf.toPrecision(3)} of ${n}`;
}
