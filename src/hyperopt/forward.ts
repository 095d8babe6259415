/**
 * Forward mode: a training that carries, beside weights w and velocities v, their derivatives with respect to every learned
 * value of the schedules. Memory does not grow with the number of steps.
 *
 *     h   = d clip(∇L(w)) / dw · Z                                one Hessian-vector product, at the old w
 *     C'  = β C + h + ξ Z + [momentum in use] v + [decay in use] w
 *     Z'  = Z − α C' − [rate in use] v'                           heavy ball; the other rules likewise
 *
 * The map (Z, C) → (Z', C') is the optimizer's own step with h in the place of the gradient, so its kernel takes it, and what
 * belongs to the value in use is one more update. A step is one program: the gradient, a product for each column whose window
 * has begun (all of them share the nodes of the primal pass), and the updates.
 *
 * @see Micaelli and Storkey 2021, arXiv:2007.07869; Franceschi et al. 2017, arXiv:1703.01785 (forward mode)
 */

import { InputError } from "../base/index.ts";
import type { ClipOptions } from "../optim/index.ts";
import { clipGradients } from "../optim/index.ts";
import type { Program, Tensor, Update, Variable } from "../tensor/index.ts";
import {
  add,
  clamp,
  compile,
  Graph,
  hyperLength,
  hyperSlots,
  jvp,
  optimizerUpdate,
  subtract,
} from "../tensor/index.ts";
import { countInside } from "./clipped-elements.ts";
import type { InnerProblem } from "./problem.ts";
import { parameterGradients } from "./problem.ts";
import type { Family, PerFamily, Schedules } from "./schedules.ts";
import { checkSchedules, families, perFamily, valuesAt, windowOf } from "./schedules.ts";
import type { SgdRule } from "./sgd.ts";
import { SgdState, stepNodes } from "./sgd.ts";

export interface ForwardOptions {
  /** Number of values of each family. */
  readonly windows: PerFamily<number>;
  /** Families whose values get columns; none for a plain training. Default all. */
  readonly learn?: readonly Family[];
  readonly rule?: SgdRule;
  /** Of the batch's gradient. Part of the training, and so of what is differentiated. */
  readonly clip?: ClipOptions;
  /**
   * Each element of h is clamped to ± this. Keeps a training near the edge of stability from blowing its tangents up, and
   * makes the hypergradients biased. > 0, default none.
   */
  readonly clipTangent?: number;
  /** Forget each step's tangents before the next: what a step does to the weights right after it. Default false. */
  readonly oneStep?: boolean;
}

/** The derivative of weights and velocities with respect to one value. */
export interface Column {
  readonly family: Family;
  /** Which value of the family: its window. */
  readonly window: number;
  /** dw/dλ and dv/dλ, in the order of the parameters. */
  readonly z: readonly Variable[];
  readonly c: readonly Variable[];
}

/** What a training has met so far. */
export interface Diagnostics {
  readonly steps: number;
  /** Hessian-vector products computed. */
  readonly products: number;
  /** Share of the gradients' elements that were clipped by value, in [0, 1]. */
  readonly clipped: number;
  /** Share of the elements of h that were clamped, in [0, 1]. */
  readonly tangentsClipped: number;
  /** The first step whose loss was not finite; the training has stopped there. */
  readonly diverged?: number;
}

/** All that a training needs to be taken up again: the step's number and every array, by role in the order of the parameters. */
export interface ForwardState {
  readonly step: number;
  readonly steps: number;
  readonly schedules: Schedules;
  readonly arrays: readonly Float64Array[];
  readonly diagnostics: Counts;
}

interface Counts {
  steps: number;
  products: number;
  clipped: number;
  tangentsClipped: number;
  diverged?: number;
}

interface StepProgram {
  readonly program: Program;
  readonly loss: Tensor;
  readonly clipped?: Tensor;
  readonly tangentsClipped?: Tensor;
  readonly products: number;
}

/** A training with tangents, run as often as asked on the same memory. */
export class ForwardMode {
  readonly columns: readonly Column[];
  /** The tangents of the weights of each column, for `ValidationGradient.products`. */
  readonly tangents: readonly (readonly Variable[])[];
  readonly #problem: InnerProblem;
  readonly #options: ForwardOptions;
  readonly #state: SgdState;
  readonly #unit: Variable;
  readonly #elements: number;
  readonly #programs = new Map<string, StepProgram>();
  #schedules: Schedules | undefined;
  #steps = 0;
  #step = 0;
  #counts: Counts = { steps: 0, products: 0, clipped: 0, tangentsClipped: 0 };

