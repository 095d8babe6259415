/** A map of networks: points whose distances are those of the networks as far as a plane allows, each with its name. */

import * as Plot from "@observablehq/plot";
import { axisStyle } from "./axis.ts";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { shorten, textWidth } from "./lettering.ts";
import { muted, rule, seriesStyle } from "./palette.ts";
import { distinct, leftOutNote, linearDomain, position, sift } from "./values.ts";

/** One network. */
export interface MapPoint {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  /** Points of a group share a colour. */
  readonly group?: string;
}

export interface MapOptions extends FigureOptions {
  /** Share of the squared distances that the plane shows, in [0, 1]; said in the note. */
  readonly explained?: number;
}

const height = 380;
const margins = { marginLeft: 44, marginRight: 16, marginTop: 12, marginBottom: 30 } as const;
const size = 11;

/** Draws the map, one unit of distance alike in both directions. */
export async function solutionMap(points: readonly MapPoint[], options: MapOptions = {}): Promise<string> {
  const { title = "Where the networks lie", width = 720, explained } = options;
  const { kept, leftOut } = sift(points, (p) => [p.x, p.y]);
  const notes = leftOutNote(leftOut, points.length, "networks");
  if (kept.length === 0) return emptyFigure(title, options, notes);
  const rows = kept.map((p) => ({ ...p, group: p.group ?? "" }));
  const groups = distinct(rows, (row) => row.group);
  const frame = {
    width: width - margins.marginLeft - margins.marginRight,
    height: height - margins.marginTop - margins.marginBottom,
  };
  const domains = equalDomains(rows, frame);
  const labels = placeLabels(rows, domains, frame);
  const grid = { stroke: rule.light, strokeOpacity: 1 };
  return figure(
    {
      title,
      subtitle: "classical multidimensional scaling of pairwise distances",
      description: `${rows.length} networks: ${rows
        .slice(0, 16)
        .map((row) => `${row.label} at (${row.x.toPrecision(3)}, ${row.y.toPrecision(3)})`)
        .join("; ")}.`,
      width,
      legend:
        groups.length < 2
          ? []
          : groups.map((label, n) => ({ ...seriesStyle(n), label: shorten(label, 12, width - 60), sample: "marker" })),
      plot: {
        ...margins,
        height,
        x: { domain: domains.x },
        y: { domain: domains.y },
        marks: [
          Plot.gridX({ ticks: 6, ...grid }),
          Plot.gridY({ ticks: 5, ...grid }),
          Plot.axisX({ ...axisStyle, ticks: 6, label: null }),
          Plot.axisY({ ...axisStyle, ticks: 5, label: null }),
          ...groups.map((group, n) =>
            Plot.dot(
              rows.filter((row) => row.group === group),
              { x: "x", y: "y", fill: seriesStyle(n).colour, r: 4, title: "label" },
            ),
          ),
          ...labels.map(({ row, text, dx, dy, anchor }) =>
            Plot.text([row], { x: "x", y: "y", text: () => text, dx, dy, textAnchor: anchor, fontSize: size }),
          ),
          Plot.link(
            labels.filter(({ dy }) => Math.abs(dy) > 16).map(({ row, end }) => ({ ...row, end })),
            { x1: "x", y1: "y", x2: "x", y2: "end", stroke: muted.light, strokeWidth: 0.8 },
          ),
        ],
      },
      notes: [
        ...(explained === undefined
          ? []
          : [`The plane shows ${(100 * explained).toFixed(1)} % of the squared distances.`]),
        ...notes,
      ],
    },
    options,
  );
}

interface Frame {
  readonly width: number;
  readonly height: number;
}

interface Domains {
  readonly x: [number, number];
  readonly y: [number, number];
}

/** Domains with one scale in both directions, and room for labels. */
function equalDomains(rows: readonly { readonly x: number; readonly y: number }[], frame: Frame): Domains {
  const x = linearDomain(rows.map((row) => row.x));
  const y = linearDomain(rows.map((row) => row.y));
  const perPixel = 1.15 * Math.max((x[1] - x[0]) / frame.width, (y[1] - y[0]) / frame.height);
  const around = ([low, high]: [number, number], pixels: number): [number, number] => {
    const middle = low / 2 + high / 2;
    return [middle - (perPixel * pixels) / 2, middle + (perPixel * pixels) / 2];
  };
  return { x: around(x, frame.width), y: around(y, frame.height) };
}

/** A place for each name beside its point, moved up or down where it would lie on another. */
function placeLabels<Row extends { readonly label: string; readonly x: number; readonly y: number }>(
  rows: readonly Row[],
  domains: Domains,
  frame: Frame,
) {
  const taken: { left: number; right: number; y: number }[] = rows.map((row) => {
    const x = position(row.x, domains.x, "linear") * frame.width;
    return { left: x - 5, right: x + 5, y: (1 - position(row.y, domains.y, "linear")) * frame.height };
  });
  const points = taken.slice();
  return rows.map((row, i) => {
    const point = points[i];
    const x = (point.left + point.right) / 2;
    const anchor = x > 0.6 * frame.width ? ("end" as const) : ("start" as const);
    const text = shorten(row.label, size, frame.width / 2 - 20);
    const reach = textWidth(text, size);
    const box = anchor === "start" ? { left: x + 7, right: x + 9 + reach } : { left: x - 9 - reach, right: x - 7 };
    const free = (dy: number) =>
      taken.every(
        (other) => other.right < box.left || other.left > box.right || Math.abs(other.y - point.y - dy) >= 12,
      );
    const dy = [0, 13, -13, 26, -26, 39, -39, 52, -52, 65, -65].find(free) ?? 0;
    taken.push({ ...box, y: point.y + dy });
    const end = row.y - (dy / frame.height) * (domains.y[1] - domains.y[0]);
    return { row, text, dx: anchor === "start" ? 9 : -9, dy, anchor, end };
  });
}
