import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { createProgress, formatDuration, type ProgressOptions } from "./progress.ts";
import type { RunEvent } from "./run-event.ts";
import type { StateCounts } from "./store/index.ts";
import type { TrialResult, TrialSpec } from "./trial.ts";

/** What was drawn between one taking back of lines and the next. */
const framesOf = (text: string) =>
  text.split("\x1b[0J").map((frame) => stripVTControlCharacters(frame).replace(/\r$/, ""));

const none: StateCounts = { queued: 0, running: 0, done: 0, diverged: 0, failed: 0, stale: 0, cancelled: 0 };
const trial = (index: number): TrialSpec => ({
  index,
  id: "0",
  pair: index >> 1,
  kind: "sparse",
  factors: { width: 26, variant: "BN" },
  seed: 3,
  columns: {},
  payload: {},
});
const result = (status: TrialResult["status"]): TrialResult => ({
  status,
  columns: {},
  epochs: [],
  wallMs: 5,
  ...(status === "diverged" ? { diverged: { step: 3, layer: "fc1", reason: "NaN" } } : {}),
});

/** A study of ten, two of them done before: the clock moves 6 s per event, so that each ended trial is worth 10 per minute. */
const story: RunEvent[] = [
  { kind: "begin", counts: { ...none, queued: 8, done: 2 }, workers: 2 },
  { kind: "started", trial: trial(2), worker: 0 },
  { kind: "started", trial: trial(3), worker: 1 },
  { kind: "progress", trial: trial(2), worker: 0, epoch: 5, epochs: 20 },
  { kind: "finished", trial: trial(3), worker: 1, result: result("done") },
  { kind: "started", trial: trial(4), worker: 1 },
  { kind: "finished", trial: trial(4), worker: 1, result: result("diverged") },
  { kind: "failed", trial: trial(2), worker: 0, failure: { name: "TypeError", message: "broke\nat line 3" } },
  { kind: "stopping" },
  { kind: "end", counts: { ...none, queued: 5, done: 3, diverged: 1, failed: 1 }, interrupted: true },
];

function tell(options: ProgressOptions, isTTY: boolean, columns = 120, everyMs = 6000): string {
  let text = "";
  let now = 0;
  const stream = { write: (piece: string) => (text += piece), isTTY, columns };
  const progress = createProgress({ stream, clock: () => now, environment: {}, ...options });
  for (const event of story) {
    progress.handle(event);
    now += everyMs;
  }
  return text;
}

describe("piped", () => {
  test("a line at the start, one at most every ten seconds, one at the end; no escapes", () => {
    expect(tell({ name: "demo" }, false).split("\n")).toEqual([
      "demo  2/10",
      // 12 s in: nothing has ended and nothing is known of epochs, so no rate is made up.
      "demo  2/10  2 running",
      // 24 s: one ended and a quarter of another: 1.25 in 0.4 min; 6.75 are left.
      "demo  3/10  1 running  3.1 trials/min  2m 10s left",
      "demo  4/10  1 running  1 diverged  3.8 trials/min  1m 32s left",
      "trial 2 failed: broke",
      "stopping: running trials are finished first; Ctrl-C again ends them at once and queues them again",
      "demo  5/10  1 diverged  1 failed  3.8 trials/min  1m 20s left",
      "demo  5/10  1 diverged  1 failed  3.3 trials/min  1m 30s left",
      "",
    ]);
  });
});

describe("on a terminal", () => {
  test("draws a bar and a line per worker, and takes them back before it draws again", () => {
    const text = tell({ color: false }, true);
    const frames = framesOf(text);
    expect(frames[3]).toBe(
      "[####................]  2/10  2 running  0.8 trials/min  9m 18s left\n" +
        "  1  trial 2  sparse width=26 variant=BN seed 3  epoch 5/20\n" +
        "  2  trial 3  sparse width=26 variant=BN seed 3\n",
    );
    // From the first column, wherever the terminal's echo of ^C left the cursor.
    expect(text).toContain("\r\x1b[3A\x1b[0J");
    expect(frames.at(-1)).toMatch(/^\[#{10}\.{10}\] {2}5\/10 {2}1 diverged {2}1 failed/);
  });

  test("no line is wider than the terminal, since a wrapped line could not be taken back", () => {
    const lines = stripVTControlCharacters(tell({}, true, 30)).split("\n");
    expect(
      Math.max(...lines.filter((line) => /^(\[| {2}\d)/.test(line)).map((line) => line.length)),
    ).toBeLessThanOrEqual(29);
  });

  test("events within a tenth of a second share a frame", () => {
    const frames = framesOf(tell({ color: false }, true, 120, 20)).length;
    expect(frames).toBeLessThan(story.length - 2);
  });

  test("colours follow NO_COLOR", () => {
    expect(tell({}, true)).toContain("\x1b[32m");
    expect(tell({ environment: { NO_COLOR: "1" } }, true)).not.toContain("\x1b[32m");
  });

  test("a dumb terminal and a build machine get plain lines", () => {
    expect(tell({ environment: { TERM: "dumb" } }, true)).not.toContain("\x1b");
    expect(tell({ environment: { CI: "true" } }, true)).not.toContain("\x1b");
  });
});

describe("for programs", () => {
  test("JSON mode writes an object per line for every event but epochs", () => {
    const lines = tell({ mode: "json" }, true)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line.event)).toEqual(
      story.map((event) => event.kind).filter((kind) => kind !== "progress"),
    );
    expect(lines[5]).toMatchObject({ trial: 4, worker: 1, status: "diverged", diverged: { step: 3, layer: "fc1" } });
    expect(lines.at(-1)).toMatchObject({ interrupted: true, counts: { done: 3 }, time: "1970-01-01T00:00:54.000Z" });
  });

  test("quiet mode writes nothing", () => {
    expect(tell({ mode: "quiet" }, true)).toBe("");
  });
});

test("durations are told in two units at most", () => {
  expect([0, 59_400, 200_000, 7_500_000, 273_600_000].map(formatDuration)).toEqual([
    "0s",
    "59s",
    "3m 20s",
    "2h 05m",
    "3d 4h",
  ]);
});
