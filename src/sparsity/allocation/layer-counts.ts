/** How many active weights each layer has, and how many it could have: what every allocation answers with. */

import type { Shape } from "../../base/index.ts";
import { formatShape, InputError, sizeOf, unknownName } from "../../base/index.ts";
import type { Density } from "../density.ts";
import { density as asDensity } from "../density.ts";
import { shareUp } from "../rounding.ts";

/** What an allocation needs to know of a weight layer; `weightLayers` of an architecture give it. */
export interface LayerShape {
  readonly name: string;
  /** Of the weight: [O, I] or [O, I / groups, h, w]. */
  readonly shape: Shape;
}

export interface LayerAllocation {
  readonly name: string;
  /** Size of the weight: active or not. */
  readonly positions: number;
  /** Active weights, an integer in [0, positions]. */
  readonly active: number;
  /** active / positions. */
  readonly density: number;
}

/** One layer's line of an allocation. @throws InputError  unless `active` is an integer in [0, positions] */
export function layerAllocation(where: string, { name, shape }: LayerShape, active: number): LayerAllocation {
  const positions = sizeOf(shape);
  if (!Number.isInteger(active) || active < 0 || active > positions) {
    throw new InputError(
      `${where}: layer "${name}" has ${positions} positions, ${formatShape(shape)}; its active weights must be an integer in ` +
        `[0, ${positions}], got ${active}`,
    );
  }
  return { name, positions, active, density: active / positions };
}

/** Active weights that a density leaves of so many positions: ceil(d N), which is N - floor((1 - d) N). */
export function activeAt(density: Density, positions: number): number {
  return shareUp(asDensity(density), positions);
}

/** Sums of an allocation. */
export function allocationTotal(layers: readonly LayerAllocation[]): Omit<LayerAllocation, "name"> {
  let [positions, active] = [0, 0];
  for (const layer of layers) {
    positions += layer.positions;
    active += layer.active;
  }
  return { positions, active, density: active / positions };
}

/** @throws InputError  where a layer has no positions or a name comes twice, or a given name is no layer's */
export function checkLayers(where: string, layers: readonly LayerShape[], given: readonly string[] = []): void {
  const known = layers.map(({ name }) => name);
  layers.forEach(({ name, shape }, i) => {
    if (known.indexOf(name) !== i) throw new InputError(`${where}: two layers are called "${name}"; names must differ`);
    if (!(sizeOf(shape) >= 1))
      throw new InputError(`${where}: layer "${name}" has no positions, ${formatShape(shape)}`);
  });
  for (const name of given) if (!known.includes(name)) throw unknownName(where, "layer", name, known);
}
