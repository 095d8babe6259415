/**
 * The outer update: every value moves by its own step against the sign of its hypergradient, and the step is halved where the
 * sign turns. The magnitude, which can be huge or tiny over thousands of steps, is never used.
 *
 *     σ = sign(G), 0 for 0 and NaN;   s ← s / 2 where ρ σ = −1;   ρ ← σ;   λ ← λ − σ s, within its bounds
 *
 * @see Micaelli and Storkey 2021, arXiv:2007.07869, and their code; the bounds, |λ| in the rule for stopping and the last values
 *      returned are ours
 */

import { InputError } from "../base/index.ts";

export interface SignOptions {
  /** First step of each value, > 0, in the order of the values. */
  readonly steps: readonly number[];
  /** Starting values, as many. */
  readonly start: readonly number[];
  /** Lowest and highest of each value. Default none. */
  readonly bounds?: readonly (readonly [low: number, high: number])[];
  /** A step is multiplied by this where the sign turns. In (0, 1), default 0.5. */
  readonly decay?: number;
  /** Converged when every step is below this share of |λ|; λ = 0 never is. Default 0.05. */
  readonly stop?: number;
}

/** What the controller remembers, as plain numbers: for `restore`. */
export interface SignState {
  readonly values: readonly number[];
  readonly steps: readonly number[];
  readonly signs: readonly number[];
  readonly converged: boolean;
}

/** The values of an outer loop. */
export class SignController {
  readonly #bounds: readonly (readonly [number, number])[];
  readonly #decay: number;
  readonly #stop: number;
  #values: number[];
  #steps: number[];
  #signs: number[];
  #converged = false;

  constructor({ start, steps, bounds, decay = 0.5, stop = 0.05 }: SignOptions) {
    this.#bounds = bounds ?? start.map(() => [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    if (steps.length !== start.length || this.#bounds.length !== start.length) {
      throw new InputError(
        `sign controller: ${start.length} values need as many steps and bounds, got ${steps.length} and ${this.#bounds.length}`,
      );
    }
    const still = steps.findIndex((step) => !(step > 0 && Number.isFinite(step)));
    if (still >= 0)
      throw new InputError(`sign controller: every step must be > 0, got ${steps[still]} for value ${still}`);
    start.forEach((value, i) => {
      const [low, high] = this.#bounds[i];
      if (!(low <= value && value <= high)) {
        throw new InputError(`sign controller: value ${i} must start in [${low}, ${high}], got ${value}`);
      }
    });
    if (!(decay > 0 && decay < 1)) throw new InputError(`sign controller: decay must be in (0, 1), got ${decay}`);
    if (!(stop >= 0)) throw new InputError(`sign controller: stop must be ≥ 0, got ${stop}`);
    this.#decay = decay;
    this.#stop = stop;
    this.#values = [...start];
    this.#steps = [...steps];
    this.#signs = start.map(() => 0);
  }

  get values(): readonly number[] {
    return this.#values;
  }

  get steps(): readonly number[] {
    return this.#steps;
  }

  /** True from the update on at which every step was below `stop` times |λ|, with the values from before it. */
  get converged(): boolean {
    return this.#converged;
  }

  /** Moves every value. @param hypergradients  one per value; NaN leaves its value in place. @returns the signs */
  update(hypergradients: readonly number[]): readonly number[] {
    if (hypergradients.length !== this.#values.length) {
      throw new InputError(
        `sign controller: ${this.#values.length} values need as many hypergradients, got ${hypergradients.length}`,
      );
    }
    const before = this.#values;
    const signs = hypergradients.map((g) => (g > 0 ? 1 : g < 0 ? -1 : 0));
    this.#steps = this.#steps.map((step, i) => (this.#signs[i] * signs[i] === -1 ? step * this.#decay : step));
    this.#signs = signs;
    this.#values = before.map((value, i) => {
      const [low, high] = this.#bounds[i];
      return signs[i] === 0 ? value : Math.min(high, Math.max(low, value - signs[i] * this.#steps[i]));
    });
    this.#converged = this.#steps.every((step, i) => step < this.#stop * Math.abs(before[i]));
    return signs;
  }

  save(): SignState {
    return {
      values: [...this.#values],
      steps: [...this.#steps],
      signs: [...this.#signs],
      converged: this.#converged,
    };
  }

  /** @throws InputError  for a state of another number of values */
  restore({ values, steps, signs, converged }: SignState): void {
    const n = this.#values.length;
    if (values.length !== n || steps.length !== n || signs.length !== n) {
      throw new InputError(`sign controller: the state must have ${n} values, got ${values.length}; take another`);
    }
    this.#values = [...values];
    this.#steps = [...steps];
    this.#signs = [...signs];
    this.#converged = converged;
  }
}
