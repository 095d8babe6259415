/** A few products compared with sums worked out in JavaScript, bit for bit: what tells a miscompiled module. */

import { InputError } from "../base/index.ts";
import type { CompiledKernels } from "./kernels.ts";
import { instantiate } from "./kernels.ts";

const floats = (address: number, memory: WebAssembly.Memory): Float32Array => new Float32Array(memory.buffer, address);

/** The sum that every kernel computes: product after product, the bias last, not below 0. */
function expected(taps: number, product: (tap: number) => number, bias: number): number {
  let sum = 0;
  for (let tap = 0; tap < taps; tap++) sum = Math.fround(sum + Math.fround(product(tap)));
  return Math.max(0, Math.fround(sum + bias));
}

/** What is wrong with the module, or undefined. */
export function faultOf(compiled: CompiledKernels): string | undefined {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const kernels = instantiate(compiled, memory);
  const [x, weights, bias, y, table, mask] = [0, 8192, 16384, 20480, 40960, 49152];
  const values = floats(0, memory);
  const words = new Uint32Array(memory.buffer);
  for (let i = 0; i < 5120; i++) values[i] = Math.fround(((i * 7919) % 1009) / 509 - 1);
  words.fill(0xffffffff, mask / 4, mask / 4 + 512);
  const at = (address: number, i: number) => values[address / 4 + i];
  const [taps, rows, count] = [23, 4, 5];
  const check = (name: string, got: (row: number, lane: number) => number, want: typeof got, lanes: number) => {
    for (let row = 0; row < rows; row++) {
      for (let lane = 0; lane < lanes; lane++) {
        if (!Object.is(got(row, lane), want(row, lane))) throw new InputError(`${name} of row ${row}, lane ${lane}`);
      }
    }
  };
  const positions = count * 8;
  const result = (pitch: number) => (row: number, lane: number) => at(y, (row * pitch) / 4 + lane);
  try {
    // Groups of 8 in another order than memory's, taps at shifts of 3.
    for (let group = 0; group < count; group++) words[table / 4 + group] = ((group * 3) % count) * 32;
    const [offsets, pointers, pairs] = [table + 64, table + 256, table + 512];
    for (let tap = 0; tap < taps; tap++) words[offsets / 4 + tap] = tap * 12;
    for (const wide of [false, true]) {
      kernels.denseTaps(weights, offsets, taps, x, y, 512, rows, bias, 0, table, count, mask, wide);
      const want = (row: number, lane: number) =>
        expected(taps, (tap) => at(weights, tap * 4 + row) * at(x, lane + tap * 3), at(bias, row));
      check("denseTaps", result(512), want, positions);
    }
    for (let row = 0; row <= rows; row++) words[pointers / 4 + row] = row * taps;
    for (let i = 0; i < rows * taps; i++) {
      words[pairs / 4 + 2 * i] = (i % taps) * 128;
      values[pairs / 4 + 2 * i + 1] = at(weights, i);
    }
    kernels.sparseTaps(pairs, pointers, rows, x, y, 512, bias, 0, table, count, mask);
    const sparse = (row: number, lane: number) =>
      expected(taps, (tap) => at(weights, row * taps + tap) * at(x, lane + tap * 32), at(bias, row));
    check("sparseTaps", result(512), sparse, positions);
    // One quad of 21 common taps, and 2 further ones of each row.
    const [quad, common] = [table / 4 + 256, taps - 2];
    words.set([common, 2, 2, 2, 2, 0, 4, 8, 12], quad);
    for (let row = 0; row < rows; row++) {
      for (let tap = 0; tap < taps; tap++) {
        const further = quad + 9 + common * 8 + (row * 2 + tap - common) * 2;
        const [offset, weight] =
          tap < common ? [quad + 9 + tap * 8 + row, quad + 13 + tap * 8 + row] : [further, further + 1];
        words[offset] = tap * 4;
        values[weight] = at(weights, row * taps + tap);
      }
    }
    kernels.sparseExample(quad * 4, 1, x, y, bias, 0);
    const single = (row: number) => expected(taps, (tap) => at(weights, row * taps + tap) * at(x, tap), at(bias, row));
    check("sparseExample", (row) => at(y, row), single, 1);
    kernels.denseFeatures(weights, taps, 3, x, 256, y, 256, 5, bias, 0);
    const features = (row: number, lane: number) =>
      expected(
        taps,
        (tap) => at(x, row * 64 + tap) * at(weights, (lane >> 4) * taps * 16 + tap * 16 + (lane & 15)),
        at(bias, lane),
      );
    check("denseFeatures", result(256), features, 48);
    const last = (_: number, lane: number) => at(y, 4 * 64 + lane);
    check("denseFeatures", last, (_, lane) => features(4, lane), 48);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return undefined;
}
