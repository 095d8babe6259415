import { describe, expect, test } from "vitest";
import { cases } from "./conformance-cases.ts";
import { runCase } from "./conformance-stage.ts";
import type { Backend, KernelName } from "./index.ts";
import { createReference, loadKernels } from "./index.ts";

const wasm = await loadKernels();
const reference = createReference("float64");
const rounded = createReference("float32");
const kernelNames = Object.keys(reference.kernels) as KernelName[];

/** The first element beyond the tolerance, in words. */
function firstMismatch(
  actual: number[][],
  expected: number[][],
  absolute: number,
  relative: number,
): string | undefined {
  for (const [place, list] of expected.entries()) {
    for (const [i, value] of list.entries()) {
      const want = absolute === 1e-11 ? value : Math.fround(value);
      const got = actual[place][i];
      const close = Math.abs(got - want) <= absolute + relative * Math.abs(want);
      if (!(close || got === want || (Number.isNaN(got) && Number.isNaN(want)))) {
        return `output ${place}, element ${i}: ${got} for ${want}`;
      }
    }
  }
  return undefined;
}

function compare(backend: Backend, name: KernelName): string[] {
  return cases
    .filter(({ kernel }) => kernel === name)
    .flatMap((testCase, i) => {
      const { absolute, relative } = testCase.tolerance;
      const expected = runCase(testCase, reference, i);
      const fault = firstMismatch(runCase(testCase, backend, i), expected, absolute, relative);
      return fault === undefined ? [] : [`${testCase.title}: ${fault}`];
    });
}

test("the WebAssembly module exports the kernels of the contract, each of them and nothing else", () => {
  expect(Object.keys(wasm.kernels).sort()).toEqual([...kernelNames].sort());
});

test("the table has a case for every kernel of the contract", () => {
  expect(new Set(cases.map(({ kernel }) => kernel))).toEqual(new Set(kernelNames));
});

describe.each([
  ["WebAssembly", wasm],
  ["the float32 reference", rounded],
] as const)(
  "%s agrees with the float64 reference, padded lanes full of NaN and writing nothing beyond its outputs, in",
  (_, backend) => {
    test.each(kernelNames)("%s", (name) => {
      expect(compare(backend, name)).toEqual([]);
    });
  },
);
