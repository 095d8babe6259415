/**
 * What it costs to record gradient flow while training: once per epoch on a fixed sample, and in every step.
 *
 *     npm run bench:measuring
 *     npm run bench:measuring -- --only 784-256-256-10 --json
 *
 * An epoch has 60,000 examples. Measuring each epoch is one program on 256 examples, as a study measures; measuring each step
 * adds norms of the step's own gradients to its program. Ways of stepping take turns, twelve steps at a time.
 */

import { parseArgs } from "node:util";
import { median, Rng } from "../src/base/index.ts";
import { makeDataset } from "../src/data/index.ts";
import { flowNodes } from "../src/flow/index.ts";
import type { Network } from "../src/nn/index.ts";
import { Optimizer } from "../src/optim/index.ts";
import { compile, crossEntropy, type Engine, Graph, openEngine } from "../src/tensor/index.ts";
import { batchNodes, type ResidentDataset, residentDataset, stepsPerEpoch } from "../src/train/index.ts";
import { caseNetwork } from "./our-step.ts";
import { note, positive, print, rounded, run } from "./print.ts";
import { caseName, parseCase, type StepCase } from "./step-cases.ts";
import { type FlowInStep, stepProgram } from "./step-program.ts";

const examples = 60_000;
const sample = 256;
const defaultCases = ["784-1024-1024-10@0.1", "784-256-256-10"];
const ways: readonly FlowInStep[] = ["none", "active", "all"];

/** Random bytes in the shape of Fashion-MNIST: a thousand images, over and over. */
async function bytesLikeFashionMnist(engine: Engine, features: number, classes: number): Promise<ResidentDataset> {
  const rng = new Rng(0, "test");
  const different = Uint8Array.from({ length: 1000 * features }, () => rng.integer(256));
  const values = new Uint8Array(examples * features);
  for (let at = 0; at < values.length; at += different.length) values.set(different, at);
  const train = { count: examples, values, labels: Uint8Array.from({ length: examples }, (_, i) => i % classes) };
  const test = { count: classes, values: values.slice(0, classes * features), labels: train.labels.slice(0, classes) };
  const parts = { name: "bytes", classes, featureShape: [features], source: "random numbers", licence: "none" };
  return residentDataset(engine, await makeDataset({ ...parts, train, test }), "standard");
}

/** What a study does at the end of an epoch: gf and EGF of the first examples. */
function flowMeter(engine: Engine, network: Network, data: ResidentDataset, unmasked: boolean): () => void {
  const graph = new Graph();
  const indices = engine.variable("measure.indices", [sample], { batched: true, type: "int32" });
  indices.set(Array.from({ length: sample }, (_, b) => b));
  const { x, labels } = batchNodes(graph, data, data.train, indices);
  const forward = network.forward(graph, x, { mode: "train" });
  const nodes = flowNodes(graph, network, { loss: crossEntropy(forward.logits, labels), forward, unmasked });
  const program = compile(engine, { outputs: nodes.outputs });
  return () => {
    program.compute();
    nodes.read(program);
  };
}

function milliseconds(body: () => void): number {
  const started = performance.now();
  body();
  return performance.now() - started;
}

interface Measured {
  readonly net: string;
  readonly density: number;
  readonly batch: number;
  readonly threads: number;
  readonly step_ms: number;
  readonly epoch_ms: number;
  /** One measurement of EGF alone, and of gf too. */
  readonly measure_active_ms: number;
  readonly measure_all_ms: number;
  readonly each_epoch_active_percent: number;
  readonly each_epoch_all_percent: number;
  readonly each_step_active_percent: number;
  readonly each_step_all_percent: number;
}

async function measureCase(stepCase: StepCase, threads: number, rounds: number): Promise<Measured> {
  const engine = await openEngine({ threads });
  const { widths, density, batch } = stepCase;
  const data = await bytesLikeFashionMnist(engine, widths[0], widths[widths.length - 1]);
  const network = caseNetwork(engine, stepCase);
  const optimizer = new Optimizer(engine, "momentum");
  const shared = { network, data, optimizer, learningRate: 0.01, batch };
  const meters = [false, true].map((unmasked) => flowMeter(engine, network, data, unmasked));
  const programs = ways.map((flow) => stepProgram(engine, { ...shared, flow }));
  const rng = new Rng(1, "test");
  const someExamples = () => Int32Array.from({ length: batch }, () => rng.integer(examples));
  const stepTimes: number[][] = ways.map(() => []);
  const meterTimes: number[][] = meters.map(() => []);
  for (let turn = -1; turn < rounds; turn++) {
    programs.forEach(({ step }, way) => {
      for (let i = 0; i < 12; i++) {
        const chosen = someExamples();
        const ms = milliseconds(() => step(chosen));
        // The first turn and the first step after another program warm up.
        if (turn >= 0 && i > 0) stepTimes[way].push(ms);
      }
    });
    meters.forEach((meter, which) => {
      const ms = milliseconds(meter);
      if (turn >= 0) meterTimes[which].push(ms);
    });
  }
  await engine.close();
  const [plain, active, all] = stepTimes.map(median);
  const [measureActive, measureAll] = meterTimes.map(median);
  const epoch = plain * stepsPerEpoch(examples, batch);
  const percent = (extra: number, whole: number) => rounded((100 * extra) / whole, 3);
  return {
    net: widths.join("-"),
    density,
    batch,
    threads,
    step_ms: rounded(plain),
    epoch_ms: rounded(epoch),
    measure_active_ms: rounded(measureActive),
    measure_all_ms: rounded(measureAll),
    each_epoch_active_percent: percent(measureActive, epoch),
    each_epoch_all_percent: percent(measureAll, epoch),
    each_step_active_percent: percent(active - plain, plain),
    each_step_all_percent: percent(all - plain, plain),
  };
}

await run(async () => {
  const { values: options } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: defaultCases },
      threads: { type: "string", default: "1" },
      rounds: { type: "string", default: "40" },
    },
  });
  const rows: Measured[] = [];
  for (const stepCase of options.only.map(parseCase)) {
    rows.push(await measureCase(stepCase, positive("threads", options.threads), positive("rounds", options.rounds)));
    if (!options.json) note(caseName(stepCase));
  }
  const number = (key: string, title: string, unit: string) =>
    ({ key, title, format: "number", decimals: 2, unit }) as const;
  print(
    {
      name: "measuring",
      caption: "What recording gradient flow adds to training",
      columns: [
        { key: "net", title: "network" },
        { key: "density", title: "density", format: "number", decimals: 2 },
        number("step_ms", "step", "ms"),
        number("epoch_ms", "epoch", "ms"),
        number("measure_active_ms", "EGF", "ms"),
        number("measure_all_ms", "gf and EGF", "ms"),
        number("each_epoch_active_percent", "EGF each epoch", "%"),
        number("each_epoch_all_percent", "gf and EGF each epoch", "%"),
        number("each_step_active_percent", "EGF each step", "%"),
        number("each_step_all_percent", "gf and EGF each step", "%"),
      ],
      rows: rows.map((row) => ({ ...row })),
      notes: [
        "EGF needs the gradients that a step computes anyway; gf of a sparse network needs those of its masked positions too, a dense product per layer.",
        "An epoch is its steps alone; a study also evaluates both splits where it measures.",
      ],
    },
    rows.length === 1 ? rows[0] : rows,
    options.json,
  );
});
