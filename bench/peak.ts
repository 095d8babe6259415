/**
 * The machine's own peak: GFLOP/s of a loop that stays in registers, GB/s of a copy, compiled as the kernels are.
 *
 * assembly/peak.ts is compiled on the fly by AssemblyScript and then by V8 with the flags of src/kernels/compile.ts.
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main as compileAssembly } from "assemblyscript/asc";
import { compileKernels } from "../src/kernels/compile.ts";

interface PeakExports {
  multiplyAddWide(address: number, rounds: number): void;
  multiplyAddNarrow(address: number, rounds: number): void;
  copyBytes(from: number, to: number, bytes: number): void;
}

export interface Peak {
  /** Multiplications and additions of one core, in 10⁹ per second. */
  readonly gflops: number;
  /** Bytes read and written per second by a copy whose two halves together are so many bytes, in 10⁹. */
  copyRate(workingSet: number): number;
}

const sums = 96;
const rounds = 1_000_000;
const pages = 4096;

/** Best of several runs that last `ms` together: a peak is what the machine can do, not what it does on average. */
function bestSeconds(ms: number, body: () => void): number {
  body();
  let best = Number.POSITIVE_INFINITY;
  for (const start = performance.now(); performance.now() - start < ms; ) {
    const before = performance.now();
    body();
    best = Math.min(best, performance.now() - before);
  }
  return best / 1000;
}

/** Measures the multiply-add loop at once, copies when they are asked for. */
export async function measurePeak(revectorize: boolean): Promise<Peak> {
  const memory = new WebAssembly.Memory({ initial: pages });
  const module = await compileKernels(await peakBytes(), revectorize);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const { multiplyAddWide, multiplyAddNarrow, copyBytes } = exports as unknown as PeakExports;
  const floats = new Float32Array(memory.buffer, 1024, sums + 16);
  floats.fill(1, 0, sums);
  // The sums stay at 1: neither overflow nor denormal numbers slow them down.
  floats.fill(0.5, sums);
  const narrow = rounds * 12 * 4 * 2;
  const gflops = Math.max(
    (2 * narrow) / bestSeconds(300, () => multiplyAddWide(1024, rounds)),
    narrow / bestSeconds(300, () => multiplyAddNarrow(1024, rounds)),
  );
  const rates = new Map<number, number>();
  const copyRate = (workingSet: number): number => {
    const half = Math.max(64, Math.min(64 * Math.ceil(workingSet / 128), 2 ** 26));
    const known = rates.get(half);
    if (known !== undefined) return known;
    const repeats = Math.ceil(2 ** 20 / half);
    // Half a page beyond a multiple of 4 KiB: addresses that agree in twelve bits would hold each other up.
    const to = 65536 + 2 ** 27 + 2048;
    const seconds = bestSeconds(60, () => {
      for (let i = 0; i < repeats; i++) copyBytes(65536, to, half);
    });
    const rate = (2 * half * repeats) / seconds / 1e9;
    rates.set(half, rate);
    return rate;
  };
  return { gflops: gflops / 1e9, copyRate };
}

async function peakBytes(): Promise<Uint8Array<ArrayBuffer>> {
  const folder = mkdtempSync(join(tmpdir(), "gradientflow-peak-"));
  try {
    const outFile = join(folder, "peak.wasm");
    const flags = ["-O3", "--noAssert", "--runtime", "stub", "--importMemory", "--noExportMemory", "--enable", "simd"];
    const baseDir = join(import.meta.dirname, "assembly");
    const { error, stderr } = await compileAssembly(["peak.ts", "--baseDir", baseDir, "--outFile", outFile, ...flags]);
    if (error !== null) throw new Error(`peak: ${error.message}\n${stderr.toString()}`);
    return new Uint8Array(readFileSync(outFile));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
