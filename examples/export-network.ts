/**
 * A sparse network of digits as files for others: an ES module that runs by itself, a bundle and ONNX, with their sizes; the module
 * then reads a test digit.
 *
 *     node examples/export-network.ts
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { loadDataset, normalisation } from "gradientflow/data";
import { encodeModule, encodeOnnx, networkBundle } from "gradientflow/exchange";
import { encodeBundle } from "gradientflow/infer";
import { mlp } from "gradientflow/nn";
import { randomMask } from "gradientflow/sparsity";
import { openEngine } from "gradientflow/tensor";
import { networkValues, residentDataset, Trainer } from "gradientflow/train";

const engine = await openEngine();
const digits = await loadDataset("digits");
const data = residentDataset(engine, digits, "standard");
const masks = [randomMask({ fanOut: 512, fanIn: 64, active: 1600, seed: 1, layer: 1 }), undefined];
const network = mlp(engine, { inputs: 64, hidden: [512], outputs: 10, seed: 1, masks });
new Trainer(engine, {
  network,
  data,
  optimizer: "adam",
  learningRate: 0.01,
  epochs: 1,
  batchSize: 64,
  seed: 1,
}).trainEpoch();

const values = networkValues(network);
const bundle = encodeBundle(networkBundle(values, { classNames: digits.classNames }));
const files = { module: encodeModule(bundle), bundle, ONNX: encodeOnnx(values) };
for (const [kind, bytes] of Object.entries(files))
  console.log(`${kind.padEnd(6)}  ${String(bytes.length).padStart(6)} bytes`);

const folder = mkdtempSync(join(tmpdir(), "export-"));
const file = join(folder, "digits.mjs");
writeFileSync(file, files.module);
const { load } = await import(pathToFileURL(file).href);
const model = await load();
const { scale, shift } = normalisation(digits, "standard");
const pixels = Float32Array.from({ length: 64 }, (_, k) => digits.test.values[k] * scale[k] + shift[k]);
const [[best]] = model.classify(pixels);
console.log(
  `the first test digit is a ${digits.test.labels[0]}; the module reads ${best.className}, ${(100 * best.probability).toFixed(1)} %`,
);
rmSync(folder, { recursive: true });
