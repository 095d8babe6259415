import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { canRevectorize, kernelBytes, requireSimd } from "./compile.ts";
import { compileChecked, createReference, loadKernels } from "./index.ts";
import { firstRight } from "./load.ts";
import { selfCheck } from "./self-check.ts";

/** Squares 3 and reports how the kernels were loaded. */
const workerSource = `
  import { parentPort, workerData } from "node:worker_threads";
  const { loadKernels } = await import(workerData.index);
  const { memory, kernels, simdBits, notes } = await loadKernels({ compiled: workerData.compiled });
  const x = memory.allocateFloats(1);
  memory.floats(x, 1)[0] = 3;
  kernels.square(x, x, 0, 1);
  parentPort.postMessage({ square: memory.floats(x, 1)[0], simdBits, notes });
`;

function inWorker(compiled?: unknown): Promise<{ square: number; simdBits: number; notes: string[] }> {
  const data = { index: new URL("./index.ts", import.meta.url).href, compiled };
  return new Promise((resolve, reject) => {
    const url = new URL(`data:text/javascript,${encodeURIComponent(workerSource)}`);
    const worker = new Worker(url, { workerData: data });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

describe("loadKernels", () => {
  test("asks for 256 bits in Node on x64 and passes its own check there, for 128 bits elsewhere", async () => {
    const backend = await loadKernels();
    expect(backend).toMatchObject({ name: "wasm", elementType: "float32", bytesPerElement: 4, notes: [] });
    expect(backend.simdBits).toBe(canRevectorize() ? 256 : 128);
  });

  test("starts with no memory in use, of the size asked for", async () => {
    const { memory } = await loadKernels({ initialMegabytes: 3 });
    expect([memory.usedBytes, memory.capacityBytes]).toEqual([0, 3 * 2 ** 20]);
  });

  test("two back ends of one compiled module share no memory", async () => {
    const compiled = await compileChecked();
    const [a, b] = [await loadKernels({ compiled }), await loadKernels({ compiled })];
    const address = a.memory.allocateFloats(1);
    expect(b.memory.allocateFloats(1)).toBe(address);
    a.memory.floats(address, 1)[0] = 5;
    expect(b.memory.floats(address, 1)[0]).toBe(0);
  });

  test("works in workers, both compiling for themselves and given a module", async () => {
    const compiled = await compileChecked();
    const width = compiled.revectorized ? 256 : 128;
    const results = await Promise.all([inWorker(), inWorker(), inWorker(compiled)]);
    expect(results).toEqual(new Array(3).fill({ square: 9, simdBits: width, notes: [] }));
  });

  test("the module needs no static data and imports nothing but its memory", async () => {
    const module = await WebAssembly.compile(await kernelBytes());
    expect(WebAssembly.Module.imports(module)).toMatchObject([{ module: "env", name: "memory", kind: "memory" }]);
    // Section 11 is data; sections follow the 8 bytes of the header, each with its length in LEB128.
    const bytes = await kernelBytes();
    const sections: number[] = [];
    for (let at = 8; at < bytes.length; ) {
      sections.push(bytes[at++]);
      let [length, shift] = [0, 0];
      do {
        length |= (bytes[at] & 127) << shift;
        shift += 7;
      } while (bytes[at++] >= 128);
      at += length;
    }
    expect(sections).toContain(10);
    expect(sections).not.toContain(11);
  });
});

describe("where 256-bit code computes wrong numbers", () => {
  const module = {} as WebAssembly.Module;
  test("128-bit code is taken and a note says which kernel was wrong", async () => {
    const compiled = await firstRight(
      [true, false],
      async () => module,
      ({ revectorized }) => (revectorized ? "gemm gave 1 for 2 at element 0" : undefined),
    );
    expect(compiled).toEqual({
      module,
      revectorized: false,
      notes: ["kernels: 256-bit code was dropped: gemm gave 1 for 2 at element 0"],
    });
  });

  test("and 128-bit code as well, loading fails and says both", async () => {
    const failing = firstRight(
      [true, false],
      async () => module,
      () => "gemm gave 1 for 2 at element 0",
    );
    await expect(failing).rejects.toThrow(
      /this engine computes wrong numbers; .*256-bit.*128-bit code is wrong too: gemm/,
    );
  });
});

describe("the self-check", () => {
  test("finds nothing wrong with the float32 reference", () => {
    expect(selfCheck(createReference("float32"))).toBeUndefined();
  });

  test.each(["gemm", "sparseProduct", "sparseOuter", "softmax", "momentumUpdate"] as const)(
    "names %s where it does nothing",
    (name) => {
      const reference = createReference("float32");
      const kernels = { ...reference.kernels, [name]: () => {} };
      expect(selfCheck({ ...reference, kernels })).toMatch(new RegExp(`^${name} gave `));
    },
  );
});

describe("an engine without", () => {
  test("WebAssembly is refused by name", () => {
    // Not `undefined`, which would ask for the default.
    const engine = null as unknown as typeof WebAssembly;
    expect(() => requireSimd(engine)).toThrow("expected an engine with WebAssembly, this one has none");
  });
  test("SIMD is refused, and the cure named", () => {
    const engine = { validate: () => false } as unknown as typeof WebAssembly;
    expect(() => requireSimd(engine)).toThrow(/WebAssembly SIMD, this one lacks it; use Node 24/);
  });
  test("neither is this one", () => {
    expect(requireSimd()).toBeUndefined();
  });
});
