/** A look at the kernels that matter most, on small inputs, against the reference: the engine's compiler is the suspect. */

import { Rng } from "../base/index.ts";
import type { Backend } from "./backend.ts";
import type { Memory } from "./memory.ts";
import { createReference } from "./reference/index.ts";

const batch = 40;
/** Padded lanes; of a tensor in blocks, a block of 32 and one of 16. */
const stride = 48;
const features = 37;
/** Sums of up to 48 products of numbers near 1 in float32. */
const tolerance = 1e-4;

/** What one back end computes from the inputs; the same calls for both. */
type Probe = (backend: Backend, place: (values: ArrayLike<number>) => number, out: number) => void;

const rng = new Rng(1, "test");
const matrix = Float32Array.from({ length: features * stride }, () => rng.normal());
const other = Float32Array.from({ length: features * stride }, () => rng.normal());
const pattern = sparsePattern();

const probes: Readonly<Record<string, Probe>> = {
  gemm: ({ kernels }, place, out) =>
    kernels.gemm(
      place(matrix),
      stride,
      1,
      place(other),
      stride,
      32,
      out,
      stride,
      32,
      stride,
      features,
      0,
      place(other),
      1,
      0,
      features,
    ),
  sparseProduct: ({ kernels, memory }, place, out) => {
    const rows = integers(memory.allocate(4 * pattern.rows.length), pattern.rows, memory.all.int32);
    const columns = integers(memory.allocate(4 * pattern.columns.length), pattern.columns, memory.all.int32);
    const matrices = [place(matrix), rows, columns, place(other), features, out, 32] as const;
    kernels.sparseProduct(...matrices, place(other), 0, 1, 0, features);
  },
  sparseOuter: ({ kernels, memory }, place, out) => {
    const rows = integers(memory.allocate(4 * pattern.rows.length), pattern.rows, memory.all.int32);
    const columns = integers(memory.allocate(4 * pattern.columns.length), pattern.columns, memory.all.int32);
    kernels.sparseOuter(rows, columns, place(matrix), features, place(other), features, out, batch, 0, features);
  },
  // Few channels, whose inputs are read in place, and as many as are packed for.
  convolve: ({ kernels, memory }, place, out) => {
    const { weights, offsets, input, steps } = convolution(memory, place, 3);
    kernels.convolve(weights, 18, offsets, input, out, steps, 3, 3, 32, place(other), 0, 1, 0, 6);
  },
  convolvePacked: ({ kernels, memory }, place, out) => {
    const { weights, offsets, input, steps } = convolution(memory, place, 5);
    kernels.convolve(weights, 50, offsets, input, out, steps, 1, 1, 32, 0, place(matrix), 0, 0, 26);
  },
  convolveOuter: ({ kernels, memory }, place, out) => {
    const { weights: gradient, offsets, input, steps } = convolution(memory, place, 3);
    kernels.convolveOuter(18, offsets, gradient, input, out, steps, 3, 3, 32, 32, 0, 0, 6);
  },
  exponential: ({ kernels }, place, out) => kernels.exponential(place(matrix), out, 0, matrix.length),
  logarithm: ({ kernels }, place, out) => kernels.logarithm(place(matrix.map(Math.abs)), out, 0, matrix.length),
  tanh: ({ kernels }, place, out) => kernels.tanh(place(matrix), out, 0, matrix.length),
  relu: ({ kernels }, place, out) => kernels.relu(place(matrix), out, 0, matrix.length),
  addRows: ({ kernels }, place, out) => kernels.addRows(place(matrix), place(other), out, stride, 0, features),
  rowDot: ({ kernels }, place, out) =>
    kernels.rowDot(place(matrix), place(other), out, batch, features, 1, 0, features),
  columnSum: ({ kernels }, place, out) => kernels.columnSum(place(matrix), out, features, stride, 0, stride),
  softmax: ({ kernels }, place, out) => kernels.softmax(place(matrix), out, features, stride, 0, stride),
  standardizeBackward: ({ kernels }, place, out) =>
    kernels.standardizeBackward(place(matrix), place(other), place(other), out, batch, features, features, 0, 1),
  momentumUpdate: ({ kernels, memory }, place, out) => {
    memory.floats(out, other.length).set(other);
    const hyper = [0.1, 0.01, 0.01, 0.9, 0, 0, 1, 1, 0.1, 1, 0, 0, 0, 0, 0, 0];
    kernels.momentumUpdate(out, place(matrix), place(other), place(hyper), 0, matrix.length);
  },
};

/** Two channels of 5 x 5 pixels of 32 lanes under a square kernel. */
function convolution(memory: Memory, place: (values: ArrayLike<number>) => number, kernel: number) {
  const offsets = Array.from({ length: 2 * kernel ** 2 }, (_, k) => {
    const inKernel = k % kernel ** 2;
    return (Math.floor(k / kernel ** 2) * 5 + Math.floor(inKernel / kernel)) * 5 + (inKernel % kernel);
  });
  const side = 6 - kernel;
  const steps = [5, 1, side ** 2, side, 1];
  const int32 = (values: number[]) => integers(memory.allocate(4 * values.length), values, memory.all.int32);
  return { weights: place(matrix), offsets: int32(offsets), input: place(other), steps: int32(steps) };
}

/** Every third column of every row, from a start that differs by row. */
function sparsePattern(): { rows: number[]; columns: number[] } {
  const rows = [0];
  const columns: number[] = [];
  for (let r = 0; r < features; r++) {
    for (let c = r % 3; c < features; c += 3) columns.push(c);
    rows.push(columns.length);
  }
  return { rows, columns };
}

function integers(address: number, values: readonly number[], int32: Int32Array): number {
  int32.set(values, address / 4);
  return address;
}

/** The output of a probe on a back end. */
function outputOf(probe: Probe, backend: Backend): number[] {
  const { memory } = backend;
  const out = memory.allocateFloats(matrix.length);
  const place = (values: ArrayLike<number>): number => {
    const address = memory.allocateFloats(values.length);
    memory.floats(address, values.length).set(values);
    return address;
  };
  probe(backend, place, out);
  return Array.from(memory.floats(out, matrix.length));
}

/**
 * Compares the kernels of a back end with the float64 reference.
 *
 * @param backend  one made for the check: what it allocates is not freed
 * @returns        undefined where all agree, else the first that does not, in words
 */
export function selfCheck(backend: Backend): string | undefined {
  const reference = createReference("float64");
  for (const [name, probe] of Object.entries(probes)) {
    const expected = outputOf(probe, reference);
    const actual = outputOf(probe, backend);
    const wrong = actual.findIndex(
      (value, i) => !(Math.abs(value - expected[i]) <= tolerance * (1 + Math.abs(expected[i]))),
    );
    if (wrong >= 0) return `${name} gave ${actual[wrong]} for ${expected[wrong]} at element ${wrong}`;
  }
  return undefined;
}
