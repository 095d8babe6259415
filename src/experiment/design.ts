/**
 * Expands a study into its trials: the grid of factors, less exclusions, with conditionals, times the seeds.
 *
 * The count is known before anything is expanded. Cells come in the order of the file: the first factor slowest, seeds
 * fastest; a zipped group moves where its first factor stands. Equal files give equal trials, ids included.
 */

import { createHash } from "node:crypto";
import { InputError, Rng } from "../base/index.ts";
import { type DesignDocument, describeDesign } from "./design-document.ts";
import { defaultSettings, type Settings, type SettingValue } from "./kind.ts";
import { quotedOverride } from "./overrides.ts";
import { type Condition, type Factor, type Level, labelText, type Study, sameValue } from "./study.ts";
import { canonicalJson, type TrialSpec, trialId } from "./trial.ts";

/** A study of more trials than this is refused unless the caller raises the limit. */
export const defaultMaxTrials = 100_000;

export interface TrialCount {
  /** Factors, or groups of zipped factors, with their number of levels. */
  readonly axes: readonly { readonly name: string; readonly levels: number }[];
  readonly seeds: number;
  readonly trialsPerCell: number;
  /** The product of the above: trials before exclusions. */
  readonly total: number;
}

/** Names of the columns of the exports, in order. */
export interface DesignColumns {
  readonly trials: readonly string[];
  readonly epochs: readonly string[];
  /** Of the kind's further tables, where it has any. */
  readonly tables?: Readonly<Record<string, readonly string[]>>;
}

export interface Design {
  readonly study: Study;
  readonly count: TrialCount;
  /** In the order of the grid; `trials[i].index === i`. */
  readonly trials: readonly TrialSpec[];
  /** The indices of the trials in the order in which they are to run. */
  readonly order: readonly number[];
  readonly columns: DesignColumns;
  /** What decides the results, as plain JSON: kept in the store, compared on resuming. */
  readonly document: DesignDocument;
  /** SHA-256 of the document and of every trial, hexadecimal. */
  readonly hash: string;
}

/**
 * How many trials the study has before exclusions, factor by factor; nothing is expanded.
 *
 * @throws InputError for zipped factors of different lengths
 */
export function countTrials(study: Study): TrialCount {
  const axes = axesOf(study).map((axis) => ({
    name: axis.map((factor) => factor.name).join("+"),
    levels: axis[0].levels.length,
  }));
  const { trialsPerCell } = study.kind;
  const total = axes.reduce((product, axis) => product * axis.levels, study.seeds.count * trialsPerCell);
  return { axes, seeds: study.seeds.count, trialsPerCell, total };
}

/**
 * Expands the study.
 *
 * @param maxTrials  refuse more trials than this, counted before exclusions
 * @throws InputError  too many trials or none; factors that contradict each other, the settings or a conditional; two cells
 *                     with the same settings; a setting that is missing; a cell the kind calls impossible; an override
 *                     without effect
 */
export function designStudy(study: Study, { maxTrials = defaultMaxTrials }: { maxTrials?: number } = {}): Design {
  checkFactors(study);
  const count = countTrials(study);
  if (count.total > maxTrials) throw tooMany(study, count, maxTrials);
  const cells = expandCells(study);
  if (cells.length === 0) throw new InputError(`${study.file}: no trials are left after exclude; loosen it`);
  checkOverrides(study, cells);
  const trials: TrialSpec[] = [];
  const order: number[][] = [];
  for (const { settings, factors } of cells) {
    for (let s = 0; s < count.seeds; s++) {
      const seed = study.seeds.at(s);
      const pair = order.length;
      const drafts = describing(study, factors, () => study.kind.expand({ settings, factors, seed, cellIndex: pair }));
      if (drafts.length !== count.trialsPerCell) {
        throw new Error(
          `internal: ${study.kind.name} promises ${count.trialsPerCell} trials per cell and made ${drafts.length}`,
        );
      }
      order.push(drafts.map((_, i) => trials.length + i));
      for (const { kind, columns, payload } of drafts) {
        const id = trialId(study.kind.name, { kind, factors, seed, payload });
        trials.push({ index: trials.length, id, pair, kind, factors, seed, columns, payload });
      }
    }
  }
  const document = describeDesign(study);
  const columns = designColumns(study);
  const hash = createHash("sha256").update(canonicalJson([document, columns]));
  for (const trial of trials) hash.update(trial.id).update(canonicalJson(trial.columns));
  return { study, count, trials, order: runningOrder(study, order), columns, document, hash: hash.digest("hex") };
}

