/** Networks against plain loops in float64, an example's bits in batches of all sizes, and what is refused at run time. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { EnvironmentError, InputError, Rng } from "../base/index.ts";
import type { Bundle } from "./bundle.ts";
import { encodeBundle } from "./bundle-file.ts";
import { elements } from "./bundle-shapes.ts";
import { plainRun } from "./fixtures/plain-run.ts";
import { lenet5, perceptron, randomBundle, randomNumbers, vggSmall } from "./fixtures/random-bundle.ts";
import { loadModel } from "./load.ts";

const examples = (bundle: Bundle, batch: number) =>
  randomNumbers(new Rng(7, "test", 1), batch * elements(bundle.input));

/** The largest difference from plain loops, as a share of the largest output. */
async function difference(bundle: Bundle, batch: number): Promise<number> {
  const model = await loadModel(bundle);
  const [size, input] = [elements(bundle.input), examples(bundle, batch)];
  const got = model.run(input);
  expect(got.length).toBe(batch * model.outputs);
  let [error, largest] = [0, 1e-3];
  for (let b = 0; b < batch; b++) {
    const want = plainRun(bundle, input.subarray(b * size, (b + 1) * size));
    want.forEach((x, i) => {
      const one = Math.abs(got[b * want.length + i] - x);
      error = Number.isNaN(one) ? Number.POSITIVE_INFINITY : Math.max(error, one);
      largest = Math.max(largest, Math.abs(x));
    });
  }
  return error / largest;
}

test("200 random programs of all 26 kinds of operations and functions come within 3e-5 of plain loops in float64", async () => {
  const kinds = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const bundle = randomBundle(seed);
    for (const operation of bundle.operations) {
      kinds.add(operation.kind === "activation" ? operation.function : operation.kind);
    }
    expect(await difference(bundle, 1 + (seed % 7)), `seed ${seed}`).toBeLessThan(3e-5);
  }
  expect([...kinds].sort().length).toBe(26);
});

const networks: readonly (readonly [string, Bundle])[] = [1, 0.3, 0.05].flatMap((density) => [
  [`784-300-100-10 at density ${density}`, perceptron([784, 300, 100, 10], density)] as const,
  [`LeNet-5 at density ${density}`, lenet5(density)] as const,
  [`a small VGG of 3 × 12 × 12 at density ${density}`, vggSmall(12, 3, density)] as const,
]);

test.each(networks)("%s gives the logits of plain loops in float64 to 1e-5", async (_, bundle) => {
  expect(await difference(bundle, 2)).toBeLessThan(1e-5);
});

test.each(networks)("%s gives an example the same bits alone and in batches of 2 to 70", async (_, bundle) => {
  const model = await loadModel(bundle);
  const [size, input] = [elements(bundle.input), examples(bundle, 70)];
  const alone = Array.from({ length: 70 }, (_, b) => [...model.run(input.subarray(b * size, (b + 1) * size))]);
  for (const batch of [70, 2, 3, 4, 5, 9, 32, 33]) {
    const got = model.run(input.subarray(0, batch * size));
    expect([...got], `batch ${batch}`).toEqual(alone.slice(0, batch).flat());
  }
  // The order of the runs leaves no trace either: buffers are used again.
  expect([...model.run(input.subarray(0, size))]).toEqual(alone[0]);
});

test("128-bit and 256-bit code give the same bits", async () => {
  const script = `
    import { loadModel } from ${JSON.stringify(new URL("./index.ts", import.meta.url).href)};
    import { lenet5, randomNumbers } from ${JSON.stringify(new URL("./fixtures/random-bundle.ts", import.meta.url).href)};
    import { Rng } from ${JSON.stringify(new URL("../base/index.ts", import.meta.url).href)};
    const out = [];
    for (const density of [1, 0.1]) {
      const model = await loadModel(lenet5(density));
      out.push(model.describe().simdBits, ...model.run(randomNumbers(new Rng(7, "test", 1), 5 * 784)));
    }
    console.log(JSON.stringify(out));`;
  const { execFileSync } = await import("node:child_process");
  const run = (GRADIENTFLOW_REVECTORIZE: string): number[] =>
    JSON.parse(
      execFileSync(process.execPath, ["--input-type=module", "-e", script], {
        env: { ...process.env, GRADIENTFLOW_REVECTORIZE },
        encoding: "utf8",
      }),
    );
  const [narrow, wide] = [run("off"), run("on")];
  expect(narrow[0]).toBe(128);
  expect(wide[0]).toBe(process.arch === "x64" ? 256 : 128);
  expect(wide.filter((x) => x !== 256)).toEqual(narrow.filter((x) => x !== 128));
  expect(wide.length).toBe(2 * 51);
}, 60_000);

test("memory grows with the largest batch and not with the number of runs", async () => {
  const bundle = perceptron([784, 300, 10], 0.1);
  const model = await loadModel(bundle);
  const input = examples(bundle, 512);
  const before = model.describe().memoryBytes;
  const output = new Float32Array(512 * 10);
  expect(model.run(input, { output })).toBe(output);
  const grown = model.describe().memoryBytes;
  expect(grown - before).toBeGreaterThan(512 * 784 * 4);
  for (let run = 0; run < 10; run++) model.run(input, { output });
  model.run(input.subarray(0, 784));
  expect(model.describe().memoryBytes).toBe(grown);
});

