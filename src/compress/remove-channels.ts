/**
 * One pass of construction: channels that no layer needs are cut out of every tensor that has them, and constants among them
 * go into the biases of those that read them.
 *
 *     zero        every layer that reads the channel reads 0
 *     constant    it reads a number other than 0, the same at each pixel: bias += number · Σ weights. Exact without zero padding
 *     unread      every weight that would read the channel is 0
 *
 * A layer keeps one channel at least.
 */

import { sizeOf } from "../base/index.ts";
import {
  type Architecture,
  type ChannelRun,
  type ChannelTies,
  channelTies,
  type Layer,
  type Mask,
} from "../nn/index.ts";
import type { NetworkValues, ValueTensor } from "../train/index.ts";
import { type Constants, constantChannels, seesConstants } from "./constant-channels.ts";
import { tensorOf, type WeightRows, weightRows } from "./weight-rows.ts";

/** Why a channel went. */
export type RemovalReason = "zero" | "constant" | "unread";

/** What became of the channels of a group. */
export interface RemovedChannels {
  /** The layers that give them. */
  readonly layers: readonly string[];
  readonly before: number;
  readonly after: number;
  readonly reasons: Readonly<Record<RemovalReason, number>>;
}

export interface RemovalPass {
  readonly network: NetworkValues;
  /** Of each group that lost channels. */
  readonly removed: readonly RemovedChannels[];
}

export interface RemovalOptions {
  /** Widths are kept to multiples of this, of channels that could go. */
  readonly multipleOf: number;
  /** Layers whose channels stay. */
  readonly keep: readonly string[];
}

interface Survey {
  readonly network: NetworkValues;
  readonly ties: ChannelTies;
  readonly rows: ReadonlyMap<string, WeightRows>;
  readonly constants: Constants;
}

/** Cuts out what can go. The network itself is unchanged. */
export function removeChannels(network: NetworkValues, options: RemovalOptions): RemovalPass {
  const ties = channelTies(network.architecture);
  const survey = { network, ties, rows: weightRows(network), constants: constantChannels(network) };
  const verdicts = verdictsOf(survey, options.keep);
  const kept = verdicts.map((of) => keptChannels(of, options.multipleOf));
  const removed = ties.groups.flatMap(({ producers, channels }, group): RemovedChannels[] => {
    const stays = new Set(kept[group]);
    if (stays.size === channels) return [];
    const reasons = { zero: 0, constant: 0, unread: 0 };
    verdicts[group].forEach((verdict, k) => {
      if (verdict !== "needed" && !stays.has(k)) reasons[verdict] += 1;
    });
    return [{ layers: producers, before: channels, after: stays.size, reasons }];
  });
  return { network: removed.length === 0 ? network : cut(survey, kept), removed };
}

type Verdict = "needed" | RemovalReason;
const severity: readonly Verdict[] = ["zero", "constant", "unread", "needed"];

/** For each group, what is to become of each channel: the gravest that one of its readers says. */
function verdictsOf({ network, ties, rows, constants }: Survey, keep: readonly string[]): Verdict[][] {
  const { groups, layers } = ties;
  const verdicts = groups.map(({ channels, fixed, multipleOf, producers }): Verdict[] => {
    const stays = fixed || multipleOf > 1 || producers.some((name) => keep.includes(name));
    return new Array<Verdict>(channels).fill(stays ? "needed" : "zero");
  });
  for (const layer of network.architecture.layers) {
    const own = rows.get(layer.name);
    // A depthwise convolution hands its channels on, one by one: those that read it decide.
    if (own === undefined || !groups.some(({ producers }) => producers.includes(layer.name))) continue;
    const read = constants.get(layer.inputs[0]) as Float64Array;
    const used = usedInputs(layer, own, read.length);
    eachChannel(layers.get(layer.inputs[0]) as readonly ChannelRun[], groups, (group, k, at) => {
      let verdict: Verdict = "zero";
      if (read[at] !== 0) {
        if (used[at] === 0) verdict = "unread";
        else verdict = !Number.isNaN(read[at]) && seesConstants(layer) ? "constant" : "needed";
      }
      if (severity.indexOf(verdict) > severity.indexOf(verdicts[group][k])) verdicts[group][k] = verdict;
    });
  }
  return verdicts;
}

