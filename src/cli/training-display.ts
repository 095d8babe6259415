/**
 * How one training looks: a head, a row per epoch with the time left below it on a terminal, and what it came to; or JSON
 * lines.
 *
 *     epoch      loss  train acc   test acc       gf_2      egf_2
 *      3/10    0.2310    94.15 %    92.22 %     0.8213     0.1023
 */

import type { Dataset } from "../data/index.ts";
import { formatDuration } from "../experiment/index.ts";
import { defaultLearningRates, groupWarning, isZeroing, type OptimizerName } from "../optim/index.ts";
import { type Measurement, networkMeasures, type RunOutcome, type SharedSettings } from "../studies/index.ts";
import type { TrainingPosition } from "../train/index.ts";
import { counted, grouped, paint, say, sayJson, warn } from "./output.ts";
import { layerTable } from "./training-layers.ts";
import type { NetworkText } from "./training-network.ts";

export interface TrainingHead {
  readonly settings: SharedSettings;
  /** Of a pair's network, or the method. */
  readonly kind: string;
  /** In words. */
  readonly network: NetworkText;
  readonly seed: number;
  readonly dataset: Dataset;
  /** Where a training that was stopped goes on. */
  readonly from?: TrainingPosition;
}

export interface TrainingDisplay {
  begin(head: TrainingHead): void;
  /** The end of an epoch, 0 being the start; `measured` where measures were taken. */
  epoch(epoch: number, trainLoss: number, measured: Measurement | undefined): void;
  end(outcome: RunOutcome): void;
  /** Ctrl-C, in place of the end. */
  stopped(at: TrainingPosition): void;
}

export function jsonTrainingDisplay(): TrainingDisplay {
  let startedMs = 0;
  const elapsedMs = () => Math.round(performance.now() - startedMs);
  return {
    begin: ({ settings, kind, seed, dataset, from }) => {
      startedMs = performance.now();
      sayJson({ event: "begin", kind, seed, data_sha256: dataset.sha256, settings, resumed_at_step: from?.step }, 0);
    },
    epoch: (epoch, trainLoss, measured) =>
      sayJson({ event: "epoch", epoch, running_loss: trainLoss, ...measures(measured), elapsed_ms: elapsedMs() }, 0),
    end: ({ activeWeights, parameters, averages, diverged, measurements }) => {
      const last = diverged === undefined ? measurements.at(-1) : undefined;
      const { gf1, gf2, egf1, egf2 } = averages;
      const status = diverged === undefined ? "done" : "diverged";
      const result = { ...measures(last), gf_1: gf1, gf_2: gf2, egf_1: egf1, egf_2: egf2 };
      const totals = { active_weights: activeWeights, parameters, ...result, diverged, wall_ms: elapsedMs() };
      sayJson({ event: "end", status, ...totals }, 0);
    },
    stopped: ({ epoch, step }) => sayJson({ event: "stopped", epoch, step, elapsed_ms: elapsedMs() }, 0),
  };
}

const measures = (measured: Measurement | undefined) => (measured === undefined ? {} : networkMeasures(measured));

/** Columns of the table of epochs: title and width. The last two are of optimizers that set weights to zero. */
const columns = [
  ["epoch", 9],
  ["loss", 9],
  ["train acc", 10],
  ["test acc", 10],
  ["gf_2", 9],
  ["egf_2", 9],
  ["omega", 9],
  ["zero", 9],
] as const;

const row = (cells: readonly string[]) => cells.map((cell, i) => cell.padStart(columns[i][1])).join(" ");
const number = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? "-" : shortNumber(value));
const percent = (value: number | undefined) => (value === undefined ? "-" : `${(100 * value).toFixed(2)} %`);

/** Tenths of a second where they tell something. */
function shortDuration(ms: number): string {
  return ms < 9950 ? `${(ms / 1000).toFixed(1)} s` : formatDuration(ms);
}

function shortNumber(value: number): string {
  const size = Math.abs(value);
  return size !== 0 && (size < 0.001 || size >= 10000) ? value.toExponential(2) : value.toFixed(4);
}

