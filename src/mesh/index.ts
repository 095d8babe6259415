/** Finite-element meshes of solids: their quality, their checks, and smoothing by the gradient flow of the mean volume. */

export * from "./mesh.ts";
