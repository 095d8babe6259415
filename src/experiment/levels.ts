/**
 * The levels of a factor and the seeds, from what a file or an override writes.
 *
 *     [26, 77, 128]                                   a list of values of the setting of that name
 *     { range: [0.001, 0.1], count: 3, scale: log }   evenly spaced, on a linear or a logarithmic scale, ends included
 *     { range: [10, 50], step: 20 }                   from the first by steps, not beyond the last
 *     { NR: {}, BN: { batch_norm: true } }            named levels, each setting several settings
 *
 * Settings may stand in the groups of their kind, here as everywhere.
 */

import type { z } from "zod";
import { exp, InputError, log, unknownName } from "../base/index.ts";
import { checkField, show } from "./field-rule.ts";
import { reservedColumns, type Settings, type SettingValue, type StudyKind } from "./kind.ts";
import type { Path } from "./located-document.ts";
import { type Factor, type Level, labelText, type Seeds, sameValue } from "./study.ts";

export type Where = (path: Path, part?: "key" | "value") => string;

/** A factor with more levels than this is a slip of the pen; its levels are never listed. */
export const mostLevels = 1_000_000;

/** The object at a path. @throws InputError unless it is one */
export function expectMap(where: Where, path: Path, value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Date) {
    throw new InputError(`${where(path)}: ${path.join(".")} must be ${what}, got ${show(value)}`);
  }
  return value as Record<string, unknown>;
}

/** The list at a path. @throws InputError unless it is one */
export function expectList(where: Where, path: Path, value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) {
    throw new InputError(`${where(path)}: ${path.join(".")} must be ${what}, got ${show(value)}`);
  }
  return value;
}

/** Refuses keys that are not in the list, with the nearest that is. */
export function refuseUnknownKeys(
  where: Where,
  path: Path,
  value: Record<string, unknown>,
  what: string,
  known: readonly string[],
): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw unknownName(where([...path, key], "key"), what, key, known);
  }
}

/** A setting as a file gives it, and where. */
interface Given {
  readonly name: string;
  readonly place: Path;
  readonly value: unknown;
}

/**
 * What a map of settings gives, those gathered in groups among them: `sparsity: { method: rigl }` gives `method`.
 *
 * @throws InputError  for a group that is no map, a name that is not of its group, a setting given inside and beside one
 */
export function* givenSettings(
  where: Where,
  { groups = {}, settings }: StudyKind,
  path: Path,
  map: Record<string, unknown>,
): Generator<Given> {
  for (const [name, value] of Object.entries(map)) {
    const place = [...path, name];
    if (!Object.hasOwn(groups, name)) {
      yield { name, place, value };
      continue;
    }
    const said = place.join(".");
    for (const [inner, given] of Object.entries(expectMap(where, place, value, "a map of settings"))) {
      const innerPlace = [...place, inner];
      if (!groups[name].includes(inner)) {
        if (!Object.hasOwn(settings.shape, inner)) {
          throw unknownName(where(innerPlace, "key"), `setting of ${said}`, inner, groups[name]);
        }
        throw new InputError(
          `${where(innerPlace, "key")}: ${said}.${inner}: ${inner} is no setting of ${name}; write it beside ${name}, not in it`,
        );
      }
      if (Object.hasOwn(map, inner)) {
        throw new InputError(
          `${where(innerPlace, "key")}: ${said}.${inner} and ${[...path, inner].join(".")} set the same; keep one of the two`,
        );
      }
      yield { name: inner, place: innerPlace, value: given };
    }
  }
}

/** Settings of a kind, each checked against its field. @throws InputError with the place of the first that will not do */
export function readSettings(where: Where, kind: StudyKind, path: Path, value: unknown): Settings {
  const map = expectMap(where, path, value, "a map of settings");
  const shape = kind.settings.shape;
  const settings: Record<string, SettingValue> = {};
  for (const { name, place, value: given } of givenSettings(where, kind, path, map)) {
    if (!Object.hasOwn(shape, name)) {
      const known = [...Object.keys(shape), ...Object.keys(kind.groups ?? {})];
      throw unknownName(where(place, "key"), `setting of ${kind.name}`, name, known);
    }
    settings[name] = readSetting(where, kind, place, name, given);
  }
  return settings;
}

