/** `study status`: how far a study is, from its store. */

import { formatDuration, openStore, type StudyStatus, studyStatus, type TrialState } from "../experiment/index.ts";
import type { StudyOptions } from "./options.ts";
import { asTyped, counted, facts, paint, say, sayJson } from "./output.ts";

/** Trials listed by name before the rest is only counted. */
const mostListed = 10;

/** What is behind first, what is ahead last. */
const order: readonly TrialState[] = ["done", "diverged", "failed", "cancelled", "running", "stale", "queued"];

export async function showStatus(folder: string, options: StudyOptions): Promise<void> {
  const store = await openStore(options.store ?? folder, { readOnly: true });
  try {
    const status = await studyStatus(store);
    if (options.json === true) sayJson(status);
    else say(statusText(status, folder));
  } finally {
    await store.close();
  }
}

function statusText(status: StudyStatus, folder: string): string {
  const { name, kind, total, counts, remainingMs } = status;
  const ended = counts.done + counts.diverged + counts.failed + counts.cancelled;
  const states = order.filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`);
  const rows: [string, string][] = [
    ["trials", `${ended} of ${total} ended: ${states.join(", ")}`],
    ["store", status.location],
  ];
  if (remainingMs !== null && ended < total) rows.push(["time left", `about ${formatDuration(remainingMs)}`]);
  rows.push(["next", asTyped(nextStep(status, folder))]);
  const lists = [
    listed(
      "running",
      status.running.map((one) => `trial ${one.trial}, for ${formatDuration(one.elapsedMs)}, by ${one.owner}`),
    ),
    listed(
      "failed",
      status.failed.map((one) => `trial ${one.trial}: ${one.message.split("\n")[0]}`),
    ),
    listed(
      "diverged",
      status.diverged.map((one) => `trial ${one.trial}: ${one.reason}`),
    ),
  ];
  return [`${paint("bold", name)} (${kind})`, facts(rows), ...lists.filter((text) => text !== "")].join("\n");
}

function nextStep({ counts, running }: StudyStatus, folder: string): string {
  if (running.length > 0) return "it is running; nothing to do";
  if (counts.queued + counts.stale + counts.running > 0) return `gradientflow study resume ${folder}`;
  if (counts.failed > 0) return `gradientflow study retry ${folder}`;
  return `finished; gradientflow study report ${folder} writes the report again`;
}

function listed(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  const rest = lines.length - mostListed;
  const shown = lines.slice(0, mostListed).map((line) => `  ${line}`);
  if (rest > 0) shown.push(`  and ${counted(rest, "more", "more")}; --json lists them all`);
  return [`\n${title}`, ...shown].join("\n");
}
