/** Masks from a pruned network's weights: a weight that is 0 is none. */

import { type Shape, sizeOf } from "../../base/index.ts";
import { type Architecture, type Mask, weightLayers } from "../../nn/index.ts";
import { floatsOf, type GivenTensor, matchNames, misfit, type NamingOptions } from "./named-weights.ts";

/**
 * The masks to build a network with, one per weight layer in order: of the weights that are not 0, and undefined for a layer
 * where none is 0. An active weight that happens to be 0 is lost; files of `saveWeights` and checkpoints keep it.
 *
 * @param tensors  in PyTorch's names and shapes, as for `loadWeights`
 * @throws InputError  where weights are missing or of another shape, listing them
 */
export function masksFromWeights(
  architecture: Architecture,
  tensors: ReadonlyMap<string, GivenTensor>,
  { source = "weights", prefix = "" }: NamingOptions = {},
): (Mask | undefined)[] {
  return denseWeights(architecture, tensors, { source, prefix }).map(({ shape, values }) =>
    values.every((value: number) => value !== 0) ? undefined : maskOf(shape, (at) => values[at] !== 0),
  );
}

/** The weight of a weight layer. */
interface DenseWeight {
  readonly name: string;
  readonly shape: Shape;
  readonly values: Float32Array | Float64Array;
}

/** The weights of an architecture, in order. @throws InputError where one is missing or of another shape */
export function denseWeights(
  architecture: Architecture,
  tensors: ReadonlyMap<string, GivenTensor>,
  { source, prefix }: Required<NamingOptions>,
): DenseWeight[] {
  const wanted = weightLayers(architecture).map(({ name, shape }) => ({ name: `${name}.weight`, shape }));
  const match = matchNames(wanted, tensors, prefix);
  if (match.absent.length + match.shapes.length > 0) {
    throw misfit(match, { called: architecture.name, source, prefix, strict: false });
  }
  return match.found.map(({ wanted: { name, shape }, tensor }) => {
    return { name, shape, values: floatsOf(`${source}: ${name}`, tensor) };
  });
}

/** The mask of a weight's active places, rows being its first axis. */
export function maskOf([fanOut, ...ofUnit]: Shape, isActive: (at: number) => boolean): Mask {
  const fanIn = sizeOf(ofUnit);
  const rowPointers = new Int32Array(fanOut + 1);
  for (let row = 0; row < fanOut; row++) {
    let active = rowPointers[row];
    for (let column = 0; column < fanIn; column++) if (isActive(row * fanIn + column)) active += 1;
    rowPointers[row + 1] = active;
  }
  const columnIndices = new Int32Array(rowPointers[fanOut]);
  let k = 0;
  for (let row = 0; row < fanOut; row++) {
    for (let column = 0; column < fanIn; column++) if (isActive(row * fanIn + column)) columnIndices[k++] = column;
  }
  return { fanOut, fanIn, rowPointers, columnIndices };
}
