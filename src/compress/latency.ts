/** How long a network takes: the median of runs, each of one batch, on an engine and the machine it runs on. */

import { InputError, median, Rng } from "../base/index.ts";
import { compile, type Engine, Graph } from "../tensor/index.ts";
import { type NetworkValues, networkFromValues } from "../train/index.ts";

export interface LatencyOptions {
  /** Examples of a run. Default 1. */
  readonly batch?: number;
  /** Runs that are timed, after a few that are not. Default 50. */
  readonly runs?: number;
  /** Milliseconds now; default the platform's clock. */
  readonly now?: () => number;
}

/**
 * Measures networks in turns, run by run, so that what else the machine does falls on all of them alike.
 *
 * @returns milliseconds of a run of each, the median
 */
export function latenciesOf(
  engine: Engine,
  networks: readonly NetworkValues[],
  { batch = 1, runs = 50, now = () => performance.now() }: LatencyOptions = {},
): number[] {
  for (const [name, value] of Object.entries({ batch, runs })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new InputError(`latenciesOf: ${name} must be an integer ≥ 1, got ${value}`);
    }
  }
  using _ = engine.scope();
  const programs = networks.map((values) => {
    const network = networkFromValues(engine, values);
    const x = engine.variable("x", [network.inputs, batch], { batched: true });
    const rng = new Rng(0, "test");
    x.set(Float64Array.from({ length: network.inputs * batch }, () => rng.normal()));
    const graph = new Graph();
    return compile(engine, { outputs: [network.forward(graph, graph.read(x), { mode: "eval" }).logits] });
  });
  const times = programs.map(() => new Float64Array(runs));
  // Programs share an arena: the first runs bind them to where it ends up.
  for (let run = -3; run < runs; run++) {
    programs.forEach((program, i) => {
      const start = now();
      program.run();
      const end = now();
      if (run >= 0) times[i][run] = end - start;
    });
  }
  return times.map((of) => median(of));
}
