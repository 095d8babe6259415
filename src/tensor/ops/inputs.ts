/** Where numbers come from: examples gathered from resident data, and dropout masks from a random stream. */

import type { Purpose } from "../../base/index.ts";
import { InputError, streamKey } from "../../base/index.ts";
import type { Resident, Variable } from "../engine.ts";
import type { Graph, Operation, Tensor } from "../graph.ts";
import { laneBlocks } from "../lane-blocks.ts";

export interface GatherOptions {
  /** The data, example-major: [N, features], bytes or floats. */
  readonly data: Resident;
  /** int32 [B]: which examples. */
  readonly indices: Variable;
  readonly features: number;
  /** Float residents of length `features`: the input is value * scale + shift. */
  readonly scale: Resident;
  readonly shift: Resident;
}

const gatherOperation: Operation<GatherOptions> = {
  name: "gather",
  vjp: () => [],
  jvp: () => undefined,
  emit: (node, emitter) => {
    const { data, indices, features, scale, shift } = node.attributes;
    const kernel = data.type === "uint8" ? "gatherBytes" : "gatherFloats";
    for (const block of laneBlocks(emitter, node.batch)) {
      const sources = [data.address, block.ofVariable(indices), scale.address, shift.address];
      emitter.call(kernel, [...sources, block.of(node), features, block.valid, block.stride], features, 16);
    }
  },
};

/** The normalised examples at `indices`, features first. @returns [features, B] */
export function gather(graph: Graph, options: GatherOptions): Tensor {
  const { data, indices, features, scale, shift } = options;
  if (scale.length !== features || shift.length !== features || data.length % features !== 0) {
    throw new InputError(
      `gather: ${features} features need as many scales and shifts and a multiple of values, ` +
        `got ${scale.length}, ${shift.length} and ${data.length}`,
    );
  }
  const spec = { shape: [features, indices.shape[0]], batched: true };
  return graph.node(gatherOperation, [], options, spec);
}

const gatherLabelsOperation: Operation<{ data: Resident; indices: Variable }> = {
  name: "gatherLabels",
  vjp: () => [],
  jvp: () => undefined,
  emit: (node, emitter) => {
    const { data, indices } = node.attributes;
    emitter.call("gatherLabels", [data.address, indices.address, emitter.address(node), node.batch], node.lanes, 16);
  },
};

/** The labels of the examples at `indices`. @param data  int32 [N]. @returns int32 [B] */
export function gatherLabels(graph: Graph, { data, indices }: { data: Resident; indices: Variable }): Tensor {
  const spec = { shape: [indices.shape[0]], batched: true, integer: true };
  return graph.node(gatherLabelsOperation, [], { data, indices }, spec);
}

export interface DropoutOptions {
  /** Probability of dropping, in [0, 1). */
  readonly rate: number;
  readonly seed: number;
  readonly purpose?: Purpose;
  /** Number of the layer: each has masks of its own. */
  readonly layer: number;
  /** int32 []: the step, which the caller advances between runs. */
  readonly step: Variable;
}

const dropoutMaskOperation: Operation<Required<DropoutOptions>> = {
  name: "dropoutMask",
  vjp: () => [],
  jvp: () => undefined,
  emit: (node, emitter) => {
    const { rate, seed, purpose, layer, step } = node.attributes;
    // A word of 32 bits: a rate within 2^-33 of 1 must not round to 2^32, which would read as 0 and drop nothing.
    const threshold = Math.min(Math.round(rate * 2 ** 32), 2 ** 32 - 1);
    const stream = [...streamKey(seed, purpose), layer, step.address];
    for (const block of laneBlocks(emitter, node.batch)) {
      const args = [block.of(node), ...stream, threshold, 1 / (1 - rate), block.firstLane, block.stride];
      emitter.call("dropoutMask", args, node.rows);
    }
  },
};

/** 0 with probability `rate`, else 1 / (1 - rate), independently; a mask per (seed, layer, step). @returns like `like` */
export function dropoutMask(like: Tensor, { purpose = "dropout", ...options }: DropoutOptions): Tensor {
  if (!(options.rate >= 0 && options.rate < 1)) {
    throw new InputError(`dropout: the rate must be in [0, 1), got ${options.rate}`);
  }
  return like.graph.node(dropoutMaskOperation, [], { ...options, purpose }, like);
}
