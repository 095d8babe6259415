/** Networks against plain loops in float64, and an example's bits in batches of all sizes. */

import { describe, expect, test } from "vitest";
import { Rng } from "../base/index.ts";
import type { Bundle } from "./bundle.ts";
import { decodeBundle, encodeBundle } from "./bundle-file.ts";
import { elements } from "./bundle-shapes.ts";
import { plainRun } from "./fixtures/plain-run.ts";
import { lenet5, perceptron, randomBundle, randomNumbers, vggSmall } from "./fixtures/random-bundle.ts";
import { loadModel } from "./load.ts";

/** Largest difference from float64, as a share of the largest output. */
function worst(got: ArrayLike<number>, want: ArrayLike<number>): number {
  const largest = Math.max(1e-3, ...Array.from(want, Math.abs));
  return Math.max(...Array.from(want, (x, i) => Math.abs(got[i] - x) / largest));
}

async function difference(bundle: Bundle, batch: number): Promise<number> {
  const model = await loadModel(bundle);
  const size = elements(bundle.input);
  const input = randomNumbers(new Rng(7, "test", 1), batch * size);
  const got = model.run(input);
  expect(got.length).toBe(batch * model.outputs);
  const want = Array.from({ length: batch }, (_, b) => [...plainRun(bundle, input.subarray(b * size, (b + 1) * size))]);
  return worst(got, want.flat());
}

test("300 random programs of all kinds of operations come within 3e-5 of plain loops in float64", async () => {
  const kinds = new Set<string>();
  for (let seed = 0; seed < 300; seed++) {
    const bundle = randomBundle(seed);
    for (const operation of bundle.operations) {
      kinds.add(operation.kind === "activation" ? operation.function : operation.kind);
    }
    expect(await difference(bundle, 1 + (seed % 7)), `seed ${seed}`).toBeLessThan(3e-5);
  }
  expect(kinds.size).toBe(26);
});
