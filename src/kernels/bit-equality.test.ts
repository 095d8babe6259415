import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { philox4x32, Rng } from "../base/index.ts";
import { cases } from "./conformance-cases.ts";
import { runCase } from "./conformance-stage.ts";
import { type KernelName, loadKernels } from "./index.ts";
import { outputHash } from "./output-hash.ts";

const wasm = await loadKernels();
const plain = await loadKernels({ revectorize: false });
const kernelNames = Object.keys(wasm.kernels) as KernelName[];

/** Whether two lists hold the same numbers, -0 and 0 told apart, any NaN like any other. */
function sameBits(a: number[][], b: number[][]): boolean {
  return a.every((list, i) => list.length === b[i].length && list.every((x, j) => Object.is(x, b[i][j])));
}

const equalParts = (n: number): number[] => Array.from({ length: n - 1 }, (_, i) => (i + 1) / n);
const rng = new Rng(3, "test");
const splits = [equalParts(2), equalParts(3), equalParts(7), [rng.uniform(), rng.uniform(), rng.uniform()]];

describe("the bits do not depend on whether a range is run whole or in 2, 3, 7 or random parts, in", () => {
  test.each(kernelNames)("%s", (name) => {
    for (const [seed, testCase] of cases.entries()) {
      if (testCase.kernel !== name) continue;
      const whole = runCase(testCase, wasm, seed);
      for (const cuts of splits) {
        expect(sameBits(runCase(testCase, wasm, seed, cuts), whole), `${testCase.title}, cut at ${cuts}`).toBe(true);
      }
    }
  });
});

test("code of 256 and of 128 bits computes the same bits, in one process", () => {
  expect(plain.simdBits).toBe(128);
  expect(outputHash(wasm)).toBe(outputHash(plain));
});

test("processes with revectorisation on, off by environment, and with V8's baseline compiler alone compute the same bits", async () => {
  const script = fileURLToPath(new URL("./output-hash.ts", import.meta.url));
  const run = async (flags: string[], env: Record<string, string>) => {
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, script], {
      env: { ...process.env, ...env },
    });
    return JSON.parse(stdout) as { hash: string; simdBits: number; notes: string[] };
  };
  const off = await run([], { GRADIENTFLOW_REVECTORIZE: "off" });
  expect(off.simdBits).toBe(128);
  expect(await run([], {})).toMatchObject({ hash: off.hash, notes: [] });
  expect(await run(["--liftoff-only"], { GRADIENTFLOW_REVECTORIZE: "off" })).toMatchObject({ hash: off.hash });
});

test("dropoutMask draws the words of Philox4x32-10 at counter [lane / 4, row, layer, step]", () => {
  const { memory, kernels } = wasm;
  const [rows, stride] = [5, 48];
  const key = [0xa4093822, 0x299f31d0];
  const out = memory.allocateFloats(rows * stride);
  const step = memory.allocate(4);
  memory.int32(step, 1)[0] = 0x03707344;
  const words = new Uint32Array(4);
  for (const threshold of [0, 1, 0x40000000, 0x80000000, 0xffffffff]) {
    kernels.dropoutMask(out, key[0], key[1], 0x13198a2e, step, threshold, 2, 0, stride, 0, rows);
    const expected: number[] = [];
    for (let r = 0; r < rows; r++) {
      for (let b = 0; b < stride; b++) {
        if (b % 4 === 0) philox4x32([b / 4, r, 0x13198a2e, 0x03707344], key, words);
        expected.push(words[b % 4] < threshold ? 0 : 2);
      }
    }
    expect(Array.from(memory.floats(out, rows * stride))).toEqual(expected);
  }
});

test("dropoutMask meets Random123's known answers: the smallest threshold that drops a lane is its word + 1", () => {
  // Philox4x32-10, counter 0 and key 0: 6627e8d5 e169c58d bc57ac4c 9b00dbd8 (Random123, kat_vectors).
  const { memory, kernels } = wasm;
  const out = memory.allocateFloats(16);
  const step = memory.allocate(4);
  for (const [lane, word] of [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8].entries()) {
    kernels.dropoutMask(out, 0, 0, 0, step, word, 1, 0, 16, 0, 1);
    expect(memory.floats(out, 16)[lane]).toBe(1);
    kernels.dropoutMask(out, 0, 0, 0, step, word + 1, 1, 0, 16, 0, 1);
    expect(memory.floats(out, 16)[lane]).toBe(0);
  }
});
