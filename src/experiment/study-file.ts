/**
 * Reads a study file: strict about every key and value, and each complaint names the place, the rule and the cure.
 *
 *     studies/x.yaml:12:3: settings.epochs must be an integer ≥ 1 (default 20), got -3
 *
 * The structure is checked here; values of settings by the kind's own fields; what only shows once all factors are known,
 * such as two factors that set the same thing, by `design.ts`.
 */

import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { EnvironmentError, InputError, unknownName } from "../base/index.ts";
import { show } from "./field-rule.ts";
import { checkKind, fileKeys, findKind, type SettingValue, type StudyKind } from "./kind.ts";
import {
  expectList,
  expectMap,
  findLevel,
  givenSettings,
  readFactor,
  readSeeds,
  readSettings,
  refuseUnknownKeys,
} from "./levels.ts";
import { type LocatedDocument, largestFileBytes, type Path, parseLocated } from "./located-document.ts";
import type { Condition, Conditional, Factor, Study } from "./study.ts";

/** Reads and checks a file on disk. @throws InputError for what stands in it or if it is not there; EnvironmentError if it cannot be read */
export function readStudyFile(file: string, kinds: readonly StudyKind[]): Study {
  let text: string;
  try {
    const { size } = statSync(file);
    if (size > largestFileBytes) {
      throw new InputError(`${file}: a study file has at most ${largestFileBytes} bytes, this one has ${size}`);
    }
    text = readFileSync(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") throw new InputError(`${file}: no such file; give the path of a study file`);
    if (code === "EISDIR") throw new InputError(`${file}: is a folder; give the path of a study file in it`);
    if (code === undefined) throw error;
    throw new EnvironmentError(`${file}: cannot be read (${code})`);
  }
  return parseStudy(text, file, kinds);
}

/** Checks the text of a study file. `file` names it in messages, and its ending tells the format. */
export function parseStudy(text: string, file: string, kinds: readonly StudyKind[]): Study {
  const document = parseLocated(text, file);
  const { value } = document;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InputError(`${file}: a study file must hold a map with the key "study", got ${show(value)}`);
  }
  const map = value as Record<string, unknown>;
  const where = document.where;
  refuseUnknownKeys(where, [], map, "key of a study file", fileKeys);
  if (typeof map.study !== "string") {
    const names = kinds.map((kind) => kind.name).join(", ");
    throw new InputError(`${where(["study"])}: study must name a kind of study (${names}), got ${show(map.study)}`);
  }
  const kind = findKind(where(["study"]), map.study, kinds);
  checkKind(kind);
  const settings = readSettings(where, kind, ["settings"], map.settings ?? {});
  const factorMap = expectMap(where, ["factors"], map.factors ?? {}, "a map of factors");
  const factors = Object.entries(factorMap).map(([name, levels]) =>
    readFactor(where, kind, ["factors", name], name, levels),
  );
  return {
    kind,
    name: readName(document, map.name),
    settings,
    factors,
    zip: readZip(document, map.zip, factors),
    exclude: readExclude(document, map.exclude, kind, factors),
    when: readWhen(document, map.when, kind, factors),
    seeds: readSeeds(where, map.seeds ?? 1),
    order: readOrder(document, map.order),
    file,
    text,
    overrides: [],
    where: (path, part) => where(groupedPath(map, path, kind), part),
  };
}

/** The path as the file has it: through the group where its last step, a setting, stands in one. */
function groupedPath(map: Record<string, unknown>, path: Path, { groups = {} }: StudyKind): Path {
  const [before, name] = [path.slice(0, -1), path[path.length - 1]];
  let level: unknown = map;
  for (const step of before) level = (level as Record<string, unknown> | undefined)?.[step];
  if (typeof level !== "object" || level === null || Object.hasOwn(level, name)) return path;
  const group = Object.keys(groups).find((key) => {
    const inner = (level as Record<string, unknown>)[key];
    return typeof inner === "object" && inner !== null && Object.hasOwn(inner, name);
  });
  return group === undefined ? path : [...before, group, name];
}

