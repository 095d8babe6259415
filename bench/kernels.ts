/**
 * Speed of the kernels on one core as a share of what the core can do: GFLOP/s beside a multiply-add loop in registers, bytes
 * per second beside a copy of the same size.
 *
 *     npm run bench:kernels
 *     npm run bench:kernels -- --only sparse --narrow
 *
 * Each row is a program of one operation, so that the layout in memory is that of training; "kernels" says what it calls.
 */

import { parseArgs } from "node:util";
import { median, Rng } from "../src/base/index.ts";
import { Optimizer, type OptimizerName } from "../src/optim/index.ts";
import { randomMask } from "../src/sparsity/index.ts";
import type { Engine, Program, Tensor } from "../src/tensor/index.ts";
import * as ops from "../src/tensor/index.ts";
import { measurePeak } from "./peak.ts";
import { note, positive, print, rounded, run } from "./print.ts";

/** An operation to time: `flops` multiplications and additions, `bytes` that must be read or written at least once. */
interface KernelCase {
  readonly name: string;
  readonly flops: number;
  readonly bytes: number;
  readonly build: (stage: Stage) => Program;
}

const rng = new Rng(1, "test");

/** Makes inputs and programs in one engine. */
class Stage {
  readonly engine: Engine;
  readonly graph = new ops.Graph();
  readonly batch: number;

  constructor(engine: Engine, batch: number) {
    this.engine = engine;
    this.batch = batch;
  }

  /** Normal numbers as a node that is only read: [rows, B], or of a given shape. */
  batched(rows: number): Tensor {
    const variable = this.engine.variable("x", [rows, this.batch], { batched: true });
    variable.set(Float32Array.from({ length: rows * this.batch }, () => rng.normal()));
    return this.graph.read(variable);
  }

  plain(...shape: number[]): Tensor {
    const variable = this.engine.variable("w", shape);
    variable.set(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal()));
    return this.graph.read(variable);
  }

  program(output: Tensor): Program {
    return ops.compile(this.engine, { outputs: [output] });
  }
}

function denseCases(fanOut: number, fanIn: number, batch: number): KernelCase[] {
  const size = `${fanOut} x ${fanIn} x ${batch}`;
  const flops = 2 * fanOut * fanIn * batch;
  const bytes = 4 * (fanOut * fanIn + (fanOut + fanIn) * batch);
  const row = (name: string, build: KernelCase["build"]) => ({ name: `dense ${name} ${size}`, flops, bytes, build });
  return [
    row("forward", (s) => s.program(ops.linear(s.plain(fanOut, fanIn), s.batched(fanIn)))),
    row("input gradient", (s) => s.program(ops.linearTransposed(s.plain(fanOut, fanIn), s.batched(fanOut)))),
    row("weight gradient", (s) => s.program(ops.outer(s.batched(fanOut), s.batched(fanIn)))),
  ];
}

function sparseCases(width: number, density: number, batch: number): KernelCase[] {
  const active = Math.round(density * width * width);
  const size = `${width}², ${100 * density} %, x ${batch}`;
  const flops = 2 * active * batch;
  // Of each weight its value and its column, and through the transposed index its place among the values too.
  const bytes = (perWeight: number) => perWeight * active + 4 * 2 * width * batch;
  const patternOf = ({ engine }: Stage) =>
    ops.sparsePattern(engine, randomMask({ fanOut: width, fanIn: width, active, seed: 0, layer: 1 }));
  return [
    {
      ...{ name: `sparse forward ${size}`, flops, bytes: bytes(8) },
      build: (s) => s.program(ops.sparseLinear(patternOf(s), s.plain(active), s.batched(width))),
    },
    {
      ...{ name: `sparse input gradient ${size}`, flops, bytes: bytes(12) },
      build: (s) => s.program(ops.sparseLinearTransposed(patternOf(s), s.plain(active), s.batched(width))),
    },
    {
      ...{ name: `sparse weight gradient ${size}`, flops, bytes: bytes(8) },
      build: (s) => s.program(ops.sparseOuter(patternOf(s), s.batched(width), s.batched(width))),
    },
  ];
}

