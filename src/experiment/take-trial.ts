/** Taking trials one by one, for a process that runs them itself rather than by `runTrials`. */

import { aliveHere, isDeadOwner } from "./owner.ts";
import type { Claim, Store } from "./store/index.ts";

/** A trial is this process's for so long without a sign of life; a dead process of this machine is recognised at once. */
const leaseMs = 600_000;

/** The next queued or stale trial, those of dead processes among them; undefined where none is left. */
export async function takeTrial(
  store: Store,
  owner: string,
  clock: () => number = Date.now,
): Promise<Claim | undefined> {
  aliveHere.add(owner);
  await store.sweep(clock(), (other) => isDeadOwner(other, owner), Number.POSITIVE_INFINITY);
  return store.claim(owner, clock(), clock() + leaseMs);
}

/** A sign of life of the process that took trials. Cheap; once a minute is often enough. */
export async function keepTrials(store: Store, owner: string, clock: () => number = Date.now): Promise<void> {
  await store.heartbeat(owner, clock() + leaseMs);
}
