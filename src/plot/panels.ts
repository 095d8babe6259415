/**
 * Small multiples: named panels laid out in rows, with shared axes and a title over each.
 *
 * Plot facets by two bands; here the columns and rows of a wrapped grid, so that any number of panels stays readable.
 */

import * as Plot from "@observablehq/plot";
import { shorten } from "./lettering.ts";

export interface Panels {
  /** Column and row of a panel, to be used as the channels `fx` and `fy`. */
  place(name: string): { readonly fx: number; readonly fy: number };
  /** Size of one panel's frame in px, estimated to a pixel or two. */
  readonly panelWidth: number;
  readonly panelHeight: number;
  /** Plot options that lay the panels out. */
  readonly options: Plot.PlotOptions;
  /** The titles and the frame lines; to be drawn first. */
  readonly marks: readonly Plot.Markish[];
}

export interface PanelOptions {
  readonly width: number;
  readonly panelHeight: number;
  /** Panels in a row at most; by default as many as leave each 190 px. */
  readonly columns?: number;
  readonly marginLeft: number;
  readonly marginRight: number;
  readonly marginBottom: number;
  /** Room between columns in px. */
  readonly gap?: number;
}

/**
 * Lays out panels in reading order.
 *
 * @param names  panel names, at least one; a single empty name gives one panel without a title
 */
export function layPanels(names: readonly string[], options: PanelOptions): Panels {
  const { width, panelHeight, marginLeft, marginRight, marginBottom, gap = 22 } = options;
  const room = width - marginLeft - marginRight;
  const most = options.columns ?? Math.max(1, Math.floor((room + gap) / (190 + gap)));
  // As square as the limit allows: four panels in rows of two rather than three and one.
  const rows = Math.ceil(names.length / most);
  const columns = Math.ceil(names.length / rows);
  const panelWidth = (room - (columns - 1) * gap) / columns;
  const titled = names.some((name) => name !== "");
  const rowGap = titled ? 40 : 20;
  const marginTop = titled ? 22 : 12;
  const place = (name: string) => {
    const index = Math.max(0, names.indexOf(name));
    return { fx: index % columns, fy: Math.floor(index / columns) };
  };
  const titles = names.map((name) => ({ name: shorten(name, 12, panelWidth), ...place(name) }));
  return {
    place,
    panelWidth,
    panelHeight,
    options: {
      marginLeft,
      marginRight,
      marginBottom,
      marginTop,
      height: marginTop + marginBottom + rows * panelHeight + (rows - 1) * rowGap,
      fx: { axis: null, domain: range(columns), paddingInner: share(gap, panelWidth, columns), paddingOuter: 0 },
      fy: { axis: null, domain: range(rows), paddingInner: share(rowGap, panelHeight, rows), paddingOuter: 0 },
    },
    marks: titled
      ? [
          Plot.text(titles, {
            fx: "fx",
            fy: "fy",
            text: "name",
            frameAnchor: "top-left",
            dy: -16,
            fontSize: 12,
            fontWeight: 600,
          }),
        ]
      : [],
  };
}

/** Share of a band's step that is padding, where `count` bands are `size` px long and `gap` px apart. */
function share(gap: number, size: number, count: number): number {
  // d3 keeps the padding of a lone band, which would then shrink.
  return count === 1 ? 0 : gap / (gap + size);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
