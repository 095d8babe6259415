/** Networks written for others to run: ONNX, safetensors, modules and bundles for inference. */

export { type Difference, differenceOf, drawnInputs, networkOutputs } from "./agreement.ts";
export { batchNormEpsilon, type InferenceOptions, inferenceNetwork } from "./inference-network.ts";
export { encodeModule } from "./module/encode-module.ts";
export { moduleTypes } from "./module/module-types.ts";
export { type BundleOptions, networkBundle } from "./network-bundle.ts";
export { encodeOnnx, type OnnxOptions } from "./onnx/write-onnx.ts";
