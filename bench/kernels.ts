/**
 * Speed of the kernels on one core, in GFLOP/s: `node bench/kernels.ts [on|off] [part of a name]`. Medians and best of 0.2 s each.
 *
 * `off` leaves V8's revectorisation out. Compare ratios of one run: absolute numbers move with the machine.
 */

import { median, Rng } from "../src/base/index.ts";
import { loadKernels } from "../src/kernels/index.ts";

const [mode = "on", filter = ""] = process.argv.slice(2);
const { memory, kernels, simdBits } = await loadKernels({ revectorize: mode === "on" ? "auto" : false });
const rng = new Rng(1, "test");
const batch = 128;

function normals(count: number): number {
  const address = memory.allocateFloats(count);
  const values = Float32Array.from({ length: count }, () => rng.normal());
  memory.floats(address, count).set(values);
  return address;
}

function integers(values: ArrayLike<number>): number {
  const address = memory.allocate(4 * values.length);
  memory.int32(address, values.length).set(values);
  return address;
}

function report(name: string, billions: number, unit: string, run: () => void): void {
  if (!name.includes(filter)) return;
  const times: number[] = [];
  run();
  for (const start = performance.now(); performance.now() - start < 200 || times.length < 9; ) {
    const before = performance.now();
    run();
    times.push((performance.now() - before) / 1000);
  }
  const best = times.reduce((a, b) => Math.min(a, b));
  const rate = (seconds: number): string => (billions / seconds).toFixed(1).padStart(7);
  process.stdout.write(`${name.padEnd(44)}${rate(median(times))} median${rate(best)} best ${unit}\n`);
}

function dense(fanOut: number, fanIn: number): void {
  const [w, x, dy, xt] = [
    normals(fanOut * fanIn),
    normals(fanIn * batch),
    normals(fanOut * batch),
    normals(batch * fanIn),
  ];
  const out = memory.allocateFloats(Math.max(fanOut, batch) * Math.max(fanIn, batch));
  const flops = (2 * fanOut * fanIn * batch) / 1e9;
  const size = `${fanOut} x ${fanIn} x ${batch}`;
  const [inputBlock, outputBlock] = [32 * fanIn, 32 * fanOut];
  report(`gemm forward ${size}`, flops, "GFLOP/s", () =>
    kernels.gemm(w, fanIn, 1, x, 32, inputBlock, out, 32, outputBlock, batch, fanIn, 0, 0, 0, 0, fanOut),
  );
  report(`gemm input gradient ${size}`, flops, "GFLOP/s", () =>
    kernels.gemm(w, 1, fanIn, dy, 32, outputBlock, out, 32, inputBlock, batch, fanOut, 0, 0, 0, 0, fanIn),
  );
  report(`gemm weight gradient ${size}`, flops, "GFLOP/s", () =>
    kernels.gemm(dy, batch, 1, xt, fanIn, 32, out, fanIn, 32, fanIn, batch, 0, 0, 0, 0, fanOut),
  );
  report(`transpose ${fanIn} x ${batch}`, (8 * fanIn * batch) / 1e9, "GB/s", () => {
    for (let lane = 0; lane < batch; lane += 32) {
      const at = 4 * lane * fanIn;
      kernels.transpose(x + at, 32, xt + at, fanIn, fanIn, 0, 32);
    }
  });
  report(`joinLanes ${fanOut} x ${batch}`, (8 * fanOut * batch) / 1e9, "GB/s", () =>
    kernels.joinLanes(dy, out, batch, fanOut, 0, fanOut),
  );
}

function sparse(width: number, density: number): void {
  const perRow = Math.round(width * density);
  const columns: number[] = [];
  for (let r = 0; r < width; r++) columns.push(...rng.choose(width, perRow));
  const active = columns.length;
  const pointers = integers(Array.from({ length: width + 1 }, (_, r) => r * perRow));
  const indices = integers(columns);
  const permutation = integers(columns.map((_, i) => (i * 7919) % active));
  const [values, x, dy] = [normals(active), normals(width * batch), normals(width * batch)];
  const y = memory.allocateFloats(width * batch);
  const gradient = memory.allocateFloats(active);
  const flops = (2 * active * batch) / 1e9;
  const size = `${width}², ${100 * density} %`;
  report(`sparseProduct ${size}`, flops, "GFLOP/s", () => {
    for (let lane = 0; lane < batch; lane += 32) {
      const at = 4 * lane * width;
      kernels.sparseProduct(values, pointers, indices, x + at, y + at, 32, 0, 0, 0, 0, width);
    }
  });
  report(`permute ${size}`, active / 1e9, "G elements/s", () =>
    kernels.permute(values, permutation, gradient, 0, active),
  );
  report(`sparseOuter ${size}`, flops, "GFLOP/s", () =>
    kernels.sparseOuter(pointers, indices, dy, width, x, gradient, batch, 0, width),
  );
}

function memoryBound(): void {
  const count = 2 ** 16;
  const [a, b, c, d] = [normals(count), normals(count), normals(count), normals(count)];
  const hyper = normals(16);
  for (const name of ["exponential", "tanh", "sigmoid", "relu", "logarithm"] as const) {
    report(name, count / 1e9, "G elements/s", () => kernels[name](a, b, 0, count));
  }
  report("momentumUpdate", count / 1e9, "G elements/s", () => kernels.momentumUpdate(a, b, c, hyper, 0, count));
  report("adamUpdate", count / 1e9, "G elements/s", () => kernels.adamUpdate(a, b, c, d, hyper, 0, count));
  report("reduceSquares", count / 1e9, "G elements/s", () => kernels.reduceSquares(a, count, c, 0, count / 4096));
  const [features, examples] = [784, 1000];
  const bytes = memory.allocate(features * examples);
  const indices = integers(rng.choose(examples, batch));
  const out = memory.allocateFloats(features * batch);
  report("gatherBytes 784 x 128", (features * batch) / 1e9, "G elements/s", () => {
    for (let lane = 0; lane < batch; lane += 32) {
      const at = out + 4 * lane * features;
      kernels.gatherBytes(bytes, indices + 4 * lane, a, b, at, features, 32, 32, 0, features);
    }
  });
  const step = integers([1]);
  report("dropoutMask 512 x 128", (512 * batch) / 1e9, "G elements/s", () =>
    kernels.dropoutMask(a, 1, 2, 3, step, 2 ** 31, 2, 0, batch, 0, 512),
  );
}

process.stdout.write(`${simdBits}-bit\n`);
dense(256, 784);
dense(1024, 1024);
dense(10, 1024);
sparse(2048, 0.05);
sparse(2048, 0.01);
memoryBound();
