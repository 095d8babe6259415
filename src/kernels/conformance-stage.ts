/**
 * The stage of the conformance suite: where a case puts its inputs and outputs, on either back end, and how it is run.
 *
 * Padded lanes are filled with NaN and infinities, outputs with a sentinel that must survive wherever the kernel has
 * nothing to write.
 */

import { Rng } from "../base/index.ts";
import type { Backend } from "./backend.ts";
import type { KernelName } from "./contract.ts";
import { lanePlace, paddedLanes } from "./lane-blocks.ts";

/** Left where a kernel must not write. */
export const sentinel = 12345;
/** Elements after every output, to catch writing too far. */
export const margin = 32;

/** Memory read back after a call. */
interface Output {
  readonly address: number;
  readonly count: number;
  readonly kind: "floats" | "int32" | "float64";
  /** Elements that hold anything: padded lanes. */
  readonly ignored: (i: number) => boolean;
}

/** A kernel's arguments on a stage. */
export interface Call {
  /** All arguments but the range. */
  readonly args: readonly number[];
  /** The whole range is [0, extent). */
  readonly extent: number;
  /** Parts of the range begin at multiples of this. */
  readonly unit?: number;
}

export interface Case {
  readonly kernel: KernelName;
  readonly title: string;
  /** An error of a + r |expected| passes. */
  readonly tolerance: { readonly absolute: number; readonly relative: number };
  readonly prepare: (stage: Stage) => Call;
}

/** Where a case puts its arrays: a back end, a seeded stream of inputs, and a list of outputs. */
export class Stage {
  readonly backend: Backend;
  readonly #rng: Rng;
  readonly #outputs: Output[] = [];

  constructor(backend: Backend, seed: number) {
    this.backend = backend;
    this.#rng = new Rng(seed, "test");
  }

  /** Standard normal float32 numbers. */
  normals(count: number): number[] {
    return Array.from({ length: count }, () => Math.fround(this.#rng.normal()));
  }

  integersBelow(n: number, count: number): number[] {
    return Array.from({ length: count }, () => this.#rng.integer(n));
  }

  /** Places floats; returns their address. */
  floats(values: readonly number[]): number {
    const address = this.backend.memory.allocateFloats(values.length);
    this.backend.memory.floats(address, values.length).set(values);
    return address;
  }

  int32(values: readonly number[]): number {
    const address = this.backend.memory.allocate(4 * values.length);
    this.backend.memory.int32(address, values.length).set(values);
    return address;
  }

  bytes(values: readonly number[]): number {
    const address = this.backend.memory.allocate(values.length);
    this.backend.memory.uint8(address, values.length).set(values);
    return address;
  }

  /** Places one block [rows, S] of normals, or of `f`, whose padded lanes hold NaN and infinities in turn. */
  batch(
    rows: number,
    batch: number,
    f: (r: number, b: number) => number = () => Math.fround(this.#rng.normal()),
  ): number {
    const stride = paddedLanes(batch);
    return this.#lanes(rows, batch, (r, b) => r * stride + b, f);
  }

  /** Places a whole batch tensor, in blocks of lanes, padded in the same way. */
  blocks(
    rows: number,
    batch: number,
    f: (r: number, b: number) => number = () => Math.fround(this.#rng.normal()),
  ): number {
    return this.#lanes(rows, batch, (r, b) => lanePlace(rows, batch, r, b), f);
  }

  #lanes(
    rows: number,
    batch: number,
    place: (r: number, b: number) => number,
    f: (r: number, b: number) => number,
  ): number {
    const poison = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const lanes = paddedLanes(batch);
    const values = new Array<number>(rows * lanes);
    for (let r = 0; r < rows; r++) {
      for (let b = 0; b < lanes; b++) values[place(r, b)] = b < batch ? f(r, b) : poison[b % 3];
    }
    return this.floats(values);
  }

  /** Room for floats, filled with the sentinel and followed by a margin of it. */
  out(count: number, ignored: (i: number) => boolean = () => false): number {
    const address = this.floats(new Array(count + margin).fill(sentinel));
    return this.watch(address, count + margin, ignored);
  }

  /** Room for one block whose padded lanes may hold anything. */
  outBatch(rows: number, batch: number): number {
    const stride = paddedLanes(batch);
    return this.out(rows * stride, (i) => i < rows * stride && i % stride >= batch);
  }

  /** Room for a whole batch tensor whose padded lanes may hold anything. */
  outBlocks(rows: number, batch: number): number {
    const lanes = paddedLanes(batch);
    const padding = new Set<number>();
    for (let r = 0; r < rows; r++) {
      for (let b = batch; b < lanes; b++) padding.add(lanePlace(rows, batch, r, b));
    }
    return this.out(rows * lanes, (i) => padding.has(i));
  }

  /** Compares the floats at an address after the call, too: arrays updated in place. */
  watch(address: number, count: number, ignored: (i: number) => boolean = () => false): number {
    this.#outputs.push({ address, count, kind: "floats", ignored });
    return address;
  }

  outInt32(count: number): number {
    const address = this.int32(new Array(count + margin).fill(sentinel));
    this.#outputs.push({ address, count: count + margin, kind: "int32", ignored: () => false });
    return address;
  }

  outFloat64(count: number): number {
    const address = this.backend.memory.allocate(8 * (count + margin));
    this.backend.memory.float64(address, count + margin).fill(sentinel);
    this.#outputs.push({ address, count: count + margin, kind: "float64", ignored: () => false });
    return address;
  }

  /** What stands in the outputs; ignored elements read 0. */
  results(): number[][] {
    const { memory } = this.backend;
    return this.#outputs.map(({ address, count, kind, ignored }) =>
      Array.from(memory[kind](address, count), (value, i) => (ignored(i) ? 0 : value)),
    );
  }
}

/** Runs a case on a back end, its range cut at the given fractions, and returns the outputs. */
export function runCase(testCase: Case, backend: Backend, seed: number, cuts: readonly number[] = []): number[][] {
  const stage = new Stage(backend, seed);
  const { args, extent, unit = 1 } = testCase.prepare(stage);
  const places = cuts.map((cut) => Math.min(extent, Math.round((cut * extent) / unit) * unit));
  const bounds = [0, ...places.sort((a, b) => a - b), extent];
  const kernel = backend.kernels[testCase.kernel] as (...all: number[]) => void;
  for (let i = 0; i + 1 < bounds.length; i++) kernel(...args, bounds[i], bounds[i + 1]);
  return stage.results();
}
