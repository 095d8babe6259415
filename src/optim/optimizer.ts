/**
 * Optimizers: a table of update rules with PyTorch's conventions and defaults, and the state they keep, for active weights
 * only; and those that take the steps of such a rule and set weights to zero around them, of `zeroing/`.
 *
 * The numbers of a rule (`hyper`) are written once per step; products of decay rates are carried in float64, so that no
 * engine's pow is involved.
 */

import { InputError, unknownName } from "../base/index.ts";
import type { Engine, Tensor, Update, Variable } from "../tensor/index.ts";
import { hyperLength, hyperSlots, optimizerUpdate } from "../tensor/index.ts";
import type { GroupBlock, GroupedParameter } from "./groups.ts";
import { checkOptimizerState, type OptimizerState } from "./optimizer-state.ts";
import type { GroupReport } from "./zeroing/group-report.ts";
import type { ProxSvrg } from "./zeroing/prox-svrg.ts";
import {
  type BaseName,
  baseNames,
  baseOf,
  isZeroing,
  refuseOthers,
  type ZeroingName,
  type ZeroingSettings,
  zeroingNames,
  zeroingSettingNames,
  zeroingSettings,
} from "./zeroing/settings.ts";
import { slotsOf, ZeroingSteps } from "./zeroing/zeroing-steps.ts";

/** Of the update rule. */
export interface RuleSettings {
  /** Coupled L2: weightDecay * w is added to the gradient. ≥ 0, default 0. */
  readonly weightDecay?: number;
  /** Decoupled decay: w is multiplied by 1 - rate * decoupledDecay. ≥ 0, default 0, for adamw 0.01. */
  readonly decoupledDecay?: number;
  /** In [0, 1). Default 0.9 for momentum and nesterov. */
  readonly momentum?: number;
  /** In [0, 1], default 0. The first step takes the whole gradient as its velocity, as PyTorch's does. */
  readonly dampening?: number;
  /** Adam: in [0, 1), default 0.9. */
  readonly beta1?: number;
  /** Adam: in [0, 1), default 0.999. */
  readonly beta2?: number;
  /** RMSProp's smoothing, in [0, 1), default 0.99. */
  readonly alpha?: number;
  /** > 0. Default 1e-8, for adagrad 1e-10. */
  readonly epsilon?: number;
}

/** Of the update rule, and of what sets weights to zero where the optimizer does that. */
export interface OptimizerSettings extends RuleSettings, ZeroingSettings {}

/** Settings that may differ from step to step. */
export type StepValues = Readonly<Partial<Record<"momentum" | "weightDecay" | "lambda", number>>>;

/** What an optimizer that sets weights to zero must know of the network. */
export interface ZeroingOptions {
  /** All that it will update. */
  readonly parameters: readonly GroupedParameter[];
  /** The groups; without them each weight is one, biases and parameters of batch norm and activations are not regularised. */
  readonly groups?: readonly GroupBlock[];
}

interface Definition {
  readonly rule: Parameters<typeof optimizerUpdate>[0];
  /** Names of the state variables per parameter. */
  readonly slots: readonly string[];
  readonly defaults: RuleSettings;
  /** Which two settings fill the first and second place of `hyper`. */
  readonly first?: "momentum" | "beta1" | "alpha";
  readonly second?: "dampening" | "beta2";
  readonly nesterov?: boolean;
}

/** The optimizers by name. Adding one is adding a row, and a kernel where no rule fits. */
const definitions = {
  sgd: { rule: "sgdUpdate", slots: [], defaults: {} },
  momentum: { rule: "momentumUpdate", slots: ["velocity"], defaults: {}, first: "momentum", second: "dampening" },
  nesterov: {
    rule: "momentumUpdate",
    slots: ["velocity"],
    defaults: {},
    first: "momentum",
    second: "dampening",
    nesterov: true,
  },
  adam: { rule: "adamUpdate", slots: ["mean", "square"], defaults: {}, first: "beta1", second: "beta2" },
  adamw: {
    rule: "adamUpdate",
    slots: ["mean", "square"],
    defaults: { decoupledDecay: 0.01 },
    first: "beta1",
    second: "beta2",
  },
  rmsprop: { rule: "rmspropUpdate", slots: ["square"], defaults: {}, first: "alpha" },
  adagrad: { rule: "adagradUpdate", slots: ["sum"], defaults: { epsilon: 1e-10 } },
} as const satisfies Record<BaseName, Definition>;

export type OptimizerName = BaseName | ZeroingName;
/** Every optimizer a training can be given. */
export const optimizerNames: readonly OptimizerName[] = [...baseNames, ...zeroingNames];

