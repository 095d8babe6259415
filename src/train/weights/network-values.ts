/**
 * A trained network as plain numbers, outside any engine: what compression makes smaller and export writes down. Names are
 * PyTorch's; a sparse weight is its active values beside its mask.
 */

import { formatShape, InputError, type Shape, ShapeError, sameShape, sizeOf } from "../../base/index.ts";
import { parseSafetensors } from "../../data/index.ts";
import {
  type Architecture,
  buildNetwork,
  inputName,
  type Layer,
  type Mask,
  type Network,
  shapesOf,
  weightLayers,
} from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import { networkMasks } from "../checkpoint/checkpoint.ts";
import { checkpointOf, versionKey } from "../checkpoint/encoding.ts";
import { namedVariables } from "../checkpoint/network-tensors.ts";
import { activePlaces } from "./load-weights.ts";
import { weightsFileOf, weightsKey } from "./weights-file.ts";

/** Numbers of a shape, row-major. */
export interface ValueTensor {
  readonly shape: Shape;
  readonly values: Float32Array | Float64Array;
}

/** A network, whole: what it computes follows from this alone. */
export interface NetworkValues {
  readonly architecture: Architecture;
  /**
   * Parameters and running statistics in the order of the layers, by PyTorch's names: `name.weight`, `name.bias`,
   * `name.running_mean`, `name.running_var`, of a PReLU `name.weight`, [1]. The weight of a sparse layer holds its active
   * values in the mask's order, [active]; of a dense one all, [O, I / groups, h, w] or [O, I].
   */
  readonly tensors: ReadonlyMap<string, ValueTensor>;
  /** Masks of the sparse layers, by the layer's name. */
  readonly masks: ReadonlyMap<string, Mask>;
}

/** Where a tensor of a network belongs. */
interface TensorPlace {
  /** PyTorch's. */
  readonly name: string;
  /** The network's own, and a checkpoint's. */
  readonly ownName: string;
  /** Dense. */
  readonly shape: Shape;
  /** The layer whose weight it is. */
  readonly weightOf?: string;
}

/** A network's numbers, copied out of its engine. @throws InputError where two have the same name */
export function networkValues(network: Network): NetworkValues {
  const { architecture } = network;
  const variables = new Map(namedVariables(network).map(({ name, variable }) => [name, variable]));
  const masks = masksByLayer(architecture, networkMasks(network));
  const single = [...variables.values()][0]?.view() instanceof Float32Array;
  const tensors = tensorPlaces(architecture).map((place): [string, ValueTensor] => {
    const numbers = variables.get(place.ownName)?.get();
    if (numbers === undefined) throw new Error(`internal: networkValues: the network has no ${place.ownName}`);
    const values = single ? Float32Array.from(numbers) : Float64Array.from(numbers);
    return [place.name, { shape: heldShape(place, masks), values }];
  });
  return { architecture, tensors: new Map(tensors), masks };
}

/**
 * Reads a checkpoint, or a file of saved weights, without an engine.
 *
 * @param bytes  the whole file
 * @param file   its name, for messages
 * @throws InputError  for a file that is neither, is damaged, or whose arrays are not its architecture's finite numbers
 */
export function readNetworkValues(bytes: Uint8Array, file: string): NetworkValues {
  const parsed = parseSafetensors(bytes, file);
  if (parsed.metadata.has(versionKey)) {
    const { architecture, masks: byWeight, tensors } = checkpointOf(parsed, file);
    const masks = masksByLayer(architecture, byWeight);
    return gather(architecture, masks, file, ({ ownName }) => tensors.get(ownName));
  }
  if (parsed.metadata.has(weightsKey)) {
    const { architecture, masks: inOrder } = weightsFileOf(parsed, file);
    const layers = weightLayers(architecture);
    const masks = new Map(inOrder.flatMap((mask, i) => (mask === undefined ? [] : [[layers[i].name, mask] as const])));
    return gather(architecture, masks, file, (place) => {
      const mask = masks.get(place.weightOf ?? "");
      const stored = parsed.tensors.get(place.name);
      if (mask === undefined || stored === undefined) return stored;
      return { shape: [mask.columnIndices.length], values: atPlaces(stored.values, mask) };
    });
  }
  throw new InputError(
    `${file}: must be a checkpoint or weights of gradientflow, got a safetensors file that does not say what network it is of; ` +
      "build the network, fill it by loadWeights and save it by saveWeights",
  );
}

/** The same from a path. @throws InputError, EnvironmentError where it cannot be read */
export async function loadNetworkValues(path: string): Promise<NetworkValues> {
  const { readWhole } = await import("../checkpoint/files.ts");
  return readNetworkValues(await readWhole(path), path);
}

/** Builds the network on an engine, which rounds to its element type. Dropout masks are those of seed 0. */
export function networkFromValues(engine: Engine, { architecture, tensors, masks }: NetworkValues): Network {
  const network = buildNetwork(engine, architecture, {
    seed: 0,
    masks: weightLayers(architecture).map(({ name }) => masks.get(name)),
  });
  const variables = new Map(namedVariables(network).map(({ name, variable }) => [name, variable]));
  for (const place of tensorPlaces(architecture)) {
    const tensor = tensors.get(place.name);
    const expected = heldShape(place, masks);
    if (tensor === undefined || !sameShape(tensor.shape, expected)) {
      const got = tensor === undefined ? "nothing" : formatShape(tensor.shape);
      throw new ShapeError(
        `networkFromValues: ${place.name}: ${architecture.name} takes ${formatShape(expected)}, got ${got}; take the tensors of its architecture`,
      );
    }
    variables.get(place.ownName)?.set(tensor.values);
  }
  return network;
}

