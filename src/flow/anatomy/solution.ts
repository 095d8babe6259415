/**
 * A solution: where a training is in the space of weights, as numbers outside any engine; and pairs of solutions position by
 * position, active ones alone.
 */

import { formatShape, InputError, sameShape } from "../../base/index.ts";
import type { Architecture, Mask, Network, ParameterRole } from "../../nn/index.ts";
import { fullMask, maskPositions } from "../../sparsity/index.ts";

/** One trained array, or one of running statistics. */
export interface SolutionTensor {
  readonly name: string;
  readonly role: ParameterRole | "statistics";
  /** Of the array when it is dense. */
  readonly shape: readonly number[];
  /** Where its numbers are, where it is sparse. */
  readonly mask?: Mask;
  /** Of a sparse one those at its active positions, in order. */
  readonly values: Float64Array;
}

export interface Solution {
  /** For tables, figures and messages: a file's name. */
  readonly name: string;
  readonly architecture: Architecture;
  /** In the network's order: parameters, then running statistics. */
  readonly tensors: readonly SolutionTensor[];
}

/** Copies a network's numbers. */
export function solutionOf(network: Network, name: string): Solution {
  const shapes = new Map(network.weightLayers.map(({ weight, shape }) => [weight.name, shape]));
  const parameters = network.parameters.map(({ name: own, role, variable, pattern }): SolutionTensor => {
    const values = variable.get();
    if (pattern === undefined) return { name: own, role, shape: variable.shape, values };
    const { fanOut, fanIn, csr } = pattern;
    const mask = { fanOut, fanIn, rowPointers: csr.rowPointers.slice(), columnIndices: csr.columnIndices.slice() };
    return { name: own, role, shape: shapes.get(own) ?? [fanOut, fanIn], mask, values };
  });
  const statistics = network.buffers.map(
    (variable): SolutionTensor => ({
      name: variable.name,
      role: "statistics",
      shape: variable.shape,
      values: variable.get(),
    }),
  );
  return { name, architecture: network.architecture, tensors: [...parameters, ...statistics] };
}

/** @throws InputError  naming the first array that one of them lacks or has in another shape */
export function checkSameArchitecture(where: string, a: Solution, b: Solution): void {
  const said = (tensor: SolutionTensor | undefined) =>
    tensor === undefined ? "nothing more" : `${tensor.name} ${formatShape(tensor.shape)}`;
  const count = Math.max(a.tensors.length, b.tensors.length);
  for (let i = 0; i < count; i++) {
    const [one, other] = [a.tensors[i], b.tensors[i]];
    if (one?.name === other?.name && sameShape(one.shape, other.shape)) continue;
    throw new InputError(
      `${where}: solutions must be of one architecture, but where ${a.name} (${a.architecture.name}) has ${said(one)}, ` +
        `${b.name} (${b.architecture.name}) has ${said(other)}; compare networks of one architecture`,
    );
  }
}

/** The numbers of an array at positions of a mask, 0 where it has none there. Time O(active + positions). */
export function valuesAt({ mask, values, shape }: SolutionTensor, target: Mask | undefined): Float64Array {
  if (target === undefined) return mask === undefined ? values.slice() : expand(mask, values, shape);
  const wanted = maskPositions(target);
  const taken = new Float64Array(wanted.length);
  if (mask === undefined) {
    wanted.forEach((position, k) => {
      taken[k] = values[position];
    });
    return taken;
  }
  const own = maskPositions(mask);
  let at = 0;
  wanted.forEach((position, k) => {
    while (at < own.length && own[at] < position) at++;
    if (own[at] === position) taken[k] = values[at];
  });
  return taken;
}

function expand(mask: Mask, values: Float64Array, shape: readonly number[]): Float64Array {
  const dense = new Float64Array(shape.reduce((a, b) => a * b, 1));
  maskPositions(mask).forEach((position, k) => {
    dense[position] = values[k];
  });
  return dense;
}

/** The mask of an array, dense ones included. */
export function maskOfTensor({ mask, shape: [fanOut, ...rest] }: SolutionTensor): Mask {
  return mask ?? fullMask({ fanOut, fanIn: rest.reduce((a, b) => a * b, 1) });
}