/** PyTorch's default learning rates, for those that have one; SGD's is ours, and of those that set weights to zero their base's. */
export const defaultLearningRates: Readonly<Record<OptimizerName, number>> = {
  sgd: 0.1,
  momentum: 0.01,
  nesterov: 0.01,
  adam: 0.001,
  adamw: 0.001,
  rmsprop: 0.01,
  adagrad: 0.01,
  "prox-sg": 0.1,
  rda: 0.1,
  "prox-svrg": 0.1,
  "obprox-sg": 0.1,
  "obprox-sg-plus": 0.1,
  hspg: 0.01,
  dhspg: 0.01,
  hesso: 0.01,
};

const common = {
  weightDecay: 0,
  decoupledDecay: 0,
  momentum: 0.9,
  dampening: 0,
  beta1: 0.9,
  beta2: 0.999,
  alpha: 0.99,
  epsilon: 1e-8,
} as const satisfies Required<RuleSettings>;

/** Rules the settings must keep: [is it kept, in words]. */
const ranges: Record<keyof RuleSettings, readonly [(value: number) => boolean, string]> = {
  weightDecay: [(v) => v >= 0, "≥ 0"],
  decoupledDecay: [(v) => v >= 0, "≥ 0"],
  momentum: [(v) => v >= 0 && v < 1, "in [0, 1)"],
  dampening: [(v) => v >= 0 && v <= 1, "in [0, 1]"],
  beta1: [(v) => v >= 0 && v < 1, "in [0, 1)"],
  beta2: [(v) => v >= 0 && v < 1, "in [0, 1)"],
  alpha: [(v) => v >= 0 && v < 1, "in [0, 1)"],
  epsilon: [(v) => v > 0, "> 0"],
};

/** An optimizer on an engine: its state and its numbers. */
export class Optimizer {
  readonly name: OptimizerName;
  readonly settings: Required<RuleSettings> & ZeroingSettings;
  /** State variables by parameter name: those of the rule in its order, then what sets weights to zero. */
  readonly state = new Map<string, readonly Variable[]>();
  readonly #engine: Engine;
  readonly #definition: Definition;
  /** Names of the state variables per parameter. */
  readonly #slots: readonly string[];
  readonly #hyper: Variable;
  readonly #zeroing: ZeroingSteps | undefined;
  #steps = 0;
  #firstPower = 1;
  #secondPower = 1;

  /**
   * @param zeroing  needed by the optimizers that set weights to zero, and read by them alone
   * @throws InputError  for settings out of range or of another optimizer, and groups that are not in the parameters
   */
  constructor(engine: Engine, name: OptimizerName, settings: OptimizerSettings = {}, zeroing?: ZeroingOptions) {
    if (!optimizerNames.includes(name)) throw unknownName("optimizer", "optimizer", name, optimizerNames);
    refuseOthers(name, settings);
    const own = isZeroing(name) ? zeroingSettings(name, settings) : {};
    const base = isZeroing(name) ? baseOf(name, own) : (name as BaseName);
    const definition: Definition = definitions[base];
    this.#engine = engine;
    this.#definition = definition;
    this.#slots = isZeroing(name) ? [...definition.slots, ...slotsOf(name)] : definition.slots;
    this.name = name;
    const rule = withoutUndefined(settings);
    for (const key of zeroingSettingNames) delete rule[key];
    this.settings = { ...common, ...definition.defaults, ...(rule as RuleSettings), ...own };
    for (const key of Object.keys(ranges) as (keyof RuleSettings)[]) {
      const [keeps, words] = ranges[key];
      if (!keeps(this.settings[key])) {
        throw new InputError(`optimizer ${name}: ${key} must be ${words}, got ${this.settings[key]}`);
      }
    }
    if (definition.nesterov === true && (this.settings.momentum === 0 || this.settings.dampening !== 0)) {
      throw new InputError(
        `optimizer ${name}: Nesterov momentum needs momentum > 0 and dampening 0, ` +
          `got ${this.settings.momentum} and ${this.settings.dampening}`,
      );
    }
    this.#hyper = engine.variable(`${name}.hyper`, [hyperLength]);
    if (isZeroing(name)) this.#zeroing = this.#makeZeroing(name, zeroing);
  }

