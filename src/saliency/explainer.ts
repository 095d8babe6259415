/**
 * One method on one network, ready to be asked again and again: programs are compiled once per batch size, and follow the
 * network's numbers as they change.
 */

import { InputError, unknownName } from "../base/index.ts";
import type { Network } from "../nn/index.ts";
import type { Engine } from "../tensor/index.ts";
import { gradientRules } from "./backward/index.ts";
import type { MapFlag } from "./maps/flags.ts";
import { flagsOf } from "./maps/flags.ts";
import { reduceChannels, reductions } from "./maps/planes.ts";
import { upsamplings } from "./maps/upsample.ts";
import type { Completeness, MethodDefinition, MethodOptions, NumberedBatch, OptionName } from "./methods/definition.ts";
import { quadratures } from "./methods/quadrature.ts";
import { type MethodName, saliencyMethodNames, saliencyMethods } from "./methods/table.ts";
import { Probe } from "./probe.ts";

/** Maps, and what is to be known of them. */
export interface SaliencyResult {
  /** [count, channels, height, width], row-major; for features [count, 1, 1, features]. */
  readonly maps: Float64Array;
  readonly shape: readonly [count: number, channels: number, height: number, width: number];
  /** The class each map explains. */
  readonly targets: Int32Array;
  /** What is wrong with each map; undefined where nothing is. */
  readonly flags: readonly MapFlag[];
  /** Where the method promises a sum: what it came to, what it should be, and their difference over the larger magnitude. */
  readonly completeness?: Completeness & { readonly relativeError: Float64Array };
}

export interface ExplainerOptions {
  readonly method: MethodName;
  /** Of the method: see its row of `saliencyMethods`. */
  readonly options?: Partial<MethodOptions>;
  /** Most images in one run. Default 64. */
  readonly batchSize?: number;
}

/** Images, and what is to be explained of each. */
export interface Question {
  /** [count, C, H, W] or [count, F], row-major: example after example, normalised as the network was trained. */
  readonly images: ArrayLike<number>;
  /** One class for all, one each, or the largest logit's, which is the default. */
  readonly targets?: number | ArrayLike<number>;
}

const defaults: MethodOptions = {
  reduction: "sum",
  steps: 50,
  quadrature: "gauss-legendre",
  baseline: 0,
  samples: 25,
  spread: 0.15,
  deviation: undefined,
  noises: undefined,
  seed: 0,
  threshold: 0,
  percentile: undefined,
  padding: false,
  proportional: false,
  timesInput: true,
  epsilon: 1e-6,
  alpha: 2,
  beta: 1,
  gamma: 0.25,
  bias: true,
  low: 0,
  high: 1,
  composite: undefined,
  layer: undefined,
  rectifyActivations: false,
  rectifyMap: false,
  upsampling: "half-pixel",
};

/** Names that an option may have. */
const choices: Partial<Record<OptionName, readonly string[]>> = {
  reduction: Object.keys(reductions),
  quadrature: quadratures,
  upsampling: [...upsamplings, "none"],
};

/** Computes maps by one method; programs and variables belong to the innermost scope of the engine. */
export class Explainer {
  readonly method: MethodName;
  readonly #network: Network;
  readonly #batchSize: number;
  readonly #reduction: MethodOptions["reduction"];
  readonly #compute: ReturnType<MethodDefinition["make"]>;
  readonly #logits: Probe;

