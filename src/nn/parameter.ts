/** What a network owns: parameters by role, and the patterns of those that are sparse. */

import { sizeOf } from "../base/index.ts";
import type { Engine, SparsePattern, Variable } from "../tensor/index.ts";

/** What a parameter is for. Capacity counts weights; the rest is reported apart. */
export type ParameterRole = "weight" | "bias" | "batch-norm" | "activation";

export interface Parameter {
  /** Unique in its network: "layer1.weight". */
  readonly name: string;
  /** The layer it belongs to, counted from 1. */
  readonly layer: number;
  readonly role: ParameterRole;
  /** Dense: of the parameter's shape. Sparse: the values of the pattern, [active]. */
  readonly variable: Variable;
  /** Where the active weights are; absent for dense parameters. */
  readonly pattern?: SparsePattern;
}

/** Number of trained numbers in a parameter: its active weights where it is sparse. */
export function parameterCount(parameter: Parameter): number {
  return sizeOf(parameter.variable.shape);
}

/** Counts by role, and in total. */
export function countParameters(parameters: readonly Parameter[]): Record<ParameterRole | "total", number> {
  const counts = { weight: 0, bias: 0, "batch-norm": 0, activation: 0, total: 0 };
  for (const parameter of parameters) {
    counts[parameter.role] += parameterCount(parameter);
    counts.total += parameterCount(parameter);
  }
  return counts;
}

/** A dense parameter filled with one number. */
export function filledParameter(
  engine: Engine,
  identity: { readonly name: string; readonly layer: number; readonly role: ParameterRole },
  shape: readonly number[],
  value: number,
): Parameter {
  const variable = engine.variable(identity.name, shape);
  variable.fill(value);
  return { ...identity, variable };
}
