/**
 * Images and maps as pixels, and many of them as one sheet. A map is red where positive and blue where negative, as strong as
 * its magnitude; over an image it is laid on grey.
 */

import type { Raster } from "./raster.ts";
import { rasterPng } from "./raster.ts";
import { escapeXml } from "./serialize.ts";

/** Numbers of a picture: [channels, height, width], of one channel or three. */
export interface Picture {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly values: ArrayLike<number>;
}

const positive = [178, 24, 43];
const negative = [33, 102, 172];

/** Least and greatest number, which become black and white. */
function rangeOf({ values }: Picture): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) [low, high] = [Math.min(low, values[i]), Math.max(high, values[i])];
  return [low, high > low ? high : low + 1];
}

/** The image itself, from its least number to its greatest. */
export function imageRaster(image: Picture): Raster {
  const { channels, height, width, values } = image;
  const [low, high] = rangeOf(image);
  const rgb = new Uint8Array(height * width * 3);
  for (let p = 0; p < height * width; p++) {
    for (let c = 0; c < 3; c++) {
      const value = values[(channels === 3 ? c : 0) * height * width + p];
      rgb[p * 3 + c] = Math.round((255 * (value - low)) / (high - low));
    }
  }
  return { width, height, rgb };
}

/** A map on white, or over the greys of an image. @param map  one channel */
export function mapRaster(map: Picture, under?: Picture): Raster {
  const { height, width, values } = map;
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  const ground = under === undefined ? undefined : imageRaster(under).rgb;
  const rgb = new Uint8Array(height * width * 3);
  for (let p = 0; p < height * width; p++) {
    const strength = most === 0 ? 0 : Math.abs(values[p]) / most;
    const colour = values[p] >= 0 ? positive : negative;
    const grey = ground === undefined ? 255 : Math.round((ground[p * 3] + ground[p * 3 + 1] + ground[p * 3 + 2]) / 3);
    for (let c = 0; c < 3; c++) rgb[p * 3 + c] = Math.round((1 - strength) * grey + strength * colour[c]);
  }
  return { width, height, rgb };
}

/** Each pixel as a square of `factor` by `factor`. */
export function enlarge({ width, height, rgb }: Raster, factor: number): Raster {
  const large = new Uint8Array(width * height * factor * factor * 3);
  for (let y = 0; y < height * factor; y++) {
    for (let x = 0; x < width * factor; x++) {
      const from = (Math.floor(y / factor) * width + Math.floor(x / factor)) * 3;
      large.set(rgb.subarray(from, from + 3), (y * width * factor + x) * 3);
    }
  }
  return { width: width * factor, height: height * factor, rgb: large };
}

/** A row of a sheet: pixels, or a word where there is nothing to draw. */
export interface SheetRow {
  readonly label: string;
  readonly cells: readonly (Raster | string)[];
}

/**
 * Rows of panels with their labels, as SVG.
 *
 * @param cell  side of a panel in px
 */
export async function sheet(rows: readonly SheetRow[], { cell = 72 } = {}): Promise<string> {
  const [gap, left] = [4, 190];
  const columns = Math.max(0, ...rows.map(({ cells }) => cells.length));
  const [width, height] = [left + columns * (cell + gap) + gap, rows.length * (cell + gap) + gap];
  const parts: string[] = [];
  for (const [r, { label, cells }] of rows.entries()) {
    const top = gap + r * (cell + gap);
    parts.push(`<text x="8" y="${top + cell / 2 + 4}" font-size="13">${escapeXml(label)}</text>`);
    for (const [c, one] of cells.entries()) {
      const x = left + c * (cell + gap);
      if (typeof one === "string") {
        parts.push(
          `<rect x="${x}" y="${top}" width="${cell}" height="${cell}" fill="none" stroke="#b0b0b0" stroke-dasharray="3 3"/>`,
          `<text x="${x + cell / 2}" y="${top + cell / 2 + 4}" font-size="11" text-anchor="middle">${escapeXml(one)}</text>`,
        );
        continue;
      }
      const factor = Math.max(1, Math.ceil((2 * cell) / one.width));
      const data = Buffer.from(await rasterPng(enlarge(one, factor))).toString("base64");
      parts.push(`<image x="${x}" y="${top}" width="${cell}" height="${cell}" href="data:image/png;base64,${data}"/>`);
    }
  }
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="IBM Plex Sans, sans-serif">${parts.join("")}</svg>`
  );
}
