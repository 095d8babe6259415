/**
 * One million hidden units: 784-500000-500000-10 with about five million active weights, as many as a dense network of width
 * 1,870 has, trained on Fashion-MNIST for an epoch.
 *
 *     npm run bench:million
 *     npm run bench:million -- --steps 3
 *
 * The network and its initial weights are those of `gradientflow train --kind sparse data=fashion-mnist hidden_layers=2
 * dense_width=1870 sparse_width=500000 batch_norm=true`. Nothing of the size of width times width is ever allocated.
 */

import { parseArgs } from "node:util";
import { loadDataset, shuffledIndices } from "../src/data/index.ts";
import { countParameters, type Network } from "../src/nn/index.ts";
import { Optimizer } from "../src/optim/index.ts";
import { buildPairNetwork, scSdcSettings, widthsOf } from "../src/studies/index.ts";
import { compile, correct, type Engine, Graph, openEngine, rowSum } from "../src/tensor/index.ts";
import { batchNodes, type ResidentDataset, residentDataset, stepsPerEpoch } from "../src/train/index.ts";
import { note, positive, print, rounded, run } from "./print.ts";
import { stepProgram } from "./step-program.ts";

/** Share of correct test examples, in evaluation mode, in small batches: activations are what takes the memory. */
function testAccuracy(engine: Engine, network: Network, data: ResidentDataset, batch: number, most: number): number {
  const graph = new Graph();
  const indices = engine.variable("test.indices", [batch], { batched: true, type: "int32" });
  const { x, labels } = batchNodes(graph, data, data.test, indices);
  const hits = rowSum(correct(network.forward(graph, x, { mode: "eval" }).logits, labels));
  const program = compile(engine, { outputs: [hits] });
  const whole = Math.floor(Math.min(most, data.test.count) / batch);
  let total = 0;
  for (let part = 0; part < whole; part++) {
    const places = indices.view();
    for (let b = 0; b < batch; b++) places[b] = part * batch + b;
    program.run();
    total += program.scalar(hits);
  }
  return total / (whole * batch);
}

await run(async () => {
  const { values: options } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      width: { type: "string", default: "500000" },
      "dense-width": { type: "string", default: "1870" },
      epochs: { type: "string", default: "1" },
      steps: { type: "string" },
      threads: { type: "string", default: "1" },
      "learning-rate": { type: "string", default: "0.01" },
    },
  });
  const settings = scSdcSettings.parse({
    data: "fashion-mnist",
    hidden_layers: 2,
    dense_width: positive("dense-width", options["dense-width"]),
    sparse_width: positive("width", options.width),
    batch_norm: true,
    learning_rate: Number(options["learning-rate"]),
  });
  const threads = positive("threads", options.threads);
  const dataset = await loadDataset("fashion-mnist");
  const engine = await openEngine({ threads });
  const { memory } = engine.backend;
  const data = residentDataset(engine, dataset, settings.normalisation);
  const started = performance.now();
  const network = buildPairNetwork(engine, settings, { kind: "sparse", seed: 0, data });
  const optimizer = new Optimizer(engine, "momentum");
  const batch = settings.batch_size;
  const learningRate = settings.learning_rate ?? 0.01;
  const { step } = stepProgram(engine, { network, data, optimizer, learningRate, batch });
  const counts = countParameters(network.parameters);
  note(`${counts.weight} active weights, built in ${((performance.now() - started) / 1000).toFixed(1)} s`);

  // A last batch of another size would need a program of its own: it is left out.
  const whole = Math.floor(dataset.train.count / batch);
  const perEpoch = Math.min(whole, stepsPerEpoch(dataset.train.count, batch));
  const most = options.steps === undefined ? Number.POSITIVE_INFINITY : positive("steps", options.steps);
  const epochs = positive("epochs", options.epochs);
  const total = Math.min(most, epochs * perEpoch);
  let order = shuffledIndices(dataset.train.count, 0, 0);
  let running = Number.NaN;
  const trainingStarted = performance.now();
  for (let done = 0; done < total; done++) {
    const place = done % perEpoch;
    if (place === 0 && done > 0) order = shuffledIndices(dataset.train.count, 0, done / perEpoch);
    const { loss } = step(order.subarray(place * batch, (place + 1) * batch));
    running = Number.isNaN(running) ? loss : 0.9 * running + 0.1 * loss;
    if ((done + 1) % 20 === 0 || done + 1 === total) {
      const seconds = (performance.now() - trainingStarted) / 1000;
      const left = (seconds / (done + 1)) * (total - done - 1);
      note(`step ${done + 1} of ${total}, loss ${running.toFixed(4)}, ${left.toFixed(0)} s left`);
    }
  }
  const trainingSeconds = (performance.now() - trainingStarted) / 1000;
  const tested = options.steps === undefined ? data.test.count : Math.min(data.test.count, 512);
  const accuracy = testAccuracy(engine, network, data, 80, tested);
  await engine.close();
  const width = widthsOf(settings).sparse_width;
  const result = {
    net: [data.features, width, width, data.classes].join("-"),
    active_weights: counts.weight,
    parameters: counts.total,
    hidden_units: 2 * width,
    threads,
    batch,
    steps: total,
    step_ms: rounded((1000 * trainingSeconds) / total),
    training_seconds: rounded(trainingSeconds),
    test_examples: 80 * Math.floor(tested / 80),
    test_accuracy: rounded(accuracy),
    engine_peak_bytes: memory.peakBytes,
    process_peak_bytes: process.resourceUsage().maxRSS * 1024,
  };
  print(
    {
      name: "million",
      caption: `${result.hidden_units.toLocaleString("en")} hidden units on Fashion-MNIST`,
      columns: [
        { key: "what", title: "" },
        { key: "value", title: "", align: "right" },
      ],
      rows: Object.entries(result).map(([key, value]) => ({ what: key.replaceAll("_", " "), value })),
    },
    result,
    options.json,
  );
});
