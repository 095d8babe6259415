/** Operations on images: PyTorch's numbers (scripts/fixtures/torch_images.py), derivatives, hand-worked cases, other batches. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Rng } from "../../base/index.ts";
import { loadKernels } from "../../kernels/index.ts";
import * as t from "../index.ts";
import { startTeam } from "../team.ts";

const operations = {
  averagePool: t.averagePool,
  maxPool: t.maxPool,
  bilinearUpsample: t.bilinearUpsample,
  nearestUpsample: t.nearestUpsample,
  zeroPad: t.zeroPad,
  crop: t.crop,
  subsample: t.subsample,
  globalAveragePool: t.globalAveragePool,
} as const;

interface TorchCase {
  readonly operation: keyof typeof operations;
  readonly options: unknown;
  readonly shape: number[];
  readonly resultShape: number[];
  readonly x: number[];
  readonly y: number[];
  readonly cotangent: number[];
  readonly xGradient: number[];
}

const torch: readonly TorchCase[] = JSON.parse(
  readFileSync(new URL("./fixtures/torch-images.json", import.meta.url), "utf8"),
).cases;

const engine64 = () => new t.Engine(t.createReference("float64"));
const wasm = await t.openEngine();

/** A batched tensor whose padded lanes are NaN, which must reach no result. */
function images(engine: t.Engine, graph: t.Graph, shape: readonly number[], values: ArrayLike<number>): t.Tensor {
  const variable = engine.variable("images", shape, { batched: true });
  variable.fill(Number.NaN);
  const view = variable.view();
  const batch = shape[shape.length - 1];
  const rows = values.length / batch;
  for (let i = 0; i < values.length; i++) {
    view[t.lanePlace(rows, batch, Math.floor(i / batch), i % batch)] = values[i];
  }
  return graph.read(variable);
}

/** The numbers of each tensor. */
function run(engine: t.Engine, ...tensors: t.Tensor[]): number[][] {
  const program = t.compile(engine, { outputs: tensors });
  program.run();
  return tensors.map((tensor) => [...program.read(tensor)]);
}

function worst(values: readonly number[], expected: readonly number[]): number {
  expect(values.length).toBe(expected.length);
  const errors = expected.map((e, i) => Math.abs(values[i] - e));
  return errors.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...errors);
}

describe("PyTorch's value and gradient, to 1e-14 in float64 and 1e-6 in WebAssembly:", () => {
  test("the fixture has 48 cases, and all eight operations", () => {
    expect(torch.length).toBe(48);
    expect(new Set(torch.map(({ operation }) => operation))).toEqual(new Set(Object.keys(operations)));
  });

  test.each(torch.map((of) => [`${of.operation} ${JSON.stringify(of.options)} of [${of.shape}]`, of] as const))(
    "%s",
    (_, of) => {
      for (const [engine, tolerance] of [
        [engine64(), 1e-14],
        [wasm, 1e-6],
      ] as const) {
        const graph = new t.Graph();
        const x = images(engine, graph, of.shape, of.x);
        const apply = operations[of.operation] as (x: t.Tensor, options: unknown) => t.Tensor;
        const y = t.reshape(apply(x, of.options), of.resultShape);
        const [gradient] = t.gradient(y, [x], { cotangent: images(engine, graph, of.resultShape, of.cotangent) });
        const [values, slopes] = run(engine, y, gradient);
        expect(worst(values, of.y)).toBeLessThan(tolerance);
        expect(worst(slopes, of.xGradient)).toBeLessThan(tolerance);
      }
    },
  );
});

const image = { shape: [2, 3, 4, 3], batched: true } as const;
const channel = { shape: [2], batched: false } as const;
/** Whole numbers in an order far from sorted: no two are closer than 0.05. */
const apart = { ...image, values: Array.from({ length: 72 }, (_, i) => ((i * 31) % 72) * 0.05 - 1.83) };
const overlapping = { size: 2, stride: 1, padding: 1 } as const;

type Case = [string, readonly t.GradcheckInput[], (inputs: readonly t.Tensor[]) => t.Tensor];

