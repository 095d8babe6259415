/** Trainings stopped at every step and taken up again in a new engine, held byte by byte against one that never stopped. */

import { describe, expect, test } from "vitest";
import { buildNetwork, mlp } from "../../nn/index.ts";
import { type OptimizerName, optimizerNames } from "../../optim/index.ts";
import { createReference, Engine, openEngine } from "../../tensor/index.ts";
import { drawnImages, drawnMask, type SmallTraining, smallTraining, takeSteps } from "../fixtures/small-training.ts";
import type { Trainer } from "../trainer.ts";
import { masksOf, networkMasks, takeCheckpoint } from "./checkpoint.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./encoding.ts";
import { networkTensors } from "./network-tensors.ts";
import { restoreNetwork, restoreTraining } from "./restore.ts";

const wasm = await openEngine();
const bytesOf = (trainer: Trainer) => encodeCheckpoint(takeCheckpoint(trainer));

/** The bytes after all 12 steps, having stopped after `stop` of them, and the losses of the epochs. */
function trained(engine: Engine, options: SmallTraining, stop?: number) {
  using _ = engine.scope();
  const first = smallTraining(engine, options).trainer;
  const losses = takeSteps(first, stop);
  if (stop === undefined) return { bytes: bytesOf(first), losses };
  const file = bytesOf(first);
  using __ = engine.scope();
  const second = smallTraining(engine, options).trainer;
  restoreTraining(second, decodeCheckpoint(file, "f"));
  return { bytes: Buffer.from(bytesOf(second)).equals(file) ? finish(second, losses) : file, losses };
}

function finish(trainer: Trainer, losses: number[]): Uint8Array {
  losses.push(...takeSteps(trainer));
  return bytesOf(trainer);
}

const everything: SmallTraining = {
  net: { batchNorm: true, dropout: 0.3, activation: "prelu" },
  augmentation: { padCrop: 1, horizontalFlip: true },
  schedule: { name: "cosine", warmUpSteps: 2 },
  clip: { norm: 0.5 },
  optimizerSettings: { weightDecay: 0.01 },
};
const cases: [string, SmallTraining][] = [
  ...optimizerNames.map((optimizer): [string, SmallTraining] => [optimizer, { optimizer }]),
  ["a sparse network", { sparse: true, optimizer: "adam" }],
  ["a sparse convolutional network", { sparse: true, convolutional: true, augmentation: { horizontalFlip: true } }],
  ["batch norm", { net: { batchNorm: true } }],
  ["dropout", { net: { dropout: 0.5 } }],
  ["augmentation", { augmentation: { padCrop: 1, horizontalFlip: true } }],
  ["a step schedule", { schedule: { name: "step", every: 5 } }],
  ...(["momentum", "adam"] as OptimizerName[]).map((optimizer): [string, SmallTraining] => [
    `all of it at once under ${optimizer}`,
    { ...everything, sparse: true, optimizer },
  ]),
];

describe("stopped after 0, 1, ... 12 of 12 steps and gone on, it ends with the same file, byte by byte:", () => {
  test.each(cases)("%s", (_, options) => {
    const whole = trained(wasm, options);
    expect(whole.losses.length).toBe(3);
    for (let stop = 0; stop <= 12; stop++) {
      const { bytes, losses } = trained(wasm, options, stop);
      expect(losses, `losses, stopped after ${stop}`).toEqual(whole.losses);
      expect(Buffer.from(bytes).equals(whole.bytes), `stopped after ${stop}`).toBe(true);
    }
  });

  test("all of it at once in an engine of float64, whose numbers are written as F64", () => {
    const engine = new Engine(createReference("float64"));
    const options: SmallTraining = { ...everything, sparse: true, optimizer: "adam" };
    const whole = trained(engine, options);
    for (const stop of [3, 4]) expect(trained(engine, options, stop)).toEqual(whole);
    const { tensors } = decodeCheckpoint(whole.bytes, "f");
    expect(tensors.get("layer1.weight")?.values).toBeInstanceOf(Float64Array);
  });
});

test("without the optimizer's state, the place or the running statistics, it would end otherwise", () => {
  using _ = wasm.scope();
  const options: SmallTraining = { net: { batchNorm: true } };
  const whole = trained(wasm, options).bytes;
  const first = smallTraining(wasm, options).trainer;
  takeSteps(first, 6);
  const checkpoint = takeCheckpoint(first);
  const ending = (spoil: (trainer: Trainer) => void) => {
    const { trainer } = smallTraining(wasm, options);
    restoreTraining(trainer, checkpoint);
    spoil(trainer);
    while (trainer.epoch < 3) trainer.trainEpoch();
    return Buffer.from(bytesOf(trainer));
  };
  expect(ending(() => {}).equals(whole)).toBe(true);
  const cold = (trainer: Trainer) => {
    for (const slots of trainer.optimizer.state.values()) for (const slot of slots) slot.fill(0);
  };
  const still = (trainer: Trainer) => trainer.network.buffers[0].fill(0);
  for (const spoil of [cold, still]) expect(ending(spoil).equals(whole)).toBe(false);
});

