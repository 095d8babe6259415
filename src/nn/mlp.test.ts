/** Multilayer perceptrons by hand: forward pass, skip connections, dropout, sparse against masked, counts, errors. */

import { describe, expect, test } from "vitest";
import { Rng } from "../base/index.ts";
import type { Engine } from "../tensor/index.ts";
import * as t from "../tensor/index.ts";
import { type MlpOptions, mlp } from "./mlp.ts";
import type { Network } from "./network.ts";
import { countParameters } from "./parameter.ts";
import type { Mask } from "./weight-layer.ts";

const engine64 = () => new t.Engine(t.createReference("float64"));

/** Runs a network forward on a batch; inputs [I, B] row-major. */
function forward(engine: Engine, network: Network, inputs: ArrayLike<number>, mode: "train" | "eval" = "eval") {
  const graph = new t.Graph();
  const x = engine.variable("x", [network.inputs, inputs.length / network.inputs], { batched: true });
  x.set(inputs);
  const { logits } = network.forward(graph, graph.read(x), { mode });
  const program = t.compile(engine, { outputs: [logits] });
  program.run();
  return [...program.read(logits)];
}

/** A CSR index of the places where `active` says so. */
function maskOf(fanOut: number, fanIn: number, active: (row: number, column: number) => boolean): Mask {
  const columns: number[] = [];
  const rowPointers = new Int32Array(fanOut + 1);
  for (let row = 0; row < fanOut; row++) {
    for (let column = 0; column < fanIn; column++) if (active(row, column)) columns.push(column);
    rowPointers[row + 1] = columns.length;
  }
  return { fanOut, fanIn, rowPointers, columnIndices: Int32Array.from(columns) };
}

describe("by hand, one input and weights that are set", () => {
  /** Hidden layers of width 1 with weights 2, 3, -0.5 and biases 0, 1, 0.5; output weight 10, bias 0. */
  function chain(skipConnections: boolean): Network & { engine: Engine } {
    const engine = engine64();
    const network = mlp(engine, { inputs: 1, hidden: [1, 1, 1], outputs: 1, seed: 1, skipConnections });
    [2, 3, -0.5, 10].forEach((weight, l) => {
      network.weightLayers[l].weight.variable.set([weight]);
      network.weightLayers[l].bias!.variable.set([[0, 1, 0.5, 0][l]]);
    });
    return { ...network, engine };
  }

  test("relu(2 · 1) = 2, relu(3 · 2 + 1) = 7, relu(-3.5 + 0.5) = 0, logit 0; from -1: 0, 1, 0", () => {
    const network = chain(false);
    expect(forward(network.engine, network, [1, -1])).toEqual([0, 0]);
  });

  test("with skips: 2, relu(7 + 2) = 9, relu(-4 + 9) = 5, logit 50; from -1: 0, relu(1 + 0) = 1, relu(0 + 1) = 1, logit 10", () => {
    const network = chain(true);
    expect(forward(network.engine, network, [1, -1])).toEqual([50, 10]);
  });

  test("a linear classifier has no hidden layer: W x + b", () => {
    const engine = engine64();
    const network = mlp(engine, { inputs: 2, hidden: [], outputs: 2, seed: 1 });
    network.weightLayers[0].weight.variable.set([1, 2, 3, 4]);
    network.weightLayers[0].bias!.variable.set([10, 20]);
    expect(forward(engine, network, [1, -1])).toEqual([9, 19]);
  });

  test("batch norm stands between product and activation: (0, 2, 4) becomes relu of (-1.22, 0, 1.22)", () => {
    const engine = engine64();
    const network = mlp(engine, { inputs: 1, hidden: [1], outputs: 1, seed: 1, batchNorm: true });
    network.weightLayers[0].weight.variable.set([2]);
    network.weightLayers[1].weight.variable.set([1]);
    const logits = forward(engine, network, [0, 1, 2], "train");
    // Deviation sqrt(8/3) of the products 0, 2, 4.
    expect(logits.slice(0, 2)).toEqual([0, 0]);
    expect(logits[2]).toBeCloseTo(2 / Math.sqrt(8 / 3 + 1e-5), 14);
  });
});