/** One setting, checked against its field; the path's last steps name it in the message. */
export function readSetting(where: Where, kind: StudyKind, path: Path, name: string, value: unknown): SettingValue {
  const checked = checkField(path.join("."), kind.settings.shape[name] as z.ZodType, value);
  if (!checked.ok) throw new InputError(`${where(path)}: ${checked.message}`);
  return checked.value;
}

/**
 * A factor from its name and what stands beside it.
 *
 * @throws InputError  for a name that is neither a setting nor has named levels, no levels, a level that its setting does
 *                     not allow, a level given twice, a column's name, an ill-made range
 */
export function readFactor(where: Where, kind: StudyKind, path: Path, name: string, value: unknown): Factor {
  const isSetting = Object.hasOwn(kind.settings.shape, name);
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) {
    throw new InputError(
      `${where(path, "key")}: a factor's name must be letters, digits and _, starting with a letter, got ${show(name)}`,
    );
  }
  if (reservedColumns(kind).includes(name)) {
    throw new InputError(
      `${where(path, "key")}: "${name}" is a column of trials.csv already; give the factor another name`,
    );
  }
  const group = Object.hasOwn(kind.groups ?? {}, name) ? kind.groups?.[name] : undefined;
  if (group !== undefined) {
    throw new InputError(
      `${where(path, "key")}: ${name} gathers settings and is no factor; cross one of them, as in ${group[0]}: [...], or give the factor another name`,
    );
  }
  const isRange = typeof value === "object" && value !== null && Object.hasOwn(value, "range");
  if (!Array.isArray(value) && !isRange && typeof value === "object" && value !== null) {
    if (isSetting) {
      throw new InputError(
        `${where(path)}: ${name} is a setting, so its levels are a list or a range; named levels need a factor name that is no setting`,
      );
    }
    return { name, named: true, levels: readNamedLevels(where, kind, path, value as Record<string, unknown>) };
  }
  if (!isSetting) throw unknownName(where(path, "key"), "factor", name, Object.keys(kind.settings.shape));
  const values = isRange
    ? rangeValues(where, path, value)
    : expectList(where, path, value, "a list of levels, or {range: [first, last], count or step}");
  if (values.length === 0) throw new InputError(`${where(path)}: ${path.join(".")} has no levels; give at least one`);
  const levels: Level[] = [];
  const seen = new Set<string>();
  for (const [index, item] of values.entries()) {
    const place = isRange ? path : [...path, index];
    const checked = checkField(`${path.join(".")}: level ${index + 1}`, kind.settings.shape[name] as z.ZodType, item);
    if (!checked.ok) throw new InputError(`${where(place)}: ${checked.message}`);
    const text = JSON.stringify(checked.value);
    if (seen.has(text)) {
      throw new InputError(
        `${where(place)}: ${path.join(".")} has the level ${show(checked.value)} twice; keep one of the two`,
      );
    }
    seen.add(text);
    levels.push({ label: checked.value, sets: { [name]: checked.value }, path: place });
  }
  return { name, named: false, levels };
}

function readNamedLevels(where: Where, kind: StudyKind, path: Path, value: Record<string, unknown>): Level[] {
  const levels = Object.entries(value).map(([label, sets]): Level => {
    const place = [...path, label];
    return { label, sets: readSettings(where, kind, place, sets ?? {}), path: place };
  });
  if (levels.length === 0) throw new InputError(`${where(path)}: ${path.join(".")} has no levels; give at least one`);
  return levels;
}

const rangeKeys = ["range", "count", "step", "scale"] as const;