  /** @throws InputError  for an unknown method, an option it does not take, or a network it cannot explain */
  constructor(engine: Engine, network: Network, { method, options = {}, batchSize = 64 }: ExplainerOptions) {
    const definition = definitionOf(method);
    const resolved = resolve(method, definition, options);
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new InputError(`saliency: batchSize must be an integer of at least 1, got ${batchSize}`);
    }
    this.method = method;
    this.#network = network;
    this.#batchSize = batchSize;
    this.#reduction = definition.options.reduction === undefined ? "none" : resolved.reduction;
    this.#logits = new Probe(engine, network, { rules: gradientRules });
    const probe = (given: ConstructorParameters<typeof Probe>[2]) => new Probe(engine, network, given);
    this.#compute = definition.make({ engine, network, options: resolved, probe });
  }

  /** [count, classes]: the logits of images as `maps` takes them. */
  logits(images: ArrayLike<number>): Float64Array {
    const { inputs, outputs } = this.#network;
    const count = this.#count(images);
    const logits = new Float64Array(count * outputs);
    for (const { first, size } of this.#batches(count)) {
      const part = { images: slice(images, first * inputs, size * inputs), targets: new Int32Array(size).fill(-1) };
      logits.set(this.#logits.run(part).logits, first * outputs);
    }
    return logits;
  }

  /** The maps of images. @throws InputError for images that are not the network's, or classes that are none */
  maps({ images, targets }: Question): SaliencyResult {
    const { inputs } = this.#network;
    const count = this.#count(images);
    const chosen = this.#targets(images, count, targets);
    const parts = this.#batches(count).map(({ first, size }) => {
      const batch: NumberedBatch = {
        images: slice(images, first * inputs, size * inputs),
        targets: chosen.subarray(first, first + size),
        first,
      };
      const { maps, completeness } = this.#compute(batch);
      return { maps: reduceChannels(maps, maps.channels === 1 ? "none" : this.#reduction), completeness };
    });
    const { channels, height, width } = parts[0].maps;
    const maps = joined(parts.map((part) => part.maps.values));
    const planes = { count, channels, height, width, values: maps };
    const shown = { maps, shape: [count, channels, height, width] as const, targets: chosen, flags: flagsOf(planes) };
    if (parts[0].completeness === undefined) return shown;
    const sums = joined(parts.map((part) => (part.completeness as Completeness).sums));
    const expected = joined(parts.map((part) => (part.completeness as Completeness).expected));
    const relativeError = sums.map((sum, b) => {
      const size = Math.max(Math.abs(sum), Math.abs(expected[b]));
      return size === 0 ? 0 : Math.abs(sum - expected[b]) / size;
    });
    return { ...shown, completeness: { sums, expected, relativeError } };
  }

  #count(images: ArrayLike<number>): number {
    const { inputs, architecture } = this.#network;
    if (images.length === 0 || images.length % inputs !== 0) {
      throw new InputError(
        `saliency: images must be one or more of [${architecture.input.join(", ")}], ${inputs} numbers each, got ${images.length} numbers`,
      );
    }
    return images.length / inputs;
  }

  #targets(images: ArrayLike<number>, count: number, targets: Question["targets"]): Int32Array {
    const { outputs } = this.#network;
    if (targets === undefined) return largest(this.logits(images), outputs);
    if (typeof targets !== "number" && targets.length !== count) {
      throw new InputError(`saliency: targets must be one class or one per image, ${count}, got ${targets.length}`);
    }
    return Int32Array.from({ length: count }, (_, b) => {
      const target = typeof targets === "number" ? targets : targets[b];
      if (Number.isInteger(target) && target >= 0 && target < outputs) return target;
      throw new InputError(
        `saliency: the target of image ${b} must be a class from 0 to ${outputs - 1}, got ${target}`,
      );
    });
  }

  #batches(count: number): { readonly first: number; readonly size: number }[] {
    return Array.from({ length: Math.ceil(count / this.#batchSize) }, (_, part) => {
      const first = part * this.#batchSize;
      return { first, size: Math.min(this.#batchSize, count - first) };
    });
  }
}

function definitionOf(method: string): MethodDefinition {
  if (!Object.hasOwn(saliencyMethods, method)) {
    throw unknownName("saliency", "method", method, saliencyMethodNames);
  }
  return saliencyMethods[method as MethodName];
}

function resolve(method: string, { options: taken }: MethodDefinition, given: Partial<MethodOptions>): MethodOptions {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(taken, name)) throw unknownName(method, "option", name, Object.keys(taken));
    const known = choices[name as OptionName];
    if (known !== undefined && !known.includes(value as string)) throw unknownName(method, name, String(value), known);
    const nonNegative = ["samples", "spread", "deviation"].includes(name) && value !== undefined;
    if (nonNegative && !(typeof value === "number" && value >= (name === "samples" ? 1 : 0))) {
      throw new InputError(
        `${method}: ${name} must be a number of at least ${name === "samples" ? 1 : 0}, got ${value}`,
      );
    }
  }
  return { ...defaults, ...taken, ...given };
}

/** The first largest logit of each example. @param logits  [count, classes] */
export function largest(logits: Float64Array, classes: number): Int32Array {
  return Int32Array.from({ length: logits.length / classes }, (_, b) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[b * classes + c] > logits[b * classes + best]) best = c;
    return best;
  });
}

function slice(values: ArrayLike<number>, begin: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => values[begin + i]);
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
