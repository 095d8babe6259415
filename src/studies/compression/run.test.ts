/** Compression from the start to its end: every method meets its target, and what it says of the small network is true. */

import { describe, expect, test } from "vitest";
import { InputError } from "../../base/index.ts";
import { pruningGroups, zeroGroups } from "../../compress/index.ts";
import { loadDataset } from "../../data/index.ts";
import { countsOf } from "../../nn/index.ts";
import { openEngine } from "../../tensor/index.ts";
import { decodeCheckpoint, encodeCheckpoint, residentDataset, takeCheckpoint } from "../../train/index.ts";
import { compressStepwise, stretchEpochs } from "./compress-network.ts";
import { checkCompression } from "./kind.ts";
import { drawnNetwork, fullArchitecture, runCompression, targetOf } from "./run.ts";
import { type CompressionMethod, compressionSettings } from "./settings.ts";
import { denseBytes, sparseSettings, storedBytes } from "./unstructured.ts";

const engine = await openEngine();
const digits = await loadDataset("digits");
const data = residentDataset(engine, { ...digits, train: { ...digits.train, count: 600 } }, "standard");

const settingsOf = (some: object) =>
  compressionSettings.parse({ data: "digits", width: 24, epochs: 8, batch_size: 32, learning_rate: 0.1, ...some });

describe("at 0.4 of the multiply-accumulates", () => {
  test.each(["hesso", "dhspg", "hspg", "magnitude"] as const)(
    "%s leaves at most so many, more than chance, and a network of its own that was checked",
    async (method) => {
      using _ = engine.scope();
      const settings = settingsOf({ method, target: 0.4, finetune_epochs: method === "hspg" ? 2 : 0 });
      const {
        network,
        cost,
        denseCost,
        test: tested,
        compressed,
      } = await runCompression(engine, settings, { seed: 1, data });
      expect(cost.total.macs / denseCost.total.macs).toBeLessThanOrEqual(0.4);
      expect(cost.total.macs).toBe(countsOf(network.architecture).total.macs);
      expect(tested.accuracy).toBeGreaterThan(0.5);
      expect(compressed?.comparison.agrees).toBe(true);
      const { wanted, byOptimizer, atEnd } = compressed?.counts ?? expect.fail("nothing removed");
      expect(Math.min(wanted, byOptimizer) + atEnd).toBe(wanted);
      expect(atEnd).toBe(method === "magnitude" ? wanted : atEnd);
      if (method === "hesso") expect(byOptimizer).toBe(wanted);
      const full = compressed?.full ?? expect.fail("no full network");
      const zero = zeroGroups(full, pruningGroups(full.architecture).blocks).flat();
      expect(zero.filter((one) => one)).toHaveLength(wanted);
    },
  );

  test("small-dense has at most so many, rigl and gmp at most its bytes, and dense all", async () => {
    const run = async (method: CompressionMethod) => {
      using _ = engine.scope();
      return (await runCompression(engine, settingsOf({ method, target: 0.4, epochs: 4 }), { seed: 1, data })).cost
        .total;
    };
    const full = countsOf(fullArchitecture(settingsOf({}), digits)).total;
    const [dense, small, rigl, gmp] = [
      await run("dense"),
      await run("small-dense"),
      await run("rigl"),
      await run("gmp"),
    ];
    expect(dense.macs).toBe(full.macs);
    expect(small.macs).toBeLessThanOrEqual(0.4 * full.macs);
    for (const { bytes } of [rigl, gmp]) {
      expect(bytes).toBeLessThanOrEqual(small.bytes);
      expect(bytes).toBeGreaterThan(0.97 * small.bytes);
    }
  });
});

test("bytes of a density are those of the stored network, and its rates stay, then fall", () => {
  const settings = settingsOf({ method: "rigl", target: 0.4 });
  const architecture = fullArchitecture(settings, digits);
  // 64-24-24-10: weights of 64 · 24, 24 · 24 and 24 · 10, 58 biases.
  expect(denseBytes(architecture)).toBe(4 * (64 * 24 + 24 * 24 + 24 * 10 + 58));
  // A sparse row costs 4 bytes and a weight 6; the second layer is smaller dense.
  expect(storedBytes(architecture, [100, 576, 10])).toBe(6 * 110 + 4 * (25 + 11) + 4 * 576 + 4 * 58);
  const rates = sparseSettings(settings, architecture, "rigl").learning_rates ?? expect.fail("no rates");
  const constant = rates.filter((rate) => rate === 0.1).length / rates.length;
  expect(constant).toBeCloseTo(stretchEpochs(settings).dense / 8, 10);
  expect(rates.at(-1)).toBeLessThan(0.001);
});

test("a compression that was stopped and taken up from its checkpoint has the bits of one that never was", () => {
  const settings = settingsOf({ method: "hesso", target: 0.4, epochs: 4, finetune_epochs: 1 });
  using _ = engine.scope();
  const dense = drawnNetwork(engine, fullArchitecture(settings, digits), settings, 1);
  const options = { dense, method: "hesso", target: targetOf(settings), seed: 1, data, pauseEvery: 7 } as const;
  const saved: Record<string, ReturnType<typeof decodeCheckpoint>> = {};
  const whole = compressStepwise(engine, settings, options);
  let pauses = 0;
  let next = whole.next();
  for (; !next.done; next = whole.next()) {
    pauses += 1;
    const { stretch, trainer } = next.value;
    // In the middle of both stretches, and at the end of the first.
    const wanted = pauses === 4 || (stretch.name === "compress" && trainer.epoch === stretch.epochs);
    if (wanted)
      saved[pauses === 4 ? "early" : "compress"] = decodeCheckpoint(encodeCheckpoint(takeCheckpoint(trainer)), "f");
    if (stretch.name === "fine-tune" && trainer.stepInEpoch === 7) {
      saved["fine-tune"] = decodeCheckpoint(encodeCheckpoint(takeCheckpoint(trainer)), "f");
    }
  }
  const resumed = (resume: object) => {
    const again = compressStepwise(engine, settings, { ...options, resume });
    let step = again.next();
    while (!step.done) step = again.next();
    return step.value.network;
  };
  expect(resumed({ compress: saved.early })).toEqual(next.value.network);
  expect(resumed({ compress: saved.compress, "fine-tune": saved["fine-tune"] })).toEqual(next.value.network);
});

describe("is refused:", () => {
  const refusal = (some: object) => {
    try {
      checkCompression(settingsOf(some));
    } catch (error) {
      return error instanceof InputError ? error.message : "another error";
    }
    return "nothing";
  };

  test("λ of a method that has none, another optimizer under hspg, and one epoch for two stretches", () => {
    expect(refusal({ lambda: 0.1 })).toBe("lambda belongs to dhspg and hspg, got 0.1 with hesso; leave it out");
    expect(refusal({ method: "hspg", optimizer: "adam" })).toBe(
      "hspg takes steps with momentum, got the optimizer adam; choose dhspg or hesso for it",
    );
    expect(refusal({ epochs: 1 })).toMatch(/^epochs must be at least 2, one before channels go/);
    expect(refusal({ epochs: 1, dense_share: 0 })).toBe("nothing");
  });
});
