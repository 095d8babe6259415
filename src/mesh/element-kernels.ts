/**
 * The hot loops over many elements: in WebAssembly where the engine has its SIMD, by a team of threads where one is given, else
 * in plain TypeScript, with equal bits.
 *
 * Elements are taken in runs of one kind. The arrays that the loops work on are made here, on the module's memory:
 *
 *     0           4096 | tables | cells of a team's threads | numbers of elements, packed nodes | arrays, as asked for | a team's slots
 *     cells of one thread
 */

import type { ScaleRule } from "./element-flow.ts";
import { topologies } from "./elements.ts";
import { addFlow } from "./flow-sums.ts";
import { hasLoops, loopsOn } from "./kernel-module.ts";
import { layTables } from "./kernel-tables.ts";
import { meanRatioAt } from "./quality.ts";
import { meanRatioGradientAt } from "./quality-gradient.ts";
import type { Solids } from "./solids.ts";
import { type ElementTeam, type KernelCall, scratchBytes } from "./team.ts";

export interface FlowSumOptions {
  /** τ by kind. */
  readonly steps: ArrayLike<number>;
  /** Twice η: 0, 1 or 2. */
  readonly halves: number;
  /** Compiled for `radius`; the others run in TypeScript. */
  readonly scale: ScaleRule;
}

export interface ElementKernels {
  /** An array of zeros that the loops can work on; only such may be given to them. */
  array(length: number): Float64Array;
  /** Mean ratios into quality, by element. */
  meanRatios(points: Float64Array, quality: Float64Array): void;
  /** Mean ratios into quality and their gradients into slopes, both by place in the list; returns how many are invalid. */
  meanRatioGradients(points: Float64Array, quality: Float64Array, slopes: Float64Array): number;
  /** Adds one flow step of every element to sums and weights, by node. Quality is read by element if η is not 0. */
  flowSums(
    points: Float64Array,
    quality: Float64Array,
    sums: Float64Array,
    weights: Float64Array,
    options: FlowSumOptions,
  ): void;
}

/** Elements of one kind that follow each other in the list. */
interface KindRun {
  readonly kind: number;
  readonly first: number;
  readonly count: number;
  /** Nodes before the run's. */
  readonly nodesBefore: number;
}

function runsOf(solids: Solids, list: Int32Array): KindRun[] {
  const runs: KindRun[] = [];
  let nodesBefore = 0;
  for (let i = 0; i < list.length; ) {
    const kind = solids.kind[list[i]];
    let end = i + 1;
    while (end < list.length && solids.kind[list[end]] === kind) end++;
    runs.push({ kind, first: i, count: end - i, nodesBefore });
    nodesBefore += (end - i) * topologies[kind].size;
    i = end;
  }
  return runs;
}

/**
 * The loops for a list of elements.
 *
 * @param doubles  how many numbers the caller's arrays will hold together
 * @param plain    true for TypeScript even where WebAssembly can be had
 * @param team     threads to share the loops with; the arrays stay this list's until the team is given to another one
 */
export function elementKernels(
  solids: Solids,
  list: Int32Array,
  doubles: number,
  { plain = false, team }: { readonly plain?: boolean; readonly team?: ElementTeam } = {},
): ElementKernels {
  return plain || !hasLoops() ? plainKernels(solids, list) : wasmKernels(solids, list, doubles, team);
}

/** Plain TypeScript: what the compiled loops must equal. */
function plainKernels(solids: Solids, list: Int32Array): ElementKernels {
  const { kind, nodes, start } = solids;
  return {
    array: (length) => new Float64Array(length),
    meanRatios(points, quality) {
      for (const e of list) quality[e] = meanRatioAt(kind[e], points, nodes, start[e], false);
    },
    meanRatioGradients(points, quality, slopes) {
      let invalid = 0;
      for (let i = 0, at = 0; i < list.length; i++) {
        const e = list[i];
        const q = meanRatioGradientAt(kind[e], points, nodes, start[e], slopes, at);
        quality[i] = q;
        if (!(q > 0)) invalid++;
        at += 3 * (start[e + 1] - start[e]);
      }
      return invalid;
    },
    flowSums(points, quality, sums, weights, { steps, halves, scale }) {
      for (const e of list) {
        let weight = 1;
        if (halves !== 0) {
          weight = Math.max(1 - quality[e], 1e-12);
          if (halves === 1) weight = Math.sqrt(weight);
        }
        addFlow(kind[e], points, nodes, start[e], steps[kind[e]], scale, weight, sums, weights);
      }
    },
  };
}

const pageBytes = 65536;
const tablesAt = 4096;
/** Elements of one call at most, where threads share the calls: even, since the loops take two at a time. */
const pieceLength = 8192;

/** Runs cut into pieces. */
function cut(runs: readonly KindRun[]): KindRun[] {
  return runs.flatMap((run) =>
    Array.from({ length: Math.ceil(run.count / pieceLength) }, (_, piece) => {
      const skipped = piece * pieceLength;
      return {
        kind: run.kind,
        first: run.first + skipped,
        count: Math.min(pieceLength, run.count - skipped),
        nodesBefore: run.nodesBefore + skipped * topologies[run.kind].size,
      };
    }),
  );
}

