/**
 * Rules for the fields of plain objects: what a field must be, in words and as a check. One table of rules checks a kind of
 * layer read from JSON, or the options of a function, and words every refusal alike:
 *
 *     vgg-16: classes must be an integer in [1, 16777216], got 0
 */

import { InputError, nearest, unknownName } from "../../base/index.ts";

/** What a field must be. */
export interface Rule<T> {
  /** The end of "must be ...". */
  readonly words: string;
  /** The value as it is kept, or undefined where it breaks the rule. */
  readonly read: (value: unknown) => T | undefined;
  /** What a field that is left out becomes; without it the field must be given. */
  readonly fallback?: T;
  /** Every value, where they are names. */
  readonly names?: readonly string[];
}

export type Rules = Readonly<Record<string, Rule<unknown>>>;

/** An object that a table of rules has checked. */
export type Checked<R extends Rules> = { readonly [K in keyof R]: R[K] extends Rule<infer T> ? T : never };

type Optional<R extends Rules> = { [K in keyof R]: R[K] extends { readonly fallback: unknown } ? K : never }[keyof R];
/** An object as a caller may give it: fields with a fallback may be left out. */
export type Given<R extends Rules> = Omit<Checked<R>, Optional<R>> & Partial<Pick<Checked<R>, Optional<R>>>;

/** Widths and channels: generous, and small enough that a product of two is exact. */
export const mostWidth = 2 ** 24;

/** An integer in [min, max]. */
export function integer(min: number, max: number): Rule<number> {
  const good = (value: unknown) => typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
  return { words: `an integer in [${min}, ${max}]`, read: (value) => (good(value) ? (value as number) : undefined) };
}

/** A number of channels, features or classes. */
export const width = integer(1, mostWidth);

/** A probability that is not 1. */
export const rate: Rule<number> = {
  words: "a number in [0, 1)",
  read: (value) => (typeof value === "number" && value >= 0 && value < 1 ? value : undefined),
};

/** A factor above 0. */
export const positive: Rule<number> = {
  words: "a number > 0",
  read: (value) => (typeof value === "number" && value > 0 && Number.isFinite(value) ? value : undefined),
};

export const flag: Rule<boolean> = {
  words: "true or false",
  read: (value) => (typeof value === "boolean" ? value : undefined),
};

/** A name that can stand in messages and files. */
export const label: Rule<string> = {
  words: "a text of 1 to 200 characters",
  read: (value) => (typeof value === "string" && value.length >= 1 && value.length <= 200 ? value : undefined),
};

/** One of a table's names. */
export function oneOf<T extends string>(names: readonly T[]): Rule<T> {
  const read = (value: unknown) => names.find((name) => name === value);
  return { words: `one of ${names.join(", ")}`, read, names };
}

/** A list of min to max entries. */
export function list<T>(entry: Rule<T>, min: number, max: number): Rule<readonly T[]> {
  const size = min === max ? `${min}` : `${min} to ${max}`;
  return {
    words: `a list of ${size}, each ${entry.words}`,
    read: (value) => {
      if (!Array.isArray(value) || value.length < min || value.length > max) return undefined;
      const entries: T[] = [];
      for (let i = 0; i < value.length; i++) {
        const one = entry.read(value[i]);
        if (one === undefined) return undefined;
        entries.push(one);
      }
      return entries;
    },
  };
}

/** Shape of one example. */
export const exampleShape: Rule<readonly number[]> = {
  words: `[C, H, W] or [F], integers in [1, ${mostWidth}]`,
  read: (value) => {
    const lengths = list(integer(1, mostWidth), 1, 3).read(value);
    return lengths?.length === 2 ? undefined : lengths;
  },
};

/** Shape of one example that is an image. */
export const imageShape: Rule<readonly number[]> = {
  words: `an image's shape, [C, H, W], integers in [1, ${mostWidth}]`,
  read: list(integer(1, mostWidth), 3, 3).read,
};

/** Two integers, [vertical, horizontal]. */
export function pair(min: number, max: number): Rule<readonly [number, number]> {
  return list(integer(min, max), 2, 2) as Rule<readonly [number, number]>;
}

/** A rule whose field may be left out. */
export function optional<T>(rule: Rule<T>, fallback: T): Rule<T> & { readonly fallback: T } {
  return { ...rule, fallback };
}

/**
 * The fields of an object that keeps every rule of a table, no more and no fewer, in a fresh object.
 *
 * @param where  opens each message
 * @param what   one field, in the singular: "option"
 * @throws InputError  at the first field that is unknown, missing or breaks its rule
 */
export function checkFields<R extends Rules>(where: string, what: string, value: unknown, rules: R): Checked<R> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InputError(`${where}: must be an object, got ${show(value)}`);
  }
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(rules, key)) throw unknownName(where, what, key.slice(0, 60), Object.keys(rules));
  }
  const checked: Record<string, unknown> = {};
  for (const [key, rule] of Object.entries(rules)) {
    const given = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
    checked[key] = given === undefined ? rule.fallback : rule.read(given);
    if (checked[key] !== undefined) continue;
    if (given === undefined) throw new InputError(`${where}: ${key} is missing; it must be ${rule.words}`);
    const near =
      typeof given === "string" && rule.names !== undefined ? nearest(given.slice(0, 60), rule.names) : undefined;
    const hint = near === undefined ? "" : `. Did you mean ${near}?`;
    throw new InputError(`${where}: ${key} must be ${rule.words}, got ${show(given)}${hint}`);
  }
  return checked as Checked<R>;
}

/** A value as messages print it, however large. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (Array.isArray(value)) {
    const shown = value.slice(0, 6).map((entry) => (Array.isArray(entry) ? "a list" : show(entry)));
    return `[${[...shown, ...(value.length > 6 ? ["..."] : [])].join(", ")}]`;
  }
  if (typeof value === "object" && value !== null) return "an object";
  return value === undefined ? "nothing" : String(value);
}
