/**
 * The arrays that optimizers of groups work on: weights, gradients of the step, and the weights before it, and sums over the
 * groups of them.
 *
 * Sums are float64 in a fixed order, four by four; an element is rounded once, where it is stored.
 */

import type { Engine, Variable } from "../../tensor/index.ts";
import type { GroupedParameter, PlacedBlock } from "../groups.ts";

export type Floats = Float32Array | Float64Array;

/** A parameter with groups. The arrays are those of the step in progress. */
export interface GroupedArrays {
  readonly variable: Variable;
  readonly gradient: Variable;
  /** Further state of the optimizer, by name. */
  readonly slots: ReadonlyMap<string, Variable>;
  weights: Floats;
  gradients: Floats;
  /** A copy of the weights from before the step, where `keepWeights` has made one. */
  before: Floats;
}

export interface MemberArrays {
  readonly arrays: GroupedArrays;
  readonly bounds: Int32Array;
}

export interface MemoryBlock extends Omit<PlacedBlock, "members"> {
  readonly members: readonly MemberArrays[];
  /** Index of its first group among those of all blocks. */
  readonly first: number;
  /** Whether each group is one element of one parameter. */
  readonly scalar: boolean;
  /** [count]: of the weights before the step. */
  readonly squares: Float64Array;
  /** [count]: scratch. */
  readonly products: Float64Array;
}

/** Blocks of groups in an engine's memory. */
export class GroupMemory {
  readonly blocks: readonly MemoryBlock[];
  /** The parameters with groups, each once; with `everything`, all of them. */
  readonly arrays: readonly GroupedArrays[];
  /** Groups in all. */
  readonly count: number;

  constructor(
    engine: Engine,
    placed: readonly PlacedBlock[],
    {
      parameters,
      everything,
      slots,
    }: {
      readonly parameters: readonly GroupedParameter[];
      readonly everything: boolean;
      readonly slots: (variable: Variable) => ReadonlyMap<string, Variable>;
    },
  ) {
    const grouped = new Set(placed.flatMap(({ members }) => members.map(({ variable }) => variable)));
    const chosen = parameters.map(({ variable }) => variable).filter((one) => everything || grouped.has(one));
    this.arrays = chosen.map((variable) => {
      const gradient = engine.variable(`${variable.name}.gradient`, variable.shape);
      const none = new Float64Array(0);
      return { variable, gradient, slots: slots(variable), weights: none, gradients: none, before: none };
    });
    const of = new Map(this.arrays.map((arrays) => [arrays.variable, arrays]));
    let first = 0;
    this.blocks = placed.map((block) => {
      const members = block.members.map(({ variable, bounds }) => ({
        arrays: of.get(variable) as GroupedArrays,
        bounds,
      }));
      const made = {
        ...block,
        members,
        first,
        scalar: members.length === 1 && isScalar(block.members[0].bounds),
        squares: new Float64Array(block.count),
        products: new Float64Array(block.count),
      };
      first += block.count;
      return made;
    });
    this.count = first;
  }

  /** Points the arrays at the memory as it is: it may have grown since. */
  refresh(): void {
    for (const arrays of this.arrays) {
      arrays.weights = arrays.variable.view() as Floats;
      arrays.gradients = arrays.gradient.view() as Floats;
    }
  }

  /** Copies the weights, for what compares them with those after the step. */
  keepWeights(): void {
    for (const arrays of this.arrays) {
      if (arrays.before.length === 0) arrays.before = arrays.weights.slice();
      else arrays.before.set(arrays.weights);
    }
  }
}

function isScalar(bounds: Int32Array): boolean {
  for (let k = 1; k < bounds.length; k++) if (bounds[k] !== bounds[k - 1] + 1) return false;
  return true;
}

type Array = "weights" | "gradients" | "before";

/** out[k] ← Σ a b over group k. */
export function innerProducts(block: MemoryBlock, a: Array, b: Array, out: Float64Array): void {
  const { members, count } = block;
  out.fill(0);
  for (const { arrays, bounds } of members) {
    const [left, right] = [arrays[a], arrays[b]];
    for (let k = 0; k < count; k++) out[k] += dot(left, right, bounds[k], bounds[k + 1]);
  }
}

/** Σ a b of one group. */
export function innerProduct({ members }: MemoryBlock, k: number, a: Array, b: Array): number {
  let sum = 0;
  for (const { arrays, bounds } of members) sum += dot(arrays[a], arrays[b], bounds[k], bounds[k + 1]);
  return sum;
}

function dot(a: Floats, b: Floats, begin: number, end: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = begin;
  for (; i + 4 <= end; i += 4) {
    s0 += a[i] * b[i];
    s1 += a[i + 1] * b[i + 1];
    s2 += a[i + 2] * b[i + 2];
    s3 += a[i + 3] * b[i + 3];
  }
  for (; i < end; i++) s0 += a[i] * b[i];
  return s0 + s1 + (s2 + s3);
}

/** Multiplies a group's weights; a factor of 0 leaves zeros, whatever was there. */
export function scaleGroup({ members }: MemoryBlock, k: number, factor: number): void {
  for (const { arrays, bounds } of members) {
    const { weights } = arrays;
    const end = bounds[k + 1];
    if (factor === 0) for (let i = bounds[k]; i < end; i++) weights[i] = 0;
    else for (let i = bounds[k]; i < end; i++) weights[i] *= factor;
  }
}

/** gradient ← gradient + factor * weights, in a group. */
export function addWeights({ members }: MemoryBlock, k: number, factor: number): void {
  for (const { arrays, bounds } of members) {
    const { weights, gradients } = arrays;
    for (let i = bounds[k], end = bounds[k + 1]; i < end; i++) gradients[i] += factor * weights[i];
  }
}

/** Whether every weight of a group is 0, exactly. */
export function isZeroGroup({ members }: MemoryBlock, k: number): boolean {
  for (const { arrays, bounds } of members) {
    const { weights } = arrays;
    for (let i = bounds[k], end = bounds[k + 1]; i < end; i++) if (weights[i] !== 0) return false;
  }
  return true;
}

/** Groups that are zero, of a block. */
export function countZeroGroups(block: MemoryBlock): number {
  let zeros = 0;
  for (let k = 0; k < block.count; k++) if (isZeroGroup(block, k)) zeros++;
  return zeros;
}

/** The share of all groups that are zero. */
export function groupSparsity({ blocks, count }: GroupMemory): number {
  return blocks.reduce((sum, block) => sum + countZeroGroups(block), 0) / count;
}
