/** The table of data sets. Adding one is adding a row here and a file under `sources/`. */

import { InputError, unknownName } from "../base/index.ts";
import type { DataSource } from "./source.ts";
import { cifar10, cifar100 } from "./sources/cifar.ts";
import { csv } from "./sources/csv.ts";
import { digits } from "./sources/digits.ts";
import { fashionMnist, idx, mnist } from "./sources/mnist.ts";
import { npy } from "./sources/npy.ts";
import { circles, moons, parity, spirals, teacher } from "./sources/synthetic.ts";

/** Every row, in the order lists show them. */
export const dataSources: readonly DataSource[] = [
  digits,
  fashionMnist,
  mnist,
  cifar10,
  cifar100,
  csv,
  npy,
  idx,
  spirals,
  moons,
  circles,
  parity,
  teacher,
];

/** A row's name as it is to be typed: `digits`, `csv:PATH`. */
export function typedName({ name, argument }: DataSource): string {
  return argument === undefined ? name : `${name}:${argument}`;
}

/**
 * The row of a name and what followed its colon.
 *
 * @throws InputError  for an unknown name (with the nearest known one), or a colon where none belongs or one lacks
 */
export function findSource(where: string, name: string): { source: DataSource; argument: string } {
  const colon = name.indexOf(":");
  const key = colon === -1 ? name : name.slice(0, colon);
  const argument = colon === -1 ? "" : name.slice(colon + 1);
  const source = dataSources.find((row) => row.name === key);
  if (source === undefined) throw unknownName(where, "data set", key, dataSources.map(typedName));
  if ((source.argument === undefined) !== (colon === -1) || (source.argument !== undefined && argument === "")) {
    throw new InputError(
      `${where}: expected ${typedName(source)}, got ${JSON.stringify(name)}; write it as ${typedName(source)}`,
    );
  }
  return { source, argument };
}
