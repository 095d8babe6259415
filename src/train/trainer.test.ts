/** The trainer: batches, rates, augmentation, divergence and its errors. Whole trainings stand against PyTorch in torch.test.ts. */

import { describe, expect, test } from "vitest";
import { DivergedError, InputError, Rng } from "../base/index.ts";
import type { Dataset } from "../data/index.ts";
import { augment, loadDataset, shuffledIndices } from "../data/index.ts";
import { type MlpOptions, mlp } from "../nn/index.ts";
import { createReference, Engine, openEngine } from "../tensor/index.ts";
import { datasetOf } from "./fixtures/torch-training.ts";
import { residentDataset } from "./resident-dataset.ts";
import { stepsPerEpoch, Trainer, type TrainerOptions } from "./trainer.ts";

const wasm = await openEngine();

/** `count` examples of 6 normal features in 3 classes, as images of [1, 2, 3]. */
function drawn(count: number): Dataset {
  const rng = new Rng(1, "test");
  const values = Array.from({ length: count * 6 }, () => rng.normal());
  const labels = Array.from({ length: count }, () => rng.integer(3));
  return datasetOf({ train: { values, labels } }, { classes: 3, featureShape: [1, 2, 3] });
}

interface Setting extends Partial<Omit<TrainerOptions, "network" | "data">> {
  readonly net?: Partial<MlpOptions>;
}

function start(dataset: Dataset, { net, ...options }: Setting = {}, engine: Engine = wasm) {
  const data = residentDataset(engine, dataset, "none");
  const { features: inputs, classes: outputs } = dataset;
  const network = mlp(engine, { inputs, hidden: [10, 10], outputs, seed: 1, ...net });
  const trainer = new Trainer(engine, {
    network,
    data,
    optimizer: "momentum",
    learningRate: 0.05,
    epochs: 3,
    batchSize: 8,
    seed: 1,
    ...options,
  });
  const weights = () => network.parameters.map(({ variable }) => [...variable.get()]);
  return { network, trainer, weights };
}

describe("batches:", () => {
  test.each([
    [13, 4, 3], // 4, 4, 4 and one left out
    [14, 4, 4], // 4, 4, 4, 2
    [12, 4, 3],
    [1, 4, 1], // nothing else to learn from
    [5, 1, 5], // of single examples, none is left out
    [4, 100, 1],
  ])("an epoch over %d examples in batches of %d has %d steps", (count, batchSize, steps) => {
    expect(stepsPerEpoch(count, batchSize)).toBe(steps);
    using _ = wasm.scope();
    const { trainer } = start(drawn(count), { batchSize });
    trainer.trainEpoch();
    expect([trainer.stepsPerEpoch, trainer.step, trainer.epoch]).toEqual([steps, steps, 1]);
  });

  test("with batch norm and a last batch of one, the example left out changes nothing, whatever it is", () => {
    using _ = wasm.scope();
    const dataset = drawn(17);
    const last = shuffledIndices(17, 1, 0)[16];
    const values = Float32Array.from(dataset.train.values);
    values.fill(1e6, 6 * last, 6 * last + 6);
    const net = { batchNorm: true };
    const [one, other] = [start(dataset, { net }), start({ ...dataset, train: { ...dataset.train, values } }, { net })];
    expect(one.trainer.trainEpoch()).toBe(other.trainer.trainEpoch());
    expect(one.weights()).toEqual(other.weights());
  });

  test("the same seed gives the same bits, another seed another order, and other batches other weights", () => {
    using _ = wasm.scope();
    const run = (options: Setting) => {
      const { trainer, weights } = start(drawn(40), options);
      trainer.trainEpoch();
      return weights();
    };
    expect(run({})).toEqual(run({}));
    expect(run({ seed: 2 })).not.toEqual(run({}));
    expect(run({ batchSize: 10 })).not.toEqual(run({}));
  });

  test("dropout draws another mask at each step, the same for the same seed: two epochs of one batch differ, two runs do not", () => {
    using _ = wasm.scope();
    const losses = () => {
      // A rate too small to move a weight and examples that are all alike: what differs is the mask.
      const values = new Float32Array(16 * 6).fill(1);
      const alike = datasetOf({ train: { values, labels: new Array(16).fill(0) } }, { classes: 3, featureShape: [6] });
      const { trainer } = start(alike, { net: { dropout: 0.5 }, batchSize: 16, learningRate: 1e-30 });
      return [trainer.trainEpoch(), trainer.trainEpoch()];
    };
    const [first, second] = losses();
    expect(first).not.toBe(second);
    expect(losses()).toEqual([first, second]);
  });
});