  constructor(problem: InnerProblem, options: ForwardOptions) {
    const { engine, parameters } = problem;
    const { windows, learn = families, clipTangent } = options;
    if (clipTangent !== undefined && !(clipTangent > 0)) {
      throw new InputError(`forward mode: clipTangent must be > 0, got ${clipTangent}; leave it out for no clamp`);
    }
    this.#problem = problem;
    this.#options = options;
    this.#state = new SgdState(engine, parameters, options.rule);
    this.#unit = engine.variable("sgd.unit", [hyperLength]);
    this.#unit.view()[hyperSlots.learningRate] = 1;
    const zeros = (name: string) =>
      parameters.map((parameter) => engine.variable(`${parameter.name}.${name}`, parameter.shape));
    this.columns = families
      .filter((family) => learn.includes(family))
      .flatMap((family) =>
        Array.from({ length: windows[family] }, (_, window) => ({
          family,
          window,
          z: zeros(`d${family}${window}`),
          c: zeros(`velocity.d${family}${window}`),
        })),
      );
    this.tangents = this.columns.map(({ z }) => z);
    this.#elements = parameters.reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0);
  }

  /** Steps done of the training in progress. */
  get step(): number {
    return this.#step;
  }

  /** True when all steps are done, or the training has left the finite numbers. */
  get finished(): boolean {
    return this.#step >= this.#steps || this.#counts.diverged !== undefined;
  }