test("what is saved is a copy: steps taken afterwards do not reach it", () => {
  using _ = wasm.scope();
  const { trainer } = smallTraining(wasm, { ...everything, sparse: true });
  takeSteps(trainer, 3);
  const checkpoint = takeCheckpoint(trainer);
  const before = encodeCheckpoint(checkpoint);
  takeSteps(trainer, 3);
  expect(encodeCheckpoint(checkpoint)).toEqual(before);
  expect(bytesOf(trainer)).not.toEqual(before);
});

test("3 epochs and then 2 more are 5 from the start, and the cosine's are not: it is refused", () => {
  using _ = wasm.scope();
  const all = smallTraining(wasm, { epochs: 5 }).trainer;
  takeSteps(all);
  const first = smallTraining(wasm).trainer;
  takeSteps(first);
  const second = smallTraining(wasm, { epochs: 5 }).trainer;
  restoreTraining(second, takeCheckpoint(first));
  takeSteps(second);
  expect([second.epoch, bytesOf(second)]).toEqual([5, bytesOf(all)]);

  const cosine = (epochs: number) => smallTraining(wasm, { epochs, schedule: { name: "cosine" } }).trainer;
  expect(() => restoreTraining(cosine(5), takeCheckpoint(cosine(3)))).toThrow("epochs was 3 and is 5");
  const halves = (epochs: number) => smallTraining(wasm, { epochs, windows: { learningRate: [0.1, 0.05] } }).trainer;
  expect(() => restoreTraining(halves(5), takeCheckpoint(halves(3)))).toThrow("epochs was 3 and is 5");
  expect(() => restoreTraining(smallTraining(wasm, { epochs: 2 }).trainer, takeCheckpoint(first))).toThrow(
    "checkpoint: 3 epochs and 0 steps are done, which is more than epochs 2; ask for more epochs",
  );
});

