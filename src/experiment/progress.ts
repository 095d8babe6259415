/**
 * How a running study looks: lines that renew themselves on a terminal, a line now and then when piped, JSON lines for
 * programs.
 *
 *     quickstart  [##########..........]  412/800  2 running  1 diverged  0 failed  310 trials/min  1m 15s left
 *       1  trial 413  sparse dense_width=77 optimizer=adam seed 2  epoch 7/20
 */

import { stripVTControlCharacters, styleText } from "node:util";
import type { RunEvent } from "./run-event.ts";
import type { StateCounts } from "./store/index.ts";
import { labelText } from "./study.ts";
import type { TrialSpec } from "./trial.ts";

/** Where to write: process.stderr, or a test's stand-in. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export type ProgressMode = "live" | "plain" | "json" | "quiet";

export interface ProgressOptions {
  readonly stream?: ProgressStream;
  /** `live` on a terminal and `plain` elsewhere, unless given. */
  readonly mode?: ProgressMode;
  readonly name?: string;
  /** Milliseconds. */
  readonly clock?: () => number;
  /** Plain lines and JSON counts come at most this often. */
  readonly plainEveryMs?: number;
  /** Colours, unless NO_COLOR or a pipe forbids them. */
  readonly color?: boolean;
  /** For NO_COLOR, CI and TERM. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface Progress {
  /** Takes what `runTrials` tells. */
  handle(event: RunEvent): void;
}

const liveEveryMs = 100;
const barWidth = 20;

interface Running {
  readonly trial: TrialSpec;
  epoch: number;
  epochs: number;
}

export function createProgress(options: ProgressOptions = {}): Progress {
  const { stream = process.stderr, clock = Date.now, environment = process.env } = options;
  const terminal = stream.isTTY === true && environment.TERM !== "dumb" && environment.CI === undefined;
  const mode = options.mode ?? (terminal ? "live" : "plain");
  const color = options.color ?? (terminal && !environment.NO_COLOR);
  const paint: Paint = (style, text) => (color ? styleText(style, text, { validateStream: false }) : text);
  switch (mode) {
    case "quiet":
      return { handle: () => {} };
    case "json":
      return jsonProgress(stream, clock);
    case "plain":
    case "live":
      return new TextProgress({ ...options, stream, clock, mode }, paint);
    default:
      return mode satisfies never;
  }
}

type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** Every event but the epochs, one JSON object per line, with the time. */
function jsonProgress(stream: ProgressStream, clock: () => number): Progress {
  const name = (trial: TrialSpec) => ({ trial: trial.index, pair: trial.pair, trialKind: trial.kind });
  return {
    handle: (event) => {
      if (event.kind === "progress") return;
      const line: Record<string, unknown> = { event: event.kind, time: new Date(clock()).toISOString() };
      if ("trial" in event) Object.assign(line, name(event.trial), { worker: event.worker });
      if ("counts" in event) line.counts = event.counts;
      if (event.kind === "finished") {
        Object.assign(line, {
          status: event.result.status,
          wallMs: event.result.wallMs,
          diverged: event.result.diverged,
        });
      }
      if (event.kind === "failed") line.message = event.failure.message;
      if (event.kind === "end") line.interrupted = event.interrupted;
      stream.write(`${JSON.stringify(line)}\n`);
    },
  };
}

/** Keeps count and draws. */
class TextProgress implements Progress {
  readonly #options: ProgressOptions & { stream: ProgressStream; clock: () => number; mode: ProgressMode };
  readonly #paint: Paint;
  readonly #running = new Map<number, Running>();
  #total = 0;
  #done = 0;
  #diverged = 0;
  #failed = 0;
  #endedHere = 0;
  #startMs = 0;
  #lastDrawMs = Number.NEGATIVE_INFINITY;
  #linesOnScreen = 0;

  constructor(
    options: ProgressOptions & { stream: ProgressStream; clock: () => number; mode: ProgressMode },
    paint: Paint,
  ) {
    this.#options = options;
    this.#paint = paint;
  }

  handle(event: RunEvent): void {
    switch (event.kind) {
      case "begin":
        this.#startMs = this.#options.clock();
        this.#count(event.counts);
        this.#draw(true);
        break;
      case "started":
        this.#running.set(event.worker, { trial: event.trial, epoch: 0, epochs: 0 });
        this.#draw();
        break;
      case "progress": {
        const running = this.#running.get(event.worker);
        if (running !== undefined) Object.assign(running, { epoch: event.epoch, epochs: event.epochs });
        this.#draw();
        break;
      }
      case "finished":
        this.#leave(event.worker);
        if (event.result.status === "done") this.#done++;
        else this.#diverged++;
        this.#draw();
        break;
      case "failed":
        this.#leave(event.worker);
        this.#failed++;
        this.#note(this.#paint("red", `trial ${event.trial.index} failed: ${event.failure.message.split("\n")[0]}`));
        break;
      case "dropped":
        this.#running.delete(event.worker);
        this.#draw();
        break;
      case "stopping":
        this.#note("stopping: running trials are finished first; Ctrl-C again ends them at once and queues them again");
        break;
      case "end":
        this.#running.clear();
        this.#count(event.counts);
        this.#draw(true);
        this.#linesOnScreen = 0;
        break;
      default:
        event satisfies never;
    }
  }

