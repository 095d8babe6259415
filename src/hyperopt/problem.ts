/**
 * What is trained, seen by those who differentiate through the training: losses as graphs, batches as numbers fed to them.
 *
 * Batches of one kind share their programs: the kind of a network's batch is its size. Whatever is random in a step (the
 * order of examples, masks of dropout, augmentation) follows from the step's number, so that a step can be repeated.
 */

import { InputError } from "../base/index.ts";
import type { Engine, Graph, Tensor, Update, Variable } from "../tensor/index.ts";
import { gradient } from "../tensor/index.ts";

/** A loss over one batch, as nodes of a graph. */
export interface BatchLoss {
  /** [] */
  readonly loss: Tensor;
  /** Share of right answers, []. */
  readonly accuracy?: Tensor;
  /** Changes that belong to a training step but are not differentiated: running statistics. */
  readonly updates?: readonly Update[];
}

/** A loss with its batches, counted from 0. */
export interface Objective {
  /** Which program batch `index` needs. */
  kind(index: number): string;
  /** Builds the loss of a kind's batches. May be called several times, each time for another graph. */
  build(graph: Graph, kind: string): BatchLoss;
  /** Writes what batch `index` reads, into the variables of its kind. */
  feed(index: number): void;
}

/** A training that can be run again from its start, and the loss its end is judged by. */
export interface InnerProblem {
  readonly engine: Engine;
  /** What is trained. */
  readonly parameters: readonly Variable[];
  /** What training changes besides: running statistics. */
  readonly buffers?: readonly Variable[];
  /** Batch t is that of step t. */
  readonly training: Objective;
  /** The loss is Σ shares[b] · loss of batch b. */
  readonly validation: Objective & { readonly shares: readonly number[] };
  /** Puts the initial parameters and buffers in place. */
  start(): void;
}

/**
 * The gradient of a loss with respect to the parameters, 0 for those it does not depend on.
 *
 * @throws InputError  where it depends on none: everything that followed would be a silent 0
 */
export function parameterGradients(where: string, { loss }: BatchLoss, parameters: readonly Tensor[]): Tensor[] {
  const reached = new Set<Tensor>();
  const stack = [loss];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    stack.push(...node.inputs);
  }
  if (!parameters.some((parameter) => reached.has(parameter))) {
    throw new InputError(
      `${where}: the loss must depend on the parameters, but depends on none of the ${parameters.length}; ` +
        "build it from graph.read of the problem's parameters",
    );
  }
  return gradient(loss, parameters, { disconnected: "zero" });
}
