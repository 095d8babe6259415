/** Figures: data in, SVG text out, the same on a page and in Node; PNG with a shipped font. */

export * from "./accuracy-by-cost.ts";
export * from "./accuracy-by-method.ts";
export * from "./accuracy-by-width.ts";
export * from "./correlation-bars.ts";
export * from "./difference-forest.ts";
export * from "./egf-over-training.ts";
export { type FigureOptions, type FigureSpec, figure, type LegendEntry } from "./figure.ts";
export * from "./flow-against-loss.ts";
export * from "./gradient-norm-over-steps.ts";
export * from "./interpolation-curves.ts";
export * from "./loss-surface.ts";
export * from "./map-gallery.ts";
export { enlarge, imageRaster, mapRaster, type Picture, type SheetRow, sheet } from "./map-panels.ts";
export * from "./p-value-map.ts";
export { type Colour, kinds, type NetKind, palette, type SeriesStyle, seriesStyle } from "./palette.ts";
export * from "./png.ts";
export * from "./quality-histogram.ts";
export * from "./raster.ts";
export * from "./schedule-steps.ts";
export * from "./search-progress.ts";
export * from "./sign-grid.ts";
export * from "./signal-by-layer.ts";
export * from "./similarity-curves.ts";
export * from "./similarity-dots.ts";
export * from "./solution-map.ts";
export * from "./spectrum-histogram.ts";
export * from "./update-effects.ts";
