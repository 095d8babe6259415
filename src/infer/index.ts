/** Inference alone: runs a bundled network in Node and browser, with nothing of the rest of the package. */

export * from "./bundle.ts";
