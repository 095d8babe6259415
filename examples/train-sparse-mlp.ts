/**
 * Trains a sparse multilayer perceptron on the digits: 64-256-256-10 with exactly as many active weights per layer as a
 * dense 64-64-64-10, drawn from the dense network's initial distribution.
 *
 *     node examples/train-sparse-mlp.ts
 */

import { loadDataset } from "gradientflow/data";
import { countParameters, mlp } from "gradientflow/nn";
import { randomMask } from "gradientflow/sparsity";
import { matchCapacity } from "gradientflow/studies";
import { openEngine } from "gradientflow/tensor";
import { Evaluator, residentDataset, Trainer } from "gradientflow/train";

const seed = 1;
const epochs = 5;
const engine = await openEngine();
const data = residentDataset(engine, await loadDataset("digits"), "standard");
const capacity = matchCapacity({ inputs: 64, outputs: 10, hidden: 2, denseWidth: 64, sparseWidth: 256 });

const network = mlp(engine, {
  inputs: 64,
  hidden: [256, 256],
  outputs: 10,
  seed,
  batchNorm: true,
  masks: capacity.layers.map(({ layer, sparseShape: [fanOut, fanIn], active }) =>
    randomMask({ fanOut, fanIn, active, seed, layer }),
  ),
  initialFans: capacity.layers.map(({ denseShape: [fanOut, fanIn] }) => ({ fanIn, fanOut })),
});
console.log(`${countParameters(network.parameters).weight} active weights of ${64 * 256 + 256 * 256 + 256 * 10}`);

const optimizer = "momentum";
const trainer = new Trainer(engine, { network, data, optimizer, learningRate: 0.05, epochs, batchSize: 64, seed });
const test = new Evaluator(engine, network, data, "test");
for (let epoch = 1; epoch <= epochs; epoch++) {
  const loss = trainer.trainEpoch();
  const { accuracy } = test.evaluate();
  console.log(`epoch ${epoch}: training loss ${loss.toFixed(3)}, test accuracy ${(100 * accuracy).toFixed(1)} %`);
}
