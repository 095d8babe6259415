/**
 * What a same-capacity pair has in common and what not: active weights agree layer by layer, biases and batch-norm
 * parameters cannot, since the sparse network has more units.
 *
 *     node examples/same-capacity.ts
 */

import { matchCapacity } from "gradientflow/studies";

for (const denseWidth of [308, 1538, 2768]) {
  const capacity = matchCapacity({
    inputs: 3072,
    outputs: 100,
    hidden: 4,
    denseWidth,
    sparseWidth: 3076,
    batchNorm: true,
  });
  console.log(`dense width ${denseWidth}, sparse width 3076`);
  for (const { layer, active, density } of capacity.layers) {
    console.log(`  layer ${layer}: ${String(active).padStart(9)} active weights, density ${density.toFixed(5)}`);
  }
  const { dense, sparse } = capacity;
  console.log(`  weights:          dense ${dense.activeWeights}, sparse ${sparse.activeWeights}`);
  console.log(`  biases:           dense ${dense.biases}, sparse ${sparse.biases}`);
  console.log(`  batch norm:       dense ${dense.batchNorm}, sparse ${sparse.batchNorm}`);
}
