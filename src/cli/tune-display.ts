/**
 * How a search looks: a head, two lines per round with the time left below them on a terminal, and what it came to; or JSON
 * lines.
 *
 *     round  val loss  val acc  learning rate                momentum  weight decay
 *      3/10    0.8421   72.1 %  0.100↑ 0.100↑ 0.050↓         0.400↑    0·
 *                               0.050  0.050  0.025          0.200     4e-4
 */

import { formatDuration, type TrialResult, type TrialSpec } from "../experiment/index.ts";
import { type Family, families } from "../hyperopt/index.ts";
import { familyColumns, searchLabel, type TuningPlan, type TuningRow, type TuningSettings } from "../studies/index.ts";
import { canStyle, counted, grouped, paint, say, sayJson, terminalWidth } from "./output.ts";

export interface TuneHead {
  readonly trial: TrialSpec;
  readonly settings: TuningSettings;
  readonly plan: TuningPlan;
  /** Place among the trials, from 1. */
  readonly place: number;
  readonly of: number;
  /** Trainings that were done before. */
  readonly resumed: number;
}

export interface TuneDisplay {
  begin(head: TuneHead): void;
  row(row: TuningRow): void;
  /** @param share  of the whole run's gradients, in [0, 1] */
  progress(share: number): void;
  end(result: TrialResult): void;
}

const familyNames: Readonly<Record<Family, string>> = {
  learningRate: "learning rate",
  momentum: "momentum",
  weightDecay: "weight decay",
};

export function jsonTuneDisplay(): TuneDisplay {
  let trial = 0;
  return {
    begin: ({ trial: of, plan, settings, resumed }) => {
      trial = of.index;
      const { search, network } = settings;
      const { steps, trainings, cost, budget, mode, train, validation } = plan;
      const planned = { steps, trainings, cost, budget, mode, train_examples: train, validation_examples: validation };
      const lead = { event: "begin", trial, search, network, seed: of.seed, factors: of.factors };
      sayJson({ ...lead, ...planned, trainings_before: resumed }, 0);
    },
    row: (row) => {
      const lists = (of: TuningRow["signs"]) =>
        of &&
        Object.fromEntries(families.flatMap((family) => (of[family] ? [[familyColumns[family], of[family]]] : [])));
      const { what, index, steps, cost, trainLoss, validationLoss, validationAccuracy } = row;
      const losses = {
        train_loss: trainLoss,
        validation_loss: validationLoss,
        validation_accuracy: validationAccuracy,
      };
      const moves = { signs: lists(row.signs), step_sizes: lists(row.stepSizes) };
      sayJson({ event: what, trial, index, steps, cost, ...losses, ...lists(row.schedules), ...moves }, 0);
    },
    progress: () => {},
    end: ({ status, columns, wallMs }) => sayJson({ event: "end", trial, status, ...columns, wall_ms: wallMs }, 0),
  };
}

/** Milliseconds between two lines of progress. */
const refreshMs = 200;

/** Characters of a value with its arrow. */
const valueWidth = 8;
const headWidths = [7, 9, 8] as const;

export function textTuneDisplay(): TuneDisplay {
  const live = process.stdout.isTTY === true && process.env.TERM !== "dumb" && process.env.CI === undefined;
  let head: TuneHead | undefined;
  let startedMs = 0;
  let startShare: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  let surfaces = 0;
  let rows = 0;
  let shownMs = 0;
  const erase = () => live && process.stdout.write("\r\x1b[K");
  return {
    begin: (of) => {
      head = of;
      startedMs = performance.now();
      startShare = undefined;
      least = Number.POSITIVE_INFINITY;
      surfaces = 0;
      rows = 0;
      for (const line of headLines(of)) say(line);
      say(paint("bold", tableHead(of.plan)));
    },
    row: (row) => {
      if (head === undefined) return;
      erase();
      if (row.what === "surface") {
        if (surfaces === 0) say(paint("dim", "the loss surface around what was found ..."));
        surfaces += 1;
        return;
      }
      rows += 1;
      const better = row.steps === head.plan.steps && row.validationLoss < least;
      if (better) least = row.validationLoss;
      // Of many candidates those that are better than all before are enough.
      if (row.what === "candidate" && !better && row.index + 1 < head.plan.trainings) return;
      for (const line of rowLines(row, head.plan, better)) say(line);
    },
    progress: (share) => {
      startShare ??= share;
      if (!live || head === undefined) return;
      const now = performance.now();
      if (now - shownMs < refreshMs) return;
      shownMs = now;
      const done = share - startShare;
      const left = done > 0.005 ? `, ${formatDuration(((now - startedMs) / done) * (1 - share))} left` : "";
      const { search } = head.settings;
      const { trainings } = head.plan;
      const unit = search === "forward" ? "round" : "training";
      const running = rows < trainings ? `${unit} ${rows + 1} of ${trainings} is running` : "trying what was found";
      process.stdout.write(
        `\r\x1b[K${paint("dim", `${running}, ${Math.floor(100 * Math.min(1, share))} % done${left}`)}`,
      );
    },
    end: (result) => {
      erase();
      for (const line of endLines(result)) say(line);
      say();
    },
  };
}

