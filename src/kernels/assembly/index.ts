/** The kernels as exported by the module: names, arguments and meaning are those of contract.ts. */

export * from "./batch-norm";
export * from "./convolutions";
export * from "./convolve-outer";
export * from "./dropout";
export * from "./elementwise";
export * from "./images";
export * from "./inputs";
export * from "./loss";
export { placeImages } from "./pixels";
export * from "./products";
export * from "./reductions";
export * from "./rows";
export { scratchBytes, useNarrowTiles, useScratch } from "./scratch";
export * from "./sparse-convolutions";
export * from "./sparse-outer";
export { permute, sparseProduct } from "./sparse-products";
export * from "./sparse-rows";
export * from "./transpose";
export * from "./updates";