/** 1 for each input of a weight layer that some weight other than 0 reads. */
function usedInputs(layer: Layer, { shape, visit }: WeightRows, inputs: number): Uint8Array {
  const [outs, perGroup] = shape;
  const field = sizeOf(shape.slice(2));
  const groups = layer.kind === "convolution" ? layer.groups : 1;
  const used = new Uint8Array(inputs);
  for (let row = 0; row < outs; row++) {
    const offset = Math.floor((row * groups) / outs) * perGroup;
    visit(row, (column, value) => {
      if (value !== 0) used[offset + Math.floor(column / field)] = 1;
    });
  }
  return used;
}

/** The channels that stay, in order: those needed, and the first of the others to make up the least width or a multiple. */
function keptChannels(verdicts: readonly Verdict[], multipleOf: number): number[] {
  const needed = verdicts.filter((verdict) => verdict === "needed").length;
  const width = Math.min(verdicts.length, Math.max(1, Math.ceil(needed / multipleOf)) * multipleOf);
  let spare = width - needed;
  return verdicts.flatMap((verdict, k) => (verdict === "needed" || spare-- > 0 ? [k] : []));
}

/** Calls `visit` for each place of a layer's output with its group and channel. */
function eachChannel(
  runs: readonly ChannelRun[],
  groups: ChannelTies["groups"],
  visit: (group: number, k: number, at: number) => void,
): void {
  let at = 0;
  for (const { group, times } of runs) {
    for (let k = 0; k < groups[group].channels; k++) {
      for (let copy = 0; copy < times; copy++) visit(group, k, at++);
    }
  }
}

/** The network without the channels that are not kept. */
function cut({ network, ties, rows, constants }: Survey, kept: readonly (readonly number[])[]): NetworkValues {
  const { groups, layers } = ties;
  const stays = kept.map((of) => new Set(of));
  const places = new Map(
    [...layers].map(([name, runs]) => {
      const of: number[] = [];
      eachChannel(runs, groups, (group, k, at) => {
        if (stays[group].has(k)) of.push(at);
      });
      return [name, of];
    }),
  );
  const tensors = new Map<string, ValueTensor>();
  const masks = new Map<string, Mask>();
  const changed = network.architecture.layers.map((layer): Layer => {
    const out = places.get(layer.name) as readonly number[];
    const own = rows.get(layer.name);
    if (own === undefined) {
      for (const name of partsOf(layer)) {
        const tensor = tensorOf(network, name);
        tensors.set(name, isPerChannel(layer) ? picked(tensor, out) : tensor);
      }
      return layer;
    }
    const read = places.get(layer.inputs[0]) as readonly number[];
    const whole = own.shape[1] * (layer.kind === "convolution" ? layer.groups : 1);
    const grouped = layer.kind === "convolution" && layer.groups > 1;
    const sliced = sliceRows(own, out, grouped ? undefined : read);
    tensors.set(`${layer.name}.weight`, sliced.tensor);
    if (sliced.mask !== undefined) masks.set(layer.name, sliced.mask);
    const shift = grouped ? undefined : foldedShift(own, constants.get(layer.inputs[0]) as Float64Array, read);
    const bias = (layer as { readonly bias: boolean }).bias || shift !== undefined;
    if (bias) tensors.set(`${layer.name}.bias`, picked(shiftedBias(network, layer, own, shift), out));
    if (layer.kind === "linear") return { ...layer, outFeatures: out.length, bias };
    if (layer.kind !== "convolution") throw new Error(`internal: removeChannels: ${layer.kind} has a weight`);
    const depthwise = grouped && layer.groups === whole;
    return { ...layer, outChannels: out.length, bias, groups: depthwise ? read.length : layer.groups };
  });
  return { architecture: { ...network.architecture, layers: changed } satisfies Architecture, tensors, masks };
}

