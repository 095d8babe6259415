/**
 * The adjoint: the same hypergradients backwards, one value per step whatever the number of values, from the derivative of
 * a whole step that reverse mode makes. Memory grows as the square root of the number of steps: the training is kept at every
 * √T-th step and repeated in between.
 *
 * It shares no formula with forward mode but the step itself: there products come from jvp rules and kernels, here from vjp
 * rules alone. The two are each other's witness.
 */

import { sizeOf } from "../base/index.ts";
import type { ClipOptions } from "../optim/index.ts";
import { clipGradients } from "../optim/index.ts";
import type { Program, Tensor, Update, Variable } from "../tensor/index.ts";
import { add, assign, compile, dot, Graph, gradient } from "../tensor/index.ts";
import { countInside } from "./clipped-elements.ts";
import type { InnerProblem } from "./problem.ts";
import { parameterGradients } from "./problem.ts";
import type { PerFamily, Schedules } from "./schedules.ts";
import { checkSchedules, families, perFamily, valuesAt } from "./schedules.ts";
import type { SgdRule } from "./sgd.ts";
import { SgdState, stepNodes } from "./sgd.ts";
import { type Validation, ValidationGradient } from "./validation.ts";

export interface AdjointOptions {
  readonly rule?: SgdRule;
  /** Of the batch's gradient, as in forward mode. */
  readonly clip?: ClipOptions;
}

export interface AdjointResult {
  /** The derivative of the validation loss by the value of every step, each [steps]; NaN throughout where the training diverged. */
  readonly perStep: PerFamily<Float64Array>;
  readonly validation: Validation;
  /** The losses' mean over the steps. */
  readonly trainingLoss: number;
  /** Share of the gradients' elements that were clipped by value, in [0, 1]. */
  readonly clipped: number;
  /** The first step whose loss was not finite. */
  readonly diverged?: number;
}

interface Forth {
  readonly program: Program;
  /** Changes the weights alone, and not the running statistics: for steps that are repeated. */
  readonly again: Program;
  readonly loss: Tensor;
  /** Elements that a clip by value left alone. */
  readonly unclipped?: Tensor;
}

interface Back {
  readonly program: Program;
  readonly values: PerFamily<Tensor>;
}

/** Copies of weights and velocities as they lie in memory. */
type Snapshot = readonly (Float32Array | Float64Array | Int32Array)[];

/** Trainings and their adjoints, as often as asked on the same memory. */
export class AdjointMode {
  readonly #problem: InnerProblem;
  readonly #clip: ClipOptions;
  readonly #state: SgdState;
  readonly #validation: ValidationGradient;
  /** Cotangents of weights and velocities. */
  readonly #p: readonly Variable[];
  readonly #q: readonly Variable[];
  readonly #forth = new Map<string, Forth>();
  readonly #back = new Map<string, Back>();

  constructor(problem: InnerProblem, { rule, clip = {} }: AdjointOptions = {}) {
    const { engine, parameters } = problem;
    this.#problem = problem;
    this.#clip = clip;
    this.#state = new SgdState(engine, parameters, rule);
    this.#validation = new ValidationGradient(problem);
    this.#p = this.#validation.gradients;
    this.#q = parameters.map(({ name, shape }) => engine.variable(`${name}.velocity.cotangent`, shape));
  }

