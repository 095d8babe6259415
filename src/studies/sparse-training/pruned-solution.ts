/**
 * The solution that a lottery's ticket was pruned from, and what a training on the ticket has to do with it: the loss on the
 * lines from its start and its end, distances, and where the two disagree.
 *
 * @see Evci et al. 2022, arXiv:2010.03533: tickets end in the basin of their pruned solution
 */

import {
  barrierOf,
  disagreement,
  interpolate,
  type LinePoint,
  type Predictions,
  predict,
  type Solution,
  solutionDistances,
  solutionOf,
} from "../../flow/index.ts";
import type { Network } from "../../nn/index.ts";
import { maskOverlap } from "../../sparsity/index.ts";
import type { Engine } from "../../tensor/index.ts";
import { Evaluator, type ResidentDataset } from "../../train/index.ts";
import { examplesOf } from "../anatomy/analyse.ts";

export interface PrunedSolution {
  readonly solution: Solution;
  /** On the test split. */
  readonly accuracy: number;
  readonly predictions: Predictions;
}

/** The line from a ticket to the pruned solution: α = 0 at the ticket. */
export interface TicketLine {
  /** Where in the ticket's training it begins. */
  readonly from: "start" | "end";
  /** Loss and accuracy on the training split. */
  readonly points: readonly LinePoint[];
}

export interface TicketComparison {
  /** None where the masks differ. */
  readonly lines: readonly TicketLine[];
  /** Largest training loss between the ticket's end and the pruned solution, less that of the worse of the two; NaN without lines. */
  readonly barrier: number;
  /** Share of test examples that the ticket's end puts into another class than the pruned solution. */
  readonly disagreement: number;
  /** ‖θ - θ_pruned‖_2 at the ticket's start and end. */
  readonly distances: { readonly start: number; readonly end: number };
}

/** Takes the numbers of a pruned network. */
export function prunedSolution(engine: Engine, network: Network, data: ResidentDataset): PrunedSolution {
  using _ = engine.scope();
  const name = "pruned solution";
  return {
    solution: solutionOf(network, name),
    accuracy: new Evaluator(engine, network, data, "test").evaluate().accuracy,
    predictions: predict(engine, network, examplesOf(data, "test"), name),
  };
}

/** Half the paper's 29 points: -0.2 to 1.2 in steps of 0.1. */
const alphas = Array.from({ length: 15 }, (_, i) => (i - 2) / 10);

/** Holds a finished training on a ticket against the pruned solution. @param start  the ticket before its training */
export function compareWithPruned(
  engine: Engine,
  { solution, predictions }: PrunedSolution,
  { start, network }: { readonly start: Solution; readonly network: Network },
  data: ResidentDataset,
): TicketComparison {
  const end = solutionOf(network, "ticket's end");
  const train = examplesOf(data, "train");
  const line = (from: TicketLine["from"], ticket: Solution): TicketLine => ({
    from,
    points: interpolate(engine, [ticket, solution], train, { alphas }).points,
  });
  const lines = haveOneMask(end, solution) ? [line("start", start), line("end", end)] : [];
  const own = predict(engine, network, examplesOf(data, "test"), end.name);
  const { l2 } = solutionDistances([solution, start, end]);
  return {
    lines,
    barrier: lines.length === 0 ? Number.NaN : barrierOf(lines[1].points),
    disagreement: disagreement([predictions, own])[0][1],
    distances: { start: l2[0][1], end: l2[0][2] },
  };
}

function haveOneMask(a: Solution, b: Solution): boolean {
  return a.tensors.every(({ mask }, i) => {
    const other = b.tensors[i].mask;
    return mask === undefined || other === undefined || maskOverlap(mask, other).jaccard === 1;
  });
}