describe("learning rates by step:", () => {
  test("0.4, halved every 3 steps after 2 of warm-up: 1/3 and 2/3 of it, then 0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.1", () => {
    using _ = wasm.scope();
    const { trainer } = start(drawn(24), {
      learningRate: 0.4,
      schedule: { name: "step", every: 3, factor: 0.5, warmUpSteps: 2 },
    });
    const rates = Array.from({ length: 9 }, (__, step) => trainer.learningRate(step));
    expect(rates).toEqual([0.4 / 3, 0.4 * (2 / 3), 0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.1]);
  });

  test("a cosine spans the whole training: 3 epochs of 3 steps start at the rate and would be at 0 at step 9", () => {
    using _ = wasm.scope();
    const { trainer } = start(drawn(24), { schedule: { name: "cosine" } });
    expect(trainer.stepsPerEpoch).toBe(3);
    expect(trainer.learningRate(0)).toBe(0.05);
    expect(trainer.learningRate(3)).toBeCloseTo(0.05 * 0.75, 15);
    expect(trainer.learningRate(9)).toBe(0);
  });

  test("the rate of step t moves the weights of step t: SGD under a warm-up of 3 steps goes 1/4, 2/4 and 3/4 as far", () => {
    const far = (warmUpSteps: number, steps: number) => {
      const engine = new Engine(createReference("float64"));
      const { trainer, weights } = start(
        drawn(8),
        { optimizer: "sgd", learningRate: 1e-9, schedule: { warmUpSteps } },
        engine,
      );
      const before = weights()[0];
      for (let step = 0; step < steps; step++) trainer.trainEpoch();
      return weights()[0][0] - before[0];
    };
    // At this rate the gradient of the one batch hardly changes.
    const whole = far(0, 1);
    [1, 3, 6].forEach((quarters, k) => {
      expect(far(3, k + 1) / whole).toBeCloseTo(quarters / 4, 5);
    });
  });
});

