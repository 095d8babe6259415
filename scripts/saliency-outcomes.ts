/**
 * Which maps depend on the network: the simple CNN of sanity checks on digits and on Fashion-MNIST, a few seeds, both checks of
 * every method.
 *
 *     npm run results -- saliency
 *     node scripts/saliency-outcomes.ts [--data digits,fashion-mnist] [--seeds 3] [--images 64] [--epochs N] [--out DIR]
 *
 * Six convolutions and two linear layers, He initialisation, Adam at 0.002, batches of 128, pixels standardised; images are the
 * first of the test split, the class that of the trained network. Images are resized to 16 x 16; digits are trained on for 25
 * epochs, 12,000 images of Fashion-MNIST for 5. Each network has a thread. Writes a page with tables, outcomes.csv and figures to the folder; without one it prints the tables.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { type Dataset, makeDataset, normalisation, type Split } from "../src/data/index.ts";
import { gatherProvenance, toCsv } from "../src/experiment/index.ts";
import { architectureNamed, buildNetwork } from "../src/nn/index.ts";
import type { AskedMethod, CheckedMaps } from "../src/saliency/index.ts";
import { classSensitivity, parameterRandomisation, saliencyMethodNames } from "../src/saliency/index.ts";
import { upsample } from "../src/saliency/maps/upsample.ts";
import { trialDataset } from "../src/studies/index.ts";
import { openEngine } from "../src/tensor/index.ts";
import { Evaluator, residentDataset, Trainer } from "../src/train/index.ts";
import { GalleryKeeper, type Looked, outcomeRows, outcomeTable, writeFigures, writePage } from "./saliency-page.ts";

const { values: asked } = parseArgs({
  options: {
    data: { type: "string", default: "digits,fashion-mnist" },
    seeds: { type: "string", default: "3" },
    images: { type: "string", default: "64" },
    epochs: { type: "string" },
    out: { type: "string" },
  },
});
const [seeds, count] = [Number(asked.seeds), Number(asked.images)];
const usualEpochs: Readonly<Record<string, number>> = { digits: 25, "fashion-mnist": 5 };
/** Of Fashion-MNIST's 60,000: enough for 85 % and quick. */
const trainExamples = 12_000;
const [batchSize, learningRate] = [128, 2e-3];

/** A data set at 16 x 16, its pixels as squares. */
async function at16(name: string): Promise<Dataset> {
  const train_examples = name === "digits" ? null : trainExamples;
  const asDrawn = await trialDataset({ data: name, data_folder: null, normalisation: "standard", train_examples });
  const [channels, height, width] = asDrawn.featureShape;
  const resized = ({ values, labels, count: examples }: Split): Split => {
    const planes = { count: examples, channels, height, width, values: Float64Array.from(values) };
    return { count: examples, labels, values: Float32Array.from(upsample(planes, [16, 16], "half-pixel").values) };
  };
  const [train, test] = [resized(asDrawn.train), resized(asDrawn.test)];
  return makeDataset({ ...asDrawn, name: `${name} at 16 x 16`, featureShape: [channels, 16, 16], train, test });
}

/** Left out: slow ones that others tell, and another name of one. Integrated gradients begin at black. */
function methodsOf(black: number): AskedMethod[] {
  const apart = ["smooth-full-grad", "smoothgrad-squared", "vargrad", "lrp", "integrated-gradients"];
  return [
    ...saliencyMethodNames.filter((name) => !apart.includes(name)),
    { method: "integrated-gradients", options: { baseline: black, steps: 16 } },
    { method: "rect-grad", options: { percentile: 90 }, label: "rect-grad, percentile 90" },
  ];
}

/** One trained network: both checks of every method, and the gallery of the first image. */
async function look(name: string, seed: number): Promise<Looked> {
  const dataset = await at16(name);
  const epochs = Number(asked.epochs ?? usualEpochs[name] ?? 3);
  const engine = await openEngine();
  const data = residentDataset(engine, dataset, "standard");
  const { scale, shift } = normalisation(dataset, "standard");
  const input = dataset.featureShape as [number, number, number];
  const network = buildNetwork(engine, architectureNamed("saliency-cnn", { input, classes: 10 }), { seed });
  const trainer = new Trainer(engine, { network, data, optimizer: "adam", learningRate, epochs, batchSize, seed });
  for (let epoch = 0; epoch < epochs; epoch++) trainer.trainEpoch();
  const { accuracy } = new Evaluator(engine, network, data, "test").evaluate();
  console.error(`${dataset.name}, seed ${seed}: test accuracy ${accuracy.toFixed(4)}`);
  const raw = dataset.test.values.subarray(0, count * dataset.features);
  const images = Float64Array.from(raw, (value) => value * scale[0] + shift[0]);
  const methods = methodsOf(shift[0]);
  const keeper = new GalleryKeeper(dataset);
  const keep = (check: string) => (maps: CheckedMaps) => keeper.keep(check, maps);
  const classes = classSensitivity(engine, network, { images, methods, onMaps: keep("class") });
  const random = { images, methods, seed: 100 + seed, onMaps: keep("random") };
  const randomised = parameterRandomisation(engine, network, random);
  const outcomes = classes.map(({ method, similarity }, place) => ({
    ...{ data: dataset.name, method, seed, accuracy, classes: similarity },
    steps: randomised[place].steps,
  }));
  return { outcomes, gallery: await keeper.figure() };
}

/** The same in a thread of its own. */
function lookApart(name: string, seed: number): Promise<Looked> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2), workerData: { name, seed } });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

async function main(): Promise<void> {
  const provenance = gatherProvenance({ version: "", root: new URL("..", import.meta.url) });
  const names = asked.data.split(",");
  const looked = await Promise.all(
    names.map((name) => Promise.all(Array.from({ length: seeds }, (_, seed) => lookApart(name, seed)))),
  );
  const outcomes = looked.flatMap((ofData) => ofData.flatMap((one) => one.outcomes));
  const galleries = looked.map(([first]) => ({ name: first.outcomes[0].data, svg: first.gallery }));
  if (asked.out === undefined) {
    for (const { name } of galleries) console.log(outcomeTable(outcomes, name).text);
    return;
  }
  mkdirSync(join(asked.out, "figures"), { recursive: true });
  writeFileSync(join(asked.out, "outcomes.csv"), toCsv(outcomeRows(outcomes)));
  await writeFigures(asked.out, outcomes, galleries);
  writePage(asked.out, outcomes, { names: galleries.map(({ name }) => name), count, provenance });
}

if (isMainThread) await main();
else parentPort?.postMessage(await look(workerData.name, workerData.seed));
