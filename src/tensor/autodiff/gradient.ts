/**
 * Reverse mode: extends the graph by the cotangents of chosen nodes.
 *
 * The nodes between `wrt` and `output` are visited from the last to the first; each adds its share to its inputs'
 * cotangents by its own vjp rule, or by the rule given in its place. The result is made of the same operations and can be
 * differentiated again.
 */

import { InputError, ShapeError } from "../../base/index.ts";
import type { Tensor } from "../graph.ts";
import { add } from "../ops/arithmetic.ts";

/** A backward rule that stands in for an operation's own: guided backpropagation, relevance propagation and the like. */
export type BackwardRule = (
  node: Tensor,
  cotangent: Tensor,
  needs: readonly boolean[],
) => readonly (Tensor | undefined)[];

export interface GradientOptions {
  /** Rules by operation name, used instead of the operations' own in this call. */
  readonly rules?: Readonly<Record<string, BackwardRule>>;
  /** Cotangent of the output. Default 1, for which the output must be a scalar. */
  readonly cotangent?: Tensor;
  /** What to do for a tensor the output does not depend on. Default "error". */
  readonly disconnected?: "error" | "zero";
}

/**
 * The cotangents of `wrt`: for a scalar output, its gradient with respect to each of them.
 *
 * @param output  a scalar, or any tensor where `cotangent` is given
 * @param wrt     tensors of the same graph
 * @returns       one tensor per element of `wrt`, of its shape
 * @throws InputError  where the output does not depend on an element of `wrt` (unless disconnected is "zero")
 */
export function gradient(
  output: Tensor,
  wrt: readonly Tensor[],
  { rules = {}, cotangent, disconnected = "error" }: GradientOptions = {},
): Tensor[] {
  if (cotangent === undefined && (output.batched || output.shape.length > 0)) {
    throw new ShapeError(`gradient: without a cotangent the output must be a scalar, got ${output}`);
  }
  const relevant = dependents(output, wrt);
  const cotangents = new Map<Tensor, Tensor>([[output, cotangent ?? output.graph.full(output, 1)]]);
  for (const node of relevant) {
    const c = cotangents.get(node);
    if (c === undefined || node.inputs.length === 0) continue;
    const needs = node.inputs.map((input) => relevant.has(input));
    const rule = rules[node.operation.name] ?? node.operation.vjp;
    const shares = rule(node, c, needs);
    for (let i = 0; i < node.inputs.length; i++) {
      const share = shares[i];
      if (share === undefined || !needs[i]) continue;
      const input = node.inputs[i];
      const before = cotangents.get(input);
      cotangents.set(input, before === undefined ? share : add(before, share));
    }
  }
  return wrt.map((tensor, index) => {
    const c = cotangents.get(tensor);
    if (c !== undefined) return c;
    if (disconnected === "zero" || relevant.has(tensor)) return tensor.graph.full(tensor, 0);
    throw new InputError(
      `gradient: the output does not depend on tensor ${index} of ${wrt.length}, ${tensor}; ` +
        'remove it, or pass { disconnected: "zero" } if a zero gradient is meant',
    );
  });
}

/** The nodes that lie between `wrt` and `output`, both included, from the last to the first. */
function dependents(output: Tensor, wrt: readonly Tensor[]): Set<Tensor> {
  const reached = new Set<Tensor>();
  const stack = [output];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    stack.push(...node.inputs);
  }
  const ascending = [...reached].sort((a, b) => a.id - b.id);
  const chosen = new Set(wrt);
  const between = new Set<Tensor>();
  for (const node of ascending) {
    if (chosen.has(node) || node.inputs.some((input) => between.has(input))) between.add(node);
  }
  return new Set([...between].sort((a, b) => b.id - a.id));
}
