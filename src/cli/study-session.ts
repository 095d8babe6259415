/**
 * The part that run, resume and retry share: work through a store's trials with progress and Ctrl-C, then write the outputs
 * and say what came out.
 */

import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  createProgress,
  gatherProvenance,
  listenForInterrupt,
  type Provenance,
  type RunSummary,
  runTrials,
  type Store,
  type StudyKind,
  toText,
  unfinished,
} from "../experiment/index.ts";
import { type StudyOutputs, writeStudyOutputs } from "../studies/index.ts";
import { exitCodes } from "./errors.ts";
import type { StudyOptions } from "./options.ts";
import { canStyle, counted, note, say, sayJson, terminalWidth, warn, wrap } from "./output.ts";
import { packageVersion } from "./program.ts";

export interface Session {
  readonly store: Store;
  readonly kind: StudyKind;
  readonly name: string;
  /** Under which trials are held; see `beginStudy`. */
  readonly owner: string;
  /** Where the outputs go. */
  readonly folder: string;
  readonly options: StudyOptions;
}

/** Where the numbers come from, for the store. An installed package lies in its user's repository, whose commit says nothing of it. */
export function provenance(dataHash: string): Provenance {
  const root = new URL("../../", import.meta.url);
  const installed = root.pathname.includes("/node_modules/");
  return gatherProvenance({ version: packageVersion(), dataHash, root: installed ? undefined : root });
}

/** Runs what is left, writes the outputs, prints the answer and sets the exit code. */
export async function runSession(session: Session): Promise<void> {
  const { options, folder } = session;
  const { summary, aborted } = await runUntilStopped(session);
  if (aborted) {
    tellHowToResume(session, summary, "Stopped at once: trials that were running will run again.");
    process.exitCode = exitCodes.interrupted;
    return;
  }
  const { counts } = summary;
  if (counts.done + counts.diverged + counts.failed > 0) {
    if (options.quiet !== true && options.json !== true) note("writing the report ...");
    const outputs = await writeStudyOutputs(session.store, folder);
    if (options.json === true) sayJson({ event: "summary", ...outputsJson(outputs), counts }, 0);
    else if (options.quiet !== true) sayOutputs(outputs, folder);
  }
  await tellTroubles(session, counts);
  if (summary.interrupted) {
    tellHowToResume(session, summary, "Stopped.");
    process.exitCode = exitCodes.interrupted;
  } else if (counts.failed > 0) process.exitCode = exitCodes.fault;
}

async function runUntilStopped(session: Session): Promise<{ summary: RunSummary; aborted: boolean }> {
  const { store, kind, name, owner, options } = session;
  const before = await store.counts(Date.now());
  if (unfinished(before) === 0) return { summary: { counts: before, interrupted: false }, aborted: false };
  const progress = createProgress({
    name,
    mode: options.quiet === true ? "quiet" : options.json === true ? "json" : undefined,
    stream: options.json === true ? process.stdout : process.stderr,
  });
  using interrupt = listenForInterrupt();
  const { stop, abort } = interrupt;
  const { workers } = options;
  const onEvent = progress.handle.bind(progress);
  const summary = await runTrials(store, kind, { workers, owner, stop, abort, onEvent });
  return { summary, aborted: abort.aborted && summary.interrupted };
}

/** The tables, then where everything is. */
export function sayOutputs({ tables, reportPath }: StudyOutputs, folder: string): void {
  const styled = canStyle();
  say();
  for (const table of tables) {
    const notes = table.notes?.flatMap((text) => wrap(text, terminalWidth()));
    say(toText({ ...table, notes }, { styled }));
  }
  say(`report  ${reportPath}`);
  say(`        ${pathToFileURL(resolve(reportPath)).href}`);
  say(`tables  ${join(folder, "trials.csv")}, epochs.csv, summary.json`);
}

export function outputsJson({ files, reportPath, json }: StudyOutputs): Record<string, unknown> {
  return { report: pathToFileURL(resolve(reportPath)).href, files, ...json };
}

async function tellTroubles({ store, folder }: Session, counts: RunSummary["counts"]): Promise<void> {
  if (counts.diverged > 0) {
    warn(
      `${counted(counts.diverged, "trial")} diverged, which is a result: the report lists where each left the finite numbers`,
    );
  }
  if (counts.failed === 0) return;
  const reasons = new Map<string, number>();
  for await (const { failure } of store.records({ states: ["failed"] })) {
    const reason = failure?.message.split("\n")[0] ?? "no reason is known";
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const most = [...reasons].sort(([, a], [, b]) => b - a).slice(0, 3);
  const said = most.map(([reason, count]) => `${reason} (${count}x)`).join("; ");
  warn(`${counted(counts.failed, "trial")} failed: ${said}. Run them again with gradientflow study retry ${folder}`);
}

function tellHowToResume({ folder, options }: Session, { counts }: RunSummary, opening: string): void {
  const ended = counts.done + counts.diverged + counts.failed;
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const store = options.store === undefined ? "" : " --store URL";
  note(
    `${opening} ${ended} of ${total} trials are done and kept. Go on with gradientflow study resume ${folder}${store}`,
  );
}
