/** Drop fractions: what share of a layer's weights a topology update replaces, by the step. */

import { cosPi, exp, InputError, integerPower, log, unknownName } from "../../base/index.ts";

interface DropFractionRule {
  /** @param progress  t / T, in [0, 1]. */
  readonly at: (progress: number, of: { initial: number; final: number; exponent: number }) => number;
  readonly source: string;
}

/** The rules by name. */
export const dropFractionRules = {
  constant: { at: (_, { initial }) => initial, source: "Mocanu et al. 2018, arXiv:1707.04780" },
  /** final + (initial - final) (1 + cos(π t / T)) / 2. */
  cosine: {
    at: (progress, { initial, final }) => final + ((initial - final) / 2) * (1 + cosPi(progress)),
    source: "Evci et al. 2020, arXiv:1911.11134 (final 0); Dettmers, Zettlemoyer 2019, arXiv:1907.04840 (0.5 to 0.005)",
  },
  /** final + (initial - final) (1 - t / T)^exponent. */
  power: {
    at: (progress, { initial, final, exponent }) => final + (initial - final) * powerOf(1 - progress, exponent),
    source: "Evci et al. 2020, arXiv:1911.11134, appendix G",
  },
} as const satisfies Record<string, DropFractionRule>;

export type DropFractionName = keyof typeof dropFractionRules;

export interface DropFractionOptions {
  readonly name: DropFractionName;
  /** At step 0, in [0, 1]. */
  readonly initial: number;
  /** At `until` and later, in [0, initial]; "constant" has none. Default 0. */
  readonly final?: number;
  /** "power": ≥ 0. Default 1, a straight line. */
  readonly exponent?: number;
  /** T: the step at which `final` is reached, ≥ 1. */
  readonly until: number;
}

/**
 * The drop fraction at a step, t = 0, 1, ...
 *
 * @throws InputError  for an unknown name or a number out of range
 */
export function dropFraction(options: DropFractionOptions, step: number): number {
  const { name, initial, final = 0, exponent = 1, until } = options;
  if (!Object.hasOwn(dropFractionRules, name)) {
    throw unknownName("dropFraction", "drop fraction", name, Object.keys(dropFractionRules));
  }
  if (!(initial >= 0 && initial <= 1)) throw new InputError(`dropFraction: initial must be in [0, 1], got ${initial}`);
  if (!(final >= 0 && final <= initial)) {
    throw new InputError(`dropFraction: final must be in [0, ${initial}], got ${final}`);
  }
  if (!(exponent >= 0 && exponent < Number.POSITIVE_INFINITY)) {
    throw new InputError(`dropFraction: exponent must be a number ≥ 0, got ${exponent}`);
  }
  if (!(until >= 1)) throw new InputError(`dropFraction: until must be ≥ 1, got ${until}`);
  if (!(step >= 0)) throw new InputError(`dropFraction: step must be ≥ 0, got ${step}`);
  return dropFractionRules[name].at(Math.min(1, step / until), { initial, final, exponent });
}

/** x^e for x in [0, 1] and e ≥ 0. */
function powerOf(x: number, e: number): number {
  if (Number.isInteger(e)) return integerPower(x, e);
  return x === 0 ? 0 : exp(e * log(x));
}
