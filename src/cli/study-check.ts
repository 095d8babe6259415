/** `study check`: a design shown before it costs anything. */

import { availableParallelism } from "node:os";
import { type Design, formatDuration, type SettingValue, toText } from "../experiment/index.ts";
import { previewStudy, type StudyPreview } from "../studies/index.ts";
import type { StudyOptions } from "./options.ts";
import { asTyped, canStyle, counted, facts, grouped, paint, say, sayJson } from "./output.ts";
import { readDesign } from "./study-run.ts";

export async function checkStudy(
  file: string,
  overrides: readonly string[],
  options: StudyOptions & { readonly maxTrials: number },
): Promise<void> {
  const design = readDesign(file, overrides, options.maxTrials);
  const { workers = availableParallelism() } = options;
  const preview = await previewStudy(design);
  if (options.json === true) sayJson(previewJson(design, preview, workers));
  else say(previewText(design, preview, workers));
}

function previewText(design: Design, preview: StudyPreview, workers: number): string {
  const { study } = design;
  const styled = canStyle();
  const estimate = `about ${formatDuration(preview.estimateMs(workers))} with ${counted(workers, "worker")}`;
  const rows: [string, string][] = [
    ["trials", countText(design)],
    ["time", [estimate, ...preview.notes].join("; ")],
    ...design.study.factors.map((factor): [string, string] => [
      factor.name,
      factor.levels.map((level) => valueText(level.label)).join(", "),
    ]),
    ["seeds", seedsText(design)],
  ];
  const title = (text: string) => paint("bold", text);
  return [
    `${title(study.name)} (${study.kind.name}, ${study.file})`,
    facts(rows),
    "",
    title("Settings"),
    facts(settingRows(design)),
    "",
    ...preview.capacities.map((table) => toText(table, { styled })),
    asTyped(
      `Nothing is wrong with this study. Run it with gradientflow study run ${[study.file, ...study.overrides].join(" ")}`,
    ),
  ].join("\n");
}

/** `4 dense_width x 2 batch_norm x 5 seeds x 2 per cell = 80`. */
function countText({ count, trials }: Design): string {
  const parts = count.axes.map((axis) => `${axis.levels} ${axis.name}`);
  const product = [
    ...parts,
    counted(count.seeds, "seed"),
    ...(count.trialsPerCell === 1 ? [] : [`${count.trialsPerCell} networks (sparse and dense)`]),
  ].join(" × ");
  const excluded = count.total - trials.length;
  if (excluded === 0) return `${grouped(trials.length)} = ${product}`;
  return `${grouped(trials.length)} = ${product} less ${grouped(excluded)} excluded`;
}

function seedsText({ document: { seeds } }: Design): string {
  const most = 12;
  return seeds.length <= most ? seeds.join(", ") : `${seeds.slice(0, most).join(", ")}, ... (${seeds.length})`;
}

/** Settings that are the same in every trial, those that the file or an override gives first. */
function settingRows({ study, document }: Design): [string, string][] {
  const crossed = new Set(study.factors.flatMap((factor) => factor.levels.flatMap((level) => Object.keys(level.sets))));
  const names = Object.keys(document.settings).filter((name) => !crossed.has(name));
  const given = names.filter((name) => Object.hasOwn(study.settings, name));
  const left = names.filter((name) => !given.includes(name));
  const pairs = (list: readonly string[]) =>
    list.map((name) => `${name}=${valueText(document.settings[name])}`).join("  ");
  return [
    ["given", given.length === 0 ? "none" : pairs(given)],
    ["by default", pairs(left)],
  ];
}

function valueText(value: SettingValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function previewJson(design: Design, preview: StudyPreview, workers: number): object {
  const { study, count, trials, document } = design;
  return {
    name: study.name,
    kind: study.kind.name,
    file: study.file,
    trials: trials.length,
    factors: count.axes,
    seeds: document.seeds,
    trials_per_cell: count.trialsPerCell,
    excluded: count.total - trials.length,
    settings: document.settings,
    capacities: preview.capacities.map(({ caption, rows }) => ({ networks: caption, layers: rows })),
    workers,
    estimate_ms: Math.round(preview.estimateMs(workers)),
    notes: preview.notes,
  };
}
