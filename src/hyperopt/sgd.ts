/**
 * The steps that are differentiated: SGD with momentum, and weight decay inside or beside the gradient.
 *
 *     g̃ = clip(∇L(w)) + [coupled] ξ w
 *     v' = β v + g̃                                     v starts at 0
 *     u  = v', or g̃ + β v' for Nesterov's
 *     w' = w − α u − [decoupled] α ξ w
 *
 * The step itself is the optimizer's own kernel: with the same numbers it leaves the bits that training by "momentum" or
 * "nesterov" leaves. The nodes below are the same formulas for those who need v' or u inside a graph.
 */

import type { Engine, Graph, Tensor, Update, Variable } from "../tensor/index.ts";
import { add, hyperLength, hyperSlots, optimizerUpdate, scaleBy, subtract } from "../tensor/index.ts";
import type { PerFamily } from "./schedules.ts";

export interface SgdRule {
  /** Nesterov's momentum as PyTorch has it. Default false. */
  readonly nesterov?: boolean;
  /** "coupled": ξ w is added to the gradient, before the momentum. "decoupled": α ξ w is taken off the weights. Default "coupled". */
  readonly decay?: "coupled" | "decoupled";
}

/** The three values of a step as scalars of a graph. */
export interface StepScalars {
  readonly rate: Tensor;
  readonly momentum: Tensor;
  readonly decay: Tensor;
}

/** A parameter's step as nodes. */
export interface StepNodes {
  /** v' */
  readonly velocity: Tensor;
  /** What the rate multiplies: u, and ξ w where the decay is decoupled. */
  readonly direction: Tensor;
  /** w' */
  readonly weights: Tensor;
}

/** The step of one parameter. @param g  the clipped gradient. @param w, v  of its shape */
export function stepNodes(
  { nesterov = false, decay = "coupled" }: SgdRule,
  scalars: StepScalars,
  g: Tensor,
  w: Tensor,
  v: Tensor,
): StepNodes {
  const decayed = scaleBy(w, scalars.decay);
  const withDecay = decay === "coupled" ? add(g, decayed) : g;
  const velocity = add(scaleBy(v, scalars.momentum), withDecay);
  const u = nesterov ? add(withDecay, scaleBy(velocity, scalars.momentum)) : velocity;
  const direction = decay === "coupled" ? u : add(u, decayed);
  return { velocity, direction, weights: subtract(w, scaleBy(direction, scalars.rate)) };
}

/** The memory of a training by SGD: velocities, and the numbers of the step. */
export class SgdState {
  readonly rule: Required<SgdRule>;
  readonly velocities: readonly Variable[];
  /** The optimizer kernels' numbers: those of the step, and those that take `rate` times something off. */
  readonly hyper: Variable;
  readonly plain: Variable;
  readonly #scalars: PerFamily<Variable>;

  constructor(engine: Engine, parameters: readonly Variable[], { nesterov = false, decay = "coupled" }: SgdRule = {}) {
    this.rule = { nesterov, decay };
    this.velocities = parameters.map(({ name, shape }) => engine.variable(`${name}.velocity`, shape));
    this.hyper = engine.variable("sgd.hyper", [hyperLength]);
    this.plain = engine.variable("sgd.plain", [hyperLength]);
    this.#scalars = {
      learningRate: engine.variable("sgd.rate", []),
      momentum: engine.variable("sgd.momentum", []),
      weightDecay: engine.variable("sgd.decay", []),
    };
  }

  /** Writes the values of the next step. */
  prepare({ learningRate, momentum, weightDecay }: PerFamily<number>): void {
    const hyper = this.hyper.view();
    const coupled = this.rule.decay === "coupled";
    hyper[hyperSlots.learningRate] = learningRate;
    hyper[hyperSlots.weightDecay] = coupled ? weightDecay : 0;
    hyper[hyperSlots.decoupledDecay] = coupled ? 0 : weightDecay;
    hyper[hyperSlots.first] = momentum;
    hyper[hyperSlots.oneMinusFirst] = 1 - momentum;
    hyper[hyperSlots.oneMinusSecond] = 1;
    hyper[hyperSlots.correctionFirst] = this.rule.nesterov ? 1 : 0;
    this.plain.view()[hyperSlots.learningRate] = learningRate;
    this.#scalars.learningRate.view()[0] = learningRate;
    this.#scalars.momentum.view()[0] = momentum;
    this.#scalars.weightDecay.view()[0] = weightDecay;
  }

  /** The values of the step as nodes. */
  scalars(graph: Graph): StepScalars {
    return {
      rate: graph.read(this.#scalars.learningRate),
      momentum: graph.read(this.#scalars.momentum),
      decay: graph.read(this.#scalars.weightDecay),
    };
  }

  /** The step of the parameters. */
  updates(parameters: readonly Variable[], gradients: readonly Tensor[]): Update[] {
    return parameters.map((parameter, i) =>
      optimizerUpdate("momentumUpdate", parameter, gradients[i], [this.velocities[i]], this.hyper),
    );
  }

  /** v = 0. */
  reset(): void {
    for (const velocity of this.velocities) velocity.fill(0);
  }
}
