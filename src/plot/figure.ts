/**
 * One figure: Observable Plot's marks inside a frame with heading, legend and notes, as the text of an SVG.
 *
 * The frame is written here as text and Plot's part is serialised by our own walk, so that a page and Node give the same
 * bytes. The result stands alone (xmlns, size, literal colours), tells screen readers what it shows, and follows a
 * page's light or dark colours (palette.ts).
 */

import * as Plot from "@observablehq/plot";
import { InputError } from "../base/index.ts";
import { figureDocument } from "./document.ts";
import { textWidth, wrap } from "./lettering.ts";
import { ink, muted, type SeriesStyle, themeStyle } from "./palette.ts";
import { escapeXml, serialize } from "./serialize.ts";

/** Faces in order of preference; the first is the font that `png` carries. */
export const fontFamily = "IBM Plex Sans, system-ui, Segoe UI, Helvetica, Arial, sans-serif";

/** One sample of the legend: a line with its marker, a marker alone, or a filled box. */
export interface LegendEntry extends Partial<SeriesStyle> {
  readonly label: string;
  readonly colour: string;
  readonly sample: "line" | "marker" | "hollow" | "box";
}

export interface FigureSpec {
  /** Heading inside the figure and its name for screen readers. */
  readonly title: string;
  /** What the figure shows, in a sentence or two, for those who cannot see it. */
  readonly description: string;
  readonly subtitle?: string;
  /** Width in px, 240 to 4000; 720 by default. */
  readonly width?: number;
  readonly legend?: readonly LegendEntry[];
  /** Plot's options; absent where there is nothing to draw, and `message` is shown instead. */
  readonly plot?: Plot.PlotOptions;
  /** In place of `plot`: SVG whose top is 0 and whose left is the figure's. */
  readonly drawing?: { readonly text: string; readonly height: number };
  readonly message?: string;
  /** Lines below the figure: what was left out, how the interval is made. */
  readonly notes?: readonly string[];
}

/** What every figure builder takes besides its data. */
export interface FigureOptions {
  /** The document to build in; by default the page's, in Node one of linkedom. */
  readonly document?: Document;
  /** Replaces the builder's own heading. */
  readonly title?: string;
  /** Width in px, 240 to 4000; 720 by default. */
  readonly width?: number;
}

const margin = 4;

/**
 * Draws `spec` as a self-contained SVG.
 *
 * @returns the text of an `<svg>` element, well-formed XML, the same bytes for the same spec
 * @throws InputError if the width is not in [240, 4000]
 */
export async function figure(spec: FigureSpec, { document }: Pick<FigureOptions, "document"> = {}): Promise<string> {
  const { title, description, subtitle, width = 720, legend = [], plot, drawing, message, notes = [] } = spec;
  if (!(width >= 240 && width <= 4000)) {
    throw new InputError(`figure: width must be between 240 and 4000 px, got ${width}`);
  }
  const inner = width - 2 * margin;
  let y = 0;
  const parts: string[] = [];
  const line = (text: string, size: number, attributes: string) => {
    y += Math.round(size * 1.4);
    parts.push(`<text x="${margin}" y="${y - 2}" font-size="${size}" ${attributes}>${escapeXml(text)}</text>`);
  };

  for (const text of wrap(title, 15, inner)) line(text, 15, 'font-weight="600"');
  for (const text of wrap(subtitle ?? "", 12, inner)) line(text, 12, `fill="${muted.light}"`);
  if (legend.length > 0) {
    const drawn = drawLegend(legend, inner, y + 6);
    parts.push(drawn.text);
    y += drawn.height + 6;
  }
  y += 6;
  if (drawing !== undefined) {
    parts.push(`<g transform="translate(0,${y})">${drawing.text}</g>`);
    y += drawing.height;
  } else if (plot === undefined) {
    const middle = y + 60;
    parts.push(
      `<text x="${width / 2}" y="${middle}" font-size="14" text-anchor="middle" fill="${muted.light}">` +
        `${escapeXml(message ?? "no finished trials")}</text>`,
    );
    y += 120;
  } else {
    const drawn = drawPlot(plot, width, await figureDocument(document));
    parts.push(`<g transform="translate(0,${y})" ${drawn.attributes}>${drawn.text}</g>`);
    y += drawn.height;
  }
  if (notes.length > 0) y += 6;
  for (const note of notes) for (const text of wrap(note, 11, inner)) line(text, 11, `fill="${muted.light}"`);
  return envelope(parts.join(""), { title, description, width, height: Math.ceil(y + margin) });
}