describe("dropout of 0.3", () => {
  interface Dropped {
    readonly batch?: number;
    readonly seed?: number;
    readonly step?: number;
    readonly weight?: number;
    readonly engine?: Engine;
  }

  /** What the two hidden layers of 40 units hand on, over what they computed: the masks, [layer][unit][example]. */
  function masks({ batch = 128, seed = 5, step = 3, weight = 0.1, engine = engine64() }: Dropped): number[][][] {
    const network = mlp(engine, { inputs: 3, hidden: [40, 40], outputs: 2, seed, activation: "sigmoid", dropout: 0.3 });
    for (const { weight: parameter } of network.weightLayers) {
      parameter.variable.set(new Array(parameter.variable.get().length).fill(weight));
    }
    const graph = new t.Graph();
    const x = engine.variable("x", [3, batch], { batched: true });
    const dropoutStep = engine.variable("step", [], { type: "int32" });
    dropoutStep.set([step]);
    const { layers, activations } = network.forward(graph, graph.read(x), { mode: "train", dropoutStep });
    const ratios = activations.map(({ value }, l) => t.divide(layers[l + 1].input, value));
    const program = t.compile(engine, { outputs: ratios });
    program.run();
    return ratios.map((ratio) => {
      const values = program.read(ratio);
      return Array.from({ length: 40 }, (_, unit) => [...values.subarray(unit * batch, (unit + 1) * batch)]);
    });
  }

  test("drops 30 % of 10,240 outputs, scales the rest by 1 / 0.7, and so keeps the mean, within five standard errors", () => {
    const all = masks({}).flat(2);
    const dropped = all.filter((m) => m === 0).length / all.length;
    expect(all.length).toBe(10_240);
    expect(Math.abs(dropped - 0.3)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / all.length));
    expect(all.every((m) => m === 0 || Math.abs(m * 0.7 - 1) < 1e-14)).toBe(true);
    const mean = all.reduce((a, b) => a + b) / all.length;
    expect(Math.abs(mean - 1)).toBeLessThan(5 * Math.sqrt(0.3 / 0.7 / all.length));
  });

  test("the mask follows from seed, layer and step, and from nothing else: other weights leave it, each of them moves it", () => {
    const zeros = (of: number[][]) => of.flat().map((m) => m === 0);
    const start = masks({}).map(zeros);
    expect(masks({ weight: -2 }).map(zeros)).toEqual(start);
    const agreement = (a: boolean[], b: boolean[]) => a.filter((x, i) => x === b[i]).length / 5120;
    // Independent masks agree in 0.3² + 0.7² = 0.58 of the places.
    for (const other of [masks({ seed: 6 })[0], masks({ step: 4 })[0], masks({})[1]].map(zeros)) {
      expect(Math.abs(agreement(start[0], other) - 0.58)).toBeLessThan(5 * Math.sqrt((0.58 * 0.42) / 5120));
    }
  });

  test("the first 100 examples of a batch of 128 are dropped as those of a batch of 100", () => {
    const long = masks({ batch: 128 });
    const short = masks({ batch: 100 });
    expect(short).toEqual(long.map((layer) => layer.map((unit) => unit.slice(0, 100))));
  });

  test("the mask in WebAssembly is the reference's", async () => {
    const zeros = (of: number[][][]) => of.flat(2).map((m) => m === 0);
    expect(zeros(masks({ engine: await t.openEngine() }))).toEqual(zeros(masks({})));
  });

  test("evaluation drops nothing: the next layer's input is the activation itself", () => {
    const engine = engine64();
    const network = mlp(engine, { inputs: 3, hidden: [4], outputs: 2, seed: 1, dropout: 0.3 });
    const graph = new t.Graph();
    const x = graph.read(engine.variable("x", [3, 5], { batched: true }));
    const { layers, activations } = network.forward(graph, x, { mode: "eval" });
    expect(layers[1].input).toBe(activations[0].value);
  });
});

