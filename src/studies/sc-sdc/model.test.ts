/** Is the comparison fair? The two networks of a pair: their weights, initial distribution, data order, steps and rates. */

import { beforeAll, describe, expect, test } from "vitest";
import { mean } from "../../base/index.ts";
import { countParameters, initialDistributions } from "../../nn/index.ts";
import { type Engine, openEngine } from "../../tensor/index.ts";
import { type ResidentDataset, residentDataset } from "../../train/index.ts";
import { buildPairNetwork, buildTrainer, capacityOf, type NetworkKind } from "./model.ts";
import { type ScSdcSettings, scSdcSettings } from "./settings.ts";
import { trialDataset } from "./trial-data.ts";

let engine: Engine;
let data: ResidentDataset;
beforeAll(async () => {
  engine = await openEngine();
  const settings = scSdcSettings.parse({});
  data = residentDataset(engine, await trialDataset(settings), settings.normalisation);
});

const kinds: readonly NetworkKind[] = ["sparse", "dense"];

function settingsOf(some: Partial<ScSdcSettings>): ScSdcSettings {
  return scSdcSettings.parse({ hidden_layers: 3, dense_width: 26, sparse_width: 256, ...some });
}

function pair(some: Partial<ScSdcSettings>, seed = 1) {
  const settings = settingsOf(some);
  const [sparse, dense] = kinds.map((kind) => {
    const network = buildPairNetwork(engine, settings, { kind, seed, data });
    return { network, trainer: buildTrainer(engine, settings, { network, seed, data }) };
  });
  return { settings, sparse, dense, capacity: capacityOf(settings, data.dataset) };
}

const variants: [string, Partial<ScSdcSettings>][] = [
  ["plain", {}],
  ["batch norm", { batch_norm: true }],
  ["skip connections and PReLU", { skip_connections: true, activation: "prelu" }],
  ["no biases", { bias: false }],
  ["one hidden layer", { hidden_layers: 1 }],
];

describe("active weights of a pair, width 26 against 256:", () => {
  test.each(variants)("equal in every layer, and exactly the capacity's: %s", (_, some) => {
    using __ = engine.scope();
    const { sparse, dense, capacity } = pair(some);
    const counts = (network: typeof sparse.network) =>
      network.weightLayers.map(({ weight }) => weight.variable.get().length);
    const expected = capacity.layers.map(({ active }) => active);
    expect(counts(sparse.network)).toEqual(expected);
    expect(counts(dense.network)).toEqual(expected);
    expect(sparse.network.weightLayers.map(({ weight }) => weight.pattern?.active)).toEqual(expected);
    expect(dense.network.weightLayers.every(({ weight }) => weight.pattern === undefined)).toBe(true);
  });

  test.each(variants.slice(0, 2))(
    "biases and batch norm are no weights: counted apart, more of them in the wider net: %s",
    (_, some) => {
      using __ = engine.scope();
      const { sparse, dense, capacity } = pair(some);
      for (const [{ network }, totals] of [
        [sparse, capacity.sparse],
        [dense, capacity.dense],
      ] as const) {
        const counts = countParameters(network.parameters);
        expect([counts.weight, counts.bias, counts["batch-norm"], counts.total]).toEqual([
          totals.activeWeights,
          totals.biases,
          totals.batchNorm,
          totals.total,
        ]);
      }
      expect(capacity.sparse.biases).toBeGreaterThan(capacity.dense.biases);
    },
  );

  test("every layer has a mask of its own, another for each seed, the same for any optimizer", () => {
    using _ = engine.scope();
    const columns = (some: Partial<ScSdcSettings>, seed: number) =>
      pair(some, seed).sparse.network.weightLayers.map(({ weight }) => String(weight.pattern?.csr.columnIndices));
    const first = columns({}, 1);
    expect(new Set(first).size).toBe(4);
    expect(columns({ optimizer: "adam", batch_norm: true, epochs: 3 }, 1)).toEqual(first);
    expect(columns({}, 2).some((layer, l) => layer === first[l])).toBe(false);
  });
});