const cases: Case[] = [
  ["reshape", [image], ([x]) => t.softmax(t.reshape(x, [4, 6, 3]))],
  ["averagePool", [image], ([x]) => t.tanh(t.averagePool(x, { ...overlapping, countPadding: false }))],
  ["globalAveragePool", [image], ([x]) => t.tanh(t.globalAveragePool(x))],
  ["bilinearUpsample", [image], ([x]) => t.tanh(t.bilinearUpsample(x, { size: [5, 6] }))],
  [
    "zeroPad, crop and subsample",
    [image],
    ([x]) => t.tanh(t.subsample(t.crop(t.zeroPad(x, 2), { begin: 1, size: [5, 6] }), 2)),
  ],
  ["nearestUpsample", [image], ([x]) => t.tanh(t.nearestUpsample(x, { size: [6, 8] }))],
  ["maxPool of a partition", [apart], ([x]) => t.tanh(t.maxPool(x, { size: [3, 2] }))],
  ["maxPool of windows that overlap", [apart], ([x]) => t.tanh(t.maxPool(x, overlapping))],
  [
    "maxPoolTake and maxPoolPut in their second argument",
    [image],
    ([tangent]) => {
      const x = tangent.graph.full({ shape: image.shape, batched: true }, 1);
      const windows = t.maxPoolWindows([3, 4], overlapping);
      return t.tanh(t.maxPoolPut(x, t.square(t.maxPoolTake(x, tangent, windows)), windows));
    },
  ],
  ["concatenate", [image, { ...image, shape: [1, 3, 4, 3] }], ([a, b]) => t.tanh(t.concatenate([a, b, t.square(a)]))],
  ["concatenate of features", [{ shape: [2, 5], batched: true }], ([x]) => t.softmax(t.concatenate([x, t.square(x)]))],
  ["sliceChannels", [image], ([x]) => t.multiply(t.sliceChannels(x, 0, 1), t.sliceChannels(x, 1, 2))],
  ["addRows by channel", [image, channel], ([x, v]) => t.square(t.addRows(x, v))],
  ["scaleRows by channel", [image, channel], ([x, v]) => t.square(t.scaleRows(x, v))],
  ["affineRows by channel", [image, channel, channel], ([x, a, b]) => t.square(t.affineRows(x, a, b))],
  ["broadcastRows by channel", [channel], ([v]) => t.square(t.broadcastRows(v, image.shape))],
  ["rowSum by channel", [image], ([x]) => t.square(t.rowSum(x))],
  ["rowDot by channel", [image, image], ([a, b]) => t.square(t.rowDot(a, b))],
  ["standardize by channel", [image], ([x]) => t.tanh(t.standardize(x))],
  ["prelu by channel", [apart, channel], ([x, slope]) => t.square(t.prelu(x, slope))],
  [
    "srelu by channel",
    [apart, { ...channel, values: [0.44, 0.51] }, channel, { ...channel, values: [-0.44, -0.61] }, channel],
    ([x, upperThreshold, upperSlope, lowerThreshold, lowerSlope]) =>
      t.square(t.srelu(x, { upperThreshold, upperSlope, lowerThreshold, lowerSlope })),
  ],
];

describe("derivatives agree with central differences to 1e-7 (first order) and 2e-6 (second order):", () => {
  test.each(cases)("%s", (_, inputs, f) => {
    const report = t.gradcheck(inputs, f);
    expect(report.gradient).toBeLessThan(1e-7);
    expect(report.jvp).toBeLessThan(1e-7);
    expect(report.hessian).toBeLessThan(2e-6);
  });
});

