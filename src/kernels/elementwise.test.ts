import { describe, expect, test } from "vitest";
import { createReference, loadKernels } from "./index.ts";

const backends = [
  ["WebAssembly", await loadKernels()] as const,
  ["the reference", createReference("float64")] as const,
];

describe.each(backends)("%s", (_, { memory, kernels }) => {
  /** A kernel of one array applied to numbers. */
  function apply(f: (x: number, out: number, begin: number, end: number) => void, values: number[]): number[] {
    const x = memory.allocateFloats(values.length);
    const out = memory.allocateFloats(values.length);
    memory.floats(x, values.length).set(values);
    f(x, out, 0, values.length);
    return Array.from(memory.floats(out, values.length));
  }
  const values = [NaN, 0, -0, Infinity, -Infinity, 2, -2, 1e-45];

  test("relu keeps NaN and gives +0, not -0, for whatever is not above 0", () => {
    expect(apply(kernels.relu, [...values.slice(0, 7), ...values.slice(0, 7)])).toEqual([
      ...[NaN, 0, 0, Infinity, 0, 2, 0],
      ...[NaN, 0, 0, Infinity, 0, 2, 0],
    ]);
  });
  test("step is 1 above 0 only: 0 at both zeros and at NaN", () => {
    expect(apply(kernels.step, values.slice(0, 7))).toEqual([0, 0, 0, 1, 0, 1, 0]);
  });
  test("sign keeps NaN and is +0 at both zeros", () => {
    expect(apply(kernels.sign, values.slice(0, 7))).toEqual([NaN, 0, 0, 1, -1, 1, -1]);
  });
  test("clamp keeps NaN and meets its bounds exactly", () => {
    const clamp = (x: number, out: number, begin: number, end: number) => kernels.clamp(x, -1, 1.5, out, begin, end);
    expect(apply(clamp, [NaN, Infinity, -Infinity, 2, -2, 1.5, -1, 0.25])).toEqual([
      NaN,
      1.5,
      -1,
      1.5,
      -1,
      1.5,
      -1,
      0.25,
    ]);
  });
  test("inside includes both bounds and leaves NaN out", () => {
    const inside = (x: number, out: number, begin: number, end: number) => kernels.inside(x, -1, 1.5, out, begin, end);
    expect(apply(inside, [NaN, Infinity, -1, 1.5, 0, -1.5])).toEqual([0, 0, 1, 1, 1, 0]);
  });
  test("a NaN logit makes a column incorrect wherever it stands, and of equal largest logits the first counts", () => {
    const [classes, stride] = [3, 16];
    const columns = [
      { logits: [1, 2, 0], label: 1, right: 1 },
      { logits: [2, 2, 0], label: 1, right: 0 },
      { logits: [2, 2, 0], label: 0, right: 1 },
      { logits: [NaN, 2, 0], label: 1, right: 0 },
      { logits: [1, 2, NaN], label: 1, right: 0 },
      { logits: [0, NaN, 0], label: 1, right: 0 },
      { logits: [-Infinity, -Infinity, -1e30], label: 2, right: 1 },
    ];
    const logits = memory.allocateFloats(classes * stride);
    const labels = memory.allocate(4 * stride);
    const out = memory.allocateFloats(stride);
    for (const [b, column] of columns.entries()) {
      memory.int32(labels, stride)[b] = column.label;
      for (let c = 0; c < classes; c++) memory.floats(logits, classes * stride)[c * stride + b] = column.logits[c];
    }
    kernels.correct(logits, labels, out, classes, stride, 0, stride);
    expect(Array.from(memory.floats(out, columns.length))).toEqual(columns.map(({ right }) => right));
  });
});