describe("augmentation:", () => {
  const run = (dataset: Dataset, options: Setting, epochs = 2) => {
    using _ = wasm.scope();
    const { trainer, weights } = start(dataset, options);
    const losses = Array.from({ length: epochs }, () => trainer.trainEpoch());
    return { losses, weights: weights() };
  };
  const shaken: Setting = { augmentation: { padCrop: 1, horizontalFlip: true } };

  test("none at all through the augmented path gives the bits of the plain path", () => {
    const plain = run(drawn(21), {});
    expect(run(drawn(21), { augmentation: {} })).toEqual(plain);
    expect(run(drawn(21), { augmentation: { padCrop: 0, horizontalFlip: false } })).toEqual(plain);
  });

  test("the same seed gives the same bits, which are not those of the plain path", () => {
    expect(run(drawn(21), shaken)).toEqual(run(drawn(21), shaken));
    expect(run(drawn(21), shaken).weights).not.toEqual(run(drawn(21), {}).weights);
  });

  test("an epoch trains on exactly what `augment` makes of the examples in that epoch", () => {
    const dataset = drawn(21);
    const { values } = dataset.train;
    const copies = new Float32Array(values.length);
    const all = Array.from({ length: 21 }, (_, i) => i);
    augment(values, [1, 2, 3], { padCrop: 1, horizontalFlip: true }, { seed: 1, epoch: 0 }, all, copies);
    const augmented = { ...dataset, train: { ...dataset.train, values: copies } };
    expect(run(dataset, shaken, 1)).toEqual(run(augmented, {}, 1));
  });

  test("each epoch draws anew: with weights that stand still, its loss moves by more than 1e-3 from epoch to epoch", () => {
    const still: Setting = { batchSize: 21, learningRate: 1e-30 };
    const { losses } = run(drawn(21), { ...still, ...shaken }, 3);
    expect(Math.abs(losses[0] - losses[1])).toBeGreaterThan(1e-3);
    expect(Math.abs(losses[1] - losses[2])).toBeGreaterThan(1e-3);
    // Without augmentation only the order of one sum differs.
    const [first, second] = run(drawn(21), still, 2).losses;
    expect(Math.abs(first - second)).toBeLessThan(1e-5);
  });

  test("bytes stay bytes: two epochs on the digits with crops and flips are the same twice", async () => {
    const digits = await loadDataset("digits");
    const few = { ...digits, train: { ...digits.train, count: 100 } };
    const options: Setting = { augmentation: { padCrop: 2, horizontalFlip: true }, batchSize: 30 };
    const once = run(few, options);
    expect(once.losses.every(Number.isFinite)).toBe(true);
    expect(run(few, options)).toEqual(once);
  });

  test("a table has nothing to crop, and says so", () => {
    const table = { ...drawn(8), featureShape: [6] };
    expect(() => run(table, shaken)).toThrow("augment: needs images of [C, H, W] filling 48 values, got [6]");
  });
});

/** Trains until it diverges. */
function divergence(trainer: Trainer, epochs = 50): DivergedError {
  try {
    for (let epoch = 0; epoch < epochs; epoch++) trainer.trainEpoch();
  } catch (error) {
    if (error instanceof DivergedError) return error;
    throw error;
  }
  throw new Error("it did not diverge");
}

describe("divergence:", () => {
  test.each([
    ["sgd", 1e6],
    ["momentum", 1e6],
    ["momentum", 1e30],
  ] as const)(
    "%s at a rate of %d is stopped with step and layer, and its weights are those before that step",
    (optimizer, learningRate) => {
      using _ = wasm.scope();
      // A slope on both sides: ReLU units would all die at the first step and leave a finite, constant network.
      const options: Setting = { optimizer, learningRate, batchSize: 64, net: { activation: "prelu" } };
      const { trainer, weights } = start(drawn(64), options);
      const error = divergence(trainer);
      expect(error.step).toBe(trainer.step);
      expect(error.step).toBeGreaterThan(0);
      expect(error.layer).toMatch(/^(layer[123](\.(weight|bias))?|loss)$/);
      expect(error.message).toMatch(
        new RegExp(
          `^the loss became (NaN|Infinity) at step ${error.step}, beginning in ${error.layer.replace(".", "\\.")}$`,
        ),
      );
      const again = start(drawn(64), options);
      for (let step = 0; step < error.step; step++) again.trainer.trainEpoch();
      expect(weights()).toEqual(again.weights());
    },
  );

  test("a NaN among the inputs begins at layer1, in the step whose batch holds it", () => {
    using _ = wasm.scope();
    const dataset = drawn(40);
    dataset.train.values[6 * 23 + 4] = Number.NaN;
    const place = shuffledIndices(40, 1, 0).indexOf(23);
    const { trainer, weights } = start(dataset);
    const error = divergence(trainer);
    expect([error.step, error.layer]).toEqual([Math.floor(place / 8), "layer1"]);
    expect(weights().flat().every(Number.isFinite)).toBe(true);
  });

  test.each(["relu", "tanh", "sigmoid", "swish", "elu", "prelu", "srelu"] as const)(
    "no activation hides a NaN: %s",
    (activation) => {
      using _ = wasm.scope();
      const dataset = drawn(8);
      dataset.train.values[0] = Number.NaN;
      for (const batchNorm of [false, true]) {
        const { trainer } = start(dataset, { net: { activation, batchNorm } });
        expect(divergence(trainer)).toMatchObject({ step: 0, layer: "layer1" });
      }
    },
  );

  test("a weight that is infinite is named: layer2.weight", () => {
    using _ = wasm.scope();
    const { trainer, network } = start(drawn(8));
    const { variable } = network.weightLayers[1].weight;
    variable.view()[3] = Number.POSITIVE_INFINITY;
    expect(divergence(trainer)).toMatchObject({ step: 0, layer: "layer2.weight" });
  });

  test("weights of 1e30 overflow where their products do: in the second of three layers", () => {
    using _ = wasm.scope();
    const { trainer, network } = start(drawn(8));
    for (const { weight } of network.weightLayers) weight.variable.fill(1e30);
    expect(divergence(trainer)).toMatchObject({ step: 0, layer: "layer2" });
  });
});

