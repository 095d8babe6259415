/**
 * Which channels of an architecture are the same channels: what may change its width together, and what a pruned channel
 * takes with it.
 *
 *     conv1 (16) -> relu -> conv2 (32) -> add <- conv3 (32)        groups: {conv1}, {conv2, conv3}; add reads the second
 *
 * Each weight layer that chooses its width opens a group; an addition joins the groups it adds; everything else hands on what
 * it reads. A layer's channels are runs of groups, one after another (concatenation), each channel of a run standing for
 * `times` neighbours (a flattened image: its pixels; a depthwise convolution with a multiplier: its copies).
 *
 * @see Chen et al. 2021, arXiv:2107.07467: zero-invariant groups
 */

import type { Shape } from "../../base/index.ts";
import { InputError, sizeOf } from "../../base/index.ts";
import { layerCalled } from "./layer-kinds.ts";
import type { Architecture, Layer } from "./layers.ts";
import { inputName } from "./layers.ts";
import { shapesOf } from "./shapes.ts";

/** Channels that are one and the same wherever they appear. */
export interface ChannelGroup {
  /** How many. */
  readonly channels: number;
  /** The weight layers that give them, in order: each has a row of its weight for each channel. */
  readonly producers: readonly string[];
  /** Whether they are the network's input or output, whose widths are the data's. */
  readonly fixed: boolean;
  /** Grouped convolutions take channels by so many at once; 1 where there is none. */
  readonly multipleOf: number;
}

/** Some neighbouring channels of a layer: all of a group's, each standing for `times` neighbours. */
export interface ChannelRun {
  /** Index into `groups`. */
  readonly group: number;
  readonly times: number;
}

export interface ChannelTies {
  readonly groups: readonly ChannelGroup[];
  /** What each layer gives, by name, and "input". */
  readonly layers: ReadonlyMap<string, readonly ChannelRun[]>;
}

/** A convolution that works on each channel alone. */
export function isDepthwise(layer: Layer, input: Shape): boolean {
  return layer.kind === "convolution" && layer.groups > 1 && layer.groups === input[0];
}

interface OpenGroup {
  parent: number;
  readonly channels: number;
  readonly producers: string[];
  fixed: boolean;
  multipleOf: number;
}

/**
 * Finds the groups of channels of an architecture.
 *
 * @throws InputError  where an addition's inputs are put together in different ways, so that their channels do not pair up
 */
export function channelTies(architecture: Architecture): ChannelTies {
  const shapes = shapesOf(architecture);
  const open: OpenGroup[] = [];
  const opened = (channels: number, name?: string): ChannelRun[] => {
    open.push({
      parent: open.length,
      channels,
      producers: name === undefined ? [] : [name],
      fixed: false,
      multipleOf: 1,
    });
    return [{ group: open.length - 1, times: 1 }];
  };
  const root = (group: number): number => {
    while (open[group].parent !== group) group = open[group].parent;
    return group;
  };
  const runs = new Map<string, readonly ChannelRun[]>([[inputName, opened(architecture.input[0])]]);
  open[0].fixed = true;

  function handedOn(layer: Layer): readonly ChannelRun[] {
    const read = layer.inputs.map((name) => runs.get(name) as readonly ChannelRun[]);
    const input = shapes.get(layer.inputs[0]) as Shape;
    switch (layer.kind) {
      case "linear":
        return opened(layer.outFeatures, layer.name);
      case "convolution": {
        if (isDepthwise(layer, input)) return stretched(read[0], layer.outChannels / layer.groups);
        const own = opened(layer.outChannels, layer.name);
        if (layer.groups > 1) for (const { group } of [...read[0], ...own]) divide(open[root(group)], layer.groups);
        return own;
      }
      case "flatten":
        return stretched(read[0], sizeOf(input.slice(1)));
      case "concatenate":
        return read.flat();
      case "add":
        for (const other of read.slice(1)) tie(layer, read[0], other);
        return read[0];
      default:
        return read[0];
    }
  }

  function tie(layer: Layer, first: readonly ChannelRun[], other: readonly ChannelRun[]): void {
    const alike = first.length === other.length && first.every((run, i) => pairs(run, other[i]));
    if (!alike) {
      throw new InputError(
        `${layerCalled(architecture, layer)}: adds channels that are put together in different ways, so that they cannot be ` +
          "widened or removed together; add before concatenating or flattening",
      );
    }
    first.forEach((run, i) => {
      join(root(run.group), root(other[i].group));
    });
  }

  function pairs(a: ChannelRun, b: ChannelRun): boolean {
    return a.times === b.times && open[a.group].channels === open[b.group].channels;
  }

  /** The earlier group takes in the later. */
  function join(a: number, b: number): void {
    if (a === b) return;
    const [kept, gone] = a < b ? [open[a], open[b]] : [open[b], open[a]];
    gone.parent = kept.parent;
    kept.producers.push(...gone.producers);
    kept.fixed ||= gone.fixed;
    divide(kept, gone.multipleOf);
  }

  for (const layer of architecture.layers) runs.set(layer.name, handedOn(layer));
  const last = architecture.layers[architecture.layers.length - 1];
  for (const { group } of runs.get(last.name) as readonly ChannelRun[]) open[root(group)].fixed = true;
  return closed(open, root, runs);
}

/** Numbers the groups that are left in order. */
function closed(
  open: readonly OpenGroup[],
  root: (group: number) => number,
  runs: ReadonlyMap<string, readonly ChannelRun[]>,
): ChannelTies {
  const kept = open.filter((group, index) => group.parent === index);
  const numbers = new Map(kept.map((group, number) => [group, number]));
  const numbered = (group: number) => numbers.get(open[root(group)]) as number;
  const layers = new Map<string, readonly ChannelRun[]>();
  for (const [name, list] of runs) {
    layers.set(
      name,
      list.map(({ group, times }) => ({ group: numbered(group), times })),
    );
  }
  const places = new Map([...runs.keys()].map((name, place) => [name, place]));
  const place = (name: string) => places.get(name) as number;
  const groups = kept.map(({ channels, producers, fixed, multipleOf }) => {
    return { channels, producers: producers.toSorted((a, b) => place(a) - place(b)), fixed, multipleOf };
  });
  return { groups, layers };
}

function stretched(runs: readonly ChannelRun[], by: number): readonly ChannelRun[] {
  return runs.map(({ group, times }) => ({ group, times: times * by }));
}

/** Makes a group's channels come in multiples of `by` too. */
function divide(group: OpenGroup, by: number): void {
  let [a, b] = [group.multipleOf, by];
  while (b !== 0) [a, b] = [b, a % b];
  group.multipleOf = (group.multipleOf / a) * by;
}
