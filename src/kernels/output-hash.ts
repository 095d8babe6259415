/**
 * Prints a hash of everything the kernels compute from the conformance table's inputs: `node output-hash.ts`. The
 * bit-equality suite runs it in processes that differ in how V8 compiles.
 */

import { cases } from "./conformance-cases.ts";
import { runCase } from "./conformance-stage.ts";
import { type Backend, loadKernels } from "./index.ts";

/** FNV-1a, 64 bits, over the float64 images of all outputs; every NaN counts as the same one. */
export function outputHash(backend: Backend): string {
  let hash = 0xcbf29ce484222325n;
  for (const [seed, testCase] of cases.entries()) {
    const values = Float64Array.from(runCase(testCase, backend, seed).flat(), (x) =>
      Number.isNaN(x) ? Number.NaN : x,
    );
    const words = new BigUint64Array(values.buffer);
    for (const word of words) hash = BigInt.asUintN(64, (hash ^ word) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}

if (import.meta.main) {
  const backend = await loadKernels();
  process.stdout.write(JSON.stringify({ hash: outputHash(backend), simdBits: backend.simdBits, notes: backend.notes }));
}
