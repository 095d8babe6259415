/** A figure as PNG, by resvg with the shipped font: the same pixels on machines without any fonts. */

import { InputError } from "../base/index.ts";
import { paper } from "./palette.ts";

export interface PngOptions {
  /** Width in px, 16 to 16384; by default twice the figure's own, sharp on dense screens. */
  readonly width?: number;
  /** Any CSS colour; white by default, "transparent" for none. */
  readonly background?: string;
}

const fonts = ["IBMPlexSans-Regular.ttf", "IBMPlexSans-SemiBold.ttf"];

/**
 * Renders a figure of `figure()` to PNG bytes, in its light colours. Node only; resvg is loaded when first needed.
 *
 * @throws InputError if the width is not in [16, 16384] or `svg` is not SVG
 */
export async function png(svg: string, { width, background = paper.light }: PngOptions = {}): Promise<Uint8Array> {
  if (width !== undefined && !(Number.isInteger(width) && width >= 16 && width <= 16384)) {
    throw new InputError(`png: width must be an integer between 16 and 16384 px, got ${width}`);
  }
  const [{ Resvg }, { fileURLToPath }] = await Promise.all([import("@resvg/resvg-js"), import("node:url")]);
  const fontFiles = fonts.map((name) => fileURLToPath(new URL(`../../assets/fonts/${name}`, import.meta.url)));
  try {
    return new Resvg(svg, {
      background,
      font: { loadSystemFonts: false, fontFiles, defaultFontFamily: "IBM Plex Sans", sansSerifFamily: "IBM Plex Sans" },
      fitTo: width === undefined ? { mode: "zoom", value: 2 } : { mode: "width", value: width },
    })
      .render()
      .asPng();
  } catch (error) {
    throw new InputError(`png: expected the text of an SVG, got ${JSON.stringify(svg.slice(0, 40))}: ${error}`);
  }
}
