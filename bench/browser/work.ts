/**
 * What Node and the browser both do: train a network for a number of steps on seeded random data, and hash every number of it.
 *
 * No Node module is reached from here, so that a page can load it as it is.
 */

import { sha256 } from "../../src/data/index.ts";
import { openEngine } from "../../src/tensor/index.ts";
import { ourStep, warmUpSteps } from "../our-step.ts";
import { parseCase } from "../step-cases.ts";

export interface Work {
  /** A network as the step benchmark names it: 784-2048-2048-10@0.05. */
  readonly net: string;
  readonly batchNorm: boolean;
  readonly optimizer: "momentum" | "adam";
  /** Steps before the weights are hashed, ≥ 5. */
  readonly steps: number;
  /** Further steps that are timed. */
  readonly timed: number;
  readonly revectorize?: boolean;
}

export interface Done {
  readonly hash: string;
  readonly times: readonly number[];
  readonly simdBits: number;
  readonly activeWeights: number;
  readonly notes: readonly string[];
}

/** Trains. The hash is SHA-256 over the bits of all parameters and running statistics, in order, as float32. */
export async function work({ net, batchNorm, optimizer, steps, timed, revectorize }: Work): Promise<Done> {
  const engine = await openEngine({ revectorize: revectorize ?? "auto" });
  const { network, activeWeights, time } = await ourStep(engine, { ...parseCase(net), batchNorm, optimizer });
  time(steps - warmUpSteps);
  const variables = [...network.parameters.map(({ variable }) => variable), ...network.buffers];
  const numbers = Float32Array.from(variables.flatMap((variable) => Array.from(variable.get())));
  const { simdBits, notes } = engine.backend;
  return { hash: await sha256(numbers), times: time(timed), simdBits, activeWeights, notes };
}