  #leave(worker: number): void {
    this.#running.delete(worker);
    this.#endedHere++;
  }

  #count(counts: StateCounts): void {
    this.#total = Object.values(counts).reduce((sum, n) => sum + n, 0);
    this.#done = counts.done;
    this.#diverged = counts.diverged;
    this.#failed = counts.failed;
  }

  /** A line that stays, above the lines that renew themselves. */
  #note(text: string): void {
    this.#erase();
    this.#options.stream.write(`${text}\n`);
    this.#draw(this.#options.mode === "live");
  }

  #draw(force = false): void {
    const { mode, clock, plainEveryMs = 10_000, stream } = this.#options;
    const now = clock();
    if (!force && now - this.#lastDrawMs < (mode === "live" ? liveEveryMs : plainEveryMs)) return;
    this.#lastDrawMs = now;
    if (mode === "plain") {
      stream.write(`${this.#summary(now, false)}\n`);
      return;
    }
    const width = (stream.columns ?? 80) - 1;
    const lines = [
      this.#summary(now, true),
      ...[...this.#running].sort(([a], [b]) => a - b).map(([at, one]) => this.#workerLine(at, one)),
    ];
    this.#erase();
    stream.write(lines.map((line) => `${cut(line, width)}\n`).join(""));
    this.#linesOnScreen = lines.length;
  }

  #erase(): void {
    // The carriage return: a terminal's echo of ^C leaves the cursor beyond the first column.
    if (this.#linesOnScreen > 0) this.#options.stream.write(`\r\x1b[${this.#linesOnScreen}A\x1b[0J`);
    this.#linesOnScreen = 0;
  }

  #summary(now: number, bar: boolean): string {
    const ended = this.#done + this.#diverged + this.#failed;
    const minutes = (now - this.#startMs) / 60_000;
    // Epochs of trials under way count too, so that a few long trials do not look like a standstill.
    const partial = [...this.#running.values()].reduce(
      (sum, { epoch, epochs }) => sum + (epochs > 0 ? epoch / epochs : 0),
      0,
    );
    const rate = minutes > 0 ? (this.#endedHere + partial) / minutes : 0;
    const parts = [`${ended}/${this.#total}`];
    if (bar) {
      const full = this.#total === 0 ? barWidth : Math.floor((barWidth * ended) / this.#total);
      parts.unshift(`[${this.#paint("green", "#".repeat(full))}${".".repeat(barWidth - full)}]`);
    }
    if (this.#options.name !== undefined) parts.unshift(this.#paint("bold", this.#options.name));
    if (this.#running.size > 0) parts.push(`${this.#running.size} running`);
    if (this.#diverged > 0) parts.push(this.#paint("yellow", `${this.#diverged} diverged`));
    if (this.#failed > 0) parts.push(this.#paint("red", `${this.#failed} failed`));
    if (rate > 0) parts.push(`${rate >= 10 ? Math.round(rate) : rate.toFixed(1)} trials/min`);
    const left = this.#total - ended - partial;
    if (rate > 0 && left > 0) parts.push(`${formatDuration((left / rate) * 60_000)} left`);
    return parts.join("  ");
  }

  #workerLine(worker: number, { trial, epoch, epochs }: Running): string {
    const factors = Object.entries(trial.factors).map(([name, label]) => `${name}=${labelText(label)}`);
    const what = [trial.kind, ...factors, `seed ${trial.seed}`].join(" ");
    const at = epochs > 0 ? `  epoch ${epoch}/${epochs}` : "";
    return this.#paint("dim", `  ${worker + 1}  trial ${trial.index}  ${what}${at}`);
  }
}

/** A line cut to a width, counting what is seen; a cut line loses its colours, which would else have no end. */
function cut(line: string, width: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= width ? line : `${plain.slice(0, Math.max(0, width - 1))}…`;
}

/** A duration for people: `45s`, `3m 20s`, `2h 05m`, `3d 4h`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${String(seconds % 60).padStart(2, "0")}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${String(minutes % 60).padStart(2, "0")}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}
