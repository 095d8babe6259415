/**
 * Overrides from a command line, `key=value`, applied to a study that was read.
 *
 *     epochs=3               a factor of that name becomes one level, else the setting is given
 *     dense_width=26,77      replaces the levels of a factor
 *     learning_rate=range(0.001, 0.1, 3, log)
 *     variant=BN,NR          chooses among named levels
 *     settings.epochs=3      the setting, whatever factors there are
 *     sparsity.density=0.1   the setting density, which a file may gather under sparsity
 *     factors.optimizer=sgd,adam    makes the setting a factor
 *     seeds=2    seeds=0,3   name=trial-run   order=shuffled
 *
 * Values are read as YAML: `true` is a boolean, `1e-3` a number, `[256, 128]` a list.
 */

import { parseDocument } from "yaml";
import type { z } from "zod";
import { InputError, unknownName } from "../base/index.ts";
import { fileKeys } from "./kind.ts";
import { findLevel, readFactor, readSeeds, readSetting, type Where } from "./levels.ts";
import type { Path } from "./located-document.ts";
import type { Factor, Study } from "./study.ts";

/** The study with every override applied, in order. @throws InputError opening with the override as it was written */
export function applyOverrides(study: Study, overrides: readonly string[]): Study {
  return overrides.reduce(applyOverride, study);
}

/** An override as messages name it. */
export function quotedOverride(text: string): string {
  return `override ${JSON.stringify(text)}`;
}

function applyOverride(study: Study, text: string): Study {
  const quoted = quotedOverride(text);
  const equals = text.indexOf("=");
  if (equals < 1) {
    throw new InputError(
      `${quoted}: must be key=value, such as seeds=2 or optimizer=adam; anything else on the line is no study file`,
    );
  }
  const key = text.slice(0, equals).trim();
  const given = text.slice(equals + 1).trim();
  if (given === "") throw new InputError(`${quoted}: has no value after the =`);
  const [target, name] = resolveKey(study, quoted, withoutGroup(study, quoted, key));
  const changed = change(study, quoted, target, name, given);
  const path: Path = name === undefined ? [target] : [target, name];
  const where: Where = (asked, part) =>
    path.every((step, i) => asked[i] === step) ? quoted : study.where(asked, part);
  return { ...study, ...changed, overrides: [...study.overrides, text], where };
}

/** The key without the group that its setting may be gathered in: `sparsity.density` and `settings.sparsity.density`. */
function withoutGroup({ kind: { groups = {} } }: Study, quoted: string, key: string): string {
  const steps = key.split(".");
  const at = steps.findIndex((step) => Object.hasOwn(groups, step));
  if (at < 0 || at > 1) return key;
  const [group, name] = steps.slice(at);
  if (name === undefined) {
    throw new InputError(
      `${quoted}: ${group} gathers settings; give one of them, as in ${group}.${groups[group][0]}=...`,
    );
  }
  if (!groups[group].includes(name)) throw unknownName(quoted, `setting of ${group}`, name, groups[group]);
  return steps.toSpliced(at, 1).join(".");
}

type Target = "settings" | "factors" | "seeds" | "order" | "name";

/** Which part of the study a key speaks of. */
function resolveKey(study: Study, quoted: string, key: string): [Target, string?] {
  const settings = Object.keys(study.kind.settings.shape);
  const factors = study.factors.map((factor) => factor.name);
  if (key === "seeds" || key === "order" || key === "name") return [key];
  if (fileKeys.includes(key as (typeof fileKeys)[number])) {
    throw new InputError(`${quoted}: ${key} cannot be changed on the command line; change it in the file`);
  }
  const [section, name, ...rest] = key.split(".");
  if (name === undefined) {
    if (factors.includes(key)) return ["factors", key];
    if (settings.includes(key)) return ["settings", key];
    throw unknownName(quoted, "factor or setting", key, [
      ...new Set([...factors, ...settings, "seeds", "order", "name"]),
    ]);
  }
  if (rest.length > 0 || (section !== "settings" && section !== "factors")) {
    throw unknownName(quoted, "section", section, ["settings", "factors"]);
  }
  const known = section === "settings" ? settings : [...new Set([...factors, ...settings])];
  if (!known.includes(name)) throw unknownName(quoted, section === "settings" ? "setting" : "factor", name, known);
  if (section === "settings" && factors.includes(name)) {
    throw new InputError(`${quoted}: ${name} is a factor of this study; write ${name}=... or factors.${name}=...`);
  }
  return [section, name];
}

