/** Lines of named series: their style, their legend, and their marks, alike in every figure that has such lines. */

import * as Plot from "@observablehq/plot";
import type { LegendEntry } from "./figure.ts";
import { shorten } from "./lettering.ts";
import { type SeriesStyle, seriesStyle } from "./palette.ts";
import { distinct } from "./values.ts";

/** One point of a series; in a panel, where there are several. */
export interface SeriesPoint {
  readonly panel: string;
  readonly series: string;
  readonly x: number;
  readonly y: number;
  /** Its tooltip. */
  readonly title: string;
}

export interface SeriesLook {
  readonly names: readonly string[];
  /** None for a single series without a name. */
  readonly legend: readonly LegendEntry[];
  style(name: string): SeriesStyle;
}

/** The look of each series, by the order in which they first come. @param label  what the legend calls it */
export function seriesLook(
  rows: readonly { readonly series: string }[],
  width: number,
  label: (name: string) => string = (name) => name,
): SeriesLook {
  const names = distinct(rows, (row) => row.series);
  const styles = new Map(names.map((name, n) => [name, seriesStyle(n)]));
  const style = (name: string) => styles.get(name) ?? seriesStyle(0);
  const named = names.length > 1 || names[0] !== "";
  const legend = names.map((name): LegendEntry => {
    const { colour, dash } = style(name);
    return { colour, dash, label: shorten(label(name), 12, width - 60), sample: "line" };
  });
  return { names, legend: named ? legend : [], style };
}

export interface SeriesMarks {
  readonly look: SeriesLook;
  /** Where each panel is; none for a single one. */
  readonly facets?: { fx: (row: { panel: string }) => number; fy: (row: { panel: string }) => number };
  /** Where values below a logarithmic axis are drawn. */
  readonly lowX?: number;
  readonly lowY?: number;
}

/** A line and its dots for each series. */
export function seriesMarks(rows: readonly SeriesPoint[], { look, facets = undefined, lowX, lowY }: SeriesMarks) {
  const x = (row: SeriesPoint) => Math.max(row.x, lowX ?? Number.NEGATIVE_INFINITY);
  const y = (row: SeriesPoint) => Math.max(row.y, lowY ?? Number.NEGATIVE_INFINITY);
  return look.names.flatMap((name): Plot.Markish[] => {
    const own = rows.filter((row) => row.series === name).sort((a, b) => a.x - b.x);
    const { colour, dash } = look.style(name);
    const z = "panel";
    return [
      Plot.lineY(own, { ...facets, z, x, y, stroke: colour, strokeWidth: 1.8, strokeDasharray: dash }),
      Plot.dot(own, { ...facets, x, y, fill: colour, r: own.length > 60 ? 1.2 : 2, title: "title" }),
    ];
  });
}
