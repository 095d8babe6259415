/**
 * Speed of the sparse convolution kernels on one core: time of the three products of a layer for a whole batch, GFLOP/s as a
 * share of a multiply-add loop in registers, and how many times as long PyTorch's dense layer takes for forward and backward.
 *
 *     node bench/sparse-convolutions.ts --only "64 > 64" --density 0.05
 *     node bench/sparse-convolutions.ts --against other.wasm --no-peer
 *
 * With `--against` another build of the kernels takes turns with ours on the same memory. Times are minima: the machine may
 * be shared, and what is asked is what a kernel can do.
 */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Rng } from "../src/base/index.ts";
import { compileKernels } from "../src/kernels/compile.ts";
import { type Kernels, Memory } from "../src/kernels/index.ts";
import { measurePeak } from "./peak.ts";
import { note, positive, print, rounded, run } from "./print.ts";

/** A convolution layer of step 1, padded by `padding` on each side. */
interface Layer {
  readonly channels: number;
  readonly filters: number;
  readonly kernel: number;
  readonly image: number;
  readonly padding: number;
  readonly densities: readonly number[];
}

const usual = [0.1, 0.05, 0.01];
const layers: readonly Layer[] = [
  { channels: 32, filters: 64, kernel: 3, image: 14, padding: 1, densities: usual },
  { channels: 64, filters: 64, kernel: 3, image: 14, padding: 1, densities: usual },
  { channels: 64, filters: 128, kernel: 3, image: 7, padding: 1, densities: usual },
  { channels: 128, filters: 128, kernel: 3, image: 7, padding: 1, densities: usual },
  { channels: 128, filters: 128, kernel: 3, image: 3, padding: 1, densities: usual },
  { channels: 6, filters: 16, kernel: 5, image: 14, padding: 0, densities: usual },
  { channels: 32, filters: 32, kernel: 3, image: 32, padding: 1, densities: usual },
  { channels: 64, filters: 64, kernel: 3, image: 16, padding: 1, densities: usual },
  { channels: 128, filters: 128, kernel: 3, image: 8, padding: 1, densities: usual },
  { channels: 256, filters: 256, kernel: 3, image: 14, padding: 1, densities: [0.06, 0.01] },
];

const products = ["forward", "input gradient", "weight gradient", "padding"] as const;
type Product = (typeof products)[number];

const titleOf = ({ channels, filters, kernel, image }: Layer) =>
  `${channels} > ${filters}, ${kernel} x ${kernel} at ${image} x ${image}`;

/** A CSR index of `rows` with one tap per active weight, and the values' addresses. */
interface Index {
  readonly values: number;
  readonly pointers: number;
  readonly offsets: number;
}

/** Everything a layer's kernels need, in memory, for `blocks` blocks of 32 lanes. */
class Stage {
  readonly memory: Memory;
  readonly flops: number;
  readonly calls: Readonly<Record<Product, (kernels: Kernels) => void>>;
  readonly #rng = new Rng(1, "test");

