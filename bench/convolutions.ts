/**
 * Speed of the dense convolution kernels on one core: GFLOP/s of a layer's three sums beside a multiply-add loop in registers.
 *
 *     node bench/convolutions.ts
 *     node bench/convolutions.ts --only "3x3" --peer --beside other.wasm
 *
 * Kernels are called as a compiled program calls them, block by block of 32 lanes, on images whose border is in place. Each
 * time is the least of several turns, between which the others (another build of the kernels) have theirs.
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { InputError, Rng } from "../src/base/index.ts";
import { compileKernels } from "../src/kernels/compile.ts";
import { type Backend, loadKernels } from "../src/kernels/index.ts";
import { measurePeak } from "./peak.ts";
import { note, positive, print, rounded, run } from "./print.ts";

/** A layer: channels in and out, side of the square kernel, of the image, zeros around it and the step between its windows. */
interface Layer {
  readonly name: string;
  readonly channels: number;
  readonly filters: number;
  readonly kernel: number;
  readonly side: number;
  readonly border: number;
  readonly step: number;
}

const layer = (channels: number, filters: number, kernel: number, side: number, border: number, step = 1): Layer => ({
  name: `${channels}-${filters} ${kernel}x${kernel} on ${side}x${side}${step > 1 ? ` by ${step}` : ""}`,
  ...{ channels, filters, kernel, side, border, step },
});

const layers: readonly Layer[] = [
  layer(1, 6, 5, 28, 2),
  layer(6, 16, 5, 14, 0),
  layer(1, 32, 3, 28, 1),
  layer(32, 32, 3, 28, 1),
  layer(32, 64, 3, 14, 1),
  layer(64, 64, 3, 14, 1),
  layer(64, 128, 3, 7, 1),
  layer(128, 128, 3, 3, 1),
  layer(3, 16, 3, 32, 1),
  layer(16, 32, 3, 32, 1),
  layer(32, 32, 3, 32, 1),
  layer(32, 64, 3, 32, 1, 2),
  layer(64, 64, 3, 16, 1),
  layer(128, 128, 3, 8, 1),
  layer(256, 64, 1, 8, 0),
  layer(512, 512, 3, 4, 1),
  layer(512, 512, 3, 2, 1),
];

/** The three sums of a layer: its result, the gradient of its input (not of strided layers) and that of its weights. */
const sums = ["forward", "input gradient", "weight gradient"] as const;

const outSide = ({ side, border, kernel, step }: Layer): number => Math.floor((side + 2 * border - kernel) / step) + 1;

/** Multiplications and additions of each of the three. */
const flopsOf = (of: Layer, batch: number): number =>
  2 * of.filters * of.channels * of.kernel ** 2 * outSide(of) ** 2 * batch;

interface LayerStage {
  readonly calls: ReadonlyMap<(typeof sums)[number], () => void>;
  free(): void;
}

/** Calls of one layer on one back end. */
function stageOf({ memory, kernels }: Backend, of: Layer, batch: number): LayerStage {
  const addresses: number[] = [];
  const rng = new Rng(1, "test");
  const widths = Array.from({ length: Math.ceil(batch / 32) }, (_, q) =>
    Math.min(32, 16 * Math.ceil(batch / 16 - 2 * q)),
  );
  const floats = (count: number) => {
    const address = memory.allocateFloats(count);
    addresses.push(address);
    memory.floats(address, count).set(Float32Array.from({ length: count }, () => rng.normal()));
    return address;
  };
  const integers = (values: readonly number[]) => {
    const address = memory.allocate(4 * values.length);
    addresses.push(address);
    memory.int32(address, values.length).set(values);
    return address;
  };
  const { channels, filters, kernel, step } = of;
  const padded = of.side + 2 * of.border;
  const out = outSide(of);
  const blocks = (pixels: number) => widths.map((width) => floats(pixels * width));
  const offsets = (planes: number, side: number) =>
    integers(
      Array.from({ length: planes * kernel ** 2 }, (_, k) => {
        const inKernel = k % kernel ** 2;
        return (Math.floor(k / kernel ** 2) * side + Math.floor(inKernel / kernel)) * side + (inKernel % kernel);
      }),
    );
  const taps = channels * kernel ** 2;
  const weights = floats(filters * taps);
  const inputs = blocks(channels * padded ** 2);
  const outputs = blocks(filters * out ** 2);
  const window = offsets(channels, padded);
  const steps = integers([step * padded, step, out ** 2, out, 1]);
  const gradients = floats(filters * taps);
  const bias = floats(filters);
  const calls = new Map<(typeof sums)[number], () => void>();
  calls.set("forward", () => {
    widths.forEach((stride, q) => {
      kernels.convolve(weights, taps, window, inputs[q], outputs[q], steps, out, out, stride, bias, 0, 1, 0, filters);
    });
  });
  if (step === 1) {
    const around = of.side + kernel - 1;
    const padded = blocks(filters * around ** 2);
    const results = blocks(channels * of.side ** 2);
    const taps = filters * kernel ** 2;
    const back = offsets(filters, around);
    const steps = integers([around, 1, of.side ** 2, of.side, 1]);
    const size = [of.side, of.side] as const;
    calls.set("input gradient", () => {
      widths.forEach((stride, q) => {
        kernels.convolve(weights, taps, back, padded[q], results[q], steps, ...size, stride, 0, 0, 0, 0, channels);
      });
    });
  }
  calls.set("weight gradient", () => {
    widths.forEach((stride, q) => {
      const valid = Math.min(32, batch - 32 * q);
      const images = [window, outputs[q], inputs[q], gradients, steps] as const;
      kernels.convolveOuter(taps, ...images, out, out, stride, valid, q > 0 ? 1 : 0, 0, filters);
    });
  });
  return {
    calls,
    free: () => {
      for (const address of addresses) memory.free(address);
    },
  };
}

