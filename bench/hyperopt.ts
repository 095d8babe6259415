/**
 * What hypergradients cost: memory and time against the number of steps, time against the number of columns, and a batch of
 * columns in one program against as many programs.
 *
 *     npm run bench:hyperopt
 *     npm run bench:hyperopt -- --rounds 9 --json
 *
 * A perceptron 784-32-10 on random bytes, batch 128. Ways take turns, and medians are compared.
 */

import { parseArgs } from "node:util";
import { median, Rng } from "../src/base/index.ts";
import { makeDataset } from "../src/data/index.ts";
import * as hyperopt from "../src/hyperopt/index.ts";
import { type Engine, openEngine } from "../src/tensor/index.ts";
import { residentDataset } from "../src/train/index.ts";
import { note, positive, print, rounded, run } from "./print.ts";

const examples = 4000;

async function setting(engine: Engine): Promise<hyperopt.PerceptronSetting> {
  const rng = new Rng(0, "test");
  const values = Uint8Array.from({ length: examples * 784 }, () => rng.integer(256));
  const split = { count: examples, values, labels: Uint8Array.from({ length: examples }, (_, i) => i % 10) };
  const parts = { name: "bytes", classes: 10, featureShape: [784], source: "random numbers", licence: "none" };
  const data = residentDataset(engine, await makeDataset({ ...parts, train: split, test: split }), "standard");
  return new hyperopt.PerceptronSetting(engine, data, { seed: 0, train: 3000, validation: 500 });
}

const constant = (columns: number): hyperopt.Schedules => ({
  learningRate: Array.from({ length: columns }, () => 0.01),
  momentum: [0.9],
  weightDecay: [1e-4],
});

/** A training with a column for each value of the learned families. */
function training(problem: hyperopt.InnerProblem, learn: readonly hyperopt.Family[], rates = 1): hyperopt.ForwardMode {
  return new hyperopt.ForwardMode(problem, { windows: { learningRate: rates, momentum: 1, weightDecay: 1 }, learn });
}

function secondsOf(body: () => void): number {
  const started = performance.now();
  body();
  return (performance.now() - started) / 1000;
}

interface Row {
  readonly what: string;
  readonly steps: number;
  readonly products_per_step: number;
  readonly ms_per_step: number;
  readonly peak_bytes?: number;
}

/** A whole hypergradient at several lengths, each in an engine of its own. */
async function lengths(mode: "forward" | "adjoint", counts: readonly number[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const steps of counts) {
    const engine = await openEngine();
    const { problem } = await setting(engine);
    const options = { schedules: constant(5), mode };
    hyperopt.hypergradient(problem, { ...options, steps: 10 });
    let products = 0;
    const seconds = secondsOf(() => {
      products = hyperopt.hypergradient(problem, { ...options, steps }).diagnostics.products;
    });
    const peak = engine.backend.memory.peakBytes;
    note(`${mode}, ${steps} steps: ${seconds.toFixed(2)} s`);
    rows.push({
      what: `${mode}, 5 rates, momentum, decay`,
      steps,
      products_per_step: rounded(products / steps, 3),
      ms_per_step: rounded((1000 * seconds) / steps, 4),
      peak_bytes: peak,
    });
    await engine.close();
  }
  return rows;
}

/** Steps with 0, 1, 2, 3 and 9 columns, by turns. */
async function columns(rounds: number): Promise<{ rows: Row[]; batched: number; perProduct: number }> {
  const engine = await openEngine();
  const { problem } = await setting(engine);
  const steps = 40;
  const families = hyperopt.families;
  // In the last of seven windows all nine columns are active: its steps are timed.
  const ways = [
    { what: "no columns", columns: 0, run: training(problem, []) },
    { what: "one column", columns: 1, run: training(problem, families.slice(0, 1)) },
    { what: "two columns", columns: 2, run: training(problem, families.slice(0, 2)) },
    { what: "three columns", columns: 3, run: training(problem, families) },
    { what: "nine columns", columns: 9, run: training(problem, families, 7) },
  ];
  const times: number[][] = ways.map(() => []);
  for (let turn = -1; turn < rounds; turn++) {
    ways.forEach(({ run: one, columns: count }, way) => {
      const rates = count === 9 ? 7 : 1;
      one.begin(constant(rates), rates * steps);
      while (one.step < (rates - 1) * steps) one.advance();
      const seconds = secondsOf(() => {
        while (!one.finished) one.advance();
      });
      if (turn >= 0) times[way].push((1000 * seconds) / steps);
    });
  }
  const medians = times.map(median);
  const rows = ways.map(({ what, columns: count }, way) => ({
    what,
    steps,
    products_per_step: count,
    ms_per_step: rounded(medians[way], 4),
  }));
  await engine.close();
  const [plain, one, , , nine] = medians;
  return { rows, batched: nine / (9 * one), perProduct: (nine - plain) / (9 * plain) };
}

await run(async () => {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "5" }, json: { type: "boolean", default: false } },
  });
  const { rows, batched, perProduct } = await columns(positive("rounds", values.rounds));
  const all = [...rows, ...(await lengths("forward", [100, 1000, 10_000])), ...(await lengths("adjoint", [100, 1000]))];
  const number = (key: string, title: string, decimals: number, unit?: string) =>
    ({ key, title, format: "number", decimals, unit }) as const;
  print(
    {
      name: "hyperopt",
      caption: "Hypergradients of a perceptron 784-32-10, batch 128",
      columns: [
        { key: "what", title: "what" },
        number("steps", "steps", 0),
        number("products_per_step", "products per step", 1),
        number("ms_per_step", "per step", 3, "ms"),
        number("peak_bytes", "engine's peak", 0, "bytes"),
      ],
      rows: all.map((row) => ({ ...row })),
      notes: [
        `Nine columns in one program take ${batched.toFixed(2)} of the time of nine programs of one.`,
        `A Hessian-vector product takes ${perProduct.toFixed(2)} of a whole training step.`,
      ],
    },
    { rows: all, batched: rounded(batched, 3), product_per_step: rounded(perProduct, 3) },
    values.json,
  );
});