function headLines({ trial, settings, plan, place, of, resumed }: TuneHead): string[] {
  const lead = of > 1 ? `${place}/${of}  ` : "";
  const learned = families
    .filter((family) => plan.learned[family] > 0)
    .map((family) => counted(plan.learned[family], familyNames[family], pluralOf(family)));
  const what =
    settings.search === "forward"
      ? `${counted(plan.count, "round")} of ${counted(plan.steps, "step")} for ${learned.join(", ")}; ${plan.mode} mode`
      : settings.search === "cosine" || settings.search === "given"
        ? `one training of ${counted(plan.steps, "step")}`
        : `${counted(plan.count, "candidate")} for ${learned.join(", ")}, up to ${counted(plan.steps, "step")}`;
  const label = searchLabel(trial);
  const name = label === settings.search ? label : `${label} (${settings.search})`;
  return [
    `${lead}${paint("bold", name)}  ${what}, ${grouped(Math.round(plan.cost))} gradients`,
    `${settings.network} ${settings.model} on ${settings.data}, ${grouped(plan.train)} examples to train on and ${grouped(plan.validation)} to be judged by, seed ${trial.seed}`,
    ...(settings.search === "forward"
      ? [paint("dim", "↑ ↓ · where a value goes next, against the sign of its hypergradient; step: by how much")]
      : []),
    ...(resumed > 0 ? [`goes on after ${counted(resumed, "training")}`] : []),
  ];
}

const pluralOf = (family: Family) => (family === "momentum" ? "momenta" : `${familyNames[family]}s`);

/** Families shown value by value, where the terminal has room for all; else each by its range. */
function fits(plan: TuningPlan): boolean {
  const values = families.reduce((sum, family) => sum + columnWidth(plan, family), 0);
  return 28 + values <= terminalWidth();
}

const columnWidth = (plan: TuningPlan, family: Family) =>
  plan.learned[family] === 0 ? 0 : Math.max(familyNames[family].length + 2, valueWidth * plan.learned[family]);

function tableHead(plan: TuningPlan): string {
  const lead = ["round", "val loss", "val acc"].map((title, i) => title.padStart(headWidths[i])).join(" ");
  const names = families.filter((family) => plan.learned[family] > 0);
  const wide = fits(plan);
  return `${lead}  ${names.map((family) => (wide ? familyNames[family].padEnd(columnWidth(plan, family)) : familyNames[family].padEnd(rangeWidth))).join("")}`.trimEnd();
}

const rangeWidth = 26;

function rowLines(row: TuningRow, plan: TuningPlan, better: boolean): string[] {
  const diverged = !Number.isFinite(row.validationLoss);
  const cells = [
    `${row.index + 1}/${plan.trainings}`,
    diverged ? "diverged" : row.validationLoss.toFixed(4),
    diverged ? "" : `${(100 * row.validationAccuracy).toFixed(1)} %`,
  ];
  const lead = cells.map((cell, i) => cell.padStart(headWidths[i])).join(" ");
  const names = families.filter((family) => plan.learned[family] > 0);
  const wide = fits(plan);
  const values = names.map((family) => {
    const of = row.schedules[family];
    const signs = row.signs?.[family];
    if (!wide || of.length > plan.learned[family]) {
      return rangeText(of, signs).padEnd(wide ? columnWidth(plan, family) : rangeWidth);
    }
    const shown = of.map((value, k) => `${shortValue(value)}${arrow(signs?.[k])}`.padEnd(valueWidth));
    return shown.join("").padEnd(columnWidth(plan, family));
  });
  const main = `${lead}  ${values.join("")}`.trimEnd();
  const lines = [better && canStyle() ? paint("bold", main) : main];
  if (row.stepSizes === undefined || !wide) return lines;
  const steps = names.map((family) =>
    (row.stepSizes?.[family] ?? [])
      .map((step) => shortValue(step).padEnd(valueWidth))
      .join("")
      .padEnd(columnWidth(plan, family)),
  );
  const label = "step".padStart(headWidths[0] + headWidths[1] + headWidths[2] + 2);
  return [...lines, paint("dim", `${label}  ${steps.join("")}`.trimEnd())];
}

/** Where a value goes: against the sign of its hypergradient. */
function arrow(sign: number | undefined): string {
  if (sign === undefined) return "";
  return sign < 0 ? "↑" : sign > 0 ? "↓" : "·";
}

function rangeText(values: readonly number[], signs: readonly number[] | undefined): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const range = low === high ? shortValue(low) : `${shortValue(low)} to ${shortValue(high)}`;
  if (signs === undefined) return range;
  const up = signs.filter((sign) => sign < 0).length;
  const down = signs.filter((sign) => sign > 0).length;
  return values.length === 1 ? `${range}${arrow(signs[0])}` : `${range}, ${up}↑ ${down}↓`;
}

/** Up to six characters. */
function shortValue(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 0.001) return value.toExponential(1).replace(".0e", "e");
  return value.toFixed(3);
}

function endLines({ status, columns, diverged, wallMs }: TrialResult): string[] {
  const took = `in ${wallMs < 9950 ? `${(wallMs / 1000).toFixed(1)} s` : formatDuration(wallMs)}`;
  if (status === "diverged") return [`nothing found ${took}: ${diverged?.reason}`];
  const percent = (value: unknown) =>
    Number.isFinite(value) ? `${(100 * Number(value)).toFixed(2)} %` : "none: it diverged";
  return [
    `best in training ${Number(columns.best) + 1}: validation loss ${Number(columns.validation_loss).toFixed(4)}, test accuracy ` +
      `${paint("bold", percent(columns.search_accuracy))}; trained on everything ${paint("bold", percent(columns.test_accuracy))}, ${took}`,
  ];
}
