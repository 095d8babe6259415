/**
 * Forward mode: extends the graph by the tangents of chosen nodes along given tangents of others, and, over reverse mode,
 * Hessian-vector products.
 */

import { ShapeError } from "../../base/index.ts";
import type { Tensor } from "../graph.ts";
import { checkSame } from "../graph.ts";
import type { GradientOptions } from "./gradient.ts";
import { gradient } from "./gradient.ts";

/**
 * The tangents of `outputs` when `wrt` move along `tangents`.
 *
 * @param outputs   any tensors
 * @param wrt       tensors of the same graph
 * @param tangents  one per element of `wrt`, of its shape
 * @returns         one tensor per output, of its shape; zero where it does not depend on `wrt`
 */
export function jvp(outputs: readonly Tensor[], wrt: readonly Tensor[], tangents: readonly Tensor[]): Tensor[] {
  if (wrt.length !== tangents.length) {
    throw new ShapeError(`jvp: expected one tangent per tensor, got ${tangents.length} for ${wrt.length}`);
  }
  const known = new Map<Tensor, Tensor | undefined>();
  wrt.forEach((tensor, index) => {
    checkSame(`jvp: tangent ${index}`, tensor, tangents[index]);
    known.set(tensor, tangents[index]);
  });
  for (const node of ancestors(outputs)) {
    if (known.has(node)) continue;
    const inputTangents = node.inputs.map((input) => known.get(input));
    const moves = inputTangents.some((tangent) => tangent !== undefined);
    known.set(node, moves ? node.operation.jvp(node, inputTangents) : undefined);
  }
  return outputs.map((output) => known.get(output) ?? output.graph.full(output, 0));
}

/**
 * H v: the product of the Hessian of a scalar with a vector, forward over reverse.
 *
 * @param output   a scalar
 * @param wrt      tensors of the same graph
 * @param vectors  one per element of `wrt`, of its shape
 * @returns        one tensor per element of `wrt`, of its shape
 */
export function hessianVectorProduct(
  output: Tensor,
  wrt: readonly Tensor[],
  vectors: readonly Tensor[],
  options: GradientOptions = {},
): Tensor[] {
  return jvp(gradient(output, wrt, options), wrt, vectors);
}

/** Every node the outputs depend on, themselves included, from the first to the last. */
function ancestors(outputs: readonly Tensor[]): Tensor[] {
  const reached = new Set<Tensor>();
  const stack = [...outputs];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    stack.push(...node.inputs);
  }
  return [...reached].sort((a, b) => a.id - b.id);
}
