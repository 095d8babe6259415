/**
 * What an architecture costs, layer by layer: trained numbers by role, and multiply-accumulates for one example.
 *
 *     convolution   I / groups · O · h · w · H' · W'        linear   I · O        everything else, biases included   0
 *
 * A sparse layer does one multiply-accumulate per active weight and output pixel. Zeros that pad an image count as pixels.
 */

import type { Shape } from "../../base/index.ts";
import { InputError, sizeOf, unknownName } from "../../base/index.ts";
import type { LearnedCounts } from "./layer-kinds.ts";
import { layerCalled, rowOf, weightShape } from "./layer-kinds.ts";
import type { Architecture, Layer, LayerKind } from "./layers.ts";
import { shapesOf } from "./shapes.ts";

/** Counts of one layer, or of a whole network. */
export interface Counts extends LearnedCounts {
  /** Weights that are not masked: all of them, where no number is given. */
  readonly activeWeights: number;
  /** Trained numbers, all weights counted. */
  readonly parameters: number;
  /** Trained numbers, active weights only. */
  readonly activeParameters: number;
  /** Multiply-accumulates of one example, as if every weight were active. */
  readonly macs: number;
  /** Multiply-accumulates at active weights. */
  readonly activeMacs: number;
}

export interface LayerCounts extends Counts {
  readonly name: string;
  readonly kind: LayerKind;
  /** Of the output. */
  readonly shape: Shape;
}

export interface ArchitectureCounts {
  readonly layers: readonly LayerCounts[];
  readonly total: Counts;
}

export interface CountOptions {
  /** Active weights of weight layers, by name; layers left out are dense. */
  readonly active?: Readonly<Record<string, number>>;
}

/**
 * Counts what an architecture learns and computes. Running statistics are not counted.
 *
 * @throws InputError  where `active` names no weight layer or more weights than there are, or a total is beyond 2^53
 */
export function countsOf(architecture: Architecture, { active = {} }: CountOptions = {}): ArchitectureCounts {
  const shapes = shapesOf(architecture);
  const known = architecture.layers.filter((layer) => rowOf(layer).weight !== undefined).map(({ name }) => name);
  for (const name of Object.keys(active)) {
    if (!known.includes(name)) throw unknownName(architecture.name, "weight layer", name, known);
  }
  const layers = architecture.layers.map((layer): LayerCounts => {
    const input = shapes.get(layer.inputs[0]) as Shape;
    const shape = shapes.get(layer.name) as Shape;
    const weight = weightShape(layer, input);
    const weights = weight === undefined ? 0 : sizeOf(weight);
    const others = { biases: 0, batchNorm: 0, activation: 0, ...rowOf(layer).others?.(layer, input) };
    const given = Object.hasOwn(active, layer.name) ? active[layer.name] : undefined;
    const activeWeights = given === undefined ? weights : checkActive(architecture, layer, given, weights);
    const besides = others.biases + others.batchNorm + others.activation;
    const pixels = sizeOf(shape.slice(1));
    return {
      name: layer.name,
      kind: layer.kind,
      shape,
      weights,
      ...others,
      activeWeights,
      parameters: weights + besides,
      activeParameters: activeWeights + besides,
      macs: weights * pixels,
      activeMacs: activeWeights * pixels,
    };
  });
  return { layers, total: totalOf(architecture, layers) };
}

function checkActive(architecture: Architecture, layer: Layer, count: number, weights: number): number {
  if (Number.isInteger(count) && count >= 0 && count <= weights) return count;
  throw new InputError(
    `${layerCalled(architecture, layer)}: active weights must be an integer in [0, ${weights}], its weights, got ${count}`,
  );
}

function totalOf(architecture: Architecture, layers: readonly LayerCounts[]): Counts {
  const total = {
    weights: 0,
    biases: 0,
    batchNorm: 0,
    activation: 0,
    activeWeights: 0,
    parameters: 0,
    activeParameters: 0,
    macs: 0,
    activeMacs: 0,
  };
  for (const key of Object.keys(total) as (keyof typeof total)[]) {
    for (const layer of layers) total[key] += layer[key];
    if (Number.isSafeInteger(total[key])) continue;
    throw new InputError(`${architecture.name}: its ${key} are more than 2^53, too many to count; narrow its layers`);
  }
  return total;
}
