/** A bundle's operations as stages: a ReLU right behind a product or a sum becomes that stage's last step. */

import type { Operation } from "./bundle.ts";

/** An operation that runs, what it reads and the name of what it makes. */
export interface Stage {
  readonly operation: Operation;
  readonly inputs: readonly string[];
  readonly output: string;
  /** 0 for ReLU as the last step, else -Infinity. */
  readonly floor: number;
}

const absorbing: ReadonlySet<string> = new Set(["convolution", "linear", "add"]);

/** Stages in the order of the operations; the last one's output is the bundle's. */
export function fuseStages(operations: readonly Operation[]): Stage[] {
  const readers = new Map<string, number>();
  for (const { inputs } of operations) for (const name of inputs) readers.set(name, (readers.get(name) ?? 0) + 1);
  const stages: Stage[] = [];
  const places = new Map<string, number>();
  for (const operation of operations) {
    const [input] = operation.inputs;
    const place = places.get(input);
    if (operation.kind === "activation" && operation.function === "relu" && place !== undefined) {
      const before = stages[place];
      if (absorbing.has(before.operation.kind) && before.output === input && readers.get(input) === 1) {
        stages[place] = { ...before, output: operation.name, floor: 0 };
        places.set(operation.name, place);
        continue;
      }
    }
    places.set(operation.name, stages.length);
    stages.push({ operation, inputs: operation.inputs, output: operation.name, floor: Number.NEGATIVE_INFINITY });
  }
  return stages;
}
