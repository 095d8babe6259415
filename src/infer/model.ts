/** A loaded network: runs batches, names the likeliest classes, says what it is made of. */

import { exp, InputError } from "../base/index.ts";
import { Arena } from "./arena.ts";
import type { Bundle, OperationKind } from "./bundle.ts";
import type { CheckedBundle } from "./bundle-file.ts";
import type { ExampleShape } from "./bundle-shapes.ts";
import { elements } from "./bundle-shapes.ts";
import { fuseStages } from "./fuse.ts";
import { ImageProgram } from "./image-program.ts";
import type { CompiledKernels } from "./kernels.ts";
import { instantiate } from "./kernels.ts";
import { VectorProgram } from "./vector-program.ts";

export interface RunOptions {
  /** Examples in the input, ≥ 1. Default: as many as its length holds. */
  readonly batch?: number;
  /** Takes the result, [batch * outputs]; a fresh array where none is given. */
  readonly output?: Float32Array;
}

export interface ClassifyOptions {
  /** Examples in the input, ≥ 1. Default: as many as its length holds. */
  readonly batch?: number;
  /** How many classes to name, the likeliest first. Default 1. */
  readonly top?: number;
}

export interface ClassScore {
  /** Place among the outputs, from 0. */
  readonly index: number;
  /** Its name, where the bundle has names. */
  readonly className?: string;
  /** Softmax of the logits, in [0, 1]. */
  readonly probability: number;
}

/** One operation of a described model. */
export interface OperationDescription {
  readonly name: string;
  readonly kind: OperationKind;
  /** Of the output of one example. */
  readonly shape: ExampleShape;
  /** Weights that are stored, and weights of the full shape; 0 without weights. */
  readonly active: number;
  readonly weights: number;
}

export interface ModelDescription {
  readonly name: string;
  /** Shape of one example. */
  readonly input: ExampleShape;
  readonly outputs: number;
  readonly classNames?: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly operations: readonly OperationDescription[];
  readonly activeWeights: number;
  readonly weights: number;
  /** Of one example, at stored weights. */
  readonly multiplyAdds: number;
  /** Width of the vector operations that the engine was asked for: 256 in Node on x64, else 128. */
  readonly simdBits: 128 | 256;
  /** Linear memory, as far as it has grown. */
  readonly memoryBytes: number;
}

/** Images that share a plane: small ones leave no lanes idle, and weights are read once for all of them. */
const imagesPerStrip = 4;
/** Elements of a value from which on an image stays alone, to stay in the cache. */
const largestInStrip = 2 ** 18;

/** Runs one network. Made by `loadModel`. */
export class Model {
  readonly name: string;
  /** Shape of one example, [C, H, W] or [F]. */
  readonly input: ExampleShape;
  /** Numbers in the output of one example. */
  readonly outputs: number;
  readonly #bundle: Bundle;
  readonly #shapes: ReadonlyMap<string, ExampleShape>;
  readonly #arena: Arena;
  readonly #images: ImageProgram | undefined;
  readonly #vectors: VectorProgram;
  readonly #wide: boolean;
  readonly #output: string;

