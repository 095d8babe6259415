/**
 * What decides a study's results, as plain JSON: kept in the store, shown in reports, and compared when a study is taken up
 * again, so that a refusal can say what differs.
 */

import { show } from "./field-rule.ts";
import { defaultSettings, type Settings, type SettingValue } from "./kind.ts";
import type { Study } from "./study.ts";
import { canonicalJson } from "./trial.ts";

export interface DesignDocument {
  readonly study: string;
  readonly name: string;
  readonly settings: Settings;
  readonly factors: Readonly<Record<string, readonly SettingValue[]>>;
  readonly levels: Readonly<Record<string, readonly Settings[]>>;
  readonly zip: readonly (readonly string[])[];
  readonly exclude: readonly Readonly<Record<string, readonly SettingValue[]>>[];
  readonly when: readonly { readonly if: Readonly<Record<string, readonly SettingValue[]>>; readonly set: Settings }[];
  readonly seeds: readonly number[];
}

/** The document of a study that was read; its seeds are listed, so their number must have been checked. */
export function describeDesign(study: Study): DesignDocument {
  const { defaults } = defaultSettings(study.kind);
  return {
    study: study.kind.name,
    name: study.name,
    settings: { ...defaults, ...study.settings },
    factors: Object.fromEntries(study.factors.map((one) => [one.name, one.levels.map((level) => level.label)])),
    levels: Object.fromEntries(
      study.factors.filter((one) => one.named).map((one) => [one.name, one.levels.map((level) => level.sets)]),
    ),
    zip: study.zip,
    exclude: study.exclude.map((condition) => condition.matches),
    when: study.when.map((rule) => ({ if: rule.if.matches, set: rule.set })),
    seeds: Array.from({ length: study.seeds.count }, (_, i) => study.seeds.at(i)),
  };
}

/**
 * The first differences of two designs, as a message tells them: `settings.epochs: 20 in the store, 3 asked for`.
 *
 * @param most  stop after this many
 */
export function designDifferences(stored: unknown, asked: unknown, path = "", most = 4): string[] {
  if (canonicalJson(stored) === canonicalJson(asked)) return [];
  const maps = [stored, asked].every((one) => typeof one === "object" && one !== null && !Array.isArray(one));
  if (!maps) return [`${path || "design"}: ${show(stored)} in the store, ${show(asked)} asked for`];
  const [a, b] = [stored, asked] as Record<string, unknown>[];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys
    .flatMap((key) => designDifferences(a[key], b[key], path === "" ? key : `${path}.${key}`, most))
    .slice(0, most);
}