  constructor(memory: Memory, layer: Layer, density: number, batch: number) {
    this.memory = memory;
    const { channels, filters, kernel, image, padding } = layer;
    const lanes = 32;
    const blocks = batch / lanes;
    const padded = image + 2 * padding;
    const size = padded - kernel + 1;
    // What the gradient of the input reads: the gradient of the result in a window that the whole kernel can leave.
    const wide = size + 2 * (kernel - 1);
    const taps = channels * kernel * kernel;
    const active = Math.max(filters, Math.round(density * filters * taps));
    this.flops = 2 * active * size * size * batch;
    const places = this.#choose(filters * taps, active);
    const tapOf = (place: number) => {
      const k = place % taps;
      return {
        filter: Math.floor(place / taps),
        channel: Math.floor(k / kernel ** 2),
        y: Math.floor(k / kernel) % kernel,
        x: k % kernel,
      };
    };
    const forward = this.#index(
      filters,
      places.map(tapOf).map(({ filter, channel, y, x }) => [filter, (channel * padded + y) * padded + x]),
    );
    const backward = this.#index(
      channels,
      places
        .map(tapOf)
        .map(({ filter, channel, y, x }): [number, number] => [
          channel,
          (filter * wide + kernel - 1 - y) * wide + kernel - 1 - x,
        ])
        .sort((a, b) => a[0] - b[0]),
    );
    const pixels = (count: number) => Array.from({ length: blocks }, () => this.#normals(count * lanes));
    const images = pixels(channels * image * image);
    const inputs = pixels(channels * padded * padded);
    const outputs = pixels(filters * size * size);
    const gradients = pixels(filters * wide * wide);
    const inputGradients = pixels(channels * padded * padded);
    const result = this.#normals(active);
    const bias = this.#normals(filters);
    const forwardSteps = this.#int32([padded, 1, size * size, size, 1]);
    const backwardSteps = this.#int32([wide, 1, padded * padded, padded, 1]);
    const outerSteps = this.#int32([padded, 1, wide * wide, wide, 1]);
    const border = 4 * lanes * (kernel - 1) * (wide + 1);
    this.calls = {
      forward: ({ sparseConvolve }) => {
        for (let q = 0; q < blocks; q++) {
          const to = [inputs[q], outputs[q], forwardSteps, size, size, lanes, bias, 0, 1, 0, filters] as const;
          sparseConvolve(forward.values, forward.pointers, forward.offsets, ...to);
        }
      },
      "input gradient": ({ sparseConvolve }) => {
        for (let q = 0; q < blocks; q++) {
          // The border's own gradient is not wanted; with padding the kernel begins inside the window.
          const from = gradients[q] + 4 * lanes * padding * (wide + 1);
          const to = [from, inputGradients[q], backwardSteps, image, image, lanes, 0, 0, 0, 0, channels] as const;
          sparseConvolve(backward.values, backward.pointers, backward.offsets, ...to);
        }
      },
      "weight gradient": ({ sparseConvolveOuter }) => {
        for (let q = 0; q < blocks; q++) {
          const from = [gradients[q] + border, inputs[q], result, outerSteps, size, size, lanes, lanes] as const;
          sparseConvolveOuter(forward.pointers, forward.offsets, ...from, q === 0 ? 0 : 1, 0, filters);
        }
      },
      padding: ({ placeImages }) => {
        for (let q = 0; q < blocks; q++) {
          placeImages(images[q], image, image, inputs[q], padded, padded, padding, padding, lanes, 0, channels);
        }
      },
    };
  }

  /** `count` different integers below n, in order. */
  #choose(n: number, count: number): number[] {
    const all = Array.from({ length: n }, (_, i) => i);
    for (let i = 0; i < count; i++) {
      const j = i + this.#rng.integer(n - i);
      [all[i], all[j]] = [all[j], all[i]];
    }
    return all.slice(0, count).sort((a, b) => a - b);
  }

  #index(rows: number, entries: readonly (readonly number[])[]): Index {
    const pointers = new Array<number>(rows + 1).fill(0);
    for (const [row] of entries) pointers[row + 1]++;
    for (let r = 0; r < rows; r++) pointers[r + 1] += pointers[r];
    const offsets = this.#int32(entries.map(([, offset]) => offset));
    return { values: this.#normals(entries.length), pointers: this.#int32(pointers), offsets };
  }

  #int32(values: readonly number[]): number {
    const address = this.memory.allocate(4 * values.length);
    this.memory.int32(address, values.length).set(values);
    return address;
  }

  #normals(count: number): number {
    const address = this.memory.allocateFloats(count);
    // The same thousand numbers again and again: what they are does not matter, that there are no denormal ones does.
    const some = Float32Array.from({ length: 1021 }, () => this.#rng.normal());
    const floats = this.memory.floats(address, count);
    for (let i = 0; i < count; i++) floats[i] = some[i % 1021];
    return address;
  }
}

/** Seconds of the fastest of the runs that fit into `ms`, for each of the builds, in turn. */
function fastest(call: (kernels: Kernels) => void, builds: readonly Kernels[], ms: number): number[] {
  const best = builds.map((kernels) => {
    call(kernels);
    return Number.POSITIVE_INFINITY;
  });
  for (const start = performance.now(); performance.now() - start < ms * builds.length; ) {
    for (const [i, kernels] of builds.entries()) {
      const began = performance.now();
      call(kernels);
      best[i] = Math.min(best[i], performance.now() - began);
    }
  }
  return best.map((time) => time / 1000);
}

async function instantiate(pages: WebAssembly.Memory, file: string | URL, wide: boolean): Promise<Kernels> {
  const module = await compileKernels(new Uint8Array(readFileSync(file)), wide);
  const { exports } = new WebAssembly.Instance(module, { env: { memory: pages } });
  (exports.useScratch as (address: number) => void)(1024);
  (exports.useNarrowTiles as (narrow: boolean) => void)(!wide);
  return exports as unknown as Kernels;
}