  constructor({ bundle, shapes }: CheckedBundle, compiled: CompiledKernels) {
    const arena = new Arena(bundle.name);
    const kernels = instantiate(compiled, arena.memory);
    this.#arena = arena;
    const stages = fuseStages(bundle.operations);
    this.#output = bundle.operations[bundle.operations.length - 1].name;
    this.#bundle = bundle;
    this.#shapes = shapes;
    this.#wide = compiled.wide;
    this.name = bundle.name;
    this.input = bundle.input;
    this.outputs = elements(shapes.get(this.#output) as ExampleShape);
    const around = { arena, kernels, bundle, stages, shapes, wide: compiled.wide };
    if (bundle.input.length === 3) {
      const images = [...shapes.values()].every((shape) => elements(shape) <= largestInStrip) ? imagesPerStrip : 1;
      this.#images = new ImageProgram({ ...around, images, rowsOf: (name) => this.#vectors.rowsOf(name) });
    }
    this.#vectors = new VectorProgram({ ...around, normalisation: bundle.normalisation, output: this.#output });
    this.#vectors.prepare(1);
  }

  /**
   * The outputs of a batch, usually logits. An example's numbers are the same bits in any batch, in Node and in browsers.
   *
   * @param input  [batch * C * H * W], examples one behind the other, channel by channel, row by row; or [batch * F]
   * @returns      [batch * outputs]
   * @throws InputError  where lengths do not fit, or the batch needs more than 2 GB
   */
  run(input: Float32Array, { batch, output }: RunOptions = {}): Float32Array {
    const count = this.#batchOf(input, batch);
    const result = output ?? new Float32Array(count * this.outputs);
    if (!(result instanceof Float32Array) || result.length !== count * this.outputs) {
      throw new InputError(
        `${this.name}: output must be a Float32Array of ${count} × ${this.outputs} numbers, got ${(result as Float32Array).length}; make it so long, or leave it out`,
      );
    }
    this.#vectors.prepare(count);
    if (this.#images === undefined) this.#arena.floats.set(input, this.#vectors.given.address / 4);
    else this.#runImages(this.#images, input, count);
    this.#vectors.run(count);
    const { address, pitch } = this.#vectors.rowsOf(this.#output);
    const { floats } = this.#arena;
    for (let b = 0; b < count; b++) {
      const from = (address + b * pitch) / 4;
      for (let i = 0; i < this.outputs; i++) result[b * this.outputs + i] = floats[from + i];
    }
    return result;
  }

  /**
   * The likeliest classes of each example, by the softmax of its outputs; ties go to the lower index.
   *
   * @param input  as for `run`
   * @returns      [batch] lists of `top` classes
   */
  classify(input: Float32Array, { batch, top = 1 }: ClassifyOptions = {}): ClassScore[][] {
    if (!Number.isSafeInteger(top) || top < 1 || top > this.outputs) {
      throw new InputError(`${this.name}: top must be an integer from 1 to ${this.outputs}, got ${top}; ask for fewer`);
    }
    const logits = this.run(input, { batch });
    const { classNames } = this.#bundle;
    return Array.from({ length: logits.length / this.outputs }, (_, b) => {
      const own = logits.subarray(b * this.outputs, (b + 1) * this.outputs);
      const largest = own.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY);
      const powers = Array.from(own, (x) => exp(x - largest));
      const sum = powers.reduce((total, power) => total + power, 0);
      const order = [...own.keys()].sort((i, j) => own[j] - own[i] || i - j);
      return order.slice(0, top).map((index) => {
        const score = { index, probability: powers[index] / sum };
        return classNames === undefined ? score : { ...score, className: classNames[index] };
      });
    });
  }

  /** What the network is made of. */
  describe(): ModelDescription {
    const { operations, classNames, metadata = {}, name } = this.#bundle;
    let multiplyAdds = 0;
    const described = operations.map((operation) => {
      const shape = this.#shapes.get(operation.name) as ExampleShape;
      const weight = "weight" in operation ? operation.weight : undefined;
      const active = weight?.values.length ?? 0;
      multiplyAdds += active * (shape.length === 3 ? shape[1] * shape[2] : 1);
      const { kind } = operation;
      return { name: operation.name, kind, shape, active, weights: weight === undefined ? 0 : elements(weight.shape) };
    });
    return {
      name,
      input: this.input,
      outputs: this.outputs,
      ...(classNames === undefined ? {} : { classNames }),
      metadata,
      operations: described,
      activeWeights: described.reduce((sum, { active }) => sum + active, 0),
      weights: described.reduce((sum, { weights }) => sum + weights, 0),
      multiplyAdds,
      simdBits: this.#wide ? 256 : 128,
      memoryBytes: this.#arena.bytes,
    };
  }

  /** Strip by strip; what is left after whole strips, image by image. */
  #runImages(program: ImageProgram, input: Float32Array, batch: number): void {
    const size = elements(this.input);
    for (let first = 0; first < batch; ) {
      const images = batch - first >= program.images ? program.images : 1;
      this.#arena.floats.set(input.subarray(first * size, (first + images) * size), program.input / 4);
      program.run(images, first);
      first += images;
    }
  }

  #batchOf(input: Float32Array, batch: number | undefined): number {
    const size = elements(this.input);
    if (!(input instanceof Float32Array)) {
      throw new InputError(
        `${this.name}: the input must be a Float32Array, got ${typeof input}; use Float32Array.from`,
      );
    }
    const count = batch ?? input.length / size;
    if (!Number.isSafeInteger(count) || count < 1 || input.length !== count * size) {
      const what = batch === undefined ? "a multiple of" : `${batch} ×`;
      throw new InputError(
        `${this.name}: the input must hold ${what} ${size} numbers, [${this.input}] each, got ${input.length}; lay examples one behind the other`,
      );
    }
    return count;
  }
}
