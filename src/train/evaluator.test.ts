/** Loss, accuracy and dead units of networks made by hand. */

import { describe, expect, test } from "vitest";
import { mlp, type Network } from "../nn/index.ts";
import { createReference, Engine, openEngine } from "../tensor/index.ts";
import { Evaluator } from "./evaluator.ts";
import { datasetOf, type TableParts } from "./fixtures/torch-training.ts";
import { residentDataset } from "./resident-dataset.ts";

const wasm = openEngine();
const engines: [string, () => Promise<Engine>][] = [
  ["float64 reference", async () => new Engine(createReference("float64"))],
  ["WebAssembly", () => wasm],
];

/** Sets every parameter, in the network's order. */
function set(network: Network, ...values: number[][]): void {
  network.parameters.forEach(({ variable }, i) => {
    variable.set(values[i]);
  });
}

describe.each(engines)("%s:", (_, open) => {
  test("logits (x, 0): the loss at x = ln 3 is ln(4/3) for class 0 and ln 4 for class 1", async () => {
    const engine = await open();
    using __ = engine.scope();
    const network = mlp(engine, { inputs: 1, hidden: [], outputs: 2, seed: 0 });
    set(network, [1, 0], [0, 0]);
    const train = { values: [Math.log(3), Math.log(3), Math.log(3)], labels: [0, 1, 0] };
    const test = { values: [Math.log(3)], labels: [1] };
    const data = residentDataset(engine, datasetOf({ train, test }, { classes: 2, featureShape: [1] }), "none");
    const onTrain = new Evaluator(engine, network, data, "train").evaluate();
    expect(onTrain.loss).toBeCloseTo((2 * Math.log(4 / 3) + Math.log(4)) / 3, 6);
    expect(onTrain.accuracy).toBe(2 / 3);
    expect(onTrain.deadUnits).toEqual([]);
    const onTest = new Evaluator(engine, network, data, "test").evaluate();
    expect(onTest.loss).toBeCloseTo(Math.log(4), 6);
    expect(onTest.accuracy).toBe(0);
  });

  test("of tied logits the first is the answer: with all weights 0 the accuracy is class 0's share, the loss ln 3", async () => {
    const engine = await open();
    using __ = engine.scope();
    const network = mlp(engine, { inputs: 2, hidden: [], outputs: 3, seed: 0 });
    set(network, [0, 0, 0, 0, 0, 0], [0, 0, 0]);
    const train = { values: new Float32Array(10).fill(1), labels: [0, 1, 2, 0, 2] };
    const data = residentDataset(engine, datasetOf({ train }, { classes: 3, featureShape: [2] }), "none");
    const { loss, accuracy } = new Evaluator(engine, network, data, "train").evaluate();
    expect(accuracy).toBe(2 / 5);
    expect(loss).toBeCloseTo(Math.log(3), 6);
  });

  // x is 1 for the first 290 of 300 examples, -1 for the last ten: they lie in the second batch of 256.
  const table: TableParts = {
    values: Array.from({ length: 300 }, (__, i) => (i < 290 ? 1 : -1)),
    labels: new Array<number>(300).fill(0),
  };

  test("of ReLU units (-x - 2, 0x + 1, x, -x) two are dead: one never on, one always the same; 10 of 300 examples wake the last", async () => {
    const engine = await open();
    using __ = engine.scope();
    const network = mlp(engine, { inputs: 1, hidden: [4, 2], outputs: 2, seed: 0 });
    // The second layer: h1 passes the waking unit on, h2 sees only the dead ones.
    set(network, [-1, 0, 1, -1], [-2, 1, 0, 0], [0, 0, 0, 1, 1, 1, 0, 0], [0, 0], [1, 1, 1, 1], [0, 0]);
    const data = residentDataset(engine, datasetOf({ train: table }, { classes: 2, featureShape: [1] }), "none");
    const evaluator = new Evaluator(engine, network, data, "train");
    expect(evaluator.evaluate().deadUnits).toEqual([
      { layer: 1, share: 2 / 4 },
      { layer: 2, share: 1 / 2 },
    ]);
    // Ranges begin anew at each evaluation: with the first layer's weights 0, every unit is dead.
    network.parameters[0].variable.fill(0);
    expect(evaluator.evaluate().deadUnits).toEqual([
      { layer: 1, share: 1 },
      { layer: 2, share: 1 },
    ]);
  });

  test("in evaluation mode: dropout drops nothing, batch norm uses the running statistics, and nothing is changed", async () => {
    const engine = await open();
    using __ = engine.scope();
    const network = mlp(engine, { inputs: 1, hidden: [1], outputs: 2, seed: 0, batchNorm: true, dropout: 0.9 });
    // Weight, bias, scale, shift; running mean 3 and variance 4 - 1e-5: relu((x - 3) / 2 · 1 + 2).
    set(network, [1], [0], [1], [2], [1, 0], [0, 0]);
    network.buffers[0].set([3]);
    network.buffers[1].set([4 - 1e-5]);
    const train = { values: [1, 5], labels: [0, 0] };
    const data = residentDataset(engine, datasetOf({ train }, { classes: 2, featureShape: [1] }), "none");
    const evaluator = new Evaluator(engine, network, data, "train");
    const { loss } = evaluator.evaluate();
    // Activations 1 and 3, against 0.
    const expected = (Math.log(1 + Math.exp(-1)) + Math.log(1 + Math.exp(-3))) / 2;
    expect(loss).toBeCloseTo(expected, 6);
    expect(evaluator.evaluate().loss).toBe(loss);
    expect(network.buffers.map((buffer) => buffer.get()[0])).toEqual([3, expect.closeTo(4 - 1e-5, 6)]);
  });
});
