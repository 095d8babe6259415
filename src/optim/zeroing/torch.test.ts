/** 20 steps of every optimizer of groups against NumPy's, with gradients of PyTorch's autograd. */

import { describe, expect, test } from "vitest";
import { createReference, Engine, openEngine } from "../../tensor/index.ts";
import { unpack, worstError } from "../fixtures/torch-training.ts";
import { fixture, smallNet, unitGroups, type ZeroingCase } from "./fixtures/torch-training.ts";

const wasm = await openEngine();
const named = fixture.cases.map(
  (of) => [`${of.optimizer} ${JSON.stringify(of.settings).replace(/["{}]/g, "")}`, of] as const,
);

function train(engine: Engine, { optimizer: name, settings, learningRate }: ZeroingCase) {
  using _ = engine.scope();
  const groups = name === "obprox-sg" ? unitGroups : undefined;
  const { optimizer, step, weights } = smallNet(engine, name, settings, groups ?? unitGroups);
  const path: Float64Array[] = [];
  for (let k = 0; k < 20; k++) {
    step(k, learningRate);
    path.push(weights());
  }
  return { path, report: optimizer.groupReport() };
}

const zerosOf = (values: Float64Array) => [...values].flatMap((value, i) => (value === 0 ? [i] : []));

test("most cases end with some groups at zero, none with all", () => {
  const counts = fixture.cases.filter(({ optimizer }) => optimizer !== "obprox-sg").map(({ zeroGroups }) => zeroGroups);
  expect(counts.filter((count) => count > 0).length).toBeGreaterThanOrEqual(10);
  expect(Math.max(...counts)).toBeLessThan(16);
});

describe("after 1, 10 and 20 steps in float64 each weight is NumPy's to 1e-11 (of 1e-3 where smaller), zeros exactly:", () => {
  test.each(named)("%s", (_, of) => {
    const { path, report } = train(new Engine(createReference("float64")), of);
    for (const k of ["1", "10", "20"] as const) {
      const expected = unpack(of.weights[k]);
      expect(zerosOf(path[Number(k) - 1]), `zeros after ${k}`).toEqual(zerosOf(expected));
      expect(worstError(path[Number(k) - 1], expected, 1e-3), `step ${k}`).toBeLessThan(1e-11);
    }
    if (of.optimizer !== "obprox-sg") expect(report?.zeroGroups).toBe(of.zeroGroups);
  });
});

/** As in optimizer.test.ts: 20 roundings of weights up to 4, and a momentum that sums those of ten gradients. */
describe("in WebAssembly the same weights are zero, and the others within 1e-5:", () => {
  test.each(named)("%s", (_, of) => {
    const { path } = train(wasm, of);
    const expected = unpack(of.weights["20"]);
    expect(zerosOf(path[19])).toEqual(zerosOf(expected));
    expect(worstError(path[19], expected, 1)).toBeLessThan(1e-5);
  });
});
