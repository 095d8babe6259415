/** Density and sparsity as types of their own, so that one cannot pass for the other. */

import { InputError } from "../base/index.ts";

declare const densityBrand: unique symbol;
declare const sparsityBrand: unique symbol;

/** Fraction of weights kept, in [0, 1]. */
export type Density = number & { readonly [densityBrand]: true };
/** Fraction of weights removed, in [0, 1]. */
export type Sparsity = number & { readonly [sparsityBrand]: true };

/** Marks a number as a density. @throws InputError outside [0, 1] */
export function density(value: number): Density {
  if (!(value >= 0 && value <= 1)) throw new InputError(`density: must be in [0, 1], got ${value}`);
  return value as Density;
}

/** Marks a number as a sparsity. @throws InputError outside [0, 1] */
export function sparsity(value: number): Sparsity {
  if (!(value >= 0 && value <= 1)) throw new InputError(`sparsity: must be in [0, 1], got ${value}`);
  return value as Sparsity;
}

/** The density that a sparsity leaves. */
export function densityLeft(removed: Sparsity): Density {
  return (1 - removed) as Density;
}
