/**
 * Where each node's result lies in the arena: first fit over lifetimes.
 *
 * Nodes are visited in execution order; a result takes the lowest gap that fits, and its bytes return when its last reader
 * has run. Two results share bytes only where their lifetimes do not meet, which a test checks on random graphs. A view and
 * what it is a view of are one storage, which lives until the last reader of either has run.
 */

import type { Step } from "./fuse.ts";
import type { Tensor } from "./graph.ts";
import { readOperation, storageOf } from "./graph.ts";

export interface MemoryPlan {
  /** Byte offset of each node's result in the arena. Reads of variables and views have none of their own. */
  readonly offsets: ReadonlyMap<Tensor, number>;
  /** Byte offset of each node's scratch memory, where it has any. */
  readonly scratch: ReadonlyMap<Tensor, number>;
  /** Size of the arena. */
  readonly bytes: number;
}

interface Gap {
  start: number;
  end: number;
}

/** Free intervals of an arena that grows at its end. */
class Gaps {
  readonly #gaps: Gap[] = [];
  high = 0;

  take(bytes: number): number {
    for (let i = 0; i < this.#gaps.length; i++) {
      const gap = this.#gaps[i];
      if (gap.end - gap.start < bytes) continue;
      const start = gap.start;
      gap.start += bytes;
      if (gap.start === gap.end) this.#gaps.splice(i, 1);
      return start;
    }
    const last = this.#gaps.at(-1);
    const start = last !== undefined && last.end === this.high ? last.start : this.high;
    if (start !== this.high) this.#gaps.pop();
    this.high = start + bytes;
    return start;
  }

  give(start: number, bytes: number): void {
    let at = this.#gaps.findIndex((gap) => gap.start > start);
    if (at < 0) at = this.#gaps.length;
    this.#gaps.splice(at, 0, { start, end: start + bytes });
    const after = this.#gaps[at + 1];
    if (after !== undefined && this.#gaps[at].end === after.start) {
      this.#gaps[at].end = after.end;
      this.#gaps.splice(at + 1, 1);
    }
    const before = this.#gaps[at - 1];
    if (before !== undefined && before.end === this.#gaps[at].start) {
      before.end = this.#gaps[at].end;
      this.#gaps.splice(at, 1);
    }
  }
}

function alignedBytes(elements: number, bytesPerElement: number): number {
  return Math.max(64, Math.ceil((elements * bytesPerElement) / 64) * 64);
}

function sameLayout(a: Tensor, b: Tensor): boolean {
  return a.batched === b.batched && a.length === b.length;
}

/**
 * Plans the arena.
 *
 * @param steps            in execution order
 * @param roots            nodes that must survive to the end of the run
 * @param bytesPerElement  4 or 8
 */
export function planMemory(steps: readonly Step[], roots: ReadonlySet<Tensor>, bytesPerElement: number): MemoryPlan {
  const readers = new Map<Tensor, number>();
  for (const { reads } of steps) {
    for (const input of reads.map(storageOf)) readers.set(input, (readers.get(input) ?? 0) + 1);
  }
  const kept = new Set([...roots].map(storageOf));

  const offsets = new Map<Tensor, number>();
  const scratch = new Map<Tensor, number>();
  const gaps = new Gaps();
  const sizeOfNode = (node: Tensor) => alignedBytes(node.length, bytesPerElement);

  for (const { target: node, node: emitting, reads } of steps) {
    if (node.operation === readOperation) continue;
    const dying: Tensor[] = [];
    for (const input of reads.map(storageOf)) {
      const left = (readers.get(input) as number) - 1;
      readers.set(input, left);
      if (left === 0 && offsets.has(input) && !kept.has(input)) dying.push(input);
    }
    const size = sizeOfNode(node);
    const heir = emitting.operation.inPlace === true ? dying.findIndex((input) => sameLayout(input, node)) : -1;
    if (heir >= 0) {
      offsets.set(node, offsets.get(dying[heir]) as number);
      dying.splice(heir, 1);
    } else {
      offsets.set(node, gaps.take(size));
    }
    const scratchBytes = emitting.operation.scratchBytes?.(emitting, bytesPerElement) ?? 0;
    if (scratchBytes > 0) {
      const bytes = alignedBytes(scratchBytes, 1);
      const at = gaps.take(bytes);
      scratch.set(emitting, at);
      gaps.give(at, bytes);
    }
    for (const input of dying) gaps.give(offsets.get(input) as number, sizeOfNode(input));
  }
  return { offsets, scratch, bytes: gaps.high };
}
