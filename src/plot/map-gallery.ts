/**
 * Maps in a grid with named rows and columns, as a figure: a method's maps of one image as its network loses what it learned.
 * Pixels stay on white in both colour schemes, since a map's white is its zero.
 */

import { type FigureOptions, figure } from "./figure.ts";
import { shorten, textWidth } from "./lettering.ts";
import { enlarge, type SheetRow } from "./map-panels.ts";
import { muted } from "./palette.ts";
import { rasterPng } from "./raster.ts";
import { escapeXml } from "./serialize.ts";

export interface Gallery {
  /** Names above the cells. */
  readonly columns: readonly string[];
  /** A cell is pixels, or a word where there is nothing to draw; an empty word leaves the place empty. */
  readonly rows: readonly SheetRow[];
  /** What is to be seen, for those who cannot see it. */
  readonly description: string;
  readonly subtitle?: string;
  readonly notes?: readonly string[];
}

const gap = 4;

/** Draws the grid; cells are as large as the width allows, 16 to 96 px. Node only, for the encoding of pixels. */
export async function mapGallery(
  { columns, rows, description, subtitle, notes }: Gallery,
  options: FigureOptions = {},
): Promise<string> {
  const { title = "Maps", width = 720 } = options;
  const left = Math.ceil(Math.min(190, Math.max(0, ...rows.map(({ label }) => textWidth(label, 12))) + 16));
  const cell = Math.max(16, Math.min(96, Math.floor((width - left - 8) / Math.max(1, columns.length)) - gap));
  const x = (column: number) => left + column * (cell + gap);
  const parts = columns.map(
    (name, c) =>
      `<text x="${x(c) + cell / 2}" y="12" font-size="11" text-anchor="middle" fill="${muted.light}">${escapeXml(shorten(name, 11, cell + gap))}</text>`,
  );
  const head = 20;
  for (const [r, { label, cells }] of rows.entries()) {
    const top = head + r * (cell + gap);
    parts.push(
      `<text x="4" y="${top + cell / 2 + 4}" font-size="12">${escapeXml(shorten(label, 12, left - 8))}</text>`,
    );
    for (const [c, one] of cells.entries()) parts.push(await drawCell(one, x(c), top, cell));
  }
  const height = head + rows.length * (cell + gap);
  return figure({ title, description, subtitle, width, notes, drawing: { text: parts.join(""), height } }, options);
}

async function drawCell(one: SheetRow["cells"][number], x: number, top: number, cell: number): Promise<string> {
  if (one === "") return "";
  if (typeof one === "string") {
    return (
      `<rect x="${x + 0.5}" y="${top + 0.5}" width="${cell - 1}" height="${cell - 1}" fill="none" stroke="${muted.light}" stroke-dasharray="3 3"/>` +
      `<text x="${x + cell / 2}" y="${top + cell / 2 + 4}" font-size="11" text-anchor="middle" fill="${muted.light}">${escapeXml(shorten(one, 11, cell))}</text>`
    );
  }
  // Whole factors: renderers that smooth images then blur no more than the edges of a pixel.
  const factor = Math.max(1, Math.ceil((2 * cell) / Math.max(one.width, one.height)));
  const data = Buffer.from(await rasterPng(enlarge(one, factor))).toString("base64");
  return `<image x="${x}" y="${top}" width="${cell}" height="${cell}" href="data:image/png;base64,${data}"/>`;
}