test("classify names the likeliest classes with their softmax: (0, 2, 1) gives b .665, c .245", async () => {
  const model = await loadModel({
    ...{ name: "names", input: [3], classNames: ["a", "b", "c"] },
    operations: [
      {
        kind: "scaleShift",
        name: "same",
        inputs: ["input"],
        scale: Float32Array.of(1, 1, 1),
        shift: new Float32Array(3),
      },
    ],
  });
  const [[first, second]] = model.classify(Float32Array.of(0, 2, 1), { top: 2 });
  // e^2 / (1 + e + e^2) and e / (1 + e + e^2)
  expect(first).toEqual({ index: 1, className: "b", probability: expect.closeTo(0.66524096, 7) });
  expect(second).toEqual({ index: 2, className: "c", probability: expect.closeTo(0.24472847, 7) });
  expect(model.classify(Float32Array.of(5, 5, 5, 0, 0, 800))).toMatchObject([
    [{ index: 0 }],
    [{ index: 2, probability: 1 }],
  ]);
  expect(() => model.classify(Float32Array.of(0, 2, 1), { top: 4 })).toThrow(
    "names: top must be an integer from 1 to 3, got 4; ask for fewer",
  );
});

test("describe counts LeNet-5's 44,190 weights and 281,640 multiply-adds", async () => {
  const described = (await loadModel(lenet5(1))).describe();
  expect(described).toMatchObject({ name: "lenet-5", input: [1, 28, 28], outputs: 10, weights: 44190, metadata: {} });
  expect(described.activeWeights).toBe(44190);
  expect(described.multiplyAdds).toBe(281640);
  expect(described.operations[0]).toEqual({
    name: "conv0",
    kind: "convolution",
    shape: [6, 24, 24],
    active: 150,
    weights: 150,
  });
  const sparse = (await loadModel(lenet5(0.05))).describe();
  expect(sparse.weights).toBe(44190);
  expect(sparse.activeWeights).toBeLessThan(0.06 * 44190);
});

describe("what is refused", () => {
  test("input of another length, kind or batch, and an output that is too short", async () => {
    const model = await loadModel(lenet5(0.1));
    expect(() => model.run(new Float32Array(783))).toThrow(
      new InputError(
        "lenet-5: the input must hold a multiple of 784 numbers, [1,28,28] each, got 783; lay examples one behind the other",
      ),
    );
    expect(() => model.run(new Float32Array(784), { batch: 2 })).toThrow(
      "must hold 2 × 784 numbers, [1,28,28] each, got 784",
    );
    expect(() => model.run(new Float32Array(0))).toThrow("got 0");
    expect(() => model.run(new Float32Array(784), { batch: Number.NaN })).toThrow("must hold NaN × 784");
    expect(() => model.run(new Float64Array(784) as unknown as Float32Array)).toThrow(
      "must be a Float32Array, got object",
    );
    expect(() => model.run(new Float32Array(784), { output: new Float32Array(9) })).toThrow(
      "lenet-5: output must be a Float32Array of 1 × 10 numbers, got 9; make it so long, or leave it out",
    );
  });

  test("a batch beyond 2 GB, after which smaller ones run as before", async () => {
    const model = await loadModel(perceptron([2, 40_000, 3], 0.0001));
    const before = [...model.run(Float32Array.of(1, 2))];
    expect(() => model.run(new Float32Array(2 * 20_000))).toThrow(
      /^2-40000-3: expected to fit into 2 GB of memory, needs \d+ MB or more for the batch; use a smaller batch or network$/,
    );
    expect([...model.run(Float32Array.of(1, 2))]).toEqual(before);
  });

  test("a file that is not there, an address that answers 404, and what is no source at all", async () => {
    await expect(loadModel("no/such/net.gfm")).rejects.toThrow(EnvironmentError);
    await expect(loadModel("no/such/net.gfm")).rejects.toThrow(
      "no/such/net.gfm: cannot be read: ENOENT: no such file or directory, open 'no/such/net.gfm'; check the path or address",
    );
    await expect(loadModel(7 as unknown as string)).rejects.toThrow(
      "loadModel: expected the bytes of a bundle, its path or address, got number; see docs/inference.md",
    );
  });

  test("a file of other content, by its name; a path, its URL, its bytes and their buffer all load", async () => {
    const folder = mkdtempSync(join(tmpdir(), "infer-"));
    try {
      const file = join(folder, "net.gfm");
      writeFileSync(file, "hello, world and more");
      await expect(loadModel(file)).rejects.toThrow(`${file}: expected a .gfm bundle`);
      const bytes = encodeBundle(perceptron([4, 2], 1));
      writeFileSync(file, bytes);
      const input = Float32Array.of(1, 2, 3, 4);
      const want = [...(await loadModel(bytes)).run(input)];
      for (const source of [file, pathToFileURL(file), pathToFileURL(file).href, bytes.buffer]) {
        expect([...(await loadModel(source)).run(input)]).toEqual(want);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
