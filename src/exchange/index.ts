/** Networks written for others to run: ONNX, safetensors, modules and bundles for inference. */

export {};