/** The least seconds of each call, in turns. */
function timeInTurns(calls: readonly (() => void)[], turns: number): number[] {
  const repeats = calls.map((call) => {
    call();
    const before = performance.now();
    call();
    return Math.max(1, Math.ceil(2 / Math.max(0.01, performance.now() - before)));
  });
  const best = calls.map(() => Number.POSITIVE_INFINITY);
  for (let turn = 0; turn < turns; turn++) {
    calls.forEach((call, i) => {
      const before = performance.now();
      for (let n = 0; n < repeats[i]; n++) call();
      best[i] = Math.min(best[i], (performance.now() - before) / repeats[i]);
    });
  }
  return best.map((ms) => ms / 1000);
}

/** Seconds of the same sums in PyTorch on one thread, one list per layer; undefined where it is missing. */
function peerTimes(chosen: readonly Layer[], batch: number, turns: number): number[][] | undefined {
  const script = fileURLToPath(new URL("./peer_convolutions.py", import.meta.url));
  const request = JSON.stringify({ layers: chosen, batch, turns });
  const { status, stdout } = spawnSync("python3", [script], { input: request, encoding: "utf8" });
  return status === 0 && stdout !== "" ? (JSON.parse(stdout) as number[][]) : undefined;
}

/** A back end from another build of the kernels. @throws InputError where it cannot be read */
async function backendFrom(file: string, revectorized: boolean): Promise<Backend> {
  try {
    const module = await compileKernels(new Uint8Array(readFileSync(file)), revectorized);
    return await loadKernels({ compiled: { module, revectorized, notes: [] } });
  } catch (error) {
    throw new InputError(`bench: --beside must name a build of the kernels: ${(error as Error).message}`);
  }
}

await run(async () => {
  const { values: options } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      narrow: { type: "boolean", default: false },
      peer: { type: "boolean", default: false },
      beside: { type: "string" },
      batch: { type: "string", default: "128" },
      turns: { type: "string", default: "40" },
    },
  });
  const batch = positive("batch", options.batch);
  const turns = positive("turns", options.turns);
  const ours = await loadKernels({ revectorize: options.narrow ? false : "auto" });
  const backends = [ours];
  if (options.beside !== undefined) backends.push(await backendFrom(options.beside, ours.revectorized));
  const peak = await measurePeak(ours.revectorized);
  const chosen = layers.filter(({ name }) => name.includes(options.only));
  const peers = options.peer ? peerTimes(chosen, batch, turns) : undefined;
  const rows = chosen.flatMap((of, place) => {
    if (!options.json) note(of.name);
    const stages = backends.map((backend) => stageOf(backend, of, batch));
    const ofLayer = sums.flatMap((sum, which) => {
      const bodies = stages.flatMap(({ calls }) => calls.get(sum) ?? []);
      if (bodies.length === 0) return [];
      const rates = timeInTurns(bodies, turns).map((seconds) => flopsOf(of, batch) / seconds / 1e9);
      const peer = peers === undefined ? null : flopsOf(of, batch) / peers[place][which] / 1e9;
      return {
        layer: of.name,
        sum,
        gflops: rounded(rates[0]),
        share: rounded(rates[0] / peak.gflops, 3),
        beside: rates.length > 1 ? rounded(rates[1]) : null,
        peer: peer === null ? null : rounded(peer),
        ratio: peer === null ? null : rounded(rates[0] / peer, 3),
      };
    });
    for (const { free } of stages) free();
    return ofLayer;
  });
  const number = (key: string, title: string, decimals: number) =>
    ({ key, title, format: "number", decimals }) as const;
  print(
    {
      name: "convolutions",
      caption: `Dense convolutions on one core, ${ours.simdBits}-bit, beside a peak of ${peak.gflops.toFixed(1)} GFLOP/s in registers`,
      columns: [
        { key: "layer", title: "layer" },
        { key: "sum", title: "sum" },
        number("gflops", "GFLOP/s", 1),
        { key: "share", title: "of the peak", format: "percent", unit: "%" },
        ...(backends.length > 1 ? [number("beside", "other build", 1)] : []),
        ...(peers === undefined ? [] : [number("peer", "PyTorch", 1), number("ratio", "ours / PyTorch", 2)]),
      ],
      rows,
      notes: [`Batch ${batch}; the least of ${turns} turns.`],
    },
    { simd_bits: ours.simdBits, peak_gflops: rounded(peak.gflops), rows },
    options.json,
  );
});
