/**
 * What can be pruned of an architecture: for each channel, all weights that must be zero together for the channel to be zero
 * whatever the input, so that it can be removed and nothing changes.
 *
 *     channel k of conv -> norm -> relu        conv.weight[k], conv.bias[k], norm.weight[k], norm.bias[k]
 *     added to, concatenated with, or copied   the same of every layer that gives or rescales that channel
 *
 * Channels that are tied come from `channelTies`. A layer whose channels cannot be removed is named with the reason.
 *
 * @see Chen et al. 2021, arXiv:2107.07467: zero-invariant groups. The running statistics of a batch norm are not members: a
 *   scale and a shift of zero make its output zero whatever they are.
 */

import { InputError, sizeOf, unknownName } from "../base/index.ts";
import {
  type ActivationName,
  type Architecture,
  type ChannelRun,
  type ChannelTies,
  channelTies,
  type Layer,
  type WeightLayer,
  weightLayers,
} from "../nn/index.ts";
import type { GroupBlock, GroupMember } from "../optim/index.ts";

/** A weight layer that keeps all its channels, and why. */
export interface Unprunable {
  readonly layer: string;
  readonly reason: string;
}

export interface PruningGroups {
  /** For optimizers: one block for each set of tied channels. */
  readonly blocks: readonly GroupBlock[];
  /** The channel group of each block, an index into `channelTies(architecture).groups`. */
  readonly channelGroups: readonly number[];
  /** Weight layers with a row for each of a block's groups, by block: those that give its channels, and depthwise ones. */
  readonly layers: readonly (readonly string[])[];
  readonly unprunable: readonly Unprunable[];
}

export interface PruningGroupsOptions {
  /** Weight layers not to be pruned; those tied to them are not either. */
  readonly keep?: readonly string[];
  /** Channels are to come in multiples of this where there are so many. Default 1. */
  readonly multipleOf?: number;
}

/** What activations give at 0; null where that is learned. A network's channel of zeros must stay one. */
const atZero: Readonly<Record<ActivationName, number | null>> = {
  relu: 0,
  prelu: 0,
  elu: 0,
  srelu: null,
  swish: 0,
  sigmoid: 0.5,
  tanh: 0,
};

/**
 * Finds the groups of an architecture.
 *
 * @throws InputError  where `keep` names no weight layer, `multipleOf` is no integer ≥ 1, or channels are added that do not pair up
 */
export function pruningGroups(
  architecture: Architecture,
  { keep = [], multipleOf = 1 }: PruningGroupsOptions = {},
): PruningGroups {
  const described = weightLayers(architecture);
  const names = described.map(({ name }) => name);
  for (const name of keep) if (!names.includes(name)) throw unknownName("pruningGroups", "weight layer", name, names);
  if (!Number.isSafeInteger(multipleOf) || multipleOf < 1) {
    throw new InputError(`pruningGroups: multipleOf must be an integer ≥ 1, got ${multipleOf}`);
  }
  const ties = channelTies(architecture);
  const rows = rowsOf(architecture, ties, described);
  const reasons = reasonsAgainst(architecture, ties, rows, keep);
  const blocks: GroupBlock[] = [];
  const channelGroups: number[] = [];
  const layers: string[][] = [];
  ties.groups.forEach(({ channels, producers }, group) => {
    if (reasons.has(group)) return;
    const [first, ...others] = producers;
    const tied = others.length > 1 ? ` and ${others.length} tied` : others.map((name) => `+${name}`).join("");
    const divisor = Math.min(multipleOf, channels);
    blocks.push({
      name: `${first}${tied}`,
      count: channels,
      members: membersOf(architecture, ties, described, group),
      ...(divisor === 1 ? {} : { multipleOf: divisor }),
    });
    channelGroups.push(group);
    layers.push([...rows].filter(([, of]) => of.some((run) => run.group === group)).map(([name]) => name));
  });
  const unprunable = [...rows].flatMap(([layer, runs]): Unprunable[] => {
    const found = runs.map(({ group }) => reasons.get(group)).find((reason) => reason !== undefined);
    return found === undefined ? [] : [{ layer, reason: found(layer) }];
  });
  return { blocks, channelGroups, layers, unprunable };
}

