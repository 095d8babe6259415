/**
 * A step of an optimizer that sets weights to zero, outside the training's program:
 *
 *     program   gradients of parameters with groups are kept, all others updated by the base rule
 *     finish    before(): gradients of the regulariser are added    base rule, a program of its own    after(): projection
 */

import type { Engine, Program, Tensor, Update, Variable } from "../../tensor/index.ts";
import { assign, compile, Graph } from "../../tensor/index.ts";
import type { GroupBlock, GroupedParameter } from "../groups.ts";
import type { GroupMemory } from "./group-memory.ts";
import { type GroupReport, reportGroups } from "./group-report.ts";
import { groupsInMemory, makeMethod } from "./make-method.ts";
import type { StepNumbers, ZeroingMethod } from "./method.ts";
import { ProxSvrg } from "./prox-svrg.ts";
import type { ZeroingName, ZeroingSettings } from "./settings.ts";

export { slotsOf } from "./make-method.ts";

export interface ZeroingStepsOptions {
  readonly parameters: readonly GroupedParameter[];
  readonly groups?: readonly GroupBlock[];
  readonly settings: ZeroingSettings;
  /** State of a parameter by name. */
  readonly slots: (variable: Variable) => ReadonlyMap<string, Variable>;
  /** The update of the base rule. */
  readonly rule: (variable: Variable, gradient: Tensor) => Update;
}

export class ZeroingSteps {
  readonly #engine: Engine;
  readonly #memory: GroupMemory;
  readonly #method: ZeroingMethod;
  readonly #options: ZeroingStepsOptions;
  readonly #gradients: ReadonlyMap<Variable, Variable>;
  readonly #initial: Readonly<Record<string, readonly number[]>>;
  #base: Program | undefined;
  #step: StepNumbers | undefined;
  #lambda: number;

  constructor(engine: Engine, name: ZeroingName, options: ZeroingStepsOptions) {
    const { parameters, groups, settings, slots } = options;
    this.#engine = engine;
    this.#options = options;
    this.#memory = groupsInMemory(engine, name, { parameters, blocks: groups, slots });
    this.#method = makeMethod(engine, name, { memory: this.#memory, settings });
    this.#gradients = new Map(this.#memory.arrays.map(({ variable, gradient }) => [variable, gradient]));
    this.#initial = this.save() ?? {};
    this.#lambda = settings.lambda ?? 0;
  }

  /** The update that keeps a gradient for `finish`; undefined for a parameter without groups. */
  keepGradient(variable: Variable, gradient: Tensor): Update | undefined {
    const kept = this.#gradients.get(variable);
    return kept === undefined ? undefined : assign(kept, gradient);
  }

  get varianceReduction(): ProxSvrg | undefined {
    return this.#method instanceof ProxSvrg ? this.#method : undefined;
  }

  get numbers(): Readonly<Record<string, ArrayLike<number>>> {
    return this.#method.numbers;
  }

  /** A copy of the numbers; undefined where there are none. */
  save(): Record<string, readonly number[]> | undefined {
    if (Object.keys(this.#method.numbers).length === 0) return undefined;
    return Object.fromEntries(Object.entries(this.#method.numbers).map(([name, values]) => [name, [...values]]));
  }

  /** @param saved  of the names and lengths of `numbers`; as before the first step without it */
  restore(saved: Readonly<Record<string, readonly number[]>> = this.#initial): void {
    for (const [name, values] of Object.entries(this.#method.numbers)) values.set(saved[name]);
    this.#step = undefined;
  }

  prepare(numbers: StepNumbers): void {
    if (this.#step !== undefined) {
      throw new Error(`internal: step ${this.#step.step} was not finished: finishStep follows each run of the program`);
    }
    this.#lambda = numbers.lambda;
    this.#step = numbers;
  }

  finish(): void {
    if (this.#step === undefined) throw new Error("internal: prepareStep comes before finishStep");
    this.#method.before(this.#step);
    this.#base ??= this.#compileBase();
    this.#base.run();
    this.#memory.refresh();
    this.#method.after(this.#step);
    this.#step = undefined;
  }

  #compileBase(): Program {
    const graph = new Graph();
    const updates = this.#memory.arrays.map(({ variable, gradient }) =>
      this.#options.rule(variable, graph.read(gradient)),
    );
    return compile(this.#engine, { updates });
  }

  report(steps: number): GroupReport {
    const { startStep = 0, targetSparsity } = this.#options.settings;
    return reportGroups(this.#memory, { lambda: this.#lambda, begun: steps > startStep, targetSparsity });
  }
}
