/** The settings of optimizers that set weights to zero: which has which, their defaults and ranges, and steps from epochs. */

import { InputError } from "../../base/index.ts";

/** Every setting; each optimizer takes those of its row in `zeroingOptimizers`. */
export interface ZeroingSettings {
  /** Factor of the regulariser: of the sum of the groups' 2-norms, or of the 1-norm where each weight is a group. ≥ 0. */
  readonly lambda?: number;
  /** Of hspg: how it goes before `startStep`. Default "prox". */
  readonly initialStage?: "prox" | "sgd";
  /** First step that sets groups to zero for good, ≥ 0. */
  readonly startStep?: number;
  /** ε of the half-space step, in [0, 1): the larger, the more groups become zero. Default 0. */
  readonly halfSpace?: number;
  /** Largest share of a block's groups that may be zero, in [0, 1]. Default 1. */
  readonly cap?: number;
  /** Of hspg: steps between two looks at whether ε is too small for groups to become zero; 0, the default, for never. */
  readonly adaptEvery?: number;
  /** Share of all groups that is to be zero, in [0, 1). Default 0.5. */
  readonly targetSparsity?: number;
  /** Of dhspg: share of the groups that are penalised beyond the target, in [0, 1). Default 0.1. */
  readonly tolerance?: number;
  /** Channels that stay are a multiple of it, ≥ 1. Default 1. */
  readonly groupDivisible?: number;
  /** Of dhspg: factor of the least lambda that shrinks a group, ≥ 1. Default 2, with an adaptive base 20. */
  readonly amplify?: number;
  /** Of dhspg: a group's lambda is at most so many lambda, ≥ 1. Default 10, with an adaptive base 1000. */
  readonly ceiling?: number;
  /** Of hesso: in how many turns groups go, ≥ 1. Default 10. */
  readonly periods?: number;
  /** Of hesso: steps of a turn, ≥ 1. */
  readonly periodSteps?: number;
  /** Of obprox-sg: proximal steps in turn with orthant steps. ≥ 0, not both 0. */
  readonly proxSteps?: number;
  readonly orthantSteps?: number;
  /** Of obprox-sg and obprox-sg-plus: weights of at most this size along their old sign become zero, ≥ 0. Default 0. */
  readonly orthantMargin?: number;
  /** Of rda: what the weights are pulled to, the weights it starts with (the default) or 0. */
  readonly centre?: "initial" | "zero";
  /** Of dhspg and hesso: the optimizer whose steps they take. Default "momentum". */
  readonly base?: BaseName;
}

export const baseNames = ["sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop", "adagrad"] as const;
export type BaseName = (typeof baseNames)[number];

type Setting = keyof ZeroingSettings;

interface Row {
  /** The base rule; undefined where the settings choose it. */
  readonly base?: BaseName;
  /** Its settings, with defaults; null where there is none and it must be given. */
  readonly settings: Partial<Record<Setting, number | string | null>>;
}

const target = { startStep: null, targetSparsity: 0.5, groupDivisible: 1, cap: 1, base: "momentum" } as const;

export const zeroingOptimizers = {
  "prox-sg": { base: "sgd", settings: { lambda: 1e-4, cap: 1 } },
  rda: { base: "sgd", settings: { lambda: 1e-4, centre: "initial" } },
  "prox-svrg": { base: "sgd", settings: { lambda: 1e-4 } },
  "obprox-sg": { base: "sgd", settings: { lambda: 1e-4, proxSteps: null, orthantSteps: null, orthantMargin: 0 } },
  "obprox-sg-plus": { base: "sgd", settings: { lambda: 1e-4, startStep: null, orthantMargin: 0 } },
  hspg: {
    base: "momentum",
    settings: { lambda: 1e-3, initialStage: "prox", startStep: null, halfSpace: 0, cap: 1, adaptEvery: 0 },
  },
  dhspg: { settings: { ...target, lambda: 1e-3, tolerance: 0.1, halfSpace: 0, amplify: 2, ceiling: 10 } },
  hesso: { settings: { ...target, periods: 10, periodSteps: null } },
} as const satisfies Record<string, Row>;

export type ZeroingName = keyof typeof zeroingOptimizers;
/** The optimizers that set weights to zero. */
export const zeroingNames = Object.keys(zeroingOptimizers) as readonly ZeroingName[];

/** Whether an optimizer sets weights to zero. */
export function isZeroing(name: string): name is ZeroingName {
  return Object.hasOwn(zeroingOptimizers, name);
}

/** The optimizer whose steps are taken. */
export function baseOf(name: ZeroingName, { base = "momentum" }: ZeroingSettings): BaseName {
  return (zeroingOptimizers[name] as Row).base ?? base;
}

/** DHSPG's defaults where the base divides by the size of its gradients, as in its authors' code. */
const adaptiveDefaults = { lambda: 1e-2, amplify: 20, ceiling: 1000 } as const;
const adaptive: readonly unknown[] = ["adam", "adamw", "rmsprop", "adagrad"];

const whole = (least: number) =>
  [(v: unknown) => Number.isSafeInteger(v) && (v as number) >= least, `an integer ≥ ${least}`] as const;
const between = (least: number, most: number, closed = false) =>
  [
    (v: unknown) => typeof v === "number" && v >= least && (closed ? v <= most : v < most),
    most === Number.POSITIVE_INFINITY ? `a finite number ≥ ${least}` : `in [${least}, ${most}${closed ? "]" : ")"}`,
  ] as const;