/** Cells stay whole, so that the trials of a pair run side by side in either order. The shuffle is the same for every run. */
function runningOrder(study: Study, order: readonly (readonly number[])[]): number[] {
  if (study.order === "grid") return order.flat();
  const places = new Rng(0, "shuffle").shuffle(Array.from(order, (_, i) => i));
  return places.flatMap((place) => order[place]);
}

/** The factors as they are crossed: each alone, or with those it is zipped to. */
function axesOf(study: Study): (readonly Factor[])[] {
  const axes: (readonly Factor[])[] = [];
  for (const factor of study.factors) {
    const place = study.zip.findIndex((group) => group.includes(factor.name));
    if (place < 0) axes.push([factor]);
    else if (study.factors.find((one) => study.zip[place].includes(one.name)) === factor) {
      const group = study.zip[place].map((name) => study.factors.find((one) => one.name === name)!);
      const uneven = group.find((one) => one.levels.length !== group[0].levels.length);
      if (uneven !== undefined) {
        const lengths = group.map((one) => `${one.name} has ${one.levels.length}`).join(", ");
        throw new InputError(
          `${study.where(["zip", place])}: factors that move together must have equally many levels; ${lengths}`,
        );
      }
      axes.push(group);
    }
  }
  return axes;
}

function tooMany(study: Study, count: TrialCount, maxTrials: number): InputError {
  const english = (n: number) => n.toLocaleString("en-US");
  const parts = count.axes.map((axis) => `${axis.name} ${english(axis.levels)}`);
  parts.push(`seeds ${english(count.seeds)}`);
  if (count.trialsPerCell > 1) parts.push(`${count.trialsPerCell} trials per cell`);
  return new InputError(
    `${study.file}: the study has ${english(count.total)} trials (${parts.join(" × ")}); the limit is ${english(maxTrials)}. ` +
      `Take out levels or seeds, or raise the limit with --max-trials ${count.total}`,
  );
}

/** Refuses settings that are said twice: by two factors, by a factor and `settings`, by a factor and a conditional. */
function checkFactors(study: Study): void {
  const setters = new Map<string, string>();
  for (const { name, named, levels } of study.factors) {
    const place = study.where(["factors", name], "key");
    if (!named && Object.hasOwn(study.settings, name)) {
      throw new InputError(
        `${study.where(["settings", name], "key")}: ${name} is a factor too; take it out of settings`,
      );
    }
    for (const key of new Set(levels.flatMap((level) => Object.keys(level.sets)))) {
      const other = setters.get(key);
      if (other !== undefined) {
        throw new InputError(`${place}: the factors ${other} and ${name} both set ${key}; let one of them do it`);
      }
      setters.set(key, name);
    }
  }
  for (const { set, path } of study.when) {
    for (const key of Object.keys(set)) {
      if (!study.factors.some((factor) => !factor.named && factor.name === key)) continue;
      throw new InputError(
        `${study.where([...path, "set", key], "key")}: ${key} is a factor, so its column would not tell what ran; exclude those cells instead`,
      );
    }
  }
}

/** Refuses an override of a setting that levels or conditions take back in every cell. */
function checkOverrides(study: Study, cells: readonly GridCell[]): void {
  const overrides = new Set(study.overrides.map(quotedOverride));
  for (const [name, value] of Object.entries(study.settings)) {
    const place = study.where(["settings", name]);
    if (!overrides.has(place) || cells.some(({ settings }) => sameValue(settings[name], value))) continue;
    throw new InputError(
      `${place}: would change nothing, for a level of a factor or a condition under when sets ${name} in every cell; change it there`,
    );
  }
}