export function textTrainingDisplay(): TrainingDisplay {
  const live = process.stdout.isTTY === true && process.env.TERM !== "dumb" && process.env.CI === undefined;
  let epochs = 0;
  let startEpoch = 0;
  let startedMs = 0;
  let zeroing = false;
  const erase = () => live && process.stdout.write("\r\x1b[K");
  return {
    begin: (head) => {
      epochs = head.settings.epochs;
      startEpoch = head.from?.epoch ?? 0;
      startedMs = performance.now();
      zeroing = isZeroing(head.settings.optimizer);
      for (const line of headLines(head)) say(line);
      say();
      say(paint("bold", row(columns.slice(0, zeroing ? 8 : 6).map(([title]) => title))));
    },
    epoch: (epoch, trainLoss, measured) => {
      erase();
      // Where nothing was measured, the mean loss of the epoch's steps stands in.
      const loss = measured === undefined ? trainLoss : measured.train.loss;
      const { train, test, flow, groups } = measured ?? {};
      const flows = [number(flow?.gf2), number(flow?.egf2)];
      const zeros = zeroing ? [number(groups?.omega), percent(groups?.groupSparsity)] : [];
      say(
        row([
          `${epoch}/${epochs}`,
          number(loss),
          percent(train?.accuracy),
          percent(test?.accuracy),
          ...flows,
          ...zeros,
        ]),
      );
      if (!live || epoch === epochs) return;
      const left =
        epoch === 0
          ? ""
          : `, ${formatDuration(((performance.now() - startedMs) / (epoch - startEpoch)) * (epochs - epoch))} left`;
      process.stdout.write(paint("dim", `epoch ${epoch + 1} of ${epochs} is running${left}`));
    },
    end: (outcome) => {
      erase();
      say();
      sayEnd(outcome, performance.now() - startedMs);
    },
    stopped: (at) => {
      erase();
      say(`stopped after ${placeInWords(at)}`);
    },
  };
}

function placeInWords({ epoch, stepInEpoch }: TrainingPosition): string {
  return `${counted(epoch, "epoch")}${stepInEpoch === 0 ? "" : ` and ${counted(stepInEpoch, "step")}`}`;
}

/** What is trained on what, and from where, a line each. */
function headLines({ settings, network, seed, dataset, from }: TrainingHead): string[] {
  const norm = settings.batch_norm === true ? ", batch norm" : "";
  const rate =
    settings.learning_rates === null
      ? `learning rate ${settings.learning_rate ?? defaultLearningRates[settings.optimizer as OptimizerName]}`
      : `learning rates ${settings.learning_rates.map((one) => Number(one.toPrecision(4))).join(", ")}`;
  const { train, test } = dataset;
  return [
    `${paint("bold", network.name)}  ${network.size}`,
    `${settings.activation}${norm}, ${settings.optimizer} at ${rate}, ${dataset.name} ${grouped(train.count)} + ${grouped(test.count)} examples, seed ${seed}`,
    ...(from === undefined ? [] : [`goes on after ${placeInWords(from)}`]),
  ];
}

function sayEnd({ diverged, measurements, averages, network }: RunOutcome, elapsedMs: number): void {
  const last = measurements.at(-1);
  if (diverged !== undefined) {
    warn(`the training diverged: ${diverged.reason}. A lower learning_rate, batch_norm=true or clip_norm=1 may help`);
    say(`diverged after ${shortDuration(elapsedMs)}`);
  } else if (last !== undefined) {
    const { test, flow } = last;
    say(
      `test accuracy ${paint("bold", percent(test.accuracy))}, test loss ${number(test.loss)}, in ${shortDuration(elapsedMs)}`,
    );
    sayGroups(measurements);
    say(
      `gradient flow, averaged over training: gf_2 ${number(averages.gf2)}, egf_2 ${number(averages.egf2)}; at the end ${number(flow.gf2)} and ${number(flow.egf2)}`,
    );
    say();
    say(layerTable(network, measurements));
  }
}

/** How many groups are zero, layer by layer, of an optimizer that sets some to zero; a warning where none is. */
function sayGroups(measurements: readonly Measurement[]): void {
  const reports = measurements.flatMap(({ groups }) => groups ?? []);
  const [last, loss] = [reports.at(-1), measurements.at(-1)?.train.loss];
  if (last === undefined || loss === undefined) return;
  const blocks = last.blocks.map(({ name, groups, zeroGroups }) => `${name} ${grouped(zeroGroups)}/${grouped(groups)}`);
  say(
    `zero groups: ${grouped(last.zeroGroups)} of ${grouped(last.groups)} (${percent(last.groupSparsity)}): ${blocks.join(", ")}`,
  );
  say(
    `objective ${number(loss + last.lambda * last.omega)}: loss ${number(loss)} and lambda ${last.lambda} times omega ${number(last.omega)}`,
  );
  const warning = groupWarning(reports);
  if (warning !== undefined) warn(warning);
}