describe("a training of other settings, data or network is refused, by name, and left as it was:", () => {
  const refusal = (options: SmallTraining, saved: SmallTraining = {}) => {
    using _ = wasm.scope();
    const first = smallTraining(wasm, saved).trainer;
    takeSteps(first, 5);
    const { trainer } = smallTraining(wasm, options);
    takeSteps(trainer, 2);
    const before = bytesOf(trainer);
    try {
      restoreTraining(trainer, decodeCheckpoint(bytesOf(first), "run.safetensors"));
    } catch (error) {
      expect(bytesOf(trainer)).toEqual(before);
      return (error as Error).message;
    }
    return "restored";
  };

  test.each<[string, SmallTraining, string | RegExp]>([
    [
      "a rate",
      { learningRate: 0.1 },
      /a training goes on with its own settings, but learningRate was 0\.05 and is 0\.1;/,
    ],
    [
      "an optimizer and batches",
      { optimizer: "nesterov", batchSize: 6 },
      /but optimizer\.name was "momentum" and is "nesterov", batchSize was 7 and is 6; give the settings it had, or/,
    ],
    [
      "a schedule",
      { schedule: { name: "step", every: 3 } },
      /schedule\.name was "constant" and is "step", schedule\.every was not given and is 3/,
    ],
    ["a seed", { seed: 2 }, /seed was 1 and is 2/],
    ["clipping", { clip: { norm: 1 } }, /clip\.norm was not given and is 1/],
    ["augmentation", { augmentation: { padCrop: 2 } }, /augmentation\.padCrop was not given and is 2/],
    [
      "data",
      { dataset: drawnImages(2) },
      /^run\.safetensors: was trained on made by hand of SHA-256 1, got made by hand of 2; give the data/,
    ],
    [
      "widths",
      { net: { hidden: [10, 8] } },
      /must be a checkpoint of this network, but there is of another shape: layer2\.weight is \[10, 10\], the network's \[8, 10\], layer2\.bias is \[10\], the network's \[8\], layer3\.weight is \[3, 10\], the network's \[3, 8\]\. Build the network as it was/,
    ],
    [
      "more layers",
      { net: { hidden: [10, 10, 3] } },
      /there is missing: layer4\.weight \[3, 3\], layer4\.bias \[3\]\. Build/,
    ],
    [
      "fewer layers",
      { net: { hidden: [3], outputs: 3 } },
      /unknown to the network: layer3\.bias \[3\], layer3\.weight \[3, 10\]; of another shape: /,
    ],
    [
      "a sparse network",
      { sparse: true },
      /of another mask: layer1\.weight is dense, the network's sparse, layer2\.weight is dense, the network's sparse\. Build the network with the checkpoint's masks: masksOf\(checkpoint\)$/,
    ],
  ])("%s", (_, options, message) => {
    expect(refusal(options)).toMatch(message);
  });

  test("activations and dropout, which no weight shows", () => {
    expect(refusal({ net: { activation: "tanh" } })).toMatch(
      /must be a checkpoint of this architecture, but layer 2 of it is {.*"function":"relu"}, the network's {.*"function":"tanh"}\. Build/,
    );
    expect(refusal({ net: { dropout: 0.5 } })).toMatch(
      /layer 3 of it is {"kind":"linear",.*, the network's {"kind":"dropout",/,
    );
    expect(refusal({}, { net: { activation: "sigmoid" } })).toMatch(/"function":"sigmoid"}, the network's/);
  });

  test("masks: another number of weights, or the same number in other rows", () => {
    const masks = [drawnMask(10, 6), drawnMask(10, 10, 2), undefined];
    expect(refusal({ net: { masks } }, { sparse: true })).toMatch(
      /there is of another mask: layer2\.weight has other active weights, first in row 0\. Build/,
    );
    const { fanOut, fanIn, rowPointers, columnIndices } = drawnMask(10, 6);
    const shorter = {
      fanOut,
      fanIn,
      rowPointers: rowPointers.map((p) => Math.min(p, 19)),
      columnIndices: columnIndices.slice(0, 19),
    };
    expect(refusal({ net: { masks: [shorter, drawnMask(10, 10), undefined] } }, { sparse: true })).toMatch(
      /layer1\.weight has 20 active weights, the network's 19\. Build/,
    );
  });

  test("of 20 missing parameters 8 are named", () => {
    expect(refusal({ net: { hidden: new Array(12).fill(10) } })).toMatch(/layer7\.bias \[10\], and 12 more/);
  });
});

test("masksOf gives the masks to build the network with, whatever seed made them; restoreNetwork then fills it", () => {
  using _ = wasm.scope();
  const { network, trainer } = smallTraining(wasm, { sparse: true });
  takeSteps(trainer, 5);
  const checkpoint = decodeCheckpoint(bytesOf(trainer), "f");
  const masks = masksOf(checkpoint);
  expect(masks.map((mask) => mask?.columnIndices.length)).toEqual([20, 33, undefined]);
  const again = mlp(wasm, { inputs: 6, hidden: [10, 10], outputs: 3, seed: 77, masks });
  expect(networkMasks(again)).toEqual(networkMasks(network));
  restoreNetwork(again, checkpoint);
  expect(networkTensors(again)).toEqual(networkTensors(network));
});

test("a checkpoint is enough to build its network again, convolutions and their masks included", () => {
  using _ = wasm.scope();
  const { network, trainer } = smallTraining(wasm, { sparse: true, convolutional: true });
  takeSteps(trainer, 5);
  const checkpoint = decodeCheckpoint(bytesOf(trainer), "f");
  const again = buildNetwork(wasm, checkpoint.architecture, { seed: 0, masks: masksOf(checkpoint) });
  restoreNetwork(again, checkpoint);
  expect(networkTensors(again)).toEqual(networkTensors(network));
  // 12 of the 36 weights are active; PyTorch's shape, zeros elsewhere.
  const { shape, values } = networkTensors(network).get("conv.weight") ?? { shape: [], values: [] };
  expect([shape, values.filter((value) => value !== 0).length]).toEqual([[4, 1, 3, 3], 12]);
});

test("networkTensors writes sparse weights as [O, I] with zeros where they are masked", () => {
  using _ = wasm.scope();
  const mask = {
    fanOut: 2,
    fanIn: 3,
    rowPointers: Int32Array.of(0, 1, 3),
    columnIndices: Int32Array.of(2, 0, 1),
  };
  const network = mlp(wasm, { inputs: 3, hidden: [], outputs: 2, seed: 1, masks: [mask], bias: false });
  network.parameters[0].variable.set([5, 6, 7]);
  const shape = [2, 3];
  expect([...networkTensors(network)]).toEqual([
    ["layer1.weight", { shape, values: Float32Array.of(0, 0, 5, 6, 7, 0) }],
  ]);
  expect(networkTensors(network, { sparse: "active" }).get("layer1.weight")?.values).toEqual(Float32Array.of(5, 6, 7));
});

test("a training that has diverged is not saved", () => {
  using _ = wasm.scope();
  const { trainer } = smallTraining(wasm, { learningRate: 1e30 });
  expect(() => takeSteps(trainer)).toThrow(/the loss became/);
  expect(() => takeCheckpoint(trainer)).toThrow(
    /^takeCheckpoint: the training must be between two steps, but it left the finite numbers at step \d+; keep the checkpoint/,
  );
});

test("two parameters of one name are refused", () => {
  using _ = wasm.scope();
  const { network } = smallTraining(wasm);
  const parameters = [...network.parameters, network.parameters[1]];
  expect(() => networkTensors({ ...network, parameters })).toThrow(
    'network: parameters and running statistics must have names of their own, got "layer1.bias" twice; rename one',
  );
});
