/** Kernels: the contract, the memory and the two back ends that implement it. */

export type { Backend, SharedKernels } from "./backend.ts";
export { nodeProcess } from "./compile.ts";
export * from "./contract.ts";
export { convolutionSteps, convolutionStepsLength } from "./convolution-contract.ts";
export * from "./lane-blocks.ts";
export { attachKernels, type CompiledKernels, compileChecked, type LoadOptions, loadKernels } from "./load.ts";
export { type Floats, Memory, type Pages, PlainPages } from "./memory.ts";
export { createReference } from "./reference/index.ts";