  /** Trains from the problem's start and differentiates the validation loss of the end. The last weights are left in place. */
  run(schedules: Schedules, steps: number): AdjointResult {
    checkSchedules("adjoint", schedules, steps);
    const every = Math.ceil(Math.sqrt(steps));
    const { kept, diverged, ...losses } = this.#train(schedules, steps, every);
    const validation = this.#validation.measure();
    const perStep = perFamily(() => new Float64Array(steps).fill(Number.NaN));
    if (diverged !== undefined) return { perStep, validation, ...losses, diverged };
    for (const q of this.#q) q.fill(0);
    const end = this.#take();
    for (let first = Math.floor((steps - 1) / every) * every; first >= 0; first -= every) {
      const last = Math.min(first + every, steps);
      const states = this.#repeat(schedules, steps, kept[first / every], first, last);
      for (let t = last - 1; t >= first; t--) this.#backStep(schedules, steps, t, states[t - first], perStep);
    }
    this.#put(end);
    return { perStep, validation, ...losses };
  }

  #train(schedules: Schedules, steps: number, every: number) {
    const { training } = this.#problem;
    this.#problem.start();
    this.#state.reset();
    const kept: Snapshot[] = [];
    let total = 0;
    let clipped = 0;
    const elements = this.#problem.parameters.reduce((all, { shape }) => all + sizeOf(shape), 0);
    const means = (t: number) => ({ trainingLoss: total / t, clipped: t === 0 ? 0 : clipped / (t * elements) });
    for (let t = 0; t < steps; t++) {
      if (t % every === 0) kept.push(this.#take());
      const { program, loss, unclipped } = this.#forthOf(training.kind(t));
      training.feed(t);
      this.#state.prepare(valuesAt(schedules, t, steps));
      program.compute();
      const value = program.scalar(loss);
      if (!Number.isFinite(value)) return { kept, diverged: t, ...means(t) };
      program.update();
      total += value;
      if (unclipped !== undefined) clipped += elements - program.scalar(unclipped);
    }
    return { kept, diverged: undefined, ...means(steps) };
  }

  /** The states before each of the steps [first, last), from the one before `first`. */
  #repeat(schedules: Schedules, steps: number, from: Snapshot, first: number, last: number): Snapshot[] {
    const { training } = this.#problem;
    this.#put(from);
    const states = [from];
    for (let t = first; t < last - 1; t++) {
      const { again } = this.#forthOf(training.kind(t));
      training.feed(t);
      this.#state.prepare(valuesAt(schedules, t, steps));
      again.run();
      states.push(this.#take());
    }
    return states;
  }

  #backStep(schedules: Schedules, steps: number, t: number, before: Snapshot, perStep: PerFamily<Float64Array>): void {
    const { training } = this.#problem;
    const { program, values } = this.#backOf(training.kind(t));
    this.#put(before);
    training.feed(t);
    this.#state.prepare(valuesAt(schedules, t, steps));
    program.run();
    for (const family of families) perStep[family][t] = program.scalar(values[family]);
  }

  #moving(): readonly Variable[] {
    return [...this.#problem.parameters, ...this.#state.velocities];
  }

  #take(): Snapshot {
    return this.#moving().map((variable) => variable.view().slice());
  }

  #put(snapshot: Snapshot): void {
    this.#moving().forEach((variable, i) => {
      variable.view().set(snapshot[i]);
    });
  }

  #forthOf(kind: string): Forth {
    let made = this.#forth.get(kind);
    if (made === undefined) {
      const { engine, parameters, training } = this.#problem;
      const graph = new Graph();
      const batch = training.build(graph, kind);
      const reads = parameters.map((parameter) => graph.read(parameter));
      const raw = parameterGradients("training loss", batch, reads);
      const g = clipGradients(raw, this.#clip);
      const unclipped = this.#clip.value === undefined ? undefined : countInside(raw, this.#clip.value);
      const outputs = unclipped === undefined ? [batch.loss] : [batch.loss, unclipped];
      const updates: Update[] = this.#state.updates(parameters, g);
      made = {
        program: compile(engine, { outputs, updates: [...updates, ...(batch.updates ?? [])] }),
        again: compile(engine, { updates }),
        loss: batch.loss,
        unclipped,
      };
      this.#forth.set(kind, made);
    }
    return made;
  }

  /** Cotangents through one step: s = Σ ⟨w', p⟩ + ⟨v', q⟩, differentiated by w, v and the three values. */
  #backOf(kind: string): Back {
    let made = this.#back.get(kind);
    if (made === undefined) {
      const { engine, parameters, training } = this.#problem;
      const graph = new Graph();
      const batch = training.build(graph, kind);
      const w = parameters.map((parameter) => graph.read(parameter));
      const v = this.#state.velocities.map((velocity) => graph.read(velocity));
      const g = clipGradients(parameterGradients("training loss", batch, w), this.#clip);
      const scalars = this.#state.scalars(graph);
      const terms = g.map((one, i) => {
        const { weights, velocity } = stepNodes(this.#state.rule, scalars, one, w[i], v[i]);
        return add(dot(weights, graph.read(this.#p[i])), dot(velocity, graph.read(this.#q[i])));
      });
      const wrt = [...w, ...v, scalars.rate, scalars.momentum, scalars.decay];
      const cotangents = gradient(terms.reduce(add), wrt);
      const n = parameters.length;
      const updates = [...this.#p, ...this.#q].map((variable, i) => assign(variable, cotangents[i]));
      const [learningRate, momentum, weightDecay] = cotangents.slice(2 * n);
      const values = { learningRate, momentum, weightDecay };
      made = { program: compile(engine, { outputs: Object.values(values), updates }), values };
      this.#back.set(kind, made);
    }
    return made;
  }
}
