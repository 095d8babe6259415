/**
 * Residual branches that add nothing: an addition leaves out what is 0 throughout, an addition of one input is that input, and
 * layers that nothing reads any more are gone.
 */

import { type Architecture, inputName, type Layer, shapesOf } from "../nn/index.ts";
import type { NetworkValues } from "../train/index.ts";
import { constantChannels } from "./constant-channels.ts";

export interface DropPass {
  readonly network: NetworkValues;
  /** Names of the layers that are gone, in order. */
  readonly dropped: readonly string[];
}

/** Takes out what adds 0. The network itself is unchanged; its output layer stays where it is. */
export function dropZeroBranches(network: NetworkValues): DropPass {
  const { layers } = network.architecture;
  const constants = constantChannels(network);
  const isZero = (name: string) => (constants.get(name) as Float64Array).every((value) => value === 0);
  const renamed = new Map<string, string>();
  const last = layers[layers.length - 1];
  const rewired = layers.flatMap((layer): Layer[] => {
    const inputs = layer.inputs.map((name) => renamed.get(name) ?? name);
    if (layer.kind !== "add") return [{ ...layer, inputs }];
    const live = inputs.filter((name) => !isZero(name));
    const left = live.length === 0 ? inputs.slice(0, 1) : live;
    if (left.length > 1) return [{ ...layer, inputs: left }];
    // The output layer keeps its name and place, and the network's input is no layer's output.
    if (layer === last || left[0] === inputName) return [{ ...layer, inputs }];
    renamed.set(layer.name, left[0]);
    return [];
  });
  const alive = readLayers(rewired);
  const dropped = layers.filter(({ name }) => !alive.some((layer) => layer.name === name)).map(({ name }) => name);
  if (dropped.length === 0 && rewired.every(({ inputs }, i) => inputs.length === layers[i].inputs.length)) {
    return { network, dropped };
  }
  const architecture: Architecture = { ...network.architecture, layers: alive };
  shapesOf(architecture);
  const gone = new Set(dropped);
  const tensors = new Map([...network.tensors].filter(([name]) => !gone.has(name.slice(0, name.lastIndexOf(".")))));
  const masks = new Map([...network.masks].filter(([name]) => !gone.has(name)));
  return { network: { architecture, tensors, masks }, dropped };
}

/** The last layer and all that it reads, directly or not. */
function readLayers(layers: readonly Layer[]): Layer[] {
  const read = new Set([layers[layers.length - 1].name]);
  return layers
    .toReversed()
    .filter(({ name, inputs }) => {
      if (!read.has(name)) return false;
      for (const input of inputs) read.add(input);
      return true;
    })
    .reverse();
}
