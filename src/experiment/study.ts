/**
 * A study as read and checked, before it is expanded: which kind, what is fixed, what is crossed, which seeds.
 *
 * Made by `study-file.ts`, changed by `overrides.ts`, expanded by `design.ts`.
 */

import type { Settings, SettingValue, StudyKind } from "./kind.ts";
import type { Path } from "./located-document.ts";

/** One value of a factor. */
export interface Level {
  /** What stands in the factor's column: the value itself, or the name of a named level. */
  readonly label: SettingValue;
  /** The settings it fixes. */
  readonly sets: Settings;
  /** Where it stands in the file. */
  readonly path: Path;
}

/** A column of the design. */
export interface Factor {
  readonly name: string;
  /** True when its levels have names and set several settings; false when its name is the one setting it sets. */
  readonly named: boolean;
  readonly levels: readonly Level[];
}

/** Names of factors or settings with the values that match; all names must match, each with any of its values. */
export interface Condition {
  readonly matches: Readonly<Record<string, readonly SettingValue[]>>;
  readonly path: Path;
}

export interface Conditional {
  readonly if: Condition;
  readonly set: Settings;
  readonly path: Path;
}

/** Seeds are counted without being listed: `seeds: 10000000` must be refused, not allocated. */
export interface Seeds {
  readonly count: number;
  at(index: number): number;
}

export interface Study {
  readonly kind: StudyKind;
  readonly name: string;
  /** Settings that the file or an override gives; defaults are the kind's. */
  readonly settings: Settings;
  readonly factors: readonly Factor[];
  readonly zip: readonly (readonly string[])[];
  readonly exclude: readonly Condition[];
  readonly when: readonly Conditional[];
  readonly seeds: Seeds;
  /** The order in which trials run. Exports are in the order of the grid either way. */
  readonly order: "grid" | "shuffled";
  /** The file's name and its text, kept for provenance. */
  readonly file: string;
  readonly text: string;
  /** Overrides as given, in order. */
  readonly overrides: readonly string[];
  /** Opens a message about the value at a path: `file:line:column`, or the override that put it there. */
  where(path: Path, part?: "key" | "value"): string;
}

/** Equality of setting values: lists by their items. */
export function sameValue(a: SettingValue, b: SettingValue): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => Object.is(item, b[i]));
  return Object.is(a, b);
}

/** A label as messages and tables print it. */
export function labelText(label: SettingValue): string {
  return typeof label === "string" ? label : JSON.stringify(label);
}
