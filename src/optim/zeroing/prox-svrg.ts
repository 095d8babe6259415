/** Prox-SVRG: proximal steps along gradients whose noise is taken out by those of a snapshot, whose full gradient is known. */

import { assign, type Engine, type Tensor, type Update, type Variable } from "../../tensor/index.ts";
import type { Floats, GroupedArrays, GroupMemory } from "./group-memory.ts";
import type { StepNumbers, ZeroingMethod } from "./method.ts";
import { proxStep } from "./prox-step.ts";

/** Weights of the snapshot, the full gradient there, and the mean of the iterates since. */
export const proxSvrgSlots = ["snapshot", "fullGradient", "meanWeights"] as const;

/**
 *     v = ∂f_B/∂x (x) - ∂f_B/∂x (x̂) + ∂f/∂x (x̂),  x ← prox_{αλ}(x - α v)
 *
 * At the end of an epoch x becomes the mean of its iterates, and the next snapshot x̂.
 *
 * Who trains with it calls, at the start of an epoch `beginEpoch`, then for each batch `inSnapshot` with a run that leaves its
 * gradient there, and `addToFullGradient`; before each step `inSnapshot` with the step's batch; at the end `endEpoch`.
 *
 * @see Xiao, Zhang 2014, arXiv:1403.4699, Section 2
 */
export class ProxSvrg implements ZeroingMethod {
  readonly #memory: GroupMemory;
  /** Gradients of a batch at the snapshot, in the order of the memory's arrays. */
  readonly #gradients: readonly Variable[];
  #held: Floats[] = [];
  /** Iterates since the snapshot. */
  readonly numbers = { iterates: new Float64Array(1) };

  constructor(engine: Engine, memory: GroupMemory) {
    this.#memory = memory;
    this.#gradients = memory.arrays.map(({ variable }) =>
      engine.variable(`${variable.name}.snapshotGradient`, variable.shape),
    );
  }

  /** Updates that leave a batch's gradients where `inSnapshot` is to leave them. @param parameters  all of the network's */
  snapshotUpdates(parameters: readonly { readonly variable: Variable; readonly gradient: Tensor }[]): Update[] {
    const kept = new Map(this.#memory.arrays.map(({ variable }, i) => [variable, this.#gradients[i]]));
    return parameters.flatMap(({ variable, gradient }) => {
      const to = kept.get(variable);
      return to === undefined ? [] : [assign(to, gradient)];
    });
  }

  beginEpoch(): void {
    this.#memory.refresh();
    this.numbers.iterates[0] = 0;
    for (const arrays of this.#memory.arrays) {
      slotOf(arrays, "snapshot").set(arrays.weights);
      slotOf(arrays, "fullGradient").fill(0);
      slotOf(arrays, "meanWeights").fill(0);
    }
  }

  /** Runs something with the weights of the snapshot in place. */
  inSnapshot(run: () => void): void {
    const { arrays } = this.#memory;
    this.#memory.refresh();
    if (this.#held.length === 0) this.#held = arrays.map(({ weights }) => weights.slice());
    arrays.forEach((of, i) => {
      this.#held[i].set(of.weights);
      of.weights.set(slotOf(of, "snapshot"));
    });
    run();
    this.#memory.refresh();
    arrays.forEach(({ weights }, i) => {
      weights.set(this.#held[i]);
    });
  }

  /** @param share  of the batch among the examples of the epoch */
  addToFullGradient(share: number): void {
    this.#memory.arrays.forEach((arrays, i) => {
      const full = slotOf(arrays, "fullGradient");
      const ofBatch = this.#gradients[i].view();
      for (let j = 0; j < full.length; j++) full[j] += share * ofBatch[j];
    });
  }

  before(): void {
    this.#memory.refresh();
    this.#memory.arrays.forEach((arrays, i) => {
      const full = slotOf(arrays, "fullGradient");
      const atSnapshot = this.#gradients[i].view();
      const { gradients } = arrays;
      for (let j = 0; j < gradients.length; j++) gradients[j] = gradients[j] - atSnapshot[j] + full[j];
    });
  }

  after({ learningRate, lambda }: StepNumbers): void {
    for (const block of this.#memory.blocks) proxStep(block, learningRate * lambda);
    const { iterates } = this.numbers;
    iterates[0] += 1;
    for (const arrays of this.#memory.arrays) {
      const means = slotOf(arrays, "meanWeights");
      const { weights } = arrays;
      for (let j = 0; j < means.length; j++) means[j] += (weights[j] - means[j]) / iterates[0];
    }
  }

  endEpoch(): void {
    this.#memory.refresh();
    for (const arrays of this.#memory.arrays) arrays.weights.set(slotOf(arrays, "meanWeights"));
  }
}

function slotOf({ slots }: GroupedArrays, name: (typeof proxSvrgSlots)[number]): Floats {
  return slots.get(name)?.view() as Floats;
}
