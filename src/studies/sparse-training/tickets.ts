/** What became of lottery tickets: how near a training on a ticket ends to the solution that the ticket was pruned from. */

import { mean } from "../../base/index.ts";
import type { Table, TrialRecord } from "../../experiment/index.ts";
import { type Estimate, estimateJson, estimateOf } from "./estimate.ts";
import type { SparseSummary } from "./summary.ts";
import { factorCells, factorColumns } from "./tables.ts";

export interface TicketSummary {
  /** Mean test accuracy of the pruned solutions. */
  readonly prunedAccuracy: number;
  /** Largest training loss on the line from the ticket's end to the pruned solution, less that of the worse of both. */
  readonly barrier: Estimate;
  /** Share of test examples put into another class than by the pruned solution. */
  readonly disagreement: Estimate;
  /** Mean L2 distances of the ticket's start and end to it. */
  readonly startDistance: number;
  readonly endDistance: number;
}

/** Of finished trials; undefined where they are no lotteries. */
export function summariseTickets(done: readonly TrialRecord[]): TicketSummary | undefined {
  const column = (name: string) =>
    done.map(({ result }) => Number(result?.columns[name] ?? Number.NaN)).filter(Number.isFinite);
  const accuracies = column("pruned_accuracy");
  if (accuracies.length === 0) return undefined;
  return {
    prunedAccuracy: mean(accuracies),
    barrier: estimateOf(column("barrier")),
    disagreement: estimateOf(column("pruned_disagreement")),
    startDistance: mean(column("pruned_distance_start")),
    endDistance: mean(column("pruned_distance_end")),
  };
}

export function ticketJson(of: TicketSummary): object {
  return {
    pruned_accuracy: of.prunedAccuracy,
    barrier: estimateJson(of.barrier),
    pruned_disagreement: estimateJson(of.disagreement),
    pruned_distance_start: of.startDistance,
    pruned_distance_end: of.endDistance,
  };
}

/** A line per method with tickets; none where there are none. */
export function ticketTables(summary: SparseSummary): Table[] {
  const rows = summary.cells.flatMap((cell) =>
    cell.methods.flatMap(({ method, accuracy, ticket }) =>
      ticket === undefined
        ? []
        : [
            {
              ...factorCells(cell),
              method,
              n: ticket.disagreement.n,
              accuracy,
              pruned: ticket.prunedAccuracy,
              barrier: ticket.barrier.mean,
              low: ticket.barrier.low,
              high: ticket.barrier.high,
              disagreement: ticket.disagreement.mean,
              from: ticket.disagreement.low,
              to: ticket.disagreement.high,
              start: ticket.startDistance,
              end: ticket.endDistance,
            },
          ],
    ),
  );
  if (rows.length === 0) return [];
  return [
    {
      name: "tickets",
      caption: "Lottery tickets and the pruned solutions they come from: means over seeds",
      columns: [
        ...factorColumns(summary),
        { key: "method", title: "method" },
        { key: "n", title: "n", format: "integer" },
        { key: "accuracy", title: "accuracy", format: "percent", unit: "%" },
        { key: "pruned", title: "pruned solution", format: "percent", unit: "%" },
        { key: "barrier", title: "barrier", format: "number", decimals: 4 },
        { key: "low", title: "95 % from", format: "number", decimals: 4 },
        { key: "high", title: "to", format: "number", decimals: 4 },
        { key: "disagreement", title: "disagreement", format: "percent", unit: "%" },
        { key: "from", title: "95 % from", format: "percent" },
        { key: "to", title: "to", format: "percent" },
        { key: "start", title: "distance at start", format: "number" },
        { key: "end", title: "at end", format: "number" },
      ],
      rows,
      notes: [
        "Barrier: the largest training loss on the straight line from the ticket's end to the pruned solution, less that of the worse of the two.",
        "Disagreement: test examples put into another class than by the pruned solution. Distances are L2, over all trained numbers.",
      ],
    },
  ];
}