/** A study's name opens reports and names files; without one, the file's name serves. */
function readName(document: LocatedDocument, value: unknown): string {
  if (value === undefined) return basename(document.file).replace(/\.[^.]*$/, "");
  if (typeof value !== "string" || value.trim() === "" || value.length > 100) {
    throw new InputError(`${document.where(["name"])}: name must be a text of 1 to 100 characters, got ${show(value)}`);
  }
  return value;
}

function readOrder(document: LocatedDocument, value: unknown): Study["order"] {
  if (value === undefined || value === "grid") return "grid";
  if (value === "shuffled") return value;
  throw unknownName(document.where(["order"]), "order", String(value), ["grid", "shuffled"]);
}

function readZip(document: LocatedDocument, value: unknown, factors: readonly Factor[]): string[][] {
  const { where } = document;
  const taken = new Set<string>();
  return expectList(where, ["zip"], value ?? [], "a list of lists of factors").map((item, index) => {
    const path = ["zip", index];
    const group = expectList(where, path, item, "a list of two or more factors");
    if (group.length < 2) {
      throw new InputError(
        `${where(path)}: ${path.join(".")} must be a list of two or more factors, got ${show(group)}`,
      );
    }
    return group.map((name, at) => {
      const place = where([...path, at]);
      const text = String(name);
      if (!factors.some((factor) => factor.name === text)) {
        throw unknownName(
          place,
          "factor in zip",
          text,
          factors.map((factor) => factor.name),
        );
      }
      if (taken.has(text))
        throw new InputError(`${place}: zip names the factor ${text} twice; a factor moves with one group`);
      taken.add(text);
      return text;
    });
  });
}

/** A map of factors or settings to the value, or values, that match. */
function readCondition(
  document: LocatedDocument,
  path: Path,
  value: unknown,
  kind: StudyKind,
  factors: readonly Factor[],
): Condition {
  const { where } = document;
  const map = expectMap(where, path, value, "a map of factors or settings to values");
  const settings = Object.keys(kind.settings.shape);
  const names = [...new Set([...factors.map((factor) => factor.name), ...settings, ...Object.keys(kind.groups ?? {})])];
  if (Object.keys(map).length === 0) {
    throw new InputError(`${where(path)}: ${path.join(".")} is empty and would match everything; name a factor`);
  }
  const matches: Record<string, SettingValue[]> = {};
  for (const { name, place, value: given } of givenSettings(where, kind, path, map)) {
    if (!names.includes(name)) throw unknownName(where(place, "key"), "factor or setting", name, names);
    const factor = factors.find((candidate) => candidate.name === name);
    const values = (Array.isArray(given) ? given : [given]) as SettingValue[];
    matches[name] = values.map((one) => {
      if (factor !== undefined) return findLevel(where(place), factor, one).label;
      return readSettings(where, kind, place.slice(0, -1), { [name]: one })[name];
    });
  }
  return { matches, path };
}

function readExclude(
  document: LocatedDocument,
  value: unknown,
  kind: StudyKind,
  factors: readonly Factor[],
): Condition[] {
  return expectList(document.where, ["exclude"], value ?? [], "a list of maps of factors to values").map(
    (item, index) => readCondition(document, ["exclude", index], item, kind, factors),
  );
}

function readWhen(
  document: LocatedDocument,
  value: unknown,
  kind: StudyKind,
  factors: readonly Factor[],
): Conditional[] {
  const { where } = document;
  return expectList(where, ["when"], value ?? [], "a list of {if: {...}, set: {...}}").map((item, index) => {
    const path = ["when", index];
    const map = expectMap(where, path, item, "{if: {...}, set: {...}}");
    refuseUnknownKeys(where, path, map, "key of a conditional", ["if", "set"]);
    const set = readSettings(where, kind, [...path, "set"], map.set);
    return { if: readCondition(document, [...path, "if"], map.if, kind, factors), set, path };
  });
}
