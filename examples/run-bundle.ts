/**
 * Inference alone: a bundle written by hand, as bytes, loaded and run. The network is the smallest that computes exclusive or:
 * two hidden units with ReLU, one weight left out.
 *
 *     node examples/run-bundle.ts
 */

import { type Bundle, encodeBundle, loadModel } from "gradientflow/infer";

const bundle: Bundle = {
  name: "exclusive-or",
  input: [2],
  operations: [
    {
      kind: "linear",
      name: "hidden",
      inputs: ["input"],
      weight: { kind: "dense", shape: [2, 2], values: Float32Array.of(1, 1, 1, 1) },
      bias: Float32Array.of(0, -1),
    },
    { kind: "activation", name: "relu", inputs: ["hidden"], function: "relu" },
    {
      // Row 0: "equal" is 1 - 2 (h0 - 2 h1); row 1: "different" is the constant 0, without a weight.
      kind: "linear",
      name: "logits",
      inputs: ["relu"],
      weight: {
        kind: "sparse",
        shape: [2, 2],
        rowPointers: Uint32Array.of(0, 2, 2),
        columns: Uint16Array.of(0, 1),
        values: Float32Array.of(-2, 4),
      },
      bias: Float32Array.of(1, 0),
    },
  ],
  classNames: ["equal", "different"],
};

const bytes = encodeBundle(bundle);
const model = await loadModel(bytes);
const { activeWeights, weights, multiplyAdds } = model.describe();
console.log(
  `${model.name}: ${bytes.length} bytes, ${activeWeights} of ${weights} weights, ${multiplyAdds} multiply-adds`,
);

const inputs = Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1);
model.classify(inputs, { batch: 4 }).forEach(([{ className, probability }], i) => {
  console.log(`${inputs.subarray(2 * i, 2 * i + 2).join(" ")}  ${className}  ${probability.toFixed(3)}`);
});