function envelope(
  body: string,
  { title, description, width, height }: { title: string; description: string; width: number; height: number },
): string {
  const label = escapeXml(title);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="gf-figure" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}" color="${ink.light}" fill="currentColor" ` +
    `font-family="${fontFamily}" font-size="12">` +
    `<title>${label}</title><desc>${escapeXml(description)}</desc>` +
    `<style>${themeStyle(body)}</style>${body}</svg>\n`
  );
}

/** Plot's own drawing, without its style sheet; its root attributes are handed on to the group that takes its place. */
function drawPlot(options: Plot.PlotOptions, width: number, document: Document) {
  const drawn = Plot.plot({ ...options, width, document, className: "gf-plot" });
  const text = Array.from(drawn.childNodes)
    .filter((node) => (node as Element).localName !== "style")
    .map(serialize)
    .join("")
    // Plot writes the paper's colour as a variable, which readers without CSS would draw black.
    .replaceAll("var(--plot-background)", "#ffffff");
  return { text, height: Number(drawn.getAttribute("height")), attributes: 'text-anchor="middle" font-size="11"' };
}

function drawLegend(entries: readonly LegendEntry[], width: number, top: number) {
  let x = margin;
  let y = top + 8;
  let text = "";
  for (const entry of entries) {
    const sampleWidth = entry.sample === "line" ? 28 : 14;
    const needed = sampleWidth + 6 + textWidth(entry.label, 12) + 18;
    if (x > margin && x + needed - 18 > width + margin) {
      x = margin;
      y += 18;
    }
    text += drawSample(entry, x, y, sampleWidth);
    text += `<text x="${x + sampleWidth + 6}" y="${y + 4}">${escapeXml(entry.label)}</text>`;
    x = Math.round(x + needed);
  }
  return { text: `<g aria-hidden="true">${text}</g>`, height: y + 10 - top };
}

function drawSample({ sample, colour, dash, symbol = "circle" }: LegendEntry, x: number, y: number, width: number) {
  if (sample === "box") return `<rect x="${x}" y="${y - 6}" width="14" height="12" rx="2" fill="${colour}"/>`;
  const dashes = dash === undefined ? "" : ` stroke-dasharray="${dash}"`;
  const line =
    sample === "line" ? `<path d="M${x},${y}h${width}" stroke="${colour}" stroke-width="2" fill="none"${dashes}/>` : "";
  const centre = x + width / 2;
  const shape = {
    circle: `M${centre - 3.5},${y}a3.5,3.5,0,1,1,7,0a3.5,3.5,0,1,1,-7,0Z`,
    diamond2: `M${centre},${y - 4.5}l4.5,4.5l-4.5,4.5l-4.5,-4.5Z`,
    square: `M${centre - 3.5},${y - 3.5}h7v7h-7Z`,
    triangle: `M${centre},${y - 4.5}l4.5,8h-9Z`,
    cross: `M${centre - 4},${y}h8M${centre},${y - 4}v8`,
  }[symbol];
  const paint =
    sample === "hollow" || symbol === "cross"
      ? `fill="none" stroke="${colour}" stroke-width="1.5"`
      : `fill="${colour}"`;
  return `${line}<path d="${shape}" ${paint}/>`;
}

/** The figure for data that hold nothing to draw. */
export function emptyFigure(title: string, options: FigureOptions, notes: readonly string[] = []): Promise<string> {
  const message = "no finished trials";
  return figure({ title, description: `Nothing to draw: ${message}.`, width: options.width, message, notes }, options);
}