/** A weight in full, zeros where it is masked. */
export function denseWeight({ architecture, tensors, masks }: NetworkValues, layer: string): ValueTensor {
  const tensor = tensors.get(`${layer}.weight`);
  const described = weightLayers(architecture).find(({ name }) => name === layer);
  if (tensor === undefined || described === undefined) {
    throw new InputError(`denseWeight: must name a weight layer of ${architecture.name}, got ${JSON.stringify(layer)}`);
  }
  const mask = masks.get(layer);
  if (mask === undefined) return tensor;
  const { shape } = described;
  const values =
    tensor.values instanceof Float32Array ? new Float32Array(sizeOf(shape)) : new Float64Array(sizeOf(shape));
  activePlaces({ ...mask, csr: mask }).forEach((at, k) => {
    values[at] = tensor.values[k];
  });
  return { shape, values };
}

/** What each layer owns, in the order of the layers. */
function tensorPlaces(architecture: Architecture): TensorPlace[] {
  const shapes = shapesOf(architecture);
  const weights = new Map(weightLayers(architecture).map(({ name, shape }) => [name, shape]));
  const channels = ({ inputs: [read] }: Layer) =>
    (read === inputName ? architecture.input : (shapes.get(read) as Shape))[0];
  return architecture.layers.flatMap((layer): TensorPlace[] => {
    const one = (part: string, shape: Shape) => ({
      name: `${layer.name}.${part}`,
      ownName: `${layer.name}.${part}`,
      shape,
    });
    switch (layer.kind) {
      case "convolution":
      case "linear": {
        const shape = weights.get(layer.name) as Shape;
        const weight = { ...one("weight", shape), weightOf: layer.name };
        return layer.bias ? [weight, one("bias", [shape[0]])] : [weight];
      }
      case "batchNorm":
        return ["weight", "bias", "running_mean", "running_var"].map((part) => one(part, [channels(layer)]));
      case "activation":
        if (layer.function === "prelu") return [{ ...one("weight", [1]), ownName: `${layer.name}.slope` }];
        if (layer.function !== "srelu") return [];
        return ["upperThreshold", "upperSlope", "lowerThreshold", "lowerSlope"].map((part) =>
          one(part, [channels(layer)]),
        );
      default:
        return [];
    }
  });
}

function heldShape({ shape, weightOf }: TensorPlace, masks: NetworkValues["masks"]): Shape {
  const mask = weightOf === undefined ? undefined : masks.get(weightOf);
  return mask === undefined ? shape : [mask.columnIndices.length];
}

/** From masks by the weight's name. */
function masksByLayer(architecture: Architecture, masks: ReadonlyMap<string, Mask>): Map<string, Mask> {
  return new Map(
    weightLayers(architecture).flatMap(({ name }) => {
      const mask = masks.get(`${name}.weight`);
      return mask === undefined ? [] : [[name, mask] as const];
    }),
  );
}

function atPlaces(values: ArrayLike<number>, mask: Mask): Float32Array | Float64Array {
  const places = activePlaces({ ...mask, csr: mask });
  const active = values instanceof Float64Array ? new Float64Array(places.length) : new Float32Array(places.length);
  for (let k = 0; k < places.length; k++) active[k] = values[places[k]];
  return active;
}

/** Collects what an architecture needs from a file, checked. */
function gather(
  architecture: Architecture,
  masks: ReadonlyMap<string, Mask>,
  file: string,
  stored: (place: TensorPlace) => { readonly shape: Shape; readonly values: unknown } | undefined,
): NetworkValues {
  for (const { name, shape, fanIn } of weightLayers(architecture)) {
    const mask = masks.get(name);
    if (mask === undefined || (mask.fanOut === shape[0] && mask.fanIn === fanIn)) continue;
    throw new InputError(
      `${file}: mask of ${name}.weight: must be of [${shape[0]}, ${fanIn}], its architecture's, got [${mask.fanOut}, ${mask.fanIn}]; ` +
        "use another file",
    );
  }
  const tensors = tensorPlaces(architecture).map((place): [string, ValueTensor] => {
    const found = stored(place);
    const where = `${file}: ${place.ownName}`;
    const shape = heldShape(place, masks);
    if (found === undefined) {
      throw new InputError(
        `${where}: ${architecture.name} has numbers of this name, the file has none; use another file`,
      );
    }
    const { values } = found;
    if (!(values instanceof Float32Array || values instanceof Float64Array) || values.length !== sizeOf(shape)) {
      const got =
        values instanceof Float32Array || values instanceof Float64Array ? formatShape(found.shape) : "another type";
      throw new InputError(`${where}: must be ${formatShape(shape)} of F32 or F64, got ${got}; use another file`);
    }
    const wrong = values.findIndex((value: number) => !Number.isFinite(value));
    if (wrong >= 0) {
      throw new InputError(
        `${where}: numbers must be finite, got ${values[wrong]} at place ${wrong}; use another file`,
      );
    }
    return [place.name, { shape, values }];
  });
  return { architecture, tensors: new Map(tensors), masks };
}