function memoryCases(rows: number, batch: number): KernelCase[] {
  const count = rows * batch;
  const size = `${rows} x ${batch}`;
  const elementwise = (name: string, flops: number, tensors: number, of: (s: Stage) => Tensor): KernelCase => ({
    ...{ name: `${name} ${size}`, flops: flops * count, bytes: 4 * tensors * count },
    build: (s) => s.program(of(s)),
  });
  const update = (name: OptimizerName, flops: number, tensors: number): KernelCase => ({
    ...{ name: `${name} update ${count}`, flops: flops * count, bytes: 4 * tensors * count },
    build: ({ engine }) => {
      const optimizer = new Optimizer(engine, name);
      const variable = engine.variable("w", [count]);
      const gradient = new ops.Graph().read(engine.variable("g", [count]));
      optimizer.prepareStep(0.01);
      return ops.compile(engine, { updates: optimizer.updates([{ variable, gradient }]) });
    },
  });
  return [
    elementwise("add", 1, 3, (s) => ops.add(s.batched(rows), s.batched(rows))),
    elementwise("relu", 0, 2, (s) => ops.relu(s.batched(rows))),
    elementwise("tanh", 0, 2, (s) => ops.tanh(s.batched(rows))),
    elementwise("exponential", 0, 2, (s) => ops.exponential(s.batched(rows))),
    elementwise("batch norm", 0, 2, (s) => ops.standardize(s.batched(rows))),
    elementwise("add rows", 1, 2, (s) => ops.addRows(s.batched(rows), s.plain(rows))),
    elementwise("row sum", 1, 1, (s) => ops.rowSum(s.batched(rows))),
    elementwise("softmax", 0, 2, (s) => ops.softmax(s.batched(rows))),
    // The snapshot of a gradient that is a variable reads and writes it once more.
    update("momentum", 4, 7),
    update("adam", 11, 9),
  ];
}

interface Row {
  readonly name: string;
  readonly kernels: string;
  readonly median_us: number;
  readonly gflops: number | null;
  readonly gflops_share: number | null;
  readonly gbytes: number;
  readonly gbytes_share: number;
}

/** Median over 0.2 s of batches of runs that are long enough for the clock. */
function timeProgram(program: Program): number {
  program.run();
  const before = performance.now();
  program.run();
  const repeats = Math.max(1, Math.ceil(0.2 / Math.max(1e-3, performance.now() - before)));
  const times: number[] = [];
  for (const start = performance.now(); performance.now() - start < 200 || times.length < 9; ) {
    const began = performance.now();
    for (let i = 0; i < repeats; i++) program.run();
    times.push((performance.now() - began) / repeats / 1000);
  }
  return median(times);
}

await run(async () => {
  const { values: options } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      narrow: { type: "boolean", default: false },
      batch: { type: "string", default: "128" },
    },
  });
  const batch = positive("batch", options.batch);
  const engine = await ops.openEngine({ revectorize: options.narrow ? false : "auto" });
  const { simdBits, revectorized } = engine.backend;
  const peak = await measurePeak(revectorized);
  const cases = [
    ...denseCases(256, 784, batch),
    ...denseCases(1024, 1024, batch),
    ...denseCases(10, 1024, batch),
    ...sparseCases(1024, 0.1, batch),
    ...sparseCases(2048, 0.05, batch),
    ...sparseCases(2048, 0.01, batch),
    ...sparseCases(8192, 0.005, batch),
    ...memoryCases(512, batch),
  ].filter(({ name }) => name.includes(options.only));
  const rows = cases.map(({ name, flops, bytes, build }): Row => {
    using _ = engine.scope();
    const program = build(new Stage(engine, batch));
    const seconds = timeProgram(program);
    const [gflops, gbytes] = [flops / seconds / 1e9, bytes / seconds / 1e9];
    if (!options.json) note(name);
    return {
      name,
      kernels: [...new Set(program.calls.map(({ kernel }) => kernel))].join(" + "),
      median_us: rounded(seconds * 1e6),
      gflops: flops === 0 ? null : rounded(gflops),
      gflops_share: flops === 0 ? null : rounded(gflops / peak.gflops, 3),
      gbytes: rounded(gbytes),
      gbytes_share: rounded(gbytes / peak.copyRate(bytes), 3),
    };
  });
  const number = (key: string, title: string, decimals: number) =>
    ({ key, title, format: "number", decimals }) as const;
  const share = (key: string, title: string) => ({ key, title, format: "percent", unit: "%" }) as const;
  print(
    {
      name: "kernels",
      caption: `Kernels on one core, ${simdBits}-bit, beside a peak of ${peak.gflops.toFixed(1)} GFLOP/s in registers`,
      columns: [
        { key: "name", title: "operation" },
        { key: "kernels", title: "kernels" },
        number("median_us", "µs", 1),
        number("gflops", "GFLOP/s", 1),
        share("gflops_share", "of the peak"),
        number("gbytes", "GB/s", 1),
        share("gbytes_share", "of a copy"),
      ],
      rows: rows.map((row) => ({ ...row })),
      notes: [
        "Bytes are what must be read and written at least once; a copy of as many bytes, half of them read, is the measure.",
        "Exponentials, divisions and roots are not counted as operations.",
      ],
    },
    { simd_bits: simdBits, peak_gflops: rounded(peak.gflops), rows },
    options.json,
  );
});
