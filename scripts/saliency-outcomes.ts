/**
 * Which maps depend on the network: digits at 16 x 16, the simple CNN of sanity checks, a few seeds, both checks of every method.
 *
 *     node scripts/saliency-outcomes.ts [seeds=3] [epochs=25] [images=64]
 *
 * Six convolutions and two linear layers, He initialisation, Adam at 0.002, batches of 64, pixels standardised; images are the first of the test
 * split, the class that of the trained network. Prints a Markdown table of means over seeds: rank correlation and structural
 * similarity of the magnitudes for two classes, and structural similarity as layers are made random from the logits down.
 */

import { loadDataset, makeDataset, normalisation, type Split } from "../src/data/index.ts";
import { architectureNamed, buildNetwork } from "../src/nn/index.ts";
import type { AskedMethod, SimilaritySpread } from "../src/saliency/index.ts";
import { classSensitivity, parameterRandomisation, saliencyMethodNames } from "../src/saliency/index.ts";
import { upsample } from "../src/saliency/maps/upsample.ts";
import { openEngine } from "../src/tensor/index.ts";
import { Evaluator, residentDataset, Trainer } from "../src/train/index.ts";

const [seeds, epochs, count] = [3, 25, 64].map((value, place) => Number(process.argv[2 + place] ?? value));
const side = 16;

function enlarged({ values, labels, count: examples }: Split): Split {
  const planes = { count: examples, channels: 1, height: 8, width: 8, values: Float64Array.from(values) };
  return { count: examples, labels, values: Float32Array.from(upsample(planes, [side, side], "half-pixel").values) };
}

const digits = await loadDataset("digits");
const dataset = await makeDataset({
  ...digits,
  name: "digits at 16 x 16",
  featureShape: [1, side, side],
  train: enlarged(digits.train),
  test: enlarged(digits.test),
});

const { scale, shift } = normalisation(dataset, "standard");
/** Left out: slow, and told by full-grad. The path of integrated gradients begins at black. */
const apart = ["smooth-full-grad", "integrated-gradients"];
const methods: AskedMethod[] = [
  ...saliencyMethodNames.filter((name) => !apart.includes(name)),
  { method: "integrated-gradients", options: { baseline: shift[0] } },
  { method: "rect-grad", options: { percentile: 90 }, label: "rect-grad, percentile 90" },
];
const engine = await openEngine({ threads: "auto" });
const data = residentDataset(engine, dataset, "standard");
const images = Float64Array.from(
  dataset.test.values.subarray(0, count * side * side),
  (value) => value * scale[0] + shift[0],
);

const columns: { readonly title: string; readonly of: (one: Outcome) => number }[] = [
  { title: "class ρ", of: ({ classes }) => classes.spearman.mean },
  { title: "class |ρ|", of: ({ classes }) => classes.absoluteSpearman.mean },
  { title: "class SSIM", of: ({ classes }) => classes.structural.mean },
  ...(
    [
      ["fc8", 1],
      ["fc7", 2],
      ["conv4", 5],
      ["all", 8],
    ] as const
  ).map(([layer, step]) => ({
    title: `SSIM to ${layer}`,
    of: ({ steps }: Outcome) => steps[step].structural.mean,
  })),
];
interface Outcome {
  readonly classes: SimilaritySpread;
  readonly steps: readonly SimilaritySpread[];
}

const totals = new Map<string, number[]>();
for (let seed = 0; seed < seeds; seed++) {
  using _ = engine.scope();
  const network = buildNetwork(engine, architectureNamed("saliency-cnn", { input: [1, side, side], classes: 10 }), {
    seed,
  });
  const trainer = new Trainer(engine, {
    ...{ network, data, optimizer: "adam", learningRate: 2e-3, epochs, batchSize: 64, seed },
  });
  for (let epoch = 0; epoch < epochs; epoch++) trainer.trainEpoch();
  const { accuracy } = new Evaluator(engine, network, data, "test").evaluate();
  console.error(`seed ${seed}: test accuracy ${accuracy.toFixed(4)}`);
  const classes = classSensitivity(engine, network, { images, methods });
  const randomised = parameterRandomisation(engine, network, { images, methods, seed: 100 + seed });
  classes.forEach(({ method, similarity }, place) => {
    const outcome = { classes: similarity, steps: randomised[place].steps.map((step) => step.similarity) };
    const sums = totals.get(method) ?? columns.map(() => 0);
    totals.set(
      method,
      sums.map((sum, c) => sum + columns[c].of(outcome) / seeds),
    );
  });
}
await engine.close();
console.log(
  `| method | ${columns.map(({ title }) => title).join(" | ")} |\n|---|${columns.map(() => "---|").join("")}`,
);
for (const [method, values] of totals) {
  console.log(`| ${method} | ${values.map((value) => value.toFixed(2)).join(" | ")} |`);
}
