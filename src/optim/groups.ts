/**
 * Groups of weights that an optimizer sets to zero together, as data: blocks of groups of one kind, each group a run of elements
 * in every parameter of its block.
 *
 *     conv1, 3 groups         conv1.weight [3, C, h, w]     000..0 | 111..1 | 222..2      start 0, length C h w
 *                             conv1.bias   [3]                   0 |      1 |      2      start 0, length 1
 *
 * What is in no block is the rest: unregularised, never set to zero.
 */

import { InputError, sizeOf } from "../base/index.ts";
import type { SparsePattern, Variable } from "../tensor/index.ts";

/** The part that a block's groups have in one parameter. */
export interface GroupMember {
  /** The parameter's name. */
  readonly parameter: string;
  /** First element of group 0, row-major in the dense shape, whether the parameter is sparse or not. Default 0. */
  readonly start?: number;
  /** Elements of each group, ≥ 1: group k has elements start + k * length to start + (k + 1) * length - 1. */
  readonly length: number;
}

/** Groups of one kind: the channels of a layer, and of those tied to it. */
export interface GroupBlock {
  /** Unique, for messages and reports: "conv1", "layer2.0.conv1+layer2.1.conv2". */
  readonly name: string;
  /** Number of groups, ≥ 1. */
  readonly count: number;
  /** A parameter may be there more than once, with other elements. */
  readonly members: readonly GroupMember[];
  /** Largest share of the groups that an optimizer may set to zero, in [0, 1]. Default 1. */
  readonly cap?: number;
  /** In place of the optimizer's own `halfSpace`, in [0, 1). */
  readonly halfSpace?: number;
  /** Optimizers that choose how many groups stay, keep a multiple of this. Default 1. */
  readonly multipleOf?: number;
}

/** A parameter that groups are found in. */
export interface GroupedParameter {
  readonly variable: Variable;
  /** Of a sparse parameter, whose variable holds the active values only. */
  readonly pattern?: SparsePattern;
}

/** A block's place in memory. */
export interface PlacedBlock extends Omit<GroupBlock, "members"> {
  readonly multipleOf: number;
  readonly members: readonly PlacedMember[];
}

/** Group k has elements bounds[k] to bounds[k + 1] - 1 of the variable. */
export interface PlacedMember {
  readonly variable: Variable;
  /** [count + 1], non-decreasing. */
  readonly bounds: Int32Array;
}

/**
 * Finds where the elements of each group are. Groups of sparse parameters are their active weights, and must be whole rows.
 *
 * @throws InputError  for a parameter that is not there, elements beyond its end or in two groups, and numbers out of range
 */
export function placeGroups(blocks: readonly GroupBlock[], parameters: readonly GroupedParameter[]): PlacedBlock[] {
  const known = new Map(parameters.map((parameter) => [parameter.variable.name, parameter]));
  const names = new Set<string>();
  for (const block of blocks) {
    checkBlock(block);
    if (names.has(block.name)) refuse(block.name, "names must be unique, got it twice; rename one");
    names.add(block.name);
  }
  const placed = blocks.map((block) => placeBlock(block, known));
  checkDisjoint(placed);
  return placed;
}

function placeBlock(block: GroupBlock, known: ReadonlyMap<string, GroupedParameter>): PlacedBlock {
  const { name, count, cap, multipleOf = 1, halfSpace } = block;
  const members = block.members.map((member) => {
    const parameter = known.get(member.parameter);
    if (parameter === undefined) {
      refuse(name, `its members must be parameters of the network, got ${JSON.stringify(member.parameter)}; rename it`);
    }
    return { variable: parameter.variable, bounds: boundsOf(block, member, parameter) };
  });
  return { name, count, cap, multipleOf, halfSpace, members };
}

function boundsOf({ name, count }: GroupBlock, member: GroupMember, { variable, pattern }: GroupedParameter) {
  const { parameter, start = 0, length } = member;
  const elements = pattern === undefined ? sizeOf(variable.shape) : pattern.fanOut * pattern.fanIn;
  if (start + count * length > elements) {
    refuse(
      name,
      `${count} groups of ${length} from element ${start} on end at ${start + count * length}, but ${parameter} has ${elements} elements; correct the member`,
    );
  }
  if (pattern === undefined) return Int32Array.from({ length: count + 1 }, (_, k) => start + k * length);
  const { fanIn, csr } = pattern;
  if (start % fanIn !== 0 || length % fanIn !== 0) {
    refuse(
      name,
      `groups of the sparse ${parameter} must be whole rows of ${fanIn}, got ${length} elements from ${start} on; make it dense`,
    );
  }
  return Int32Array.from({ length: count + 1 }, (_, k) => csr.rowPointers[(start + k * length) / fanIn]);
}

function checkBlock({ name, count, members, cap = 1, multipleOf = 1, halfSpace = 0 }: GroupBlock): void {
  const whole = (value: number, least: number) => Number.isSafeInteger(value) && value >= least;
  if (!whole(count, 1)) refuse(name, `count must be an integer ≥ 1, got ${count}`);
  if (members.length === 0) refuse(name, "members must be one at least, got none");
  for (const { parameter, start = 0, length } of members) {
    if (whole(start, 0) && whole(length, 1)) continue;
    refuse(name, `start must be an integer ≥ 0 and length one ≥ 1, got ${start} and ${length} for ${parameter}`);
  }
  if (!(cap >= 0 && cap <= 1)) refuse(name, `cap must be in [0, 1], got ${cap}`);
  if (!(halfSpace >= 0 && halfSpace < 1)) refuse(name, `halfSpace must be in [0, 1), got ${halfSpace}`);
  if (!whole(multipleOf, 1) || multipleOf > count) {
    refuse(name, `multipleOf must be an integer from 1 to its ${count} groups, got ${multipleOf}`);
  }
}

function checkDisjoint(blocks: readonly PlacedBlock[]): void {
  const spans = blocks.flatMap(({ name, count, members }) =>
    members.map(({ variable, bounds }) => ({ name, variable, from: bounds[0], to: bounds[count] })),
  );
  spans.sort((a, b) => a.variable.id - b.variable.id || a.from - b.from);
  spans.forEach((span, i) => {
    const next = spans[i + 1];
    if (next === undefined || next.variable !== span.variable || next.from >= span.to) return;
    refuse(
      next.name,
      `an element belongs to one group, but ${span.variable.name} has elements from ${next.from} on in ${JSON.stringify(span.name)} too; give them to one of the two`,
    );
  });
}

function refuse(name: string, what: string): never {
  throw new InputError(`groups ${JSON.stringify(name)}: ${what}`);
}