/** How many values a range has and each of them. Rounded to 12 digits, so that 0.1 is 0.1 and not 0.09999999999999999. */
function readRange(where: Where, path: Path, value: unknown): Seeds {
  const name = path.join(".");
  const map = expectMap(where, path, value, "{range: [first, last], count or step}");
  refuseUnknownKeys(where, path, map, "key of a range", rangeKeys);
  const ends = expectList(where, [...path, "range"], map.range, "[first, last]");
  const [first, last] = ends as [number, number];
  if (ends.length !== 2 || !Number.isFinite(first) || !Number.isFinite(last) || first >= last) {
    throw new InputError(
      `${where([...path, "range"])}: ${name}.range must be [first, last] with first < last, got ${show(ends)}`,
    );
  }
  const { count, step, scale = "linear" } = map as { count?: number; step?: number; scale?: string };
  if (scale !== "linear" && scale !== "log") {
    throw unknownName(where([...path, "scale"]), "scale of a range", String(scale), ["linear", "log"]);
  }
  if ((count === undefined) === (step === undefined)) {
    throw new InputError(
      `${where(path)}: ${name} must have either count or step, got ${count === undefined ? "neither" : "both"}`,
    );
  }
  if (step !== undefined) {
    if (scale === "log")
      throw new InputError(`${where(path)}: ${name}: a range on a log scale needs a count, not a step`);
    if (typeof step !== "number" || !(step > 0)) {
      throw new InputError(`${where([...path, "step"])}: ${name}.step must be a number > 0, got ${show(step)}`);
    }
    // A hair of slack, so that 0.1 to 0.3 by 0.1 has three values.
    const steps = Math.floor((last - first) / step + 1e-9);
    return { count: steps + 1, at: (i) => round12(first + i * step) };
  }
  if (typeof count !== "number" || !Number.isInteger(count) || count < 2) {
    throw new InputError(`${where([...path, "count"])}: ${name}.count must be an integer ≥ 2, got ${show(count)}`);
  }
  if (scale === "log" && !(first > 0)) {
    throw new InputError(
      `${where([...path, "range"])}: ${name}: a range on a log scale must start above 0, got ${first}`,
    );
  }
  return {
    count,
    at: (i) => {
      if (i === 0) return first;
      if (i === count - 1) return last;
      const t = i / (count - 1);
      return round12(scale === "log" ? exp(log(first) + t * (log(last) - log(first))) : first + t * (last - first));
    },
  };
}

function round12(x: number): number {
  return Number(x.toPrecision(12));
}

function rangeValues(where: Where, path: Path, value: unknown): number[] {
  const range = readRange(where, path, value);
  if (range.count > mostLevels) {
    throw new InputError(
      `${where(path)}: ${path.join(".")} has ${range.count} levels; a factor has at most ${mostLevels}`,
    );
  }
  return Array.from({ length: range.count }, (_, i) => range.at(i));
}

/** Seeds from `5` (0 to 4), a list, or a range (step 1 unless given). @throws InputError */
export function readSeeds(where: Where, value: unknown): Seeds {
  const path = ["seeds"];
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new InputError(`${where(path)}: seeds must be an integer ≥ 1, a list or a range, got ${show(value)}`);
    }
    return { count: value, at: (i) => i };
  }
  if (Array.isArray(value)) {
    if (value.length === 0) throw new InputError(`${where(path)}: seeds has no seeds; give at least one`);
    for (const [index, seed] of value.entries()) {
      checkSeed(where, [...path, index], seed);
      if (value.indexOf(seed) !== index) {
        throw new InputError(`${where([...path, index])}: seeds has ${seed} twice; keep one of the two`);
      }
    }
    return { count: value.length, at: (i) => value[i] as number };
  }
  const map = expectMap(where, path, value, "an integer ≥ 1, a list or a range");
  const range = readRange(where, path, map.count === undefined && map.step === undefined ? { ...map, step: 1 } : map);
  for (let i = 0; i < Math.min(range.count, 1000); i++) checkSeed(where, path, range.at(i));
  return range;
}

function checkSeed(where: Where, path: Path, seed: unknown): void {
  if (!Number.isSafeInteger(seed) || (seed as number) < 0) {
    throw new InputError(`${where(path)}: a seed must be an integer in [0, 2^53), got ${show(seed)}`);
  }
}

/** The level of that label. @throws InputError listing the labels there are */
export function findLevel(where: string, factor: Factor, label: SettingValue): Level {
  const text = labelText(label);
  const found = factor.levels.find((level) => sameValue(level.label, label) || (factor.named && level.label === text));
  if (found !== undefined) return found;
  const known = factor.levels.slice(0, 20).map((level) => labelText(level.label));
  throw unknownName(where, `level of ${factor.name}`, text, known);
}
