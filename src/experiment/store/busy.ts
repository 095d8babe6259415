/**
 * Waiting for another writer of a SQLite file without standing still.
 *
 * SQLite's own busy timeout blocks the thread, and with it the heartbeats and the very transaction waited for where both
 * are in one process; so it is kept short, and the rest of the wait is asynchronous.
 */

import { setTimeout } from "node:timers/promises";

/** SQLite's own wait, in milliseconds: longer than any single write here takes. */
export const busyTimeoutMs = 100;

/** How long to go on trying before another program's lock is an error. */
const patienceMs = 30_000;

const pauseMs = 10;

/** Runs the action again while it fails because the database is locked. It must have changed nothing when it fails so. */
export async function whileBusy<T>(action: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  for (;;) {
    try {
      return await action();
    } catch (error) {
      const isBusy = ((error as { errcode?: number }).errcode ?? 0) % 256 === 5;
      if (!isBusy || performance.now() - start > patienceMs) throw error;
      await setTimeout(pauseMs);
    }
  }
}