function change(study: Study, quoted: string, target: Target, name: string | undefined, given: string): Partial<Study> {
  const where: Where = () => quoted;
  switch (target) {
    case "name":
      return { name: given };
    case "order":
      if (given !== "grid" && given !== "shuffled") throw unknownName(quoted, "order", given, ["grid", "shuffled"]);
      return { order: given };
    case "seeds": {
      const value = parseValue(quoted, given);
      return { seeds: readSeeds(where, typeof value === "string" ? parseLevels(quoted, given) : value) };
    }
    case "settings": {
      const value = parseValue(quoted, given);
      return { settings: { ...study.settings, [name!]: readOneSetting(study, where, name!, value, given) } };
    }
    case "factors": {
      const factor = changedFactor(study, quoted, name!, given);
      const known = study.factors.some((candidate) => candidate.name === name);
      const settings = { ...study.settings };
      // A setting that becomes a factor is no longer fixed.
      delete settings[name!];
      const factors = known
        ? study.factors.map((candidate) => (candidate.name === name ? factor : candidate))
        : [...study.factors, factor];
      return { factors, settings };
    }
    default:
      return target satisfies never;
  }
}

function readOneSetting(study: Study, where: Where, name: string, value: unknown, given: string) {
  try {
    return readSetting(where, study.kind, ["settings", name], name, value);
  } catch (error) {
    if (!(error instanceof InputError) || !given.includes(",") || Array.isArray(value)) throw error;
    throw new InputError(
      `${error.message}. It is a setting of this study and takes one value; to cross several write factors.${name}=${given}`,
    );
  }
}

function changedFactor(study: Study, quoted: string, name: string, given: string): Factor {
  const where: Where = () => quoted;
  const existing = study.factors.find((factor) => factor.name === name);
  const value = unwrapLevels(study, name, parseLevels(quoted, given));
  if (existing?.named !== true) return readFactor(where, study.kind, ["factors", name], name, value);
  if (!Array.isArray(value)) {
    throw new InputError(
      `${quoted}: ${name} has named levels; choose among them, as in ${name}=${existing.levels[0].label}`,
    );
  }
  const levels = value.map((label) => findLevel(quoted, existing, label as string));
  const twice = levels.find((level, i) => levels.indexOf(level) !== i);
  if (twice !== undefined)
    throw new InputError(`${quoted}: the level ${twice.label} is named twice; keep one of the two`);
  return { ...existing, levels };
}

/** `[26, 77]` for a setting that takes no list is meant as two levels, as in a file. */
function unwrapLevels(study: Study, name: string, value: unknown): unknown {
  if (!Array.isArray(value) || value.length !== 1 || !Array.isArray(value[0])) return value;
  const field = study.kind.settings.shape[name] as z.ZodType | undefined;
  return field?.safeParse(value[0]).success === true ? value : value[0];
}

/** Levels as the file would write them: `a,b` and `a` as a list, `range(first, last, count[, scale])` and `{...}` as a map. */
function parseLevels(quoted: string, given: string): unknown {
  const range = /^range\(([^)]*)\)$/.exec(given);
  if (range !== null) {
    const parts = range[1].split(",").map((part) => part.trim());
    if (parts.length < 3 || parts.length > 4) {
      throw new InputError(
        `${quoted}: a range is range(first, last, count) or range(first, last, count, log), got ${given}`,
      );
    }
    const [first, last, count] = parts.slice(0, 3).map(Number);
    return { range: [first, last], count, ...(parts[3] === undefined ? {} : { scale: parts[3] }) };
  }
  if (given.startsWith("{")) return parseValue(quoted, given);
  return parseValue(quoted, `[${given}]`);
}

function parseValue(quoted: string, given: string): unknown {
  const document = parseDocument(given, { prettyErrors: false });
  if (document.errors.length > 0) {
    throw new InputError(`${quoted}: the value is not valid YAML: ${document.errors[0].message.split("\n")[0]}`);
  }
  return document.toJS({ maxAliasCount: 0 });
}