interface GridCell {
  readonly settings: Settings;
  readonly factors: Readonly<Record<string, SettingValue>>;
}

/** The grid less exclusions, with every setting resolved; each cell checked. */
function expandCells(study: Study): GridCell[] {
  const { defaults, required } = defaultSettings(study.kind);
  const axes = axesOf(study);
  const cells: GridCell[] = [];
  const seen = new Map<string, GridCell>();
  const places = new Array<number>(axes.length).fill(0);
  for (;;) {
    const levels: Level[] = [];
    const factors: Record<string, SettingValue> = {};
    const chosen = new Map(axes.flatMap((axis, a) => axis.map((factor) => [factor.name, factor.levels[places[a]]])));
    // Columns keep the order of the file, whatever moves with what.
    for (const { name } of study.factors) {
      levels.push(chosen.get(name)!);
      factors[name] = chosen.get(name)!.label;
    }
    const settings: Record<string, SettingValue> = Object.assign(
      {},
      defaults,
      study.settings,
      ...levels.map((l) => l.sets),
    );
    for (const rule of study.when) if (matches(rule.if, factors, settings)) Object.assign(settings, rule.set);
    if (!study.exclude.some((condition) => matches(condition, factors, settings))) {
      const cell = { settings, factors };
      checkCell(study, cell, required, seen);
      cells.push(cell);
    }
    let axis = axes.length - 1;
    while (axis >= 0 && ++places[axis] === axes[axis][0].levels.length) places[axis--] = 0;
    if (axis < 0) return cells;
  }
}

function matches(condition: Condition, factors: GridCell["factors"], settings: Settings): boolean {
  return Object.entries(condition.matches).every(([name, values]) => {
    const actual = Object.hasOwn(factors, name) ? factors[name] : settings[name];
    return actual !== undefined && values.some((value) => sameValue(value, actual));
  });
}

function checkCell(study: Study, cell: GridCell, required: readonly string[], seen: Map<string, GridCell>): void {
  const missing = required.find((name) => !Object.hasOwn(cell.settings, name));
  if (missing !== undefined) {
    const key = `settings.${missing}`;
    throw new InputError(
      `${study.where(["settings"])}: ${key} is missing and has no default; add it, or make it a factor`,
    );
  }
  describing(study, cell.factors, () => study.kind.check?.(cell.settings));
  const text = canonicalJson(cell.settings);
  const twin = seen.get(text);
  if (twin !== undefined) {
    throw new InputError(
      `${study.file}: the cells ${cellText(twin.factors)} and ${cellText(cell.factors)} have the same settings; take one out, or exclude it`,
    );
  }
  seen.set(text, cell);
}

/** A cell as messages name it: `dense_width=26, optimizer=adam`. */
function cellText(factors: GridCell["factors"]): string {
  const parts = Object.entries(factors).map(([name, label]) => `${name}=${labelText(label)}`);
  return parts.length === 0 ? "(no factors)" : parts.join(", ");
}

/** Runs what the kind brings; its complaint gets the file and the cell in front. */
function describing<T>(study: Study, factors: GridCell["factors"], action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${study.file}: cell ${cellText(factors)}: ${error.message}`);
  }
}

/** trials.csv: trial, pair, kind, the kind's own, factors not among them, seed, measures, status, wall_ms. */
function designColumns(study: Study): DesignColumns {
  const { leadingColumns, measureColumns, epochColumns, tables } = study.kind;
  const factors = study.factors.map((factor) => factor.name).filter((name) => !leadingColumns.includes(name));
  const place = ["trial", "pair", "kind"];
  const columns = {
    trials: [...place, ...leadingColumns, ...factors, "seed", ...measureColumns, "status", "wall_ms"],
    epochs: [...place, ...epochColumns],
  };
  if (tables === undefined) return columns;
  const further = Object.entries(tables).map(([name, own]) => [name, [...place, ...own]] as const);
  return { ...columns, tables: Object.fromEntries(further) };
}
