/** How far float32 moments and sums of a large channel are from float64: images make 131,072 elements of one. */

import { expect, test } from "vitest";
import { Rng } from "../base/index.ts";
import { loadKernels } from "./index.ts";

const { kernels, memory } = await loadKernels();
const [batch, pixels] = [128, 32 * 32];
const count = batch * pixels;

/** Numbers of one channel, exactly those in memory, and where they are. A sum does not depend on where lanes lie. */
function channel(mean: number, deviation: number): { address: number; values: Float32Array } {
  const rng = new Rng(11, "test");
  const address = memory.allocateFloats(count);
  const values = Float32Array.from({ length: count }, () => mean + deviation * rng.normal());
  memory.floats(address, count).set(values);
  return { address, values };
}

function moments(values: Float32Array): [number, number] {
  let sum = 0;
  for (const x of values) sum += x;
  const mean = sum / values.length;
  let squares = 0;
  for (const x of values) squares += (x - mean) ** 2;
  return [mean, squares / values.length];
}

const out = memory.allocateFloats(16);

test.each([
  ["0 and deviation 1", 0, 1, 2e-9, 1.5e-7],
  ["1 and deviation 1", 1, 1, 1.2e-7, 1.5e-7],
  ["100 and deviation 1", 100, 1, 1.2e-7, 1.5e-7],
  ["1000 and deviation 0.1", 1000, 0.1, 1.2e-7, 1e-5],
])("moments of 131,072 numbers of mean %s are off by a rounding of the mean, and of a run's squares", (...row) => {
  const [, mean, deviation, meanTolerance, varianceTolerance] = row;
  const { address, values } = channel(mean, deviation);
  kernels.batchMoments(address, out, out + 4, batch, pixels, pixels, 0, 1);
  const [m, v] = memory.floats(out, 2);
  const [exactMean, exactVariance] = moments(values);
  expect(Math.abs(m - exactMean)).toBeLessThan(meanTolerance * Math.max(1, Math.abs(exactMean)));
  expect(Math.abs(v / exactVariance - 1)).toBeLessThan(varianceTolerance);
});

test("sums and products of 131,072 positive numbers are off by less than 1.5e-7 of them", () => {
  const { address, values } = channel(3, 0.5);
  kernels.rowSum(address, out, batch, pixels, pixels, 0, 1);
  kernels.rowDot(address, address, out + 4, batch, pixels, pixels, 0, 1);
  const [sum, dot] = memory.floats(out, 2);
  const exactSum = values.reduce((total, x) => total + x, 0);
  expect(Math.abs(sum / exactSum - 1)).toBeLessThan(1.5e-7);
  expect(exactSum).toBeGreaterThan(3.9e5);
  expect(Math.abs(dot / Array.from(values).reduce((total, x) => total + x * x, 0) - 1)).toBeLessThan(1.5e-7);
});