function wasmKernels(solids: Solids, list: Int32Array, doubles: number, team: ElementTeam | undefined): ElementKernels {
  const pieces = team === undefined ? runsOf(solids, list) : cut(runsOf(solids, list));
  const nodeCount = pieces.reduce((total, { kind, count }) => total + count * topologies[kind].size, 0);
  const tables = layTables(tablesAt);
  const scratch = team === undefined ? 1024 : 16 * Math.ceil(tables.end / 16);
  const idsAt = team === undefined ? tables.end : scratch + scratchBytes * team.threads;
  const nodesAt = idsAt + 4 * list.length;
  let free = 16 * Math.ceil((nodesAt + 4 * nodeCount) / 16);
  const slotBytes = team === undefined ? 0 : 36 * nodeCount + 4 * (solids.pointCount + 1);
  // Each array may lose up to a double to rounding; a few hundred bytes are spare.
  const pages = Math.ceil((free + 8 * doubles + slotBytes + 256) / pageBytes);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: team !== undefined });
  const { buffer } = memory;
  new Uint8Array(buffer).set(tables.bytes, tablesAt);
  new Int32Array(buffer, idsAt, list.length).set(list);
  const packed = new Int32Array(buffer, nodesAt, nodeCount);
  let at = 0;
  for (const e of list) {
    for (let i = solids.start[e]; i < solids.start[e + 1]; i++) packed[at++] = solids.nodes[i];
  }
  const alone = team === undefined ? loopsOn(memory, { shared: false, scratch }) : undefined;
  team?.attach(memory, scratch);
  /** All calls, here or by the team; the sum of what they return. */
  const all = (name: KernelCall["name"], calls: readonly (readonly number[])[]): number => {
    if (team !== undefined) return team.run(calls.map((numbers) => ({ name, numbers })));
    return calls.reduce((sum, numbers) => sum + (alone?.[name](...numbers) ?? 0), 0);
  };
  const place = (run: KindRun) => [run.count, topologies[run.kind].size, nodesAt + 4 * run.nodesBefore] as const;
  let slots: SlotPlaces | undefined;
  return {
    array(length) {
      const made = new Float64Array(buffer, free, length);
      free += 8 * length;
      return made;
    },
    meanRatios(points, quality) {
      const [from, to] = [points.byteOffset, quality.byteOffset];
      const calls = pieces.map((run) => {
        const { corners, cornerBytes, metric } = tables.kinds[run.kind];
        return [...place(run), idsAt + 4 * run.first, from, to, corners, cornerBytes, metric];
      });
      all("meanRatios", calls);
    },
    meanRatioGradients(points, quality, slopes) {
      const calls = pieces.map((run) => {
        const { corners, cornerBytes, metric } = tables.kinds[run.kind];
        const to = [quality.byteOffset + 8 * run.first, slopes.byteOffset + 24 * run.nodesBefore];
        return [...place(run), points.byteOffset, ...to, corners, cornerBytes, metric];
      });
      return all("meanRatioGradients", calls);
    },
    flowSums(points, quality, sums, weights, options) {
      const { steps, halves, scale } = options;
      if (scale !== "radius") {
        plainKernels(solids, list).flowSums(points, quality, sums, weights, options);
        return;
      }
      const given = (run: KindRun) => {
        const { faces3, bytes3, faces4, bytes4 } = tables.kinds[run.kind];
        const from = [points.byteOffset, quality.byteOffset, halves, steps[run.kind]];
        return [...place(run), idsAt + 4 * run.first, ...from, faces3, bytes3, faces4, bytes4];
      };
      if (team === undefined) {
        const calls = pieces.map((run) => [...given(run), sums.byteOffset, weights.byteOffset]);
        all("flowSums", calls);
        return;
      }
      if (slots === undefined) {
        slots = laySlots(buffer, free, packed, solids.pointCount);
        free = slots.end;
      }
      const { slotsAt, beginAt, placesAt } = slots;
      const steady = pieces.map((run) => [...given(run), slotsAt + 32 * run.nodesBefore]);
      all("flowSlots", steady);
      const nodePieces = Array.from({ length: Math.ceil(solids.pointCount / pieceLength) }, (_, i) => [
        Math.min(pieceLength, solids.pointCount - i * pieceLength),
        i * pieceLength,
        ...[beginAt, placesAt, slotsAt, sums.byteOffset, weights.byteOffset],
      ]);
      all("nodeSums", nodePieces);
    },
  };
}

/** Where the elements' own contributions lie, and for each node which of them are its. */
interface SlotPlaces {
  /** Four doubles for each packed node. */
  readonly slotsAt: number;
  readonly beginAt: number;
  readonly placesAt: number;
  readonly end: number;
}

function laySlots(buffer: ArrayBufferLike, from: number, packed: Int32Array, pointCount: number): SlotPlaces {
  const slotsAt = 16 * Math.ceil(from / 16);
  const beginAt = slotsAt + 32 * packed.length;
  const placesAt = beginAt + 4 * (pointCount + 1);
  const begin = new Int32Array(buffer, beginAt, pointCount + 1);
  const places = new Int32Array(buffer, placesAt, packed.length);
  for (const node of packed) begin[node + 1]++;
  for (let node = 0; node < pointCount; node++) begin[node + 1] += begin[node];
  const next = begin.slice();
  for (let i = 0; i < packed.length; i++) places[next[packed[i]]++] = i;
  return { slotsAt, beginAt, placesAt, end: 8 * Math.ceil((placesAt + 4 * packed.length) / 8) };
}
