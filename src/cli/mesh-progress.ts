/**
 * How smoothing looks while it runs: one line that renews itself on a terminal, in a pipe a line per stage and then one every
 * ten seconds.
 *
 *     optimize  step 214  invalid 0  least 0.5203  mean 0.8287  about 12s left
 */

import { formatDuration, type ProgressStream } from "../experiment/index.ts";
import type { SmoothProgress } from "../mesh/index.ts";
import { fourDecimals } from "./mesh-text.ts";
import { grouped } from "./output.ts";

export interface SmoothingProgressOptions {
  readonly stream?: ProgressStream;
  /** `live` on a terminal and `plain` elsewhere, unless given. */
  readonly mode?: "live" | "plain" | "quiet";
  /** Milliseconds. */
  readonly clock?: () => number;
}

export interface SmoothingProgress {
  readonly show: (progress: SmoothProgress) => void;
  /** Clears the line. */
  end(): void;
}

const everyMs = { live: 100, plain: 10_000 };

export function smoothingProgress(options: SmoothingProgressOptions = {}): SmoothingProgress {
  const { stream = process.stderr, clock = () => performance.now() } = options;
  const terminal = stream.isTTY === true && process.env.TERM !== "dumb" && process.env.CI === undefined;
  const mode = options.mode ?? (terminal ? "live" : "plain");
  let stage = "";
  let stageMs = 0;
  let shownMs = Number.NEGATIVE_INFINITY;
  return {
    show: (progress) => {
      if (mode === "quiet") return;
      const now = clock();
      const begins = progress.stage !== stage;
      if (begins) {
        stage = progress.stage;
        stageMs = now;
      }
      if (!begins && now - shownMs < everyMs[mode]) return;
      shownMs = now;
      const line = lineOf(progress, now - stageMs);
      if (mode === "plain") stream.write(`${line}\n`);
      else stream.write(`\r\x1b[K${line.slice(0, (stream.columns || 80) - 1)}`);
    },
    end: () => {
      if (mode === "live") stream.write("\r\x1b[K");
    },
  };
}

/** The time left is that of the stage, and is said once a twentieth of it is done: before, it would be a guess. */
function lineOf({ stage, iteration, invalid, minFree, mean, done }: SmoothProgress, elapsedMs: number): string {
  const left =
    done !== undefined && done >= 0.05 && done < 1
      ? `  about ${formatDuration((elapsedMs * (1 - done)) / done)} left`
      : "";
  return `${stage}  step ${grouped(iteration)}  invalid ${grouped(invalid)}  least ${fourDecimals(minFree)}  mean ${fourDecimals(mean)}${left}`;
}
