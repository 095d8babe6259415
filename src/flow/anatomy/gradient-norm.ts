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
import { type Examples, type LossMode, LossSurface } from "./loss-surface.ts";

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
  readonly #mode: LossMode | undefined;
  #before = Number.NaN;

  /**
   * @param examples  for the paper's measure, the first 1000 of the training split
   * @param mode      as `gradientNorm` has it
   */
  constructor(engine: Engine, examples: Examples, { mode }: { readonly mode?: LossMode } = {}) {
    this.#engine = engine;
    this.#examples = examples;
    this.#mode = mode;
  }

  /** Measures and keeps the measurement. */
  record(step: number, network: Network): GradientNorm {
    const measured = this.#measured(step, network);
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
    const { norm } = this.#measured(step, network);
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

  #measured(step: number, network: Network): GradientNorm {
    return gradientNorm(this.#engine, network, { step, examples: this.#examples, mode: this.#mode });
  }
}

/**
 * The norm at a network's present weights. Nothing is kept between calls: masks may be others at the next.
 *
 * @param mode  "eval", the default, is the norm on the surface that spectra and lines look at; "train" that of the gradient which
 *   the optimizer is given, also where running statistics have not settled. They are the same without batch norm and dropout
 */
export function gradientNorm(
  engine: Engine,
  network: Network,
  { examples, step = 0, mode }: { readonly examples: Examples; readonly step?: number; readonly mode?: LossMode },
): GradientNorm {
  using surface = new LossSurface(engine, network, examples, { mode });
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
