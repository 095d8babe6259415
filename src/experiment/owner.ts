/**
 * Who holds a lease: `host:process:number`, the number random, so that a process that gets an old one's id is not taken for it.
 *
 * On the same machine a dead process is recognised at once, and its trials need not wait for their leases to end.
 */

import { randomBytes } from "node:crypto";
import { hostname } from "node:os";

/** A name for this process's work, different at every call. */
export function newOwner(): string {
  return `${hostname()}:${process.pid}:${randomBytes(6).toString("hex")}`;
}

/**
 * True when the owner is surely gone: a process of this machine that does not exist. A process elsewhere may be alive.
 *
 * @param owner  as made by `newOwner`
 * @param self   the caller's own name: another name with our process id is one that died before us
 */
export function isDeadOwner(owner: string, self: string): boolean {
  const [host, id] = splitOwner(owner);
  const [ownHost, ownId] = splitOwner(self);
  if (host !== ownHost || owner === self) return false;
  // Two runs in one process are told apart by their numbers, and both may be alive.
  if (id === ownId) return !aliveHere.has(owner);
  try {
    process.kill(Number(id), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Owners whose work goes on in this process. */
export const aliveHere = new Set<string>();

function splitOwner(owner: string): [string, string] {
  const parts = owner.split(":");
  return [parts.slice(0, -2).join(":"), parts.at(-2) ?? ""];
}
