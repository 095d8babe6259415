/**
 * The same architecture at other widths: every hidden width scaled by one factor, or some set by name. What is added stays
 * addable, groups stay whole, inputs and outputs are left as they are.
 */

import type { Shape } from "../../base/index.ts";
import { InputError, unknownName } from "../../base/index.ts";
import type { ChannelGroup, ChannelRun, ChannelTies } from "./channel-ties.ts";
import { channelTies, isDepthwise } from "./channel-ties.ts";
import { mostWidth, positive, show, width } from "./field-rules.ts";
import type { Architecture, Layer } from "./layers.ts";
import { shapesOf } from "./shapes.ts";

/**
 * Scales or sets the hidden widths of an architecture. Narrower is as good as wider.
 *
 * @param to  a factor > 0: each width becomes round(factor · width), halves up, at least 1, and where grouped convolutions read
 *   or give it the nearest multiple of their groups; or widths by weight layer's name, where those added to a named one follow
 *   it and all others stay
 * @returns   the architecture under the same name; itself unchanged
 * @throws InputError  where a name is not of a weight layer or its width is the output's, where two names that are added
 *   together differ, or a width is out of [1, 2^24]
 */
export function widen(architecture: Architecture, to: number | Readonly<Record<string, number>>): Architecture {
  const ties = channelTies(architecture);
  const { groups, layers } = ties;
  const where = `widen: ${architecture.name}`;
  const widths = typeof to === "number" ? groups.map((group) => scaled(where, group, to)) : chosen(where, ties, to);
  const shapes = shapesOf(architecture);
  const sizeIn = (layer: Layer) => {
    const runs = layers.get(layer.inputs[0]) as readonly ChannelRun[];
    return runs.reduce((total, { group, times }) => total + widths[group] * times, 0);
  };
  const own = (layer: Layer) => widths[(layers.get(layer.name) as readonly ChannelRun[])[0].group];
  const changed = architecture.layers.map((layer): Layer => {
    if (layer.kind === "linear") return { ...layer, outFeatures: own(layer) };
    if (layer.kind !== "convolution") return layer;
    if (!isDepthwise(layer, shapes.get(layer.inputs[0]) as Shape)) return { ...layer, outChannels: own(layer) };
    const channels = sizeIn(layer);
    return { ...layer, groups: channels, outChannels: channels * (layer.outChannels / layer.groups) };
  });
  const widened = { ...architecture, layers: changed };
  shapesOf(widened);
  return widened;
}

function scaled(where: string, group: ChannelGroup, factor: number): number {
  if (positive.read(factor) === undefined)
    throw new InputError(`${where}: the factor must be a number > 0, got ${factor}`);
  if (group.fixed) return group.channels;
  const { multipleOf } = group;
  const channels = multipleOf * Math.max(1, Math.round((factor * group.channels) / multipleOf));
  if (channels <= mostWidth) return channels;
  throw new InputError(
    `${where}: ${group.channels} channels times ${factor} are more than ${mostWidth}; take a smaller factor`,
  );
}

function chosen(
  where: string,
  { groups, layers }: ChannelTies,
  to: Readonly<Record<string, number>>,
): readonly number[] {
  const widths = groups.map(({ channels }) => channels);
  const namedBy = new Map<number, string>();
  const producers = new Set(groups.flatMap((group) => group.producers));
  for (const [name, value] of Object.entries(to)) {
    if (!producers.has(name)) {
      if (!layers.has(name)) throw unknownName(where, "weight layer", name, [...producers]);
      throw new InputError(`${where}: "${name}" has the width of what it reads; set that of a layer before it`);
    }
    const { group } = (layers.get(name) as readonly ChannelRun[])[0];
    checkWidth(`${where}: the width of "${name}"`, groups[group], value);
    const before = namedBy.get(group);
    if (before !== undefined && widths[group] !== value) {
      throw new InputError(
        `${where}: "${before}" and "${name}" are added together and must be equally wide, got ${widths[group]} and ${value}`,
      );
    }
    namedBy.set(group, name);
    widths[group] = value;
  }
  return widths;
}

function checkWidth(what: string, { fixed, multipleOf, channels }: ChannelGroup, value: number): void {
  if (width.read(value) === undefined) throw new InputError(`${what} must be ${width.words}, got ${show(value)}`);
  if (fixed && value !== channels) {
    throw new InputError(`${what} is that of the network's input or output, ${channels}, and cannot be ${value}`);
  }
  if (value % multipleOf !== 0) {
    throw new InputError(`${what} must be a multiple of ${multipleOf}, for the groups of a convolution, got ${value}`);
  }
}
