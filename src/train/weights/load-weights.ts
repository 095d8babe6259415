/**
 * Weights from elsewhere, PyTorch above all, into a network: dense arrays by name, at a sparse weight those at its active
 * places. Nothing is written unless all of it fits.
 */

import { InputError } from "../../base/index.ts";
import type { Network } from "../../nn/index.ts";
import type { SparsePattern } from "../../tensor/index.ts";
import { floatsOf, type GivenTensor, matchNames, misfit, type NamingOptions } from "./named-weights.ts";
import { type WeightPlace, weightPlaces } from "./weight-places.ts";

export interface LoadOptions extends NamingOptions {
  /** Whether every name must be on both sides; shapes must agree either way, as in PyTorch. Default true. */
  readonly strict?: boolean;
  /** Weights where a sparse network has none: "refuse" wants zeros there, "drop" leaves them out. Default "refuse". */
  readonly outsideMask?: "refuse" | "drop";
}

/** What was left out; nothing, unless `strict` is false. */
export interface LeftOut {
  /** The network's, which keep what they had. */
  readonly missing: readonly string[];
  /** The file's, as it calls them. */
  readonly unknown: readonly string[];
}

/**
 * Fills a network with named arrays in PyTorch's shapes: weights [O, I / groups, h, w] or [O, I], biases [O], of a batch norm
 * weight, bias, running_mean and running_var, each [F], of a PReLU weight [1]. Numbers are rounded to the engine's type.
 * `num_batches_tracked` is passed over.
 *
 * @param tensors  as `parseSafetensors` reads them, say
 * @throws InputError  listing what is missing, unknown and of another shape; for a number that is not finite in the engine's
 *                     type, an array of integers, and a weight other than 0 outside a mask
 */
export function loadWeights(
  network: Network,
  tensors: ReadonlyMap<string, GivenTensor>,
  { source = "weights", prefix = "", strict = true, outsideMask = "refuse" }: LoadOptions = {},
): LeftOut {
  const match = matchNames(weightPlaces(network), tensors, prefix);
  const { found, absent, unknown, outside, shapes } = match;
  if (shapes.length > 0 || (strict && absent.length + unknown.length + outside.length > 0)) {
    throw misfit(match, { called: network.architecture.name, source, prefix, strict });
  }
  const filled = found.map(({ wanted, tensor }) => ({
    variable: wanted.variable,
    values: valuesFor(wanted, tensor, `${source}: ${wanted.name}`, outsideMask),
  }));
  for (const { variable, values } of filled) variable.set(values);
  return {
    missing: absent.map(({ name }) => name),
    unknown: [...unknown.map(({ name }) => prefix + name), ...outside],
  };
}

/** The numbers as the variable holds them. */
function valuesFor(
  { variable, pattern }: WeightPlace,
  given: GivenTensor,
  where: string,
  outsideMask: "refuse" | "drop",
): Float32Array | Float64Array {
  const all = floatsOf(where, given);
  const single = variable.view() instanceof Float32Array;
  const wrong = all.findIndex((value: number) => !Number.isFinite(single ? Math.fround(value) : value));
  if (wrong >= 0) {
    throw new InputError(
      `${where}: numbers must be finite in float${single ? 32 : 64}, got ${all[wrong]} at place ${wrong}; save weights of a step before it`,
    );
  }
  if (pattern === undefined) return all;
  const active = new Float64Array(pattern.active);
  const places = activePlaces(pattern);
  for (let k = 0; k < active.length; k++) active[k] = all[places[k]];
  if (outsideMask === "refuse") checkOutside(all, places, where);
  return active;
}

/** Row-major places of the active weights, increasing. */
export function activePlaces({
  fanOut,
  fanIn,
  csr: { rowPointers, columnIndices },
}: Pick<SparsePattern, "fanOut" | "fanIn" | "csr">): Float64Array {
  const places = new Float64Array(columnIndices.length);
  for (let row = 0; row < fanOut; row++) {
    for (let k = rowPointers[row]; k < rowPointers[row + 1]; k++) places[k] = row * fanIn + columnIndices[k];
  }
  return places;
}

function checkOutside(all: Float32Array | Float64Array, places: Float64Array, where: string): void {
  let next = 0;
  let count = 0;
  let first = -1;
  for (let at = 0; at < all.length; at++) {
    if (at === places[next]) next += 1;
    else if (all[at] !== 0) {
      if (count === 0) first = at;
      count += 1;
    }
  }
  if (count === 0) return;
  throw new InputError(
    `${where}: must be 0 outside the mask, but ${count} of ${all.length - places.length} weights there are not, the first ` +
      `${all[first]} at place ${first}; build the network with masksFromWeights, or prune them: outsideMask: "drop"`,
  );
}