/** The channels that each weight layer has rows for. */
function rowsOf(architecture: Architecture, { layers }: ChannelTies, described: readonly WeightLayer[]) {
  const names = new Set(described.map(({ name }) => name));
  return new Map(
    architecture.layers
      .filter(({ name }) => names.has(name))
      .map(({ name }) => [name, layers.get(name) as readonly ChannelRun[]]),
  );
}

/** Why groups must stay whole, in the words of a layer: the first reason that applies. */
function reasonsAgainst(
  architecture: Architecture,
  { groups, layers }: ChannelTies,
  rows: ReadonlyMap<string, readonly ChannelRun[]>,
  keep: readonly string[],
): Map<number, (layer: string) => string> {
  const reasons = new Map<number, (layer: string) => string>();
  const add = (runs: readonly ChannelRun[] | undefined, reason: (layer: string) => string) => {
    for (const { group } of runs ?? []) if (!reasons.has(group)) reasons.set(group, reason);
  };
  const last = architecture.layers[architecture.layers.length - 1].name;
  add(layers.get(last), () => "its channels are the network's output");
  add(layers.get("input"), () => "its channels are the network's input");
  for (const name of keep) {
    add(rows.get(name), (layer) =>
      layer === name ? "it is marked to be kept" : `its channels are those of ${name}, which is marked to be kept`,
    );
  }
  for (const layer of architecture.layers) {
    if (layer.kind === "convolution" && layer.groups > 1 && ownGroup(groups, layers, layer)) {
      const what = `a convolution of ${layer.groups} groups, which stays whole`;
      add(layers.get(layer.name), (name) =>
        name === layer.name ? `it is ${what}` : `it is tied to ${layer.name}, ${what}`,
      );
      add(layers.get(layer.inputs[0]), () => `it is read by ${layer.name}, ${what}`);
    }
    if (layer.kind === "activation" && atZero[layer.function] !== 0) {
      const value = atZero[layer.function];
      const says = value === null ? "learns what it gives for 0" : `gives ${value} for 0`;
      add(layers.get(layer.name), () => `its channels pass ${layer.name}, ${layer.function}, which ${says}`);
    }
  }
  return reasons;
}

/** Whether a grouped convolution opens channels of its own, which a depthwise one does not. */
function ownGroup(groups: ChannelTies["groups"], layers: ChannelTies["layers"], { name }: Layer): boolean {
  const [run] = layers.get(name) as readonly ChannelRun[];
  return groups[run.group].producers.includes(name);
}

/** What a group's channels are made of, layer by layer. */
function membersOf(
  architecture: Architecture,
  { groups, layers }: ChannelTies,
  described: readonly WeightLayer[],
  group: number,
): GroupMember[] {
  const rowLengths = new Map(described.map(({ name, shape }) => [name, sizeOf(shape.slice(1))]));
  return architecture.layers.flatMap((layer): GroupMember[] => {
    const rowLength = rowLengths.get(layer.name);
    if (rowLength === undefined && layer.kind !== "batchNorm") return [];
    const part = (name: string, start: number, length: number): GroupMember => ({
      parameter: `${layer.name}.${name}`,
      ...(start === 0 ? {} : { start }),
      length,
    });
    let offset = 0;
    const members: GroupMember[] = [];
    for (const run of layers.get(layer.name) as readonly ChannelRun[]) {
      const { times } = run;
      if (run.group === group) {
        members.push(part("weight", offset * (rowLength ?? 1), times * (rowLength ?? 1)));
        const hasBias = (layer.kind === "convolution" || layer.kind === "linear") && !layer.bias;
        if (!hasBias) members.push(part("bias", offset, times));
      }
      offset += groups[run.group].channels * times;
    }
    return members;
  });
}
