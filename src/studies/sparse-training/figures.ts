/**
 * The figures of a study of sparse training: accuracies and their differences, the gradient's norm over training and around
 * changes of the topology, and the loss between lottery tickets and the solutions they were pruned from.
 */

import { median } from "../../base/index.ts";
import type { ReportFigure, TrialRecord } from "../../experiment/index.ts";
import {
  accuracyByMethod,
  differenceForest,
  type FigureOptions,
  gradientNormOverSteps,
  interpolationCurves,
  updateEffects,
} from "../../plot/index.ts";
import { isCellFactor, methodLabel, type SparseSummary } from "./summary.ts";
import { cellName } from "./tables.ts";
import { updatesOf } from "./updates.ts";

const intervalName = "95 % bootstrap interval (BCa)";

/** Every method's accuracy, and that of each of its seeds. */
export async function accuracyFigure({ cells }: SparseSummary): Promise<ReportFigure> {
  const rows = cells.flatMap((cell) =>
    cell.methods.map(({ method, accuracy, low, high, accuracies }) => ({
      label: cells.length > 1 ? `${method}, ${cellName(cell)}` : method,
      mean: accuracy,
      low,
      high,
      seeds: accuracies,
    })),
  );
  return {
    name: "accuracy",
    svg: await accuracyByMethod(rows, { intervalName }),
    caption: "Test accuracy of each method: mean over seeds, and every seed.",
  };
}

/** Every method against the first of its cell. */
export async function differencesFigure({ cells }: SparseSummary): Promise<ReportFigure> {
  const references = new Set(cells.map(({ methods }) => methods[0]?.method));
  const common = references.size === 1 ? [...references][0] : undefined;
  const rows = cells.flatMap((cell) => {
    const reference = cell.methods[0]?.method;
    const name = cellName(cell);
    return cell.comparisons
      .filter(({ second }) => second === reference)
      .map((of) => ({
        label: `${of.first}${common === undefined ? ` − ${of.second}` : ""}${cells.length > 1 ? `, ${name}` : ""}`,
        mean: of.meanDifference,
        low: of.low,
        high: of.high,
        n: of.n,
        p: of.pGreater,
      }));
  });
  return {
    name: "differences",
    svg: await differenceForest(rows, {
      title: `Test accuracy of each method less that of ${common ?? "the first"}`,
      intervalName,
      sides: [common ?? "second", common === undefined ? "first" : "the method"],
    }),
    caption: "Mean difference of test accuracy over seeds, each method minus the first of its cell.",
  };
}

/** The norm of the whole gradient over training, a line per method, a figure per cell. */
export function gradientFigures(records: readonly TrialRecord[]): Promise<ReportFigure[]> {
  return figuresPerCell(records, {
    name: "gradient-norm",
    title: "Norm of the gradient over training",
    caption: "by all parameters, masked weights left out, on a fixed sample of training examples; median over seeds.",
    draw: (methods, options) => {
      const points = methods.flatMap(({ label, trials }) =>
        medians(trials, (record) => {
          const rows = (record.result?.epochs ?? []).filter((row) => row.layer === "all");
          const perEpoch = Number(record.result?.columns.steps) / Number(rows.at(-1)?.epoch ?? Number.NaN);
          return rows.map((row) => [Math.round(Number(row.epoch) * perEpoch), Number(row.gradient_norm)]);
        }).map(([step, norm]) => ({ series: label, step, norm })),
      );
      return gradientNormOverSteps(points, options);
    },
  });
}

/** What every measured change of the topology did to the norm, a panel per method, a figure per cell that has any. */
export function updateFigures(records: readonly TrialRecord[]): Promise<ReportFigure[]> {
  return figuresPerCell(
    records.filter((record) => updatesOf(record).length > 0),
    {
      name: "topology-updates",
      title: "Change of the gradient norm by topology updates",
      caption: "the norm right after each change less that right before, on the same examples; median over seeds.",
      draw: (methods, options) => {
        const points = methods.flatMap(({ label, trials }) =>
          medians(trials, (record) => updatesOf(record).map(({ step, delta }) => [step, delta])).map(
            ([step, delta]) => ({ series: label, step, delta }),
          ),
        );
        return updateEffects(points, options);
      },
    },
  );
}

/** The loss on the lines from tickets to their pruned solutions, a figure per cell that has any. */
export function lineFigures(records: readonly TrialRecord[]): Promise<ReportFigure[]> {
  const linesOf = ({ result }: TrialRecord) => result?.tables?.lines ?? [];
  return figuresPerCell(
    records.filter((record) => linesOf(record).length > 0),
    {
      name: "interpolation",
      title: "Loss between tickets and their pruned solutions",
      caption:
        "training loss from a training's start or end (α = 0) to the pruned solution (α = 1); median over seeds.",
      draw: (methods, options) => {
        const points = methods.flatMap(({ label, trials }) =>
          ["start", "end"].flatMap((from) => {
            const of = (key: string) =>
              medians(trials, (record) =>
                linesOf(record).flatMap((row) => (row.from === from ? [[Number(row.alpha), Number(row[key])]] : [])),
              );
            const accuracies = new Map(of("train_accuracy"));
            const series = `${label}, ${from}`;
            return of("train_loss").map(([alpha, loss]) => ({ series, alpha, loss, accuracy: accuracies.get(alpha) }));
          }),
        );
        return interpolationCurves(points, options);
      },
    },
  );
}

interface MethodTrials {
  readonly label: string;
  readonly trials: readonly TrialRecord[];
}

interface CellFigure {
  readonly name: string;
  readonly title: string;
  /** Follows the title and a colon. */
  readonly caption: string;
  readonly draw: (methods: readonly MethodTrials[], options: FigureOptions) => Promise<string>;
}

/** One figure per cell, of its methods' trials. */
function figuresPerCell(records: readonly TrialRecord[], figure: CellFigure): Promise<ReportFigure[]> {
  const cells = new Map<string, Map<string, TrialRecord[]>>();
  for (const record of records) {
    const factors = Object.entries(record.spec.factors).filter(([name]) => isCellFactor(name));
    const name = factors.map(([factor, value]) => `${factor.replaceAll("_", " ")} ${String(value)}`).join(", ");
    const methods = ensure(cells, name, () => new Map<string, TrialRecord[]>());
    ensure(methods, methodLabel(record.spec), () => []).push(record);
  }
  const figures = [...cells].map(async ([cell, methods], at): Promise<ReportFigure> => {
    const title = `${figure.title}${cell === "" ? "" : `, ${cell}`}`;
    return {
      name: cells.size === 1 ? figure.name : `${figure.name}-${at + 1}`,
      svg: await figure.draw(
        [...methods].map(([label, trials]) => ({ label, trials })),
        { title },
      ),
      caption: `${title}: ${figure.caption}`,
    };
  });
  return Promise.all(figures);
}

/** The median over trials at each place that any of them has a value at, in the order of the places' first trial. */
function medians(
  trials: readonly TrialRecord[],
  valuesOf: (record: TrialRecord) => readonly (readonly number[])[],
): (readonly [number, number])[] {
  const places = new Map<number, number[]>();
  for (const record of trials)
    for (const [place, value] of valuesOf(record)) ensure(places, place, () => []).push(value);
  return [...places].map(([place, values]) => [place, median(values)]);
}

function ensure<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}
