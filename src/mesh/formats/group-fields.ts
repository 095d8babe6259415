/**
 * Groups of cells in VTK files, which have none: each is an array of the data set as a whole, named
 * `group/DATA/NAME`, of two numbers, tag and dimension. Other programs carry or ignore it.
 */

import type { CellGroup } from "../mesh.ts";

const head = "group/";

export function groupFieldName({ data, name }: CellGroup): string {
  return `${head}${encodeURIComponent(data)}/${encodeURIComponent(name)}`;
}

export function groupFieldValues({ tag, dimension }: CellGroup): Int32Array {
  return Int32Array.of(tag, dimension);
}

/** The group that an array of the data set stands for, or undefined. */
export function groupOfField(name: string, values: ArrayLike<number | bigint>): CellGroup | undefined {
  const [data, group, ...more] = name.slice(head.length).split("/");
  if (!name.startsWith(head) || group === undefined || more.length > 0 || values.length !== 2) return undefined;
  const [tag, dimension] = [Number(values[0]), Number(values[1])];
  if (!Number.isInteger(tag) || !(dimension === 0 || dimension === 1 || dimension === 2 || dimension === 3)) {
    return undefined;
  }
  try {
    return { name: decodeURIComponent(group), data: decodeURIComponent(data), tag, dimension };
  } catch {
    return undefined;
  }
}
