/** Whole trainings by a team of threads: the same bits as by one. */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { Rng } from "../base/index.ts";
import { mlp } from "../nn/index.ts";
import type { Engine } from "../tensor/index.ts";
import { openEngine } from "../tensor/index.ts";
import { Evaluator } from "./evaluator.ts";
import { datasetOf } from "./fixtures/torch-training.ts";
import { residentDataset } from "./resident-dataset.ts";
import { Trainer } from "./trainer.ts";

const widths = [60, 300, 500, 5];
const rng = new Rng(4, "test");
const count = 350;
const values = Array.from({ length: count * widths[0] }, () => rng.normal());
const labels = Array.from({ length: count }, () => rng.integer(5));
const dataset = datasetOf({ train: { values, labels } }, { classes: 5, featureShape: [60] });

/** Rows of very different lengths: row r has 1 + (7 r mod fanIn / 2) weights. */
const masks = widths.slice(1).map((fanOut, l) => {
  const fanIn = widths[l];
  const lengths = Array.from({ length: fanOut }, (_, row) => 1 + ((7 * row) % (fanIn >> 1)));
  const rowPointers = new Int32Array(fanOut + 1);
  for (let row = 0; row < fanOut; row++) rowPointers[row + 1] = rowPointers[row] + lengths[row];
  const columnIndices = Int32Array.from(lengths.flatMap((length) => Array.from({ length }, (_, k) => 2 * k)));
  return { fanOut, fanIn, rowPointers, columnIndices };
});

interface Net {
  readonly sparse: boolean;
  readonly batchNorm: boolean;
  readonly optimizer: "momentum" | "adam";
}

/** SHA-256 of the losses, the parameters and the evaluation after two epochs in batches of 100 and 50. */
function trainingHash(engine: Engine, { sparse, batchNorm, optimizer }: Net): string {
  using _ = engine.scope();
  const data = residentDataset(engine, dataset, "none");
  const hidden = widths.slice(1, -1);
  const options = { dropout: 0.1, batchNorm, masks: sparse ? masks : undefined };
  const network = mlp(engine, { inputs: widths[0], hidden, outputs: 5, seed: 1, ...options });
  const trainer = new Trainer(engine, {
    network,
    data,
    optimizer,
    learningRate: 0.003,
    epochs: 2,
    batchSize: 100,
    seed: 1,
    clip: { norm: 1 },
  });
  const losses = [trainer.trainEpoch(), trainer.trainEpoch()];
  expect(losses[1]).not.toBe(losses[0]);
  const hash = createHash("sha256").update(Float64Array.from(losses));
  for (const { variable } of network.parameters) hash.update(variable.get());
  hash.update(JSON.stringify(new Evaluator(engine, network, data, "train").evaluate()));
  return hash.digest("hex");
}

const [one, two, three] = [await openEngine(), await openEngine({ threads: 2 }), await openEngine({ threads: 3 })];
afterAll(async () => {
  await two.close();
  await three.close();
});

describe("one, two and three threads train to the same bits, large calls shared:", () => {
  const nets = [true, false].flatMap((sparse) =>
    [true, false].flatMap((batchNorm) =>
      (["adam", "momentum"] as const).map((optimizer): Net => ({ sparse, batchNorm, optimizer })),
    ),
  );
  test.each(nets)("sparse $sparse, batch norm $batchNorm, $optimizer", (net) => {
    const alone = trainingHash(one, net);
    for (const engine of [two, three]) {
      const before = engine.team?.sharedCalls ?? 0;
      expect(trainingHash(engine, net)).toBe(alone);
      // 8 steps, of which each shares at least the four large products.
      expect((engine.team?.sharedCalls ?? 0) - before).toBeGreaterThanOrEqual(8 * 4);
    }
  });
});

test("a small network shares nothing, and its helpers are left asleep", () => {
  using _ = two.scope();
  const before = two.team?.sharedCalls;
  const data = residentDataset(two, dataset, "none");
  const network = mlp(two, { inputs: 60, hidden: [8], outputs: 5, seed: 1 });
  const options = { optimizer: "sgd", learningRate: 0.1, epochs: 1, batchSize: 20, seed: 1 } as const;
  new Trainer(two, { network, data, ...options }).trainEpoch();
  expect(two.team?.sharedCalls).toBe(before);
});

test.each([
  ["closed", "await engine.close();"],
  ["not closed", ""],
])("a process whose engine of two threads is %s ends by itself", (_, last) => {
  const index = JSON.stringify(new URL("../tensor/index.ts", import.meta.url).href);
  const program = `
    import { openEngine } from ${index};
    const engine = await openEngine({ threads: 2 });
    ${last}
    console.log(engine.team.threads);
  `;
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", program], { timeout: 30_000 });
  expect(output.toString()).toBe("2\n");
});
