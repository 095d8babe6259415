/** From an architecture to a network on an engine: parameters in the order of the layers, and the forward pass. */

import { InputError, sizeOf } from "../base/index.ts";
import type { Engine, Graph, Tensor, Update, Variable } from "../tensor/index.ts";
import {
  add,
  averagePool,
  concatenate,
  dropoutMask,
  flatten,
  globalAveragePool,
  maxPool,
  multiply,
  nearestUpsample,
  reshape,
  zeroPad,
} from "../tensor/index.ts";
import type { ActivationLayer } from "./activation-layer.ts";
import { activationLayer } from "./activation-layer.ts";
import type { Architecture, Layer } from "./architecture/layers.ts";
import { inputName } from "./architecture/layers.ts";
import { shapesOf } from "./architecture/shapes.ts";
import { weightLayers as describeWeightLayers } from "./architecture/weight-layers.ts";
import type { BatchNormLayer } from "./batch-norm-layer.ts";
import { batchNormLayer } from "./batch-norm-layer.ts";
import type { Fans, InitialDistribution } from "./initialise.ts";
import type { ForwardOptions, ForwardResult, Network } from "./network.ts";
import type { Parameter } from "./parameter.ts";
import type { Mask, NetworkLayer } from "./weight-layer.ts";
import { weightLayer } from "./weight-layer.ts";

export interface BuildOptions {
  readonly seed: number;
  /** Default "he-normal". */
  readonly initial?: InitialDistribution;
  /** One per weight layer, in order; undefined leaves a layer dense. */
  readonly masks?: readonly (Mask | undefined)[];
  /** Fans of each weight layer's initial distribution; default the layer's nominal ones. */
  readonly initialFans?: readonly Fans[];
}

/** One run through the layers. */
interface Pass {
  readonly graph: Graph;
  readonly options: ForwardOptions;
  readonly updates: Update[];
}

/** A layer with what it owns. */
interface BuiltLayer {
  readonly parameters?: readonly Parameter[];
  readonly buffers?: readonly Variable[];
  readonly apply: (inputs: readonly Tensor[], pass: Pass) => Tensor;
}

/** What a layer may need to be built. */
interface Site {
  readonly engine: Engine;
  readonly seed: number;
  /** Channels or features it reads. */
  readonly features: number;
  /** Number of the weight layer before it, from 1, which names its random streams; 1 before any. */
  readonly number: number;
  /** The weight layer it is, where it is one. */
  readonly weightLayer?: NetworkLayer;
}

type Builders = { readonly [K in Layer["kind"]]: (layer: Extract<Layer, { kind: K }>, site: Site) => BuiltLayer };

const builders: Builders = {
  convolution: (_, site) => weighted(site),
  linear: (_, site) => weighted(site),
  batchNorm: ({ name }, { engine, features, number }) => {
    const norm: BatchNormLayer = batchNormLayer(engine, { features, name, layer: number });
    return {
      ...norm,
      apply: ([x], { graph, options, updates }) => {
        const normalised = norm.apply(graph, x, options.mode);
        updates.push(...normalised.updates);
        return normalised.value;
      },
    };
  },
  activation: ({ name, function: f }, { engine, features, number }) => {
    const unit: ActivationLayer = activationLayer(engine, { function: f, name, features, layer: number });
    return { parameters: unit.parameters, apply: ([x], { graph }) => unit.apply(graph, x) };
  },
  maxPool: ({ kernel, stride, padding }) => ({ apply: ([x]) => maxPool(x, { size: kernel, stride, padding }) }),
  averagePool: ({ kernel, stride, padding }) => ({ apply: ([x]) => averagePool(x, { size: kernel, stride, padding }) }),
  globalAveragePool: () => ({ apply: ([x]) => reshape(globalAveragePool(x), [x.shape[0], 1, 1, x.batch]) }),
  flatten: () => ({ apply: ([x]) => flatten(x) }),
  add: () => ({ apply: ([first, ...rest]) => rest.reduce(add, first) }),
  concatenate: () => ({ apply: (inputs) => concatenate(inputs) }),
  zeroPad: ({ padding: [top, left, bottom, right] }) => ({ apply: ([x]) => zeroPad(x, { top, left, bottom, right }) }),
  upsample: ({ factor: [y, x] }) => ({
    apply: ([images]) => nearestUpsample(images, { size: [y * images.shape[1], x * images.shape[2]] }),
  }),
  dropout: ({ name, rate }, { seed, number }) => ({
    apply: ([x], { options: { mode, dropoutStep } }) => {
      if (mode === "eval" || rate === 0) return x;
      if (dropoutStep === undefined) {
        throw new InputError(`layer "${name}": training with dropout needs a step variable, dropoutStep`);
      }
      return multiply(x, dropoutMask(x, { rate, seed, layer: number, step: dropoutStep }));
    },
  }),
};

