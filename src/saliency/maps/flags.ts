/** What is wrong with a map before anybody looks at it. */

import type { Planes } from "./planes.ts";
import { example } from "./planes.ts";

/** "nan": holds a number that is not finite. "zero": 0 everywhere. "constant": one other number everywhere. */
export type MapFlag = "nan" | "zero" | "constant" | undefined;

/** One map's flag; undefined for a map that says something. */
export function flagOf(map: Float64Array): MapFlag {
  if (map.some((value) => !Number.isFinite(value))) return "nan";
  if (map.every((value) => value === 0)) return "zero";
  return map.every((value) => value === map[0]) ? "constant" : undefined;
}

/** The flag of each map of a batch. */
export function flagsOf(planes: Planes): readonly MapFlag[] {
  return Array.from({ length: planes.count }, (_, b) => flagOf(example(planes, b)));
}
