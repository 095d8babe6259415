/** Memory of a training by RigL, one update included: it follows the active weights and the units, not their square. */

import { expect, test } from "vitest";
import { weightLayers } from "../../nn/index.ts";
import { openEngine } from "../../tensor/index.ts";
import { encodeCheckpoint, takeCheckpoint } from "../../train/index.ts";
import { dataOf, settingsOf } from "./fixtures/small-method.ts";
import { networkOf } from "./networks.ts";
import { SparseTrainer } from "./sparse-trainer.ts";
import { startOf } from "./start.ts";
import { trainingOptions } from "./training-options.ts";

/** Active weights of all networks here. */
const active = 40_000;

/** Five steps and an update of 64-width-width-10: bytes of the engine at the peak, of its checkpoint, and of its weights in full. */
async function bytesOf(width: number) {
  const engine = await openEngine();
  const positions = 64 * width + width * width + 10 * width;
  const settings = settingsOf({ method: "rigl", width, density: active / positions });
  const data = await dataOf(engine, settings);
  const before = engine.backend.memory.peakBytes;
  const made = trainingOptions(engine, settings, { seed: 1, data });
  expect(weightLayers(networkOf(settings, data.dataset)).map(({ shape }) => shape)).toEqual([
    [width, 64],
    [width, width],
    [10, width],
  ]);
  using training = new SparseTrainer(engine, {
    ...made,
    start: startOf(engine, settings, { ...made, seed: 1, data }),
  });
  training.advance({ maxSteps: 6 });
  expect(training.lastChange?.layers.reduce((sum, { grown }) => sum + grown, 0)).toBeGreaterThan(0.2 * active);
  return {
    engine: engine.backend.memory.peakBytes - before,
    state: encodeCheckpoint(takeCheckpoint(training.trainer)).length,
    dense: 4 * positions,
  };
}

test("from 512 to 8,192 units a layer, 40,000 weights active: 5 numbers of each of 32 examples a unit, 1/25 of the weights in full", async () => {
  const [narrow, wide] = [await bytesOf(512), await bytesOf(8192)];
  const units = 2 * (8192 - 512);
  const grown = wide.engine - narrow.engine;
  expect(grown / units).toBeLessThan(5 * 32 * 4);
  // 10 MB beside 270 MB; the narrow network is nearly dense, so that its own 2 MB say nothing.
  expect(grown).toBeLessThan((wide.dense - narrow.dense) / 25);
  // A row pointer, a bias and its velocity, 4 bytes each; and longer numbers in the header.
  expect(wide.state - narrow.state).toBeLessThan(12 * units + 1000);
}, 60_000);