  #makeZeroing(name: ZeroingName, options: ZeroingOptions | undefined): ZeroingSteps {
    if (options === undefined) {
      throw new InputError(
        `optimizer ${name}: must be given the network's parameters, got none; make it with { parameters, groups }`,
      );
    }
    return new ZeroingSteps(this.#engine, name, {
      ...options,
      settings: this.settings,
      slots: (variable) => new Map(this.#stateOf(variable).map((slot, i) => [this.#slots[i], slot])),
      rule: (variable, gradient) => this.#ruleUpdate(variable, gradient),
    });
  }

  /** The updates of a step: one per parameter, in the order given. Makes the state on first sight of a parameter. */
  updates(parameters: readonly { readonly variable: Variable; readonly gradient: Tensor }[]): Update[] {
    return parameters.map(
      ({ variable, gradient }) =>
        this.#zeroing?.keepGradient(variable, gradient) ?? this.#ruleUpdate(variable, gradient),
    );
  }

  #ruleUpdate(variable: Variable, gradient: Tensor): Update {
    const { rule, slots } = this.#definition;
    return optimizerUpdate(rule, variable, gradient, this.#stateOf(variable).slice(0, slots.length), this.#hyper);
  }

  #stateOf(variable: Variable): readonly Variable[] {
    let state = this.state.get(variable.name);
    if (state === undefined) {
      state = this.#slots.map((slot) => this.#engine.variable(`${variable.name}.${slot}`, variable.shape));
      this.state.set(variable.name, state);
    }
    return state;
  }

  /** Whether `finishStep` does anything: whether it sets weights to zero. */
  get zeroing(): boolean {
    return this.#zeroing !== undefined;
  }

  /** Of prox-svrg: what a training must do around its epochs and steps. */
  get varianceReduction(): ProxSvrg | undefined {
    return this.#zeroing?.varianceReduction;
  }

  /** The regulariser and the zeros as they are; undefined for an optimizer that sets no weights to zero. */
  groupReport(): GroupReport | undefined {
    return this.#zeroing?.report(this.#steps);
  }

  /** Steps prepared so far. */
  get steps(): number {
    return this.#steps;
  }

  /** A copy of the state. Before the first step there is none: every slot is 0. */
  save(): OptimizerState {
    const slots = this.#slots;
    const numbers = this.#steps === 0 ? undefined : this.#zeroing?.save();
    return {
      name: this.name,
      steps: this.#steps,
      powers: [this.#firstPower, this.#secondPower],
      slots: new Map(
        [...(this.#steps === 0 ? [] : this.state)].map(([parameter, state]) => [
          parameter,
          new Map(state.map((variable, i) => [slots[i], variable.get()])),
        ]),
      ),
      ...(numbers === undefined ? {} : { numbers }),
    };
  }

  /**
   * Takes up a state that was saved, for these parameters. Nothing is changed where it throws.
   *
   * @throws InputError  where the state is another optimizer's, or of other parameters: the message names them
   */
  restore(state: OptimizerState, variables: readonly Variable[]): void {
    const numbers = this.#zeroing?.numbers;
    checkOptimizerState(state, { name: this.name, slots: this.#slots, variables, numbers });
    this.#zeroing?.restore(state.numbers);
    for (const variable of variables) {
      const saved = state.slots.get(variable.name);
      this.#stateOf(variable).forEach((slot, i) => {
        const values = saved?.get(this.#slots[i]);
        if (values === undefined) slot.fill(0);
        else slot.set(values);
      });
    }
    this.#steps = state.steps;
    [this.#firstPower, this.#secondPower] = state.powers;
  }

  /**
   * Writes the numbers of the next step. Call once before each run of a program with these updates.
   *
   * @param inPlace  values of this step in place of the settings'
   */
  prepareStep(learningRate: number, inPlace?: StepValues): void {
    const settings = inPlace === undefined ? this.settings : { ...this.settings, ...inPlace };
    const { first, second, nesterov } = this.#definition;
    const hyper = this.#hyper.view();
    const one = first === undefined ? 0 : settings[first];
    const two = second === undefined ? 0 : settings[second];
    this.#firstPower *= one;
    this.#secondPower *= two;
    hyper[hyperSlots.learningRate] = learningRate;
    hyper[hyperSlots.weightDecay] = settings.weightDecay;
    hyper[hyperSlots.decoupledDecay] = settings.decoupledDecay;
    hyper[hyperSlots.first] = one;
    hyper[hyperSlots.second] = two;
    hyper[hyperSlots.epsilon] = settings.epsilon;
    hyper[hyperSlots.oneMinusFirst] = 1 - one;
    hyper[hyperSlots.oneMinusSecond] = second === "dampening" && this.#steps === 0 ? 1 : 1 - two;
    if (first === "beta1") {
      hyper[hyperSlots.correctionFirst] = 1 - this.#firstPower;
      hyper[hyperSlots.correctionSecond] = Math.sqrt(1 - this.#secondPower);
    } else {
      hyper[hyperSlots.correctionFirst] = nesterov === true ? 1 : 0;
    }
    this.#zeroing?.prepare({ step: this.#steps, learningRate, lambda: inPlace?.lambda ?? this.settings.lambda ?? 0 });
    this.#steps += 1;
  }

  /**
   * Sets weights to zero, after a run of the program; other optimizers have nothing to finish. Call once after each run.
   *
   * It is TypeScript on the parameters' arrays, beside the kernels: up to four passes over the weights that have groups.
   */
  finishStep(): void {
    this.#zeroing?.finish();
  }
}

function withoutUndefined(settings: OptimizerSettings): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