describe("a sparse network is the dense one whose other weights are zero, in float64 to 1e-14", () => {
  const rng = new Rng(3, "test");
  const widths = [11, 9, 9, 4];
  const patterns = [0, 1, 2].map((l) => {
    const kept = new Set(rng.choose(widths[l] * widths[l + 1], Math.round(0.3 * widths[l] * widths[l + 1])));
    // Unit 2 of each layer has no inputs, and unit 4 of each has no outputs.
    return maskOf(
      widths[l + 1],
      widths[l],
      (row, column) => row !== 2 && column !== 4 && kept.has(row * widths[l] + column),
    );
  });
  const inputs = Float64Array.from({ length: 11 * 19 }, () => rng.normal());
  const labels = Int32Array.from({ length: 19 }, () => rng.integer(4));
  const values = patterns.map((mask) => Float64Array.from(mask.columnIndices, () => rng.normal()));

  /** Dense places of a mask's active weights. */
  const places = ({ rowPointers, columnIndices, fanIn }: Mask) =>
    Array.from(
      columnIndices,
      (column, k) => (rowPointers.findLastIndex((start) => start <= k) as number) * fanIn + column,
    );

  function run(sparse: boolean, options: Partial<MlpOptions>) {
    const engine = engine64();
    const masks = sparse ? patterns : undefined;
    const network = mlp(engine, { inputs: 11, hidden: [9, 9], outputs: 4, seed: 1, masks, ...options });
    network.weightLayers.forEach(({ weight }, l) => {
      const dense = new Float64Array(widths[l] * widths[l + 1]);
      places(patterns[l]).forEach((place, k) => {
        dense[place] = values[l][k];
      });
      weight.variable.set(sparse ? values[l] : dense);
    });
    const graph = new t.Graph();
    const x = engine.variable("x", [11, 19], { batched: true });
    x.set(inputs);
    const y = engine.variable("y", [19], { batched: true, type: "int32" });
    y.set(labels);
    const { logits } = network.forward(graph, graph.read(x), { mode: "train" });
    const loss = t.crossEntropy(logits, graph.read(y));
    const gradients = t.gradient(
      loss,
      network.parameters.map(({ variable }) => graph.read(variable)),
    );
    const program = t.compile(engine, { outputs: [logits, ...gradients] });
    program.run();
    const of = (role: string) =>
      gradients.filter((_, i) => (network.parameters[i].role === "weight") === (role === "weight"));
    return {
      logits: program.read(logits),
      weights: of("weight").map((g) => program.read(g)),
      others: of("other").map((g) => program.read(g)),
    };
  }

  test.each([
    ["relu", {}],
    ["tanh, skips", { activation: "tanh", skipConnections: true }],
    ["srelu, batch norm", { activation: "srelu", batchNorm: true }],
  ] as const)("%s: logits, gradients at active places, and those of all other parameters", (_, options) => {
    const [sparse, dense] = [run(true, options), run(false, options)];
    const close = (a: Float64Array, b: ArrayLike<number>) => {
      expect(a.length).toBe(b.length);
      a.forEach((value, i) => {
        expect(Math.abs(value - b[i])).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(b[i])));
      });
    };
    expect(Math.max(...dense.logits)).toBeGreaterThan(0.1);
    close(sparse.logits, dense.logits);
    sparse.weights.forEach((gradient, l) => {
      close(
        gradient,
        places(patterns[l]).map((place) => dense.weights[l][place]),
      );
    });
    expect(sparse.others.length).toBe(dense.others.length);
    sparse.others.forEach((gradient, i) => {
      close(gradient, dense.others[i]);
    });
  });
});