function weighted({ weightLayer: own }: Site): BuiltLayer {
  const { weight, bias, apply } = own as NetworkLayer;
  return {
    parameters: bias === undefined ? [weight] : [weight, bias],
    apply: ([x], { graph }) => apply(graph, x),
  };
}

/**
 * Makes the network of an architecture, with seeded initial weights: weight layer l draws from the stream (seed, "weights", l).
 *
 * @throws ShapeError, InputError  where the architecture or a mask does not fit, naming the layer
 */
export function buildNetwork(engine: Engine, architecture: Architecture, options: BuildOptions): Network {
  const { seed, initial } = options;
  const shapes = shapesOf(architecture);
  const described = describeWeightLayers(architecture);
  for (const name of ["masks", "initialFans"] as const) {
    const list = options[name];
    if (list !== undefined && list.length !== described.length) {
      throw new InputError(
        `${architecture.name}: ${name} must have one entry per weight layer, ${described.length}, got ${list.length}`,
      );
    }
  }
  const weightLayers: NetworkLayer[] = [];
  const built = architecture.layers.map((layer): BuiltLayer => {
    const place = weightLayers.length;
    let own: NetworkLayer | undefined;
    if (layer.kind === "convolution" || layer.kind === "linear") {
      const [mask, initialFans] = [options.masks?.[place], options.initialFans?.[place]];
      own = weightLayer(engine, layer, described[place], { seed, initial, mask, initialFans });
      weightLayers.push(own);
    }
    const [features] = layer.inputs[0] === inputName ? architecture.input : (shapes.get(layer.inputs[0]) as number[]);
    const build = builders[layer.kind] as (layer: Layer, site: Site) => BuiltLayer;
    return build(layer, { engine, seed, features, number: Math.max(1, weightLayers.length), weightLayer: own });
  });
  const output = architecture.layers[architecture.layers.length - 1];
  const forward = (graph: Graph, x: Tensor, pass: ForwardOptions) => runLayers(architecture, built, graph, x, pass);
  return {
    architecture,
    inputs: sizeOf(architecture.input),
    outputs: sizeOf(shapes.get(output.name) as number[]),
    parameters: built.flatMap(({ parameters = [] }) => parameters),
    buffers: built.flatMap(({ buffers = [] }) => buffers),
    weightLayers,
    forward,
  };
}

function runLayers(
  { input, layers }: Architecture,
  built: readonly BuiltLayer[],
  graph: Graph,
  x: Tensor,
  options: ForwardOptions,
): ForwardResult {
  const pass: Pass = { graph, options, updates: [] };
  const values = new Map<string, Tensor>([[inputName, reshape(x, [...input, x.batch])]]);
  const products: { input: Tensor; output: Tensor }[] = [];
  const activations: { layer: number; value: Tensor }[] = [];
  layers.forEach((layer, place) => {
    const inputs = layer.inputs.map((name) => values.get(name) as Tensor);
    const value = built[place].apply(inputs, pass);
    values.set(layer.name, value);
    if (layer.kind === "convolution" || layer.kind === "linear") products.push({ input: inputs[0], output: value });
    if (layer.kind === "activation") activations.push({ layer: products.length, value });
  });
  const logits = flatten(values.get(layers[layers.length - 1].name) as Tensor);
  return { logits, layers: products, activations, values, updates: pass.updates };
}
