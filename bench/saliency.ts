/**
 * What maps cost: 200 test images by every method on the small CNN of sanity checks, trained on digits first.
 *
 *     npm run bench:saliency
 *     npm run bench:saliency -- --images 200 --only grad-cam,full-grad --json
 *
 * Digits of 16 x 16, two epochs, one thread; each method is timed with the compilation of its programs, as a caller meets it.
 * What is to be met: all methods in less than 60 s on two cores.
 */

import { parseArgs } from "node:util";
import { loadDataset, makeDataset, normalisation, type Split } from "../src/data/index.ts";
import type { Table } from "../src/experiment/index.ts";
import { architectureNamed, buildNetwork } from "../src/nn/index.ts";
import { saliencyMaps, saliencyMethodNames } from "../src/saliency/index.ts";
import { upsample } from "../src/saliency/maps/upsample.ts";
import { openEngine } from "../src/tensor/index.ts";
import { residentDataset, Trainer } from "../src/train/index.ts";
import { note, positive, print, rounded, run } from "./print.ts";

const side = 16;

function enlarged({ values, labels, count }: Split): Split {
  const planes = { count, channels: 1, height: 8, width: 8, values: Float64Array.from(values) };
  return { count, labels, values: Float32Array.from(upsample(planes, [side, side], "half-pixel").values) };
}

await run(async () => {
  const { values: options } = parseArgs({
    options: {
      images: { type: "string", default: "200" },
      threads: { type: "string", default: "1" },
      only: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const count = positive("images", options.images);
  const wanted = options.only?.split(",");
  const methods = saliencyMethodNames.filter((name) => wanted === undefined || wanted.includes(name));
  const digits = await loadDataset("digits");
  const [train, test] = [enlarged(digits.train), enlarged(digits.test)];
  const dataset = await makeDataset({
    ...digits,
    name: "digits at 16 x 16",
    featureShape: [1, side, side],
    train,
    test,
  });
  const engine = await openEngine({ threads: positive("threads", options.threads) });
  const architecture = architectureNamed("saliency-cnn", { input: [1, side, side], classes: 10 });
  const network = buildNetwork(engine, architecture, { seed: 0 });
  const data = residentDataset(engine, dataset, "standard");
  const shared = { network, data, optimizer: "adam", learningRate: 2e-3 } as const;
  const trainer = new Trainer(engine, { ...shared, epochs: 2, batchSize: 64, seed: 0 });
  for (let epoch = 0; epoch < 2; epoch++) trainer.trainEpoch();
  const { scale, shift } = normalisation(dataset, "standard");
  const features = side * side;
  // Beyond the test split its images come again.
  const images = Float64Array.from({ length: count * features }, (_, i) => {
    return test.values[i % (test.count * features)] * scale[0] + shift[0];
  });
  const rows = methods.map((method) => {
    const started = performance.now();
    saliencyMaps(engine, network, { images, method });
    const seconds = (performance.now() - started) / 1000;
    if (!options.json) note(`${method} ${seconds.toFixed(2)} s`);
    return { method, seconds: rounded(seconds, 3) };
  });
  await engine.close();
  const total = rows.reduce((sum, { seconds }) => sum + seconds, 0);
  const table: Table = {
    name: "saliency",
    caption: `Maps of ${count} images of 16 x 16 by ${methods.length} methods: ${total.toFixed(1)} s in all`,
    columns: [
      { key: "method", title: "method" },
      { key: "seconds", title: "time", unit: "s", format: "number", decimals: 2 },
    ],
    rows: rows.toSorted((a, b) => b.seconds - a.seconds),
  };
  print(table, { images: count, total_seconds: rounded(total, 4), methods: rows }, options.json);
});