const oneOf = (...names: readonly string[]) =>
  [(v: unknown) => names.includes(v as string), `one of ${names.join(", ")}`] as const;

/** Rules the settings must keep: [is it kept, in words]. */
const rules: Record<Setting, readonly [(value: unknown) => boolean, string]> = {
  lambda: between(0, Number.POSITIVE_INFINITY),
  initialStage: oneOf("prox", "sgd"),
  startStep: whole(0),
  halfSpace: between(0, 1),
  cap: between(0, 1, true),
  adaptEvery: whole(0),
  targetSparsity: between(0, 1),
  tolerance: between(0, 1),
  groupDivisible: whole(1),
  amplify: between(1, Number.POSITIVE_INFINITY),
  ceiling: between(1, Number.POSITIVE_INFINITY),
  periods: whole(1),
  periodSteps: whole(1),
  proxSteps: whole(0),
  orthantSteps: whole(0),
  orthantMargin: between(0, Number.POSITIVE_INFINITY),
  centre: oneOf("initial", "zero"),
  base: oneOf(...baseNames),
};

export const zeroingSettingNames = Object.keys(rules) as readonly Setting[];

/** The optimizers that take a setting. */
export function takersOf(setting: Setting): readonly ZeroingName[] {
  return zeroingNames.filter((name) => Object.hasOwn(zeroingOptimizers[name].settings, setting));
}

/**
 * The settings of an optimizer in force.
 *
 * @throws InputError  for a setting that belongs to others, is out of range, or must be given and is not
 */
export function zeroingSettings(name: ZeroingName, given: ZeroingSettings): ZeroingSettings {
  refuseOthers(name, given);
  const { settings } = zeroingOptimizers[name] as Row;
  const lambdaOfBase = name === "dhspg" && adaptive.includes(given.base) ? adaptiveDefaults : {};
  const chosen = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const all: Record<string, unknown> = { ...settings, ...lambdaOfBase, ...chosen };
  for (const key of Object.keys(settings) as Setting[]) {
    const [keeps, rule] = rules[key];
    const value = all[key];
    if (value === null) throw new InputError(`optimizer ${name}: ${key} must be given, ${rule}, got nothing`);
    if (!keeps(value)) throw new InputError(`optimizer ${name}: ${key} must be ${rule}, got ${String(value)}`);
  }
  if (name === "obprox-sg" && all.proxSteps === 0 && all.orthantSteps === 0) {
    throw new InputError("optimizer obprox-sg: proxSteps and orthantSteps must not both be 0; give one of them");
  }
  return all as ZeroingSettings;
}

/** @throws InputError for a setting that another optimizer has and this one has not, whichever optimizer it is */
export function refuseOthers(name: string, given: ZeroingSettings): void {
  const own = isZeroing(name) ? zeroingOptimizers[name].settings : {};
  for (const key of zeroingSettingNames) {
    if (given[key] === undefined || Object.hasOwn(own, key)) continue;
    throw new InputError(
      `optimizer ${name}: has no ${key}, got ${String(given[key])}; it belongs to ${takersOf(key).join(", ")}`,
    );
  }
}

/**
 * The settings with the steps filled in that follow from a training's length, where they are not given: half-space steps from
 * half of it on (2009.12078); DHSPG's and HESSO's groups chosen from a tenth of it on, HESSO's gone after half of it; proximal
 * and orthant steps in turn for five epochs each, or the former for a tenth (2004.03639).
 *
 * @throws InputError  where HESSO would not be done at the end, or half-space steps begin after it
 */
export function stepsInTraining(
  name: string,
  given: ZeroingSettings,
  { totalSteps, stepsPerEpoch }: { readonly totalSteps: number; readonly stepsPerEpoch: number },
): ZeroingSettings {
  if (!isZeroing(name)) return given;
  const share = (numerator: number, denominator: number) => Math.floor((totalSteps * numerator) / denominator);
  const filled = { ...given };
  const fill = (key: "startStep" | "periods" | "periodSteps" | "proxSteps" | "orthantSteps", value: number) => {
    if (filled[key] === undefined && Object.hasOwn(zeroingOptimizers[name].settings, key))
      Object.assign(filled, { [key]: value });
  };
  fill("startStep", name === "hspg" ? share(1, 2) : share(1, 10));
  fill("proxSteps", 5 * stepsPerEpoch);
  fill("orthantSteps", 5 * stepsPerEpoch);
  const { startStep = 0 } = filled;
  const left = Math.max(1, share(1, 2) - startStep);
  const standard = zeroingOptimizers.hesso.settings.periods;
  fill("periods", filled.periodSteps === undefined ? Math.min(standard, left) : standard);
  const { periods = standard } = filled;
  fill("periodSteps", Math.max(1, Math.floor(left / periods)));
  if (name === "hesso" && totalSteps > 1) {
    const end = startStep + periods * (filled.periodSteps as number);
    if (end > totalSteps) {
      throw new InputError(
        `optimizer hesso: its groups must be zero by the end, step ${totalSteps}, but ${periods} periods of ${filled.periodSteps} steps ` +
          `from step ${startStep} on end at step ${end}; start earlier, or take fewer or shorter periods`,
      );
    }
  }
  return filled;
}
