/**
 * The hot loops over many elements: in WebAssembly where the engine has its SIMD, else in plain TypeScript, with equal bits.
 *
 * Elements are taken in runs of one kind. The arrays that the loops work on are made here, on the module's memory:
 *
 *     0           4096 | tables | packed nodes, numbers of elements | arrays, in the order they are asked for
 *     fixed data       |
 */

import type { ScaleRule } from "./element-flow.ts";
import { topologies } from "./elements.ts";
import { addFlow } from "./flow-sums.ts";
import { kernelText } from "./kernel-bytes.ts";
import { meanRatioAt } from "./quality.ts";
import { meanRatioGradientAt } from "./quality-gradient.ts";
import type { Solids } from "./solids.ts";

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

interface Exports {
  meanRatios(...all: number[]): void;
  meanRatioGradients(...all: number[]): number;
  flowSums(...all: number[]): void;
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
 */
export function elementKernels(solids: Solids, list: Int32Array, doubles: number, plain = false): ElementKernels {
  const module = plain ? undefined : kernelModule();
  return module === undefined ? plainKernels(solids, list) : wasmKernels(module, solids, list, doubles);
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

let compiled: WebAssembly.Module | null | undefined;

/** The compiled module; undefined where the engine has no WebAssembly or no SIMD. */
function kernelModule(): WebAssembly.Module | undefined {
  if (compiled === undefined) {
    const bytes = Uint8Array.from(atob(kernelText), (letter) => letter.charCodeAt(0));
    compiled = globalThis.WebAssembly?.validate(bytes) ? new WebAssembly.Module(bytes) : null;
  }
  return compiled ?? undefined;
}

const pageBytes = 65536;
const tablesAt = 4096;

function wasmKernels(module: WebAssembly.Module, solids: Solids, list: Int32Array, doubles: number): ElementKernels {
  const runs = runsOf(solids, list);
  const nodeCount = runs.reduce((total, { kind, count }) => total + count * topologies[kind].size, 0);
  const tables = layTables(tablesAt);
  const idsAt = tables.end;
  const nodesAt = idsAt + 4 * list.length;
  let free = 8 * Math.ceil((nodesAt + 4 * nodeCount) / 8);
  // Each array may lose up to a double to rounding; a few hundred bytes are spare.
  const memory = new WebAssembly.Memory({ initial: Math.ceil((free + 8 * doubles + 256) / pageBytes) });
  const loops = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
  const { buffer } = memory;
  new Uint8Array(buffer).set(tables.bytes, tablesAt);
  new Int32Array(buffer, idsAt, list.length).set(list);
  const packed = new Int32Array(buffer, nodesAt, nodeCount);
  let at = 0;
  for (const e of list) {
    for (let i = solids.start[e]; i < solids.start[e + 1]; i++) packed[at++] = solids.nodes[i];
  }
  const place = (run: KindRun) => [run.count, topologies[run.kind].size, nodesAt + 4 * run.nodesBefore] as const;
  return {
    array(length) {
      const made = new Float64Array(buffer, free, length);
      free += 8 * length;
      return made;
    },
    meanRatios(points, quality) {
      for (const run of runs) {
        const { corners, cornerBytes, metric } = tables.kinds[run.kind];
        loops.meanRatios(
          ...place(run),
          idsAt + 4 * run.first,
          points.byteOffset,
          quality.byteOffset,
          corners,
          cornerBytes,
          metric,
        );
      }
    },
    meanRatioGradients(points, quality, slopes) {
      let invalid = 0;
      for (const run of runs) {
        const { corners, cornerBytes, metric } = tables.kinds[run.kind];
        invalid += loops.meanRatioGradients(
          ...place(run),
          points.byteOffset,
          quality.byteOffset + 8 * run.first,
          slopes.byteOffset + 24 * run.nodesBefore,
          corners,
          cornerBytes,
          metric,
        );
      }
      return invalid;
    },
    flowSums(points, quality, sums, weights, options) {
      const { steps, halves, scale } = options;
      if (scale !== "radius") {
        plainKernels(solids, list).flowSums(points, quality, sums, weights, options);
        return;
      }
      for (const run of runs) {
        const { faces3, bytes3, faces4, bytes4 } = tables.kinds[run.kind];
        loops.flowSums(
          ...place(run),
          idsAt + 4 * run.first,
          points.byteOffset,
          quality.byteOffset,
          halves,
          steps[run.kind],
          faces3,
          bytes3,
          faces4,
          bytes4,
          sums.byteOffset,
          weights.byteOffset,
        );
      }
    },
  };
}

interface KindTables {
  readonly metric: number;
  readonly corners: number;
  readonly cornerBytes: number;
  readonly faces3: number;
  readonly bytes3: number;
  readonly faces4: number;
  readonly bytes4: number;
}

/** Metrics, corners and faces of all kinds as bytes from an address on, and where each begins. */
function layTables(from: number): { bytes: Uint8Array; end: number; kinds: KindTables[] } {
  const bytes = new Uint8Array(4096);
  let at = 0;
  const lay = (data: Uint8Array): number => {
    bytes.set(data, at);
    const address = from + at;
    at = 8 * Math.ceil((at + data.length) / 8);
    return address;
  };
  const kinds = topologies.map((one) => {
    const flat = (length: number, factor: number) =>
      Uint8Array.from(one.faces.filter((face) => face.length === length).flat(), (node) => factor * node);
    const corners = Uint8Array.from(one.corners.flat());
    const [faces3, faces4] = [flat(3, 3), flat(4, 3)];
    const metric = Float64Array.of(...one.inverseMetric, 1 / one.idealDeterminant);
    return {
      metric: lay(new Uint8Array(metric.buffer)),
      corners: lay(corners),
      cornerBytes: corners.length,
      faces3: lay(faces3),
      bytes3: faces3.length,
      faces4: lay(faces4),
      bytes4: faces4.length,
    };
  });
  return { bytes: bytes.subarray(0, at), end: from + at, kinds };
}
