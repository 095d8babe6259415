/** Finite-element meshes of solids: their quality, their checks, and smoothing by the gradient flow of the mean volume. */

export * from "./boundary.ts";
export * from "./conformity.ts";
export * from "./element-flow.ts";
export * from "./elements.ts";
export { type Faces, facesOf } from "./faces.ts";
export * from "./formats/formats.ts";
export * from "./laplacian.ts";
export { meanVolume, meanVolumeGradient, meanVolumeQuality } from "./mean-volume.ts";
export * from "./mesh.ts";
export { type OptimizeOptions, optimizeQuality } from "./optimize-quality.ts";
export { meanRatio, type QualityName, qualities, scaledJacobian, shape } from "./quality.ts";
export { type SequentialOptions, sequential } from "./sequential.ts";
export { type SimultaneousOptions, type StageProgress, type StageResult, simultaneous } from "./simultaneous.ts";
export { type Sliding, slidingOf } from "./sliding.ts";
export * from "./smooth.ts";
export { movableElements, type Solids, solidsOf } from "./solids.ts";
export { meshQuality, type QualitySummary, type SummaryOptions } from "./statistics.ts";
export { type ElementTeam, startElementTeam } from "./team.ts";
export * from "./untangle.ts";
export { checkValidity, orient, type Validity } from "./validity.ts";