/** Names of the tensors of a layer without a weight. */
function partsOf(layer: Layer): string[] {
  const named = (parts: readonly string[]) => parts.map((part) => `${layer.name}.${part}`);
  if (layer.kind === "batchNorm") return named(["weight", "bias", "running_mean", "running_var"]);
  if (layer.kind !== "activation") return [];
  if (layer.function === "prelu") return named(["weight"]);
  return layer.function === "srelu" ? named(["upperThreshold", "upperSlope", "lowerThreshold", "lowerSlope"]) : [];
}

function isPerChannel(layer: Layer): boolean {
  return layer.kind === "batchNorm" || (layer.kind === "activation" && layer.function === "srelu");
}

function picked({ values }: ValueTensor, places: readonly number[]): ValueTensor {
  const chosen = empty(values, places.length);
  places.forEach((at, i) => {
    chosen[i] = values[at];
  });
  return { shape: [places.length], values: chosen };
}

const empty = (like: Float32Array | Float64Array, length: number) =>
  like instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);

/** Rows and inputs of a weight; all columns where `inputs` is undefined. */
function sliceRows(
  { shape, columns, values, mask }: WeightRows,
  outs: readonly number[],
  inputs: readonly number[] | undefined,
): { readonly tensor: ValueTensor; readonly mask?: Mask } {
  const field = sizeOf(shape.slice(2));
  const newInputs = inputs?.length ?? shape[1];
  const newShape = [outs.length, newInputs, ...shape.slice(2)];
  // The new column of each old one, or -1.
  const columnTo = new Int32Array(columns).fill(-1);
  for (let i = 0; i < newInputs; i++) {
    const from = (inputs?.[i] ?? i) * field;
    for (let j = 0; j < field; j++) columnTo[from + j] = i * field + j;
  }
  const newColumns = newInputs * field;
  if (mask === undefined) {
    const chosen = empty(values, outs.length * newColumns);
    outs.forEach((row, i) => {
      for (let column = 0; column < columns; column++) {
        if (columnTo[column] >= 0) chosen[i * newColumns + columnTo[column]] = values[row * columns + column];
      }
    });
    return { tensor: { shape: newShape, values: chosen } };
  }
  const rowPointers = new Int32Array(outs.length + 1);
  const places: number[] = [];
  outs.forEach((row, i) => {
    for (let k = mask.rowPointers[row]; k < mask.rowPointers[row + 1]; k++) {
      if (columnTo[mask.columnIndices[k]] >= 0) places.push(k);
    }
    rowPointers[i + 1] = places.length;
  });
  const columnIndices = Int32Array.from(places, (k) => columnTo[mask.columnIndices[k]]);
  return {
    tensor: picked({ shape, values }, places),
    mask: { fanOut: outs.length, fanIn: newColumns, rowPointers, columnIndices },
  };
}

/** What removed inputs add to each output row; undefined where that is nothing. */
function foldedShift(
  { shape, visit }: WeightRows,
  read: Float64Array,
  kept: readonly number[],
): Float64Array | undefined {
  const constant = read.map((value) => (Number.isNaN(value) ? 0 : value));
  for (const at of kept) constant[at] = 0;
  if (constant.every((value) => value === 0)) return undefined;
  const field = sizeOf(shape.slice(2));
  const shift = new Float64Array(shape[0]);
  for (let row = 0; row < shift.length; row++) {
    visit(row, (column, value) => {
      shift[row] += value * constant[Math.floor(column / field)];
    });
  }
  return shift;
}

function shiftedBias(
  network: NetworkValues,
  layer: Layer,
  { shape, values }: WeightRows,
  shift?: Float64Array,
): ValueTensor {
  const { bias } = layer as { readonly bias: boolean };
  const own = bias ? tensorOf(network, `${layer.name}.bias`) : { shape: [shape[0]], values: empty(values, shape[0]) };
  if (shift === undefined) return own;
  return { shape: own.shape, values: own.values.map((value, row) => value + shift[row]) };
}
