/** The figures of a study of tuning: schedules, progress, signs, the loss surface, differences. */

import { mean } from "../../base/index.ts";
import type { ReportFigure, TrialRecord } from "../../experiment/index.ts";
import { type Family, families } from "../../hyperopt/index.ts";
import {
  differenceForest,
  lossSurface,
  type SchedulePoint,
  type SearchPoint,
  type SignCell,
  type SurfacePoint,
  scheduleSteps,
  searchProgress,
  signGrid,
} from "../../plot/index.ts";
import { learnedOf } from "./plan.ts";
import { decodeRow, type ReadRow } from "./rows.ts";
import type { TuningSettings } from "./settings.ts";
import { accuracies, cellName, searchLabel, type TuningSummary } from "./summary.ts";
import { surfaceAxes } from "./surface.ts";

const familyWords: Readonly<Record<Family, string>> = {
  learningRate: "learning rate",
  momentum: "momentum",
  weightDecay: "weight decay",
};

/** A finished search with its rows. */
interface Finished {
  readonly record: TrialRecord;
  readonly settings: TuningSettings;
  readonly label: string;
  readonly rows: readonly ReadRow[];
  readonly best: ReadRow | undefined;
}

/** The finished searches of each cell, by its name. */
export function finishedSearches(records: readonly TrialRecord[]): Map<string, Finished[]> {
  const done = records.filter(({ state, result }) => state === "done" && result !== null);
  const finished = done.map((record): Finished => {
    const rows = (record.result?.epochs ?? []).map(decodeRow);
    const best = Number(record.result?.columns.best);
    return {
      record,
      settings: record.spec.payload as TuningSettings,
      label: searchLabel(record.spec),
      rows,
      best: rows.find(({ what, index }) => what !== "surface" && index === best),
    };
  });
  return Map.groupBy(finished, ({ record }) => cellName(record.spec.factors));
}

const inCell = (text: string, cell: string) => (cell === "" ? text : `${text}, ${cell}`);
const nameOf = (name: string, place: number) => (place === 0 ? name : `${name}-${place + 1}`);

/**
 * What was found by forward mode, and where it was in its last round; where there is none, by the others. Families of one value
 * stand in the table.
 */
export async function scheduleFigure(
  searches: readonly Finished[],
  cell: string,
  place: number,
): Promise<ReportFigure> {
  const forward = searches.filter(({ settings }) => settings.search === "forward");
  const shown = (forward.length > 0 ? forward : searches).flatMap(({ best, label, record, rows }) => {
    const last = rows.findLast(({ what }) => what === "round");
    const seed = String(record.spec.seed);
    return [
      ...(best === undefined ? [] : [{ series: label, seed, schedules: best.schedules }]),
      ...(last === undefined || last === best
        ? []
        : [{ series: `${label}, last round`, seed, schedules: last.schedules }]),
    ];
  });
  const long = families.filter((family) => shown.some(({ schedules }) => schedules[family].length > 1));
  const points = shown.flatMap(({ series, seed, schedules }) =>
    (long.length > 0 ? long : families).flatMap((family) =>
      schedules[family].map(
        (value, k, { length }): SchedulePoint => ({
          series,
          seed,
          panel: familyWords[family],
          from: k / length,
          to: (k + 1) / length,
          value,
        }),
      ),
    ),
  );
  const title = inCell("Learned schedules", cell);
  return {
    name: nameOf("schedules", place),
    svg: await scheduleSteps(points, { title }),
    caption: `${title}: those of the round with the lowest validation loss, and those of the last round.`,
  };
}

/** Validation loss against cost, and for forward mode against rounds. */
export async function progressFigure(
  searches: readonly Finished[],
  cell: string,
  place: number,
): Promise<ReportFigure> {
  const points = searches.flatMap(({ rows, label, record, best }) =>
    rows
      .filter(({ what, steps }) => what !== "surface" && steps === best?.steps)
      .map(
        ({ cost, validationLoss: loss }): SearchPoint => ({
          series: label,
          seed: String(record.spec.seed),
          cost,
          loss,
        }),
      ),
  );
  const title = inCell("Validation loss and its best so far", cell);
  return {
    name: nameOf("progress", place),
    svg: await searchProgress(points, { title }),
    caption: `${title}, of trainings of full length, against the gradients that the search had computed.`,
  };
}

