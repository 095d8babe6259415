/** How far an analysis is: one line that is written over on a terminal, with the time left; nothing in a pipe. */

import { formatDuration } from "../experiment/index.ts";

export interface AnalysisProgress {
  /** @param doing  what is being done. @param done, total  in that */
  tell(doing: string, done: number, total: number): void;
  end(): void;
}

export function analysisProgress(stream: NodeJS.WriteStream = process.stderr): AnalysisProgress {
  const live = stream.isTTY === true && process.env.TERM !== "dumb" && process.env.CI === undefined;
  let current = "";
  let startedMs = 0;
  let toldMs = Number.NEGATIVE_INFINITY;
  return {
    tell: (doing, done, total) => {
      const nowMs = performance.now();
      if (doing !== current) {
        current = doing;
        startedMs = nowMs;
      } else if (nowMs - toldMs < 100) return;
      toldMs = nowMs;
      if (live) stream.write(`\r\x1b[K${progressText(doing, { done, total, elapsedMs: nowMs - startedMs })}`);
    },
    end: () => {
      if (live) stream.write("\r\x1b[K");
    },
  };
}

/** `spectrum of run: 120 of 320, 12 s left` */
export function progressText(
  doing: string,
  { done, total, elapsedMs }: { readonly done: number; readonly total: number; readonly elapsedMs: number },
): string {
  const left = done > 0 && done < total ? `, ${formatDuration((elapsedMs / done) * (total - done))} left` : "";
  return `${doing}: ${done} of ${total}${left}`;
}