  get diagnostics(): Diagnostics {
    const { steps, products, clipped, tangentsClipped, diverged } = this.#counts;
    return {
      steps,
      products,
      clipped: steps === 0 ? 0 : clipped / (steps * this.#elements),
      tangentsClipped: products === 0 ? 0 : tangentsClipped / (products * this.#elements),
      ...(diverged === undefined ? {} : { diverged }),
    };
  }

  /**
   * Begins a training at the problem's start: v, Z and C are 0.
   *
   * @throws InputError  where the schedules have other numbers of values than `windows`, or a learned value is never in use
   */
  begin(schedules: Schedules, steps: number): void {
    this.#take(schedules, steps);
    this.#problem.start();
    this.#state.reset();
    for (const { z, c } of this.columns) for (const variable of [...z, ...c]) variable.fill(0);
    this.#step = 0;
    this.#counts = { steps: 0, products: 0, clipped: 0, tangentsClipped: 0 };
  }

  /** Replaces the values from the next step on, as trainings do that change them as they go. */
  change(schedules: Schedules): void {
    this.#take(schedules, this.#steps);
  }

  #take(schedules: Schedules, steps: number): void {
    const { windows, learn = families } = this.#options;
    checkSchedules("forward mode", schedules, steps, learn);
    for (const family of families) {
      if (schedules[family].length !== windows[family]) {
        throw new InputError(
          `forward mode: ${family} must have ${windows[family]} values, got ${schedules[family].length}; make another for these`,
        );
      }
    }
    this.#schedules = schedules;
    this.#steps = steps;
  }

  /** One step. @returns the loss of its batch before it; where that is not finite, nothing has been changed */
  advance(): number {
    const schedules = this.#schedules;
    if (schedules === undefined || this.finished) {
      throw new InputError(`forward mode: step ${this.#step} of ${this.#steps} is not to be done; call begin first`);
    }
    const { training } = this.#problem;
    const t = this.#step;
    const made = this.#program(training.kind(t), t);
    training.feed(t);
    this.#state.prepare(valuesAt(schedules, t, this.#steps));
    if (this.#options.oneStep === true) {
      for (const { z, c } of this.columns) for (const variable of [...z, ...c]) variable.fill(0);
    }
    made.program.compute();
    const loss = made.program.scalar(made.loss);
    if (!Number.isFinite(loss)) {
      this.#counts.diverged = t;
      return loss;
    }
    if (made.clipped !== undefined) this.#counts.clipped += this.#elements - made.program.scalar(made.clipped);
    if (made.tangentsClipped !== undefined) {
      this.#counts.tangentsClipped += made.products * this.#elements - made.program.scalar(made.tangentsClipped);
    }
    made.program.update();
    this.#counts.steps += 1;
    this.#counts.products += made.products;
    this.#step += 1;
    return loss;
  }

  /** Begins and does all steps. @returns the losses' mean over the steps done; NaN where the first one diverged */
  run(schedules: Schedules, steps: number): number {
    const pauses = this.stepwise(schedules, steps);
    let next = pauses.next();
    while (!next.done) next = pauses.next();
    return next.value;
  }

  /** `run` with a pause after every step. Yields the number of steps done. */
  *stepwise(schedules: Schedules, steps: number): Generator<number, number, void> {
    this.begin(schedules, steps);
    let total = 0;
    while (!this.finished) {
      const loss = this.advance();
      if (this.#counts.diverged === undefined) total += loss;
      yield this.#step;
    }
    return total / this.#step;
  }

  /** Everything that the training in progress needs to go on: see `restore`. */
  save(): ForwardState {
    return {
      step: this.#step,
      steps: this.#steps,
      schedules: this.#schedules as Schedules,
      arrays: this.#variables().map((variable) => variable.get()),
      diagnostics: { ...this.#counts },
    };
  }

  /** Goes on from a state of the same problem and options: the steps that follow have the bits of a training never stopped. */
  restore(state: ForwardState): void {
    const variables = this.#variables();
    const fits = state.arrays.length === variables.length;
    if (!fits || state.arrays.some((values, i) => values.length !== variables[i].get().length)) {
      throw new InputError(
        "forward mode: the state must be of the same parameters and columns; build the run it was saved from",
      );
    }
    this.#take(state.schedules, state.steps);
    variables.forEach((variable, i) => {
      variable.set(state.arrays[i]);
    });
    this.#step = state.step;
    this.#counts = { ...state.diagnostics };
  }

  #variables(): Variable[] {
    const { parameters, buffers = [] } = this.#problem;
    return [...parameters, ...buffers, ...this.#state.velocities, ...this.columns.flatMap(({ z, c }) => [...z, ...c])];
  }

  /** Programs differ by the kind of the batch and by which windows are in use. */
  #program(kind: string, t: number): StepProgram {
    const { windows } = this.#options;
    const inUse = perFamily((family) => windowOf(windows[family], t, this.#steps));
    const learned = new Set(this.columns.map(({ family }) => family));
    const key = `${kind} ${families.map((family) => (learned.has(family) ? inUse[family] : "-")).join()}`;
    let made = this.#programs.get(key);
    if (made === undefined) {
      made = this.#build(kind, inUse);
      this.#programs.set(key, made);
    }
    return made;
  }

  #build(kind: string, inUse: PerFamily<number>): StepProgram {
    const { engine, parameters, training } = this.#problem;
    const { clip = {}, clipTangent, oneStep = false } = this.#options;
    const graph = new Graph();
    const batch = training.build(graph, kind);
    const w = parameters.map((parameter) => graph.read(parameter));
    const v = this.#state.velocities.map((velocity) => graph.read(velocity));
    const raw = parameterGradients("training loss", batch, w);
    const g = clipGradients(raw, clip);
    const scalars = this.#state.scalars(graph);
    const nodes = g.map((gradient, i) => stepNodes(this.#state.rule, scalars, gradient, w[i], v[i]));
    const updates: Update[] = [];
    const kept: Tensor[] = [];
    const active = this.columns.filter(({ family, window }) => window <= inUse[family]);
    for (const column of active) {
      let h: readonly (Tensor | undefined)[] = w.map(() => undefined);
      if (!oneStep) {
        const z = column.z.map((variable) => graph.read(variable));
        const exact = jvp(g, w, z);
        h =
          clipTangent === undefined ? exact : exact.map((one) => clamp(one, { low: -clipTangent, high: clipTangent }));
        if (clipTangent !== undefined) kept.push(countInside(exact, clipTangent));
      }
      updates.push(...this.#columnUpdates(column, column.window === inUse[column.family], h, { w, v, nodes }));
    }
    updates.push(...this.#state.updates(parameters, g), ...(batch.updates ?? []));
    const clipped = clip.value === undefined ? undefined : countInside(raw, clip.value);
    const tangentsClipped = kept.length === 0 ? undefined : kept.reduce(add);
    const outputs = [batch.loss, clipped, tangentsClipped].filter((node) => node !== undefined);
    const program = compile(engine, { outputs, updates });
    return { program, loss: batch.loss, clipped, tangentsClipped, products: oneStep ? 0 : active.length };
  }

  /** The step of a column: the kernel's, with h and what the value in use adds to it, and then what the kernel has no place for. */
  #columnUpdates(
    { family, z, c }: Column,
    inUse: boolean,
    h: readonly (Tensor | undefined)[],
    { w, v, nodes }: { w: readonly Tensor[]; v: readonly Tensor[]; nodes: readonly ReturnType<typeof stepNodes>[] },
  ): Update[] {
    const { nesterov, decay } = this.#state.rule;
    const updates: Update[] = [];
    z.forEach((tangent, i) => {
      const drift =
        !inUse || family === "learningRate" || (family === "weightDecay" && decay === "decoupled")
          ? undefined
          : (family === "momentum" ? v : w)[i];
      const [one, other] = [h[i], drift];
      const gradient = one !== undefined && other !== undefined ? add(one, other) : (one ?? other);
      if (gradient !== undefined) {
        updates.push(optimizerUpdate("momentumUpdate", tangent, gradient, [c[i]], this.#state.hyper));
      }
      if (!inUse) return;
      const { velocity, direction } = nodes[i];
      const { plain } = this.#state;
      if (family === "learningRate") updates.push(optimizerUpdate("sgdUpdate", tangent, direction, [], this.#unit));
      // The kernel's Nesterov step adds v where β's own derivative of u = g̃ + β v' is v'.
      if (family === "momentum" && nesterov) {
        updates.push(optimizerUpdate("sgdUpdate", tangent, subtract(velocity, v[i]), [], plain));
      }
      if (family === "weightDecay" && decay === "decoupled") {
        updates.push(optimizerUpdate("sgdUpdate", tangent, w[i], [], plain));
      }
    });
    return updates;
  }
}