describe.each([
  ["the reference", engine64],
  ["WebAssembly", () => wasm],
] as const)("on %s", (_, open) => {
  test("NaN wins a maximum over 7; of the ties 2, 2 and of two NaN the derivative goes to the first and to the last", () => {
    const engine = open();
    const graph = new t.Graph();
    const x = images(engine, graph, [3, 2, 2, 1], [7, Number.NaN, 1, Number.NaN, 0, 2, 2, 1, -1, -3, -2, -1]);
    const y = t.maxPool(x, { size: 2 });
    const cotangent = images(engine, graph, [3, 1, 1, 1], [10, 20, 30]);
    const [values, slopes] = run(engine, y, ...t.gradient(y, [x], { cotangent }));
    expect(values).toEqual([Number.NaN, 2, -1]);
    expect(slopes).toEqual([0, 0, 0, 10, 0, 20, 0, 0, 30, 0, 0, 0]);
  });

  test("two windows that share a maximum both add to its derivative: 3 x 1 pixels 1, 5, 2 by windows of 2", () => {
    const engine = open();
    const graph = new t.Graph();
    const x = images(engine, graph, [1, 3, 1, 1], [1, 5, 2]);
    const y = t.maxPool(x, { size: [2, 1], stride: 1 });
    const [slopes] = run(engine, ...t.gradient(y, [x], { cotangent: images(engine, graph, [1, 2, 1, 1], [10, 100]) }));
    expect(slopes).toEqual([0, 110, 0]);
  });

  test("an average over 2 x 2 of which three are padding is a quarter of the pixel, or the pixel where padding is not counted", () => {
    const engine = open();
    const x = images(engine, new t.Graph(), [1, 1, 1, 2], [8, -4]);
    const options = { size: 2, padding: 1 };
    const [counted, not] = run(
      engine,
      t.averagePool(x, options),
      t.averagePool(x, { ...options, countPadding: false }),
    );
    expect([counted, not]).toEqual([
      [2, -1],
      [8, -4],
    ]);
  });

  test("channels 1, 2 of [a, b] are the last of a and the first of b, and a slice's cotangent is 0 elsewhere", () => {
    const engine = open();
    const graph = new t.Graph();
    const a = images(engine, graph, [2, 1, 2, 1], [1, 2, 3, 4]);
    const b = images(engine, graph, [3, 1, 2, 1], [5, 6, 7, 8, 9, 10]);
    const slice = t.sliceChannels(t.concatenate([a, b]), 1, 3);
    const [values, da, db] = run(engine, slice, ...t.gradient(slice, [a, b], { cotangent: slice }));
    expect(values).toEqual([3, 4, 5, 6]);
    expect(da).toEqual([0, 0, 3, 4]);
    expect(db).toEqual([5, 6, 0, 0, 0, 0]);
  });

  test("a row sum by channel adds pixels and examples: 2 channels of 1 x 2 pixels, 3 examples, by hand", () => {
    const engine = open();
    const x = images(engine, new t.Graph(), [2, 1, 2, 3], [1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60]);
    expect(run(engine, t.rowSum(x), t.rowDot(x, x))).toEqual([
      [21, 210],
      [91, 9100],
    ]);
  });

  test("a dropout mask of images has a word per pixel and example: as that of the same numbers flattened", () => {
    const engine = open();
    const step = engine.variable("step", [], { type: "int32" });
    const x = images(engine, new t.Graph(), [2, 3, 2, 5], new Float64Array(60));
    const options = { rate: 0.5, seed: 1, layer: 1, step };
    const [mask, flat] = run(engine, t.dropoutMask(x, options), t.dropoutMask(t.flatten(x), options));
    expect(mask).toEqual(flat);
    expect(new Set(mask)).toEqual(new Set([0, 2]));
  });
});

/** Everything an image can go through, each example by itself. */
const perExample: [string, (x: t.Tensor) => t.Tensor][] = [
  ["averagePool", (x) => t.averagePool(x, overlapping)],
  ["globalAveragePool", (x) => t.globalAveragePool(x)],
  ["bilinearUpsample", (x) => t.bilinearUpsample(x, { size: 5 })],
  ["maxPool", (x) => t.maxPool(x, overlapping)],
  ["its gradient", (x) => t.gradient(t.maxPool(x, overlapping), [x], { cotangent: t.averagePool(x, overlapping) })[0]],
  ["its tangent", (x) => t.jvp([t.maxPool(x, { size: 2 })], [x], [t.square(x)])[0]],
  [
    "its gradient, windows apart",
    (x) => t.gradient(t.maxPool(x, { size: [3, 1] }), [x], { cotangent: t.averagePool(x, { size: [3, 1] }) })[0],
  ],
  ["concatenate and slice", (x) => t.sliceChannels(t.concatenate([x, t.relu(x), x]), 1, 5)],
  ["a slice among zeros", (x) => t.gradient(t.sliceChannels(x, 1, 2), [x], { cotangent: t.sliceChannels(x, 0, 1) })[0]],
  ["addRows", (x) => t.addRows(x, x.graph.full({ shape: [2], batched: false }, 0.5))],
  ["flatten", (x) => t.square(t.flatten(x))],
];
const drawn = Array.from({ length: 2 * 3 * 4 * 70 }, (_, i) => Math.fround(((i * 7919) % 1680) / 800 - 1));

describe.each([
  ["the reference", engine64(), 1e-12],
  ["WebAssembly", wasm, 1e-6],
] as const)("on %s, each of 70 examples gives what it gives alone:", (_, engine, tolerance) => {
  test.each(perExample)("%s", (__, build) => {
    const [all] = run(engine, build(images(engine, new t.Graph(), [2, 3, 4, 70], drawn)));
    for (const b of [0, 15, 16, 31, 32, 63, 64, 69]) {
      const own = drawn.filter((___, i) => i % 70 === b);
      const [alone] = run(engine, build(images(engine, new t.Graph(), [2, 3, 4, 1], own)));
      const chosen = all.filter((___, i) => i % 70 === b);
      expect(worst(chosen, alone)).toBeLessThan(tolerance);
    }
  });
});

