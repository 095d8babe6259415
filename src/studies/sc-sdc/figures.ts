/** The figures of a same-capacity study, from its trials and its summary. */

import type { ReportFigure, TrialRecord } from "../../experiment/index.ts";
import { bootstrapInterval } from "../../experiment/index.ts";
import {
  type AccuracyPoint,
  accuracyByWidth,
  correlationBars,
  differenceForest,
  type EgfPoint,
  egfOverTraining,
  type FlowPoint,
  flowAgainstLoss,
  type NetKind,
  pValueMap,
} from "../../plot/index.ts";
import { cellLabel, place } from "./pivot.ts";
import type { StudySummary } from "./summary.ts";

/** More panels than this make one figure per row of the layout. */
const panelLimit = 12;
const pooled = ["dense_width", "sparse_width"];

interface PlacedTrial {
  readonly row: string;
  readonly panel: string;
  readonly record: TrialRecord;
}

/** Trials with the panel they belong to, grouped into figures. */
function layOut(records: readonly TrialRecord[]): { readonly title: string; readonly trials: PlacedTrial[] }[] {
  const cells = records.map((record) => ({
    factors: Object.fromEntries(
      Object.entries(record.spec.factors).filter(([name]) => !pooled.includes(name)),
    ) as Record<string, string | number | boolean>,
    record,
  }));
  const trials = place(cells).map(({ row, column, cell }) => ({
    row,
    panel: Object.keys(cell.factors).length === 0 ? "" : cellLabel(cell.factors),
    column,
    record: cell.record,
  }));
  const panels = new Set(trials.map((trial) => trial.panel));
  if (panels.size <= panelLimit) return [{ title: "", trials }];
  return [...new Set(trials.map((trial) => trial.row))].map((row) => ({
    title: row,
    trials: trials.filter((trial) => trial.row === row).map((trial) => ({ ...trial, panel: trial.column })),
  }));
}

const kindOf = (record: TrialRecord) => record.spec.kind as NetKind;
const value = (record: TrialRecord, column: string) => Number(record.result?.columns[column] ?? Number.NaN);
const suffix = (title: string) => (title === "" ? "" : `-${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`);

/** Accuracy against width with bands. */
export async function accuracyFigures(records: readonly TrialRecord[]): Promise<ReportFigure[]> {
  const figures: ReportFigure[] = [];
  for (const { title, trials } of layOut(records)) {
    const points = trials.map(
      ({ panel, record }): AccuracyPoint => ({
        kind: kindOf(record),
        denseWidth: Number(record.spec.columns.dense_width),
        accuracy: record.state === "done" ? value(record, "test_accuracy") : Number.NaN,
        seed: record.spec.seed,
        activeWeights: Number.isFinite(value(record, "active_weights")) ? value(record, "active_weights") : undefined,
        panel,
      }),
    );
    const svg = await accuracyByWidth(points, {
      title: `Test accuracy against width${title === "" ? "" : `, ${title}`}`,
      interval: (accuracies) => {
        const { low, high } = bootstrapInterval(accuracies);
        return [low, high];
      },
      intervalName: "95 % bootstrap interval (BCa) over seeds",
    });
    const caption =
      "Test accuracy of sparse and dense networks of the same capacity against the dense partner's width.";
    figures.push({ name: `accuracy-by-width${suffix(title)}`, svg, caption });
  }
  return figures;
}

/** Paired differences with intervals, one row per cell. */
export async function differenceFigure({ cells }: StudySummary): Promise<ReportFigure> {
  const rows = cells.map((cell) => ({
    label: cellLabel(cell.factors),
    mean: cell.meanDifference,
    low: cell.low,
    high: cell.high,
    n: cell.n,
    p: cell.pGreater,
  }));
  const svg = await differenceForest(rows, { intervalName: "95 % bootstrap interval (BCa)" });
  return {
    name: "differences",
    svg,
    caption: "Mean paired difference of test accuracy, sparse minus dense, per cell.",
  };
}

/** The p-value table as a picture. */
export async function pValueFigure({ cells, test }: StudySummary): Promise<ReportFigure> {
  const placed = place(cells).map(({ row, column, cell }) => ({
    row,
    column,
    p: cell.pGreater,
    n: cell.n,
    difference: cell.meanDifference,
  }));
  return {
    name: "p-value-map",
    svg: await pValueMap(placed, { method: test }),
    caption: "One-sided p-values of “sparse is better”, uncorrected.",
  };
}

/** The norm of each layer's gradient at its active weights over training, median over trials: the terms EGF₂ is the mean of. */
export async function egfFigures(records: readonly TrialRecord[]): Promise<ReportFigure[]> {
  const figures: ReportFigure[] = [];
  for (const { title, trials } of layOut(records)) {
    const points = trials.flatMap(({ panel, record }) =>
      (record.result?.epochs ?? [])
        .filter((row) => row.layer !== "all")
        .map(
          (row): EgfPoint => ({
            kind: kindOf(record),
            epoch: Number(row.epoch),
            layer: String(row.layer).replace("layer", "layer "),
            egf: Number(row.norm_2),
            panel,
          }),
        ),
    );
    const svg = await egfOverTraining(points, {
      title: `Gradient norm of each layer at its active weights${title === "" ? "" : `, ${title}`}`,
    });
    const caption =
      "2-norm of each layer's gradient at its active weights over training, median over trials; EGF₂ is the mean over layers.";
    figures.push({ name: `egf-over-training${suffix(title)}`, svg, caption });
  }
  return figures;
}

/** |tau| by measure. */
export async function correlationFigure({ correlations }: StudySummary): Promise<ReportFigure> {
  const sets = new Set(correlations.map(({ data }) => data));
  const rows = correlations.map(({ data, measure, kind, target, tau, p, n }) => ({
    measure: measure.replace("egf_", "EGF ").replace("gf_", "gf "),
    kind,
    target: `${target.replace("_", " ")}${sets.size > 1 ? `, ${data}` : ""}`,
    tau,
    p,
    n,
  }));
  return {
    name: "correlations",
    svg: await correlationBars(rows),
    caption:
      "Absolute value of Kendall's tau-b between each measure of gradient flow, averaged over training, and performance.",
  };
}

/** EGF against test loss, a dot per trial. */
export async function flowFigure(records: readonly TrialRecord[]): Promise<ReportFigure> {
  const points = records.map(
    (record): FlowPoint => ({
      kind: kindOf(record),
      flow: record.state === "done" ? value(record, "egf_2") : Number.NaN,
      testLoss: value(record, "test_loss"),
      label: `trial ${record.spec.index}`,
    }),
  );
  return {
    name: "egf-against-loss",
    svg: await flowAgainstLoss(points, { measure: "EGF₂, average over training" }),
    caption: "EGF₂ averaged over training against the final test loss, one dot per trial.",
  };
}
