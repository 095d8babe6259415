/**
 * Channels put one behind the other, and taken apart: of images [C, H, W, B] or of features [F, B]. Copies of whole channels
 * in every block of lanes. Each is what the derivative of the other is made of.
 */

import { InputError } from "../../base/index.ts";
import type { Operation, Tensor } from "../graph.ts";
import { checkShapes } from "../graph.ts";
import { laneBlocks } from "../lane-blocks.ts";
import { onlyIf } from "./arithmetic.ts";

interface Places {
  /** First channel of each part in the result, increasing. What no part covers is 0. */
  readonly begins: readonly number[];
  /** Channels of the result. */
  readonly channels: number;
}

const concatenateOperation: Operation<Places> = {
  name: "concatenate",
  vjp: ({ inputs, attributes: { begins } }, c, needs) =>
    inputs.map((part, i) => (needs[i] ? sliceChannels(c, begins[i], begins[i] + part.channels) : undefined)),
  jvp: ({ attributes: { begins, channels } }, tangents) => {
    const moving = tangents.flatMap((t, i) => (t === undefined ? [] : [{ part: t, begin: begins[i] }]));
    return placed(
      moving.map(({ part }) => part),
      { begins: moving.map(({ begin }) => begin), channels },
    );
  },
  emit: (node, emitter) => {
    const { begins, channels } = node.attributes;
    const ends = node.inputs.map((part, i) => begins[i] + part.channels);
    const gaps = [0, ...ends].map((end, i) => ({ begin: end, end: begins[i] ?? channels }));
    for (const block of laneBlocks(emitter, node.batch)) {
      const elements = node.pixels * block.stride;
      const place = (channel: number) => block.of(node) + channel * elements * emitter.bytesPerElement;
      for (const [i, part] of node.inputs.entries()) {
        emitter.call("copy", [block.of(part), place(begins[i])], part.channels * elements, 16);
      }
      for (const { begin, end } of gaps) {
        if (end > begin) emitter.call("fillFrom", [emitter.constant(0), place(begin)], (end - begin) * elements, 16);
      }
    }
  },
};

/** The parts at their places among zeros. */
function placed(parts: readonly Tensor[], places: Places): Tensor {
  const [first] = parts;
  const spec = { shape: [places.channels, ...first.shape.slice(1)], batched: true };
  return first.graph.node(concatenateOperation, parts, places, spec);
}

/**
 * The channels of all parts, one behind the other.
 *
 * @param parts  one or more, each [C_i, H, W, B] with one H, W and B, or each [F_i, B]
 * @returns      [Σ C_i, H, W, B], or [Σ F_i, B]
 */
export function concatenate(parts: readonly Tensor[]): Tensor {
  const [first] = parts;
  if (first === undefined) throw new InputError("concatenate: expected one part or more, got none");
  const sameTail = (part: Tensor) =>
    part.batched &&
    part.shape.length === first.shape.length &&
    part.shape.every((n, axis) => axis === 0 || n === first.shape[axis]);
  const fits = first.shape.length > 1 && parts.every(sameTail);
  checkShapes("concatenate", "parts over the batch must differ in their first length only", fits, ...parts);
  if (parts.length === 1) return first;
  const begins: number[] = [];
  let channels = 0;
  for (const part of parts) {
    begins.push(channels);
    channels += part.channels;
  }
  return placed(parts, { begins, channels });
}

const sliceChannelsOperation: Operation<{ begin: number; end: number }> = {
  name: "sliceChannels",
  vjp: ({ inputs: [x], attributes: { begin } }, c) => [placed([c], { begins: [begin], channels: x.channels })],
  jvp: ({ attributes: { begin, end } }, [d]) => onlyIf(d, (t) => sliceChannels(t, begin, end)),
  emit: (node, emitter) => {
    const [x] = node.inputs;
    for (const block of laneBlocks(emitter, node.batch)) {
      const elements = node.pixels * block.stride;
      const from = block.of(x) + node.attributes.begin * elements * emitter.bytesPerElement;
      emitter.call("copy", [from, block.of(node)], node.channels * elements, 16);
    }
  },
};

/**
 * Channels [begin, end).
 *
 * @param x  [C, H, W, B] or [C, B]
 * @returns  [end - begin, H, W, B] or [end - begin, B]
 */
export function sliceChannels(x: Tensor, begin: number, end: number): Tensor {
  checkShapes("sliceChannels", "expected [C, H, W, B] or [C, B]", x.batched && x.shape.length > 1, x);
  if (!(Number.isInteger(begin) && Number.isInteger(end) && 0 <= begin && begin < end && end <= x.channels)) {
    throw new InputError(`sliceChannels: expected 0 ≤ begin < end ≤ ${x.channels}, got ${begin} and ${end} for ${x}`);
  }
  if (end - begin === x.channels) return x;
  const spec = { shape: [end - begin, ...x.shape.slice(1)], batched: true };
  return x.graph.node(sliceChannelsOperation, [x], { begin, end }, spec);
}
