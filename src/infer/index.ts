/** Inference alone: runs a bundled network in Node and browser, with nothing of the rest of the package. */

export * from "./bundle.ts";
export type { EncodeOptions } from "./bundle-file.ts";
export { decodeBundle, encodeBundle } from "./bundle-file.ts";
export type { ExampleShape } from "./bundle-shapes.ts";
export { checkBundle } from "./bundle-shapes.ts";
export type { ModelSource } from "./load.ts";
export { loadModel } from "./load.ts";
export type {
  ClassifyOptions,
  ClassScore,
  Model,
  ModelDescription,
  OperationDescription,
  RunOptions,
} from "./model.ts";