describe("counts", () => {
  const lenet: MlpOptions = { inputs: 784, hidden: [300, 100], outputs: 10, seed: 1 };
  const counts = (options: MlpOptions) => {
    const network = mlp(new t.Engine(t.createReference("float32")), options);
    expect(new Set(network.parameters.map(({ name }) => name)).size).toBe(network.parameters.length);
    return countParameters(network.parameters);
  };

  test("LeNet-300-100 has 266,200 weights and 410 biases, 266,610 in all", () => {
    expect(counts(lenet)).toEqual({ weight: 266_200, bias: 410, "batch-norm": 0, activation: 0, total: 266_610 });
  });

  test("batch norm adds two numbers per hidden unit, prelu one per hidden layer, srelu four per hidden unit", () => {
    expect(counts({ ...lenet, batchNorm: true })["batch-norm"]).toBe(800);
    expect(counts({ ...lenet, activation: "prelu" }).activation).toBe(2);
    expect(counts({ ...lenet, activation: "srelu" }).activation).toBe(1600);
    expect(counts({ ...lenet, bias: false }).total).toBe(266_200);
  });

  test("a sparse layer counts its active weights; the layers without a mask stay dense", () => {
    const diagonal = maskOf(300, 784, (row, column) => row === column);
    const { weight } = counts({ ...lenet, masks: [diagonal, undefined, undefined] });
    expect(weight).toBe(300 + 300 * 100 + 100 * 10);
  });
});

describe("refused, with what came:", () => {
  const sound = { inputs: 3, hidden: [4, 4], outputs: 2, seed: 1 };
  test.each<[Partial<MlpOptions>, string]>([
    [{ dropout: 1 }, "mlp: dropout must be a number in [0, 1), got 1"],
    [{ dropout: Number.NaN }, "mlp: dropout must be a number in [0, 1), got NaN"],
    [{ skipConnections: true, hidden: [4, 5] }, "mlp: skip connections need hidden layers of one width, got [4, 5]"],
    [{ masks: [undefined] }, "mlp: masks must have one entry per weight layer, 3, got 1"],
    [{ initialFans: [] }, "mlp: initialFans must have one entry per weight layer, 3, got 0"],
    [{ hidden: [4, 0] }, "mlp: hidden must be a list of 0 to 10000, each an integer in [1, 16777216], got [4, 0]"],
    [{ inputs: 2.5 }, "mlp: input must be [C, H, W] or [F], integers in [1, 16777216], got [2.5]"],
    [
      { masks: [maskOf(3, 4, () => true), undefined, undefined] },
      'layer "layer1": the mask is [3, 4], the weight [4, 3]; weights are [outputs, inputs of one output]',
    ],
  ])("%o", (options, message) => {
    expect(() => mlp(engine64(), { ...sound, ...options })).toThrow(message);
  });

  test("training with dropout, but without a step", () => {
    const engine = engine64();
    const network = mlp(engine, { ...sound, dropout: 0.5 });
    expect(() => forward(engine, network, [1, 2, 3], "train")).toThrow(
      'layer "layer1.dropout": training with dropout needs a step variable',
    );
  });

  test("a mask whose columns do not increase, or whose pointers miss weights, by the row or the count", () => {
    const layer = (rowPointers: number[], columns: number[]) => () =>
      mlp(engine64(), {
        ...{ inputs: 3, hidden: [], outputs: 2, seed: 1 },
        masks: [
          {
            fanIn: 3,
            fanOut: 2,
            rowPointers: Int32Array.from(rowPointers),
            columnIndices: Int32Array.from(columns),
          },
        ],
      });
    expect(layer([0, 1, 3], [0, 2, 1])).toThrow(
      "sparsePattern: columns of row 1 must increase within [0, 3), got 1 after 2",
    );
    expect(layer([0, 1, 2], [0, 3])).toThrow(
      "sparsePattern: columns of row 1 must increase within [0, 3), got 3 after -1",
    );
    expect(layer([0, 1, 2], [0, 1, 2])).toThrow(
      "sparsePattern: 2 rows need 3 row pointers from 0 to the 3 active weights, got 3 from 0 to 2",
    );
    expect(layer([0, 2, 1], [0])).toThrow("sparsePattern: row pointers must not decrease, got 1 after row 1");
  });
});