describe("initial weights:", () => {
  test.each(Object.keys(initialDistributions) as ScSdcSettings["initial"][])(
    "%s: both nets hold the same numbers, of the dense layer's deviation",
    (initial) => {
      using _ = engine.scope();
      const { sparse, dense, capacity } = pair({ initial });
      sparse.network.weightLayers.forEach(({ weight }, l) => {
        const values = [...weight.variable.get()];
        expect(values).toEqual([...dense.network.weightLayers[l].weight.variable.get()]);
        const [fanOut, fanIn] = capacity.layers[l].denseShape;
        const variance = initialDistributions[initial].variance({ fanIn, fanOut });
        // The mean square of n normal numbers has a relative deviation of √(2 / n), of uniform ones less: five of those,
        // which the smallest layer (260 weights) makes 0.44. The sparse layer's own fan-in would give a tenth.
        const ratio = mean(values.map((value) => value * value)) / variance;
        expect(Math.abs(ratio - 1)).toBeLessThan(5 * Math.sqrt(2 / values.length));
        expect(Math.abs(mean(values))).toBeLessThan(5 * Math.sqrt(variance / values.length));
      });
    },
  );

  test("biases start at 0, batch norm at scale 1 and shift 0, in both", () => {
    using _ = engine.scope();
    const { sparse, dense } = pair({ batch_norm: true });
    for (const { network } of [sparse, dense]) {
      for (const { role, name, variable } of network.parameters) {
        if (role === "weight") continue;
        const start = name.endsWith(".batchNorm.weight") ? 1 : 0;
        expect(
          variable.get().every((value) => value === start),
          name,
        ).toBe(true);
      }
    }
  });
});

describe("training:", () => {
  test("both take as many steps at the same rates, a smaller last batch included", () => {
    using _ = engine.scope();
    const some = { schedule: "step", schedule_every: 2, warm_up_epochs: 1, epochs: 6, batch_size: 100 } as const;
    const { sparse, dense } = pair(some);
    expect([sparse.trainer.stepsPerEpoch, dense.trainer.stepsPerEpoch]).toEqual([15, 15]); // of 1,437 examples
    const rates = ({ trainer }: typeof sparse) => Array.from({ length: 90 }, (_, step) => trainer.learningRate(step));
    expect(rates(sparse)).toEqual(rates(dense));
    // Momentum's 0.01: full after 15 steps of warm-up, a tenth after 2 epochs more.
    expect(sparse.trainer.learningRate(14)).toBeCloseTo((0.01 * 15) / 16, 15);
    expect(sparse.trainer.learningRate(44)).toBe(0.01);
    expect(sparse.trainer.learningRate(45)).toBeCloseTo(0.001, 15);
  });

  test("epochs of a schedule are counted in the steps that are taken: of 1,437 examples in batches of 4 the last is left out", () => {
    using _ = engine.scope();
    const { dense } = pair({ schedule: "step", schedule_every: 1, epochs: 3, batch_size: 4 });
    expect(dense.trainer.stepsPerEpoch).toBe(359);
    expect([dense.trainer.learningRate(358), dense.trainer.learningRate(359)]).toEqual([
      0.01,
      expect.closeTo(0.001, 15),
    ]);
  });

  test.each([
    ["momentum", {}],
    ["adam, batch norm and dropout", { optimizer: "adam", batch_norm: true, dropout: 0.2 }],
  ] as const)(
    "with all weights active the sparse net is the dense one: same examples in the same order, %s",
    (_, some) => {
      using __ = engine.scope();
      const { sparse, dense } = pair({
        dense_width: 32,
        sparse_width: 32,
        hidden_layers: 2,
        batch_size: 100,
        learning_rate: 1e-3,
        ...some,
      });
      for (let epoch = 0; epoch < 2; epoch++) {
        // Sums in another order: 1e-7 of a loss near 2, hardly amplified in 30 steps at this rate. Another order of the
        // examples moves it by some 1e-2.
        expect(Math.abs(sparse.trainer.trainEpoch() - dense.trainer.trainEpoch())).toBeLessThan(1e-4);
      }
      expect(sparse.network.weightLayers.every(({ weight }) => weight.pattern !== undefined)).toBe(true);
    },
  );
});