describe("errors name what is wrong:", () => {
  test.each([
    [{ learningRate: 0 }, "train: learningRate must be a finite number > 0, got 0"],
    [{ learningRate: Number.NaN }, "train: learningRate must be a finite number > 0, got NaN"],
    [{ epochs: 1.5 }, "train: epochs must be an integer ≥ 0, got 1.5"],
    [{ batchSize: 0 }, "batches: batchSize must be an integer in [1, 4294967295], got 0"],
  ])("%o", (options, message) => {
    using _ = wasm.scope();
    expect(() => start(drawn(8), options)).toThrow(new InputError(message));
  });

  test("a network that does not fit the data", () => {
    using _ = wasm.scope();
    expect(() => start(drawn(8), { net: { inputs: 7 } })).toThrow(
      new InputError("train: made by hand has 6 features and 3 classes, the network 7 inputs and 3 outputs"),
    );
  });
});

describe("windows:", () => {
  test("one value of each is the constant training, to the bit", () => {
    using _ = wasm.scope();
    const run = (options: Setting) => {
      const { trainer, weights } = start(drawn(40), options);
      for (let epoch = 0; epoch < 3; epoch++) trainer.trainEpoch();
      return weights();
    };
    const constant = run({ optimizerSettings: { momentum: 0.7, weightDecay: 0.01 } });
    const windows = { learningRate: [0.05], momentum: [0.7], weightDecay: [0.01] };
    expect(run({ windows, learningRate: 9 })).toEqual(constant);
    expect(run({ windows: { ...windows, momentum: [0.7, 0.6] } })).not.toEqual(constant);
  });

  test("two rates over 3 epochs of 5 steps: 8 steps of the first, 7 of the second", () => {
    using _ = wasm.scope();
    const { trainer } = start(drawn(40), { windows: { learningRate: [0.1, 0.01] } });
    const rates = Array.from({ length: 15 }, (_, step) => trainer.learningRate(step));
    expect(rates).toEqual([...Array(8).fill(0.1), ...Array(7).fill(0.01)]);
  });

  test("refused: a schedule beside windows of the rate, momenta of Adam, a momentum of 1", () => {
    using _ = wasm.scope();
    const refusal = (options: Setting) => () => start(drawn(40), options);
    expect(refusal({ windows: { learningRate: [0.1] }, schedule: { name: "cosine" } })).toThrow(
      'train: windows of the learning rate are its whole schedule, got "cosine" too; take one of the two',
    );
    expect(refusal({ windows: { momentum: [0.1] }, optimizer: "adam" })).toThrow(
      "train: windows of the momentum need optimizer momentum or nesterov, got adam",
    );
    expect(refusal({ windows: { momentum: [1] } })).toThrow("every value must be in [0, 1), got 1 as value 0");
  });
});
