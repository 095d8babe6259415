/**
 * Methods of sparse training as compositions: a score to drop by, a rule to grow by, how many each layer regrows, an
 * allocation, a schedule. Adding one is adding a row. Numbers are the papers' defaults.
 *
 * Two kinds: dynamic methods move a constant number of weights during training (`updateTopology`); pruning methods reduce it,
 * at once, in rounds before training, or step by step (`pruneTopology`).
 */

import { unknownName } from "../base/index.ts";
import type { AllocationName } from "./allocation/allocate.ts";
import type { DropFractionName } from "./schedule/drop-fraction.ts";
import type { ScoreName } from "./scores.ts";
import type { DropRule } from "./update/drop.ts";
import type { GrowthName } from "./update/grow.ts";

export interface DynamicMethod {
  /** Of the random mask it starts with. */
  readonly allocation: AllocationName;
  readonly drop: DropRule;
  readonly grow: GrowthName;
  /** How many each layer regrows: what it dropped, or a share of all by the mean magnitude of its momentum. */
  readonly regrowth: "as-dropped" | "by-momentum";
  /** Its `until` is that of the updates. */
  readonly fraction: { readonly name: DropFractionName; readonly initial: number; readonly final?: number };
  /** Steps from one update to the next. */
  readonly every: number | "epoch";
  /** The share of training after which the topology is left alone. */
  readonly until: number;
  /** Whether an update comes in place of the optimizer's step, or after it. */
  readonly timing: "instead-of-step" | "after-step";
  readonly source: string;
}

export interface PruningMethod {
  readonly score: ScoreName;
  /** Whether the density holds for all layers together, or for each as allocated. */
  readonly scope: "global" | "layer";
  /** Once before training; in rounds before training, the score taken anew in each; or by the cubic schedule during it. */
  readonly when: "once" | "rounds" | "gradual";
  /** "rounds": how many. */
  readonly rounds?: number;
  /** "gradual": steps from one pruning to the next. */
  readonly every?: number;
  readonly source: string;
}

const smallest: DropRule = { by: "magnitude", rounding: "down", scope: "layer" };
const rigl: DynamicMethod = {
  allocation: "erk",
  drop: smallest,
  grow: "gradient-magnitude",
  regrowth: "as-dropped",
  fraction: { name: "cosine", initial: 0.3 },
  every: 100,
  until: 0.75,
  timing: "instead-of-step",
  source: "Evci et al. 2020, arXiv:1911.11134",
};

/** Methods that move weights during training. */
export const dynamicMethods = {
  rigl,
  /** The control: grows where the gradient is smallest. */
  "rigl-inverted": { ...rigl, grow: "small-gradient", source: "Evci et al. 2022, arXiv:2010.03533" },
  /** As RigL's authors run it: RigL with random growth. */
  set: { ...rigl, grow: "random", source: "Mocanu et al. 2018, arXiv:1707.04780, as in arXiv:1911.11134" },
  /** As first published; it keeps the output layer dense. */
  "set-original": {
    allocation: "er",
    drop: { by: "each-sign", rounding: "down", scope: "layer" },
    grow: "random",
    regrowth: "as-dropped",
    fraction: { name: "constant", initial: 0.3 },
    every: "epoch",
    until: 1,
    timing: "after-step",
    source: "Mocanu et al. 2018, arXiv:1707.04780",
  },
  /** Sparse networks from scratch: sparse momentum. */
  snfs: {
    allocation: "uniform",
    drop: { by: "magnitude", rounding: "up", scope: "layer" },
    grow: "momentum-magnitude",
    regrowth: "by-momentum",
    fraction: { name: "cosine", initial: 0.5, final: 0.005 },
    every: "epoch",
    until: 1,
    timing: "after-step",
    source: "Dettmers, Zettlemoyer 2019, arXiv:1907.04840",
  },
} as const satisfies Record<string, DynamicMethod>;

export type DynamicMethodName = keyof typeof dynamicMethods;

/** Methods that remove weights of a dense network. */
export const pruningMethods = {
  random: { score: "random", scope: "layer", when: "once", source: "uniform in each layer" },
  magnitude: { score: "magnitude", scope: "global", when: "once", source: "Han et al. 2015, arXiv:1506.02626" },
  snip: { score: "snip", scope: "global", when: "once", source: "Lee et al. 2019, arXiv:1810.02340" },
  grasp: { score: "grasp", scope: "global", when: "once", source: "Wang et al. 2020, arXiv:2002.07376" },
  synflow: {
    score: "synflow",
    scope: "global",
    when: "rounds",
    rounds: 100,
    source: "Tanaka et al. 2020, arXiv:2006.05467",
  },
  gmp: { score: "magnitude", scope: "layer", when: "gradual", every: 100, source: "Zhu, Gupta 2017, arXiv:1710.01878" },
} as const satisfies Record<string, PruningMethod>;

export type PruningMethodName = keyof typeof pruningMethods;

/** A dynamic method by its name. @throws InputError  for an unknown one, with the nearest known */
export function dynamicMethodNamed(name: string): DynamicMethod {
  if (Object.hasOwn(dynamicMethods, name)) return dynamicMethods[name as DynamicMethodName];
  throw unknownName("dynamicMethodNamed", "dynamic method", name, Object.keys(dynamicMethods));
}

/** A pruning method by its name. @throws InputError  for an unknown one, with the nearest known */
export function pruningMethodNamed(name: string): PruningMethod {
  if (Object.hasOwn(pruningMethods, name)) return pruningMethods[name as PruningMethodName];
  throw unknownName("pruningMethodNamed", "pruning method", name, Object.keys(pruningMethods));
}
