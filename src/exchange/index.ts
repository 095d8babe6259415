/** Networks written for others to run: ONNX, safetensors, modules and bundles for inference. */

export {
  encodeOnnxModel,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  type OnnxSparseTensor,
  type OnnxTensor,
  type OnnxValue,
} from "./onnx/messages.ts";
