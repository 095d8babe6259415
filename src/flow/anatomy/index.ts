/** The anatomy of gradient flow: what a loss looks like around a network, and how networks lie to one another. */

export * from "./classical-scaling.ts";
export * from "./distances.ts";
export * from "./gradient-norm.ts";
export * from "./hessian-spectrum.ts";
export * from "./interpolation.ts";
export {
  type Atoms,
  type DensityOptions,
  type LanczosOptions,
  lanczos,
  type SymmetricOperator,
  spectralDensity,
  type Tridiagonal,
} from "./lanczos.ts";
export * from "./loss-surface.ts";
export * from "./predictions.ts";
export * from "./signal-propagation.ts";
export { checkSameArchitecture, type Solution, type SolutionTensor, solutionOf } from "./solution.ts";
export { type Eigen, symmetricEigen, tridiagonalEigen } from "./symmetric-eigen.ts";
