/** How a study stands, read from its store without disturbing those who work on it. */

import type { StateCounts, Store } from "./store/index.ts";
import { readStudy, unfinished } from "./study-store.ts";

export interface StudyStatus {
  readonly name: string;
  readonly kind: string;
  readonly location: string;
  readonly total: number;
  readonly counts: StateCounts;
  /** Milliseconds until the end at the pace of finished trials, with as many at once as run; null while nobody runs or none has finished. */
  readonly remainingMs: number | null;
  readonly running: readonly { readonly trial: number; readonly owner: string; readonly elapsedMs: number }[];
  readonly failed: readonly { readonly trial: number; readonly message: string }[];
  readonly diverged: readonly {
    readonly trial: number;
    readonly step: number;
    readonly layer: string;
    readonly reason: string;
  }[];
}

/** @throws InputError when the store holds no study */
export async function studyStatus(
  store: Store,
  { clock = Date.now }: { clock?: () => number } = {},
): Promise<StudyStatus> {
  const study = await readStudy(store);
  const now = clock();
  const counts = await store.counts(now);
  const running: StudyStatus["running"][number][] = [];
  const failed: StudyStatus["failed"][number][] = [];
  const diverged: StudyStatus["diverged"][number][] = [];
  let ranMs = 0;
  let ranTrials = 0;
  for await (const record of store.records({ states: ["running", "failed", "done", "diverged"] })) {
    const trial = record.spec.index;
    if (record.state === "running" && (record.leaseUntil ?? 0) >= now) {
      running.push({ trial, owner: record.owner ?? "", elapsedMs: now - (record.startedMs ?? now) });
    }
    if (record.failure !== null) failed.push({ trial, message: record.failure.message });
    if (record.result?.diverged !== undefined) diverged.push({ trial, ...record.result.diverged });
    if (record.result === null) continue;
    ranMs += record.result.wallMs;
    ranTrials++;
  }
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const elapsed = running.reduce((sum, one) => sum + one.elapsedMs, 0);
  const left = unfinished(counts) * (ranMs / ranTrials) - elapsed;
  const remainingMs = ranTrials === 0 || running.length === 0 ? null : Math.max(0, left / running.length);
  const { name, kind } = study;
  return { name, kind, location: store.location, total, counts, remainingMs, running, failed, diverged };
}