test("three threads come to the bits of one, of pooling, upsampling, concatenation and batch norm of 70 images", async () => {
  const backend = await loadKernels({ shared: true });
  const team = await startTeam(backend, 3, { smallestCallNs: 0, smallestProgramNs: 0 });
  const shared = new t.Engine(backend, team);
  const results = [wasm, shared].map((engine) => {
    const rng = new Rng(9, "test");
    const shape = [5, 7, 9, 70];
    const graph = new t.Graph();
    const x = images(
      engine,
      graph,
      shape,
      Float64Array.from({ length: 5 * 7 * 9 * 70 }, () => rng.normal()),
    );
    const pooled = t.concatenate([t.maxPool(x, overlapping), t.averagePool(x, overlapping)]);
    const y = t.tanh(t.standardize(t.bilinearUpsample(pooled, { size: [11, 6] })));
    const loss = t.sum(t.globalAveragePool(y));
    return run(engine, y, ...t.gradient(loss, [x]), ...t.hessianVectorProduct(loss, [x], [x]), t.rowDot(x, x));
  });
  expect(results[1]).toEqual(results[0]);
  expect(team.sharedCalls).toBeGreaterThan(20);
  await shared.close();
});

test("the average of 63 x 61 pixels between 1 and 2 is off by less than 1e-6 in float32", () => {
  const values = Array.from({ length: 3843 }, (_, i) => Math.fround(1 + ((i * 7919) % 3843) / 3843));
  const [[average]] = run(wasm, t.globalAveragePool(images(wasm, new t.Graph(), [1, 63, 61, 1], values)));
  const exact = values.reduce((sum, x) => sum + x, 0) / 3843;
  expect(Math.abs(average / exact - 1)).toBeLessThan(1e-6);
});

test("tables are made once: a second program of the same pooling adds none", () => {
  const engine = engine64();
  const program = () => {
    const x = images(engine, new t.Graph(), [1, 6, 6, 1], new Float64Array(36));
    const compiled = t.compile(engine, { outputs: [t.averagePool(x, { size: 3 })] });
    compiled.run();
    return compiled.calls[0].args.slice(1, 4);
  };
  expect(program()).toEqual(program());
});

describe("refused, with what to do:", () => {
  const graph = new t.Graph();
  const x = graph.read(engine64().variable("x", [2, 3, 5, 4], { batched: true }));
  const flat = graph.read(engine64().variable("flat", [30, 4], { batched: true }));
  test.each([
    [
      () => t.maxPool(x, { size: 4 }),
      "maxPool: the window must fit the padded image, got a window of 4 x 4 for an image of 3 x 5, padded to 3 x 5; make it smaller",
    ],
    [
      () => t.averagePool(x, { size: 3, padding: 2 }),
      "averagePool: the padding must be at most half of the window, or some windows would hold no pixel; got padding 2 x 2 for a window of 3 x 3",
    ],
    [
      () => t.maxPool(x, { size: 0 }),
      "maxPool: size must be an integer ≥ 1, or two of them for height and width, got 0",
    ],
    [
      () => t.maxPool(x, { size: 2, stride: [1, 0.5] }),
      "maxPool: stride must be an integer ≥ 1, or two of them for height and width, got [1,0.5]",
    ],
    [() => t.maxPool(flat, { size: 2 }), "maxPool: expected images [C, H, W, B], got read[30, 4] over the batch"],
    [
      () => t.crop(x, { begin: [0, 4], size: 2 }),
      "crop: the part must lie inside the image of 3 x 5, got 2 x 2 from 0, 4",
    ],
    [
      () => t.mixPixels(x, t.averagePoolMap([4, 4], { size: 2 })),
      "mixPixels: expected images [C, 4, 4, B], got read[2, 3, 5, 4] over the batch",
    ],
    [() => t.concatenate([]), "concatenate: expected one part or more, got none"],
    [
      () => t.concatenate([x, flat]),
      "concatenate: parts over the batch must differ in their first length only, got read[2, 3, 5, 4] over the batch and read[30, 4] over the batch",
    ],
    [
      () => t.sliceChannels(x, 1, 3),
      "sliceChannels: expected 0 ≤ begin < end ≤ 2, got 1 and 3 for read[2, 3, 5, 4] over the batch",
    ],
    [
      () => t.addRows(x, graph.full({ shape: [30], batched: false }, 0)),
      "addRows: expected [F, B] or [F, H, W, B], and one number per F, got read[2, 3, 5, 4] over the batch and full[30]",
    ],
  ])("%#: %s", (act, message) => {
    expect(act).toThrow(message);
  });
});
