/** What a training leaves behind: nothing in the engine after its scope, nothing on the heap per step. */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Rng } from "../base/index.ts";
import { mlp } from "../nn/index.ts";
import { openEngine, sparsePattern } from "../tensor/index.ts";
import { Evaluator } from "./evaluator.ts";
import { datasetOf } from "./fixtures/torch-training.ts";
import { residentDataset } from "./resident-dataset.ts";
import { Trainer } from "./trainer.ts";

test("a trial's scope gives back every byte: sparse or dense, batch norm, dropout, Adam, augmentation, two batch sizes", async () => {
  const engine = await openEngine();
  const rng = new Rng(2, "test");
  const values = Array.from({ length: 600 * 12 }, () => rng.normal());
  const labels = Array.from({ length: 600 }, () => rng.integer(3));
  const dataset = datasetOf({ train: { values, labels } }, { classes: 3, featureShape: [1, 3, 4] });
  const data = residentDataset(engine, dataset, "standard");
  const trial = (width: number, sparse: boolean) => {
    using _ = engine.scope();
    const mask = (fanOut: number, fanIn: number) => ({
      fanOut,
      fanIn,
      rowPointers: Int32Array.from({ length: fanOut + 1 }, (__, row) => 2 * row),
      columnIndices: Int32Array.from({ length: 2 * fanOut }, (__, k) => k % 2),
    });
    const masks = sparse ? [mask(width, 12), mask(width, width), mask(3, width)] : undefined;
    const shape = { inputs: 12, hidden: [width, width], outputs: 3, seed: 1, masks };
    const network = mlp(engine, { ...shape, batchNorm: true, dropout: 0.2, activation: "srelu" });
    const trainer = new Trainer(engine, {
      network,
      data,
      optimizer: "adam",
      learningRate: 1e-3,
      epochs: 2,
      batchSize: 35,
      seed: 1,
      clip: { norm: 1 },
      augmentation: { padCrop: 1 },
    });
    const evaluator = new Evaluator(engine, network, data, "train");
    for (let epoch = 0; epoch < 2; epoch++) {
      trainer.trainEpoch();
      evaluator.evaluate();
    }
    return engine.backend.memory.usedBytes;
  };
  // The arena, as large as the largest program, and the constants stay.
  trial(40, false);
  trial(40, true);
  const before = engine.backend.memory.usedBytes;
  for (const width of [40, 8, 23]) {
    for (const sparse of [true, false]) {
      expect(trial(width, sparse)).toBeGreaterThan(before);
      expect(engine.backend.memory.usedBytes).toBe(before);
    }
  }
});

test("a trial that diverges gives its memory back too", async () => {
  const engine = await openEngine();
  const train = { values: [1, 2, Number.NaN, 4], labels: [0, 1, 0, 1] };
  const data = residentDataset(engine, datasetOf({ train }, { classes: 2, featureShape: [1] }), "none");
  const trial = () => {
    using _ = engine.scope();
    const network = mlp(engine, { inputs: 1, hidden: [3], outputs: 2, seed: 1 });
    const options = { network, data, optimizer: "sgd", learningRate: 1, epochs: 1, batchSize: 4, seed: 1 } as const;
    expect(() => new Trainer(engine, options).trainEpoch()).toThrow(
      /the loss became NaN at step 0, beginning in layer1/,
    );
  };
  trial();
  const before = engine.backend.memory.usedBytes;
  trial();
  expect(engine.backend.memory.usedBytes).toBe(before);
});

test("a mask's index lives and dies with its scope", async () => {
  const engine = await openEngine();
  const before = engine.backend.memory.usedBytes;
  {
    using _ = engine.scope();
    sparsePattern(engine, {
      fanOut: 1,
      fanIn: 3,
      rowPointers: Int32Array.of(0, 2),
      columnIndices: Int32Array.of(0, 2),
    });
    expect(engine.backend.memory.usedBytes).toBeGreaterThan(before);
  }
  expect(engine.backend.memory.usedBytes).toBe(before);
});

test("4,000 steps keep no object each on JavaScript's heap and no byte in the engine; one throws away less than 1 KB", () => {
  const program = fileURLToPath(new URL("./fixtures/measure-heap.ts", import.meta.url));
  const output = execFileSync(process.execPath, ["--expose-gc", program], { encoding: "utf8" });
  const { steps, growths, garbage, engineGrowth } = JSON.parse(output) as {
    steps: number;
    growths: number[];
    garbage: number;
    engineGrowth: number;
  };
  expect(steps).toBe(11_000);
  expect(engineGrowth).toBe(0);
  // The smallest object takes 12 bytes; usually the sum is 0, and compiled code comes and goes by some thousand bytes.
  const last = growths.slice(-4).reduce((a, b) => a + b);
  expect(last).toBeLessThan(12 * 4000);
  expect(garbage / 1000).toBeLessThan(1000);
});

test("nor do 1,600 steps of a team of two, whose large calls are shared, keep an object each; one throws away less than 1 KB", () => {
  const program = fileURLToPath(new URL("./fixtures/measure-heap.ts", import.meta.url));
  const output = execFileSync(process.execPath, ["--expose-gc", program, "2", "320", "4"], { encoding: "utf8" });
  const { growths, garbage, engineGrowth, sharedCalls } = JSON.parse(output) as {
    growths: number[];
    garbage: number;
    engineGrowth: number;
    sharedCalls: number;
  };
  expect(sharedCalls).toBeGreaterThan(5600);
  expect(engineGrowth).toBe(0);
  expect(growths.slice(-4).reduce((a, b) => a + b)).toBeLessThan(12 * 1600);
  expect(garbage / 400).toBeLessThan(1000);
});
