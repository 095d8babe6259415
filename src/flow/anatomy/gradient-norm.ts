/**
 * The norm of the gradient on fixed examples while a network trains, and what an update of its topology does to it.
 *
 *     ‖∂L/∂θ‖_2 over active weights, biases and all else that is trained, as one vector; L the cross-entropy without decay
 *
 * @see Evci et al. 2022, arXiv:2010.03533, who log it on the first 1000 training images, and right before and after each
 *      update of the masks
 */

import { InputError, sizeOf, sum } from "../../base/index.ts";
import type { Network } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import { type Examples, LossSurface } from "./loss-surface.ts";

export interface GradientNorm {
  readonly step: number;
  /** Mean cross-entropy of the fixed examples. */
  readonly loss: number;
  readonly norm: number;
  /** The same of each parameter by itself, in the network's order. */
  readonly parameters: readonly { readonly name: string; readonly norm: number }[];
}

/** One update of the topology. */
export interface UpdateEffect {
  readonly step: number;
  readonly before: number;
  readonly after: number;
  /** after - before. */
  readonly delta: number;
}

/** Measures the gradient on the same examples at every call; the network may change its masks in between. */
export class GradientNormRecorder {
  readonly measurements: GradientNorm[] = [];
  readonly updates: UpdateEffect[] = [];
  readonly #engine: Engine;
  readonly #examples: Examples;
  #before = Number.NaN;

  /** @param examples  for the paper's measure, the first 1000 of the training split */
  constructor(engine: Engine, examples: Examples) {
    this.#engine = engine;
    this.#examples = examples;
  }

  /** Measures and keeps the measurement. */
  record(step: number, network: Network): GradientNorm {
    const measured = gradientNorm(this.#engine, network, { step, examples: this.#examples });
    this.measurements.push(measured);
    return measured;
  }

  /**
   * Measures right before and right after a change of the topology.
   *
   * @param update  makes the change, and returns the network that it leaves: the same one, or another
   */
  aroundUpdate<T extends Network>(step: number, network: Network, update: () => T): T {
    this.recordChange("before", step, network);
    const changed = update();
    this.recordChange("after", step, changed);
    return changed;
  }

  /** The same in two calls, for trainings that tell when a change is due and when it is made. */
  recordChange(when: "before" | "after", step: number, network: Network): void {
    const { norm } = gradientNorm(this.#engine, network, { step, examples: this.#examples });
    if (when === "before") {
      this.#before = norm;
      return;
    }
    if (Number.isNaN(this.#before)) {
      throw new InputError(`recordChange: "after" at step ${step} must follow a "before"; record that first`);
    }
    this.updates.push({ step, before: this.#before, after: norm, delta: norm - this.#before });
    this.#before = Number.NaN;
  }
}

/** The norm at a network's present weights. Nothing is kept between calls: masks may be others at the next. */
export function gradientNorm(
  engine: Engine,
  network: Network,
  { examples, step = 0 }: { readonly examples: Examples; readonly step?: number },
): GradientNorm {
  using surface = new LossSurface(engine, network, examples);
  const { loss, gradient } = surface.gradient();
  let offset = 0;
  const squares = network.parameters.map(({ name, variable }) => {
    const end = offset + sizeOf(variable.shape);
    const own = sum(gradient.subarray(offset, end).map((g) => g * g));
    offset = end;
    return { name, own };
  });
  return {
    step,
    loss,
    norm: Math.sqrt(sum(squares.map(({ own }) => own))),
    parameters: squares.map(({ name, own }) => ({ name, norm: Math.sqrt(own) })),
  };
}