/** Signs of the first seed's search by forward mode. */
export async function signFigures(searches: readonly Finished[], cell: string, place: number): Promise<ReportFigure[]> {
  const first = searches.find(({ rows }) => rows.some(({ what }) => what === "round"));
  if (first === undefined) return [];
  const learned = learnedOf(first.settings);
  const names = families.flatMap((family) =>
    Array.from({ length: learned[family] }, (_, k) => ({
      family,
      k,
      row: learned[family] === 1 ? familyWords[family] : `${familyWords[family]} ${k + 1}`,
    })),
  );
  const cells = first.rows
    .filter(({ what }) => what === "round")
    .flatMap(({ index, schedules, signs }) =>
      names.map(
        ({ family, k, row }, at): SignCell => ({
          row,
          round: index + 1,
          value: schedules[family][k],
          sign: signs[at] ?? 0,
        }),
      ),
    );
  const title = inCell("Where each value went", cell);
  return [
    {
      name: nameOf("signs", place),
      svg: await signGrid(cells, { title }),
      caption: `${title}: search "${first.label}", seed ${first.record.spec.seed}. A value moves against the sign of its hypergradient, by half as much as before where the sign turned.`,
    },
  ];
}

/** The loss surface of the first search that has one. */
export async function surfaceFigures(
  searches: readonly Finished[],
  cell: string,
  place: number,
): Promise<ReportFigure[]> {
  const first = searches.find(({ rows }) => rows.some(({ what }) => what === "surface"));
  if (first?.best === undefined) return [];
  const [x, y] = surfaceAxes({ learned: learnedOf(first.settings) });
  const at = (row: ReadRow, what: SurfacePoint["what"]): SurfacePoint => ({
    what,
    x: mean(row.schedules[x]),
    ...(y === undefined ? {} : { y: mean(row.schedules[y]) }),
    loss: row.validationLoss,
  });
  const points = first.rows.map((row) => at(row, row.what === "surface" ? "grid" : "way"));
  const axes = [axisName(x, first.settings), ...(y === undefined ? [] : [axisName(y, first.settings)])] as [
    string,
    string?,
  ];
  const title = inCell("Validation loss around what was found", cell);
  return [
    {
      name: nameOf("surface", place),
      svg: await lossSurface([...points, at(first.best, "found")], { title, axes }),
      caption:
        `${title}: search "${first.label}", seed ${first.record.spec.seed}. The grid trains on the examples and from the weights of the best round, with ` +
        "its schedules scaled to the means of the axes; other rounds had other shapes, examples and weights, so that the line is a projection.",
    },
  ];
}

function axisName(family: Family, settings: TuningSettings): string {
  return learnedOf(settings)[family] === 1 ? familyWords[family] : `mean ${familyWords[family]}`;
}

/** Every search against the first. */
export async function differencesFigures({ cells }: TuningSummary): Promise<ReportFigure[]> {
  const figures = accuracies.map(async (of): Promise<ReportFigure | undefined> => {
    const rows = cells.flatMap(({ comparisons, factors }) =>
      comparisons
        .filter((one) => one.of === of)
        .map(({ first, second, difference, pTwoSided }) => ({
          label: inCell(`${first} − ${second}`, cellName(factors)),
          mean: difference.mean,
          low: difference.low,
          high: difference.high,
          n: difference.n,
          p: pTwoSided,
        })),
    );
    if (rows.length === 0) return undefined;
    const what = of === "search_accuracy" ? "the search's best training" : "a training on everything";
    return {
      name: of === "search_accuracy" ? "differences-search" : "differences-everything",
      svg: await differenceForest(rows, {
        title: `Test accuracy of ${what}, less that of the first search`,
        intervalName: "95 % bootstrap interval (BCa)",
        sides: ["the first", "this one"],
      }),
      caption: `Mean difference over seeds of the test accuracy of ${what}.`,
    };
  });
  return (await Promise.all(figures)).filter((one) => one !== undefined);
}