/** Milliseconds of forward and backward of the dense layer in PyTorch on one thread; undefined where it is missing. */
function peerTime(layer: Layer, batch: number): number | undefined {
  const { channels, filters, kernel, image, padding } = layer;
  const program = `
import time, torch
torch.set_num_threads(1)
layer = torch.nn.Conv2d(${channels}, ${filters}, ${kernel}, padding=${padding})
x = torch.randn(${batch}, ${channels}, ${image}, ${image}, requires_grad=True)
g = torch.randn_like(layer(x))
times = []
start = time.perf_counter()
while len(times) < 5 or time.perf_counter() - start < 0.5:
    began = time.perf_counter()
    layer(x).backward(g)
    times.append(time.perf_counter() - began)
    x.grad = None
    layer.zero_grad()
print(min(times) * 1000)
`;
  try {
    return Number(execFileSync("python3", ["-c", program], { stdio: ["ignore", "pipe", "ignore"] }).toString());
  } catch {
    return undefined;
  }
}

await run(async () => {
  const { values: options } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      product: { type: "string", default: "" },
      density: { type: "string", default: "" },
      narrow: { type: "boolean", default: false },
      "no-peer": { type: "boolean", default: false },
      against: { type: "string", multiple: true, default: [] },
      ms: { type: "string", default: "100" },
      batch: { type: "string", default: "128" },
    },
  });
  const ms = positive("ms", options.ms);
  const batch = 32 * Math.ceil(positive("batch", options.batch) / 32);
  const peak = await measurePeak(!options.narrow);
  const pages = new WebAssembly.Memory({ initial: 4096, maximum: 65535 });
  const files = [new URL("../src/kernels/kernels.wasm", import.meta.url), ...options.against];
  const builds = await Promise.all(files.map((file) => instantiate(pages, file, !options.narrow)));
  const rows: Record<string, string | number | null>[] = [];
  for (const layer of layers.filter((candidate) => titleOf(candidate).includes(options.only))) {
    const peer = options["no-peer"] ? undefined : peerTime(layer, batch);
    for (const density of layer.densities) {
      if (options.density !== "" && Number(options.density) !== density) continue;
      const stage = new Stage(new Memory(pages, "float32", { reserved: 65536 }), layer, density, batch);
      const total = builds.map(() => 0);
      for (const product of products.filter((name) => name.includes(options.product))) {
        const seconds = fastest(stage.calls[product], builds, ms);
        for (const [i, time] of seconds.entries()) total[i] += time;
        const gflops = product === "padding" ? null : rounded(stage.flops / seconds[0] / 1e9, 4);
        rows.push({
          name: `${titleOf(layer)}, ${100 * density} %: ${product}`,
          us: rounded(seconds[0] * 1e6, 4),
          gflops,
          share: gflops === null ? null : rounded(gflops / peak.gflops, 3),
          against: seconds
            .slice(1)
            .map((time) => (time / seconds[0]).toFixed(2))
            .join(" "),
          peer: null,
        });
      }
      rows.push({
        name: `${titleOf(layer)}, ${100 * density} %: all`,
        us: rounded(total[0] * 1e6, 4),
        gflops: rounded((3 * stage.flops) / total[0] / 1e9, 4),
        share: rounded((3 * stage.flops) / total[0] / 1e9 / peak.gflops, 3),
        against: total
          .slice(1)
          .map((time) => (time / total[0]).toFixed(2))
          .join(" "),
        peer: peer === undefined ? null : rounded(peer / total[0] / 1000, 3),
      });
      if (!options.json) note(Object.values(rows.at(-1) ?? {}).join("  "));
    }
  }
  const number = (key: string, title: string, decimals: number) =>
    ({ key, title, format: "number", decimals }) as const;
  print(
    {
      name: "sparse-convolutions",
      caption: `Sparse convolutions on one core, batch ${batch}, beside a peak of ${peak.gflops.toFixed(1)} GFLOP/s in registers`,
      columns: [
        { key: "name", title: "layer" },
        number("us", "µs", 1),
        number("gflops", "GFLOP/s", 1),
        { key: "share", title: "of the peak", format: "percent", unit: "%" },
        { key: "against", title: "against, ×" },
        number("peer", "PyTorch dense, ×", 1),
      ],
      rows,
      notes: [
        "PyTorch: forward and both gradients of the dense layer on one thread, which is what masked training pays for it.",
        "Padding is the copy of the images into a window with a border of zeros.",
      ],
    },
    { peak_gflops: rounded(peak.gflops), rows },
    options.json,
  );
});
