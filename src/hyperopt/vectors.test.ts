/**
 * Hypergradients worked out elsewhere: scalar problems by hand, networks by unrolled reverse mode in PyTorch, the adjoint and
 * central differences outside this package, which agree in these figures to 1e-15.
 */

import { describe, expect, test } from "vitest";
import * as t from "../tensor/index.ts";
import { AdjointMode } from "./adjoint.ts";
import { type Flat, flat, networkVector, quadratic, type VectorProblem } from "./fixtures/vector-problems.ts";
import { ForwardMode } from "./forward.ts";
import { hypergradient } from "./hypergradient.ts";
import type { Schedules } from "./schedules.ts";
import { ValidationGradient } from "./validation.ts";

const engine = () => new t.Engine(t.createReference("float64"));
const schedules = (
  learningRate: readonly number[],
  momentum: readonly number[],
  weightDecay: readonly number[],
): Schedules => ({ learningRate, momentum, weightDecay });

/** Largest difference relative to the larger of the value and 1e-3 of the largest. */
function error(got: Flat, expected: Flat): number {
  const floor = 1e-3 * Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs(got[i] - value) / Math.max(Math.abs(value), floor)));
}

interface Vector {
  readonly name: string;
  readonly make: (engine: t.Engine) => VectorProblem;
  readonly schedules: Schedules;
  readonly steps: number;
  readonly clip?: number;
  readonly expected: readonly number[];
  /** Of the figures as they are printed. */
  readonly tolerance: number;
}

const d = (engine: t.Engine) =>
  quadratic(engine, {
    start: [1, -1],
    hessian: (step) => (step % 2 === 0 ? [2, 1, 1, 3] : [1, 0, 0, 2]),
    linear: (step) => (step % 2 === 0 ? [1, 0] : [0, 1]),
    target: [0.5, 0],
  });
const one = (h: (step: number) => number, b: (step: number) => number, target: number) => (engine: t.Engine) =>
  quadratic(engine, { start: [1], hessian: (step) => [h(step)], linear: (step) => [b(step)], target: [target] });
const mlpSchedules = schedules([0.3, 0.2, 0.1], [0.5, 0.8], [0.01]);

const vectors: readonly Vector[] = [
  {
    name: "A, one weight, five steps",
    make: one(
      () => 2,
      () => 0,
      0.5,
    ),
    schedules: schedules([0.1], [0], [0.1]),
    steps: 5,
    expected: [0.7864374946825077, 0.07963923996784887, 0.03744940450869084],
    tolerance: 1e-12,
  },
  {
    name: "A2, two windows of the rate",
    make: one(
      () => 2,
      () => 0,
      0,
    ),
    schedules: schedules([0.1, 0.2], [0], [0]),
    steps: 4,
    expected: [-0.2654208, -0.3538944, -0.119808, -0.04866048],
    tolerance: 1e-12,
  },
  {
    name: "B, momentum over two steps",
    make: one(
      () => 2,
      () => 0,
      0,
    ),
    schedules: schedules([0.1], [0.5], [0.1]),
    steps: 2,
    expected: [-2.2674288, -0.109011, -0.1079728],
    tolerance: 1e-12,
  },
  {
    name: "C, everything varying",
    make: one(
      (step) => [2, 1, 3, 1, 2, 1][step],
      (step) => [1, 0, 2, -1, 1, 0][step],
      0.25,
    ),
    schedules: schedules([0.1, 0.05], [0.5, 0.75], [0.1, 0, 0.2]),
    steps: 6,
    expected: [
      -0.0869197867325505, -0.4277453035366101, -0.02455543338250661, -0.030459193422122156, -0.010995456368897517,
      -0.012997323911113568, -0.005028918010728182,
    ],
    tolerance: 1e-12,
  },
  {
    name: "D1, two weights, Hessians that do not commute",
    make: d,
    schedules: schedules([0.1, 0.2], [0.5], [0.1]),
    steps: 4,
    expected: [-0.194360374295296, 1.659936437517552, 0.6976086585192, 0.149845318242848],
    tolerance: 1e-12,
  },
  {
    name: "D2, the same clipped at ±1 (the mask on the wrong side gives 0.1401 for the first)",
    make: d,
    schedules: schedules([0.1, 0.2], [0.5], [0.1]),
    steps: 4,
    clip: 1,
    expected: [0.116617667393024, 0.171676956437712, 0.0508458882232, 0.029018898634208],
    tolerance: 1e-12,
  },
  {
    name: "E1, a perceptron 4-5-3 with tanh, twelve steps",
    make: (engine) => networkVector(engine, "mlp"),
    schedules: mlpSchedules,
    steps: 12,
    expected: [
      0.73969354807252, 1.186660556515869, 2.100230095397658, 0.617884938430177, 0.711737801563573, -4.383301192459389,
    ],
    tolerance: 1e-12,
  },
  {
    name: "E3, the same clipped at ±0.05 (the mask on the wrong side gives 0.2949 for the first)",
    make: (engine) => networkVector(engine, "mlp"),
    schedules: mlpSchedules,
    steps: 12,
    clip: 0.05,
    expected: [
      0.373609215241074, 0.536943622254806, 0.9128189442649, 0.272901092960554, 0.280228707660696, -3.266114053732972,
    ],
    tolerance: 1e-12,
  },
  {
    name: "E5, all rates 0, which leaves momentum 0.9 and decay exactly without effect",
    make: (engine) => networkVector(engine, "mlp"),
    schedules: schedules([0, 0, 0], [0.9], [0.01]),
    steps: 12,
    expected: [0.035708301754087, -0.020797057774687, -0.057870224161515, 0, 0],
    tolerance: 1e-12,
  },
  {
    name: "E5, all values 0",
    make: (engine) => networkVector(engine, "mlp"),
    schedules: schedules([0, 0, 0], [0, 0], [0]),
    steps: 12,
    expected: [0.009673657019791, 0.009673657019791, 0.009673657019791, 0, 0, 0],
    tolerance: 1e-10,
  },
  {
    name: "F, a convolution with ReLU and maximum pooling, six steps",
    make: (engine) => networkVector(engine, "cnn"),
    schedules: schedules([0.2, 0.1], [0.6], [0.02]),
    steps: 6,
    expected: [-0.140509153594432, -0.063556695081223, -0.079563583496023, -0.101742996301354],
    tolerance: 1e-12,
  },
];

describe.each(vectors)("vector $name", ({ make, expected, tolerance, clip, ...rest }) => {
  test.each(["forward", "adjoint"] as const)("the figures hold by %s to 1e-12 in float64", (mode) => {
    const { problem } = make(engine());
    const { sum } = hypergradient(problem, { ...rest, clip: { value: clip }, mode });
    expect(error(flat(sum), expected)).toBeLessThan(tolerance);
  });

  test("and to 2e-5 in float32, on both back ends", async () => {
    for (const backend of ["wasm", "reference"] as const) {
      const { problem } = make(await t.openEngine({ backend }));
      const { sum } = hypergradient(problem, { ...rest, clip: { value: clip }, mode: "forward" });
      expect(error(flat(sum), expected), backend).toBeLessThan(2e-5);
    }
  });
});

test("C: weights and velocities of the six steps, and the tangents of the last, are those worked by hand", () => {
  const { problem } = vectors[3].make(engine());
  const run = new ForwardMode(problem, { windows: { learningRate: 2, momentum: 2, weightDecay: 3 } });
  run.begin(vectors[3].schedules, 6);
  const weights: number[] = [];
  while (!run.finished) {
    run.advance();
    weights.push(problem.parameters[0].get()[0]);
  }
  const close = (got: readonly number[], expected: readonly number[]) =>
    expect(error(got, expected)).toBeLessThan(1e-9);
  close(weights, [0.89, 0.7371, 0.63952, 0.5209515, 0.42472046, 0.3270639524]);
  close(
    run.columns.map(({ z }) => z[0].get()[0]),
    [-1.127891628, -5.550523821, -0.318637088, -0.395245669, -0.142679632, -0.1686563368, -0.06525642475],
  );
  close(
    run.columns.map(({ c }) => c[0].get()[0]),
    [-10.60524144, -8.75492862, -0.38251224, 3.93323138, -0.70566336, 0.226527336, 0.784176995],
  );
});

test("E1: validation losses 1.36311 and 1.87494, the first five last weights, and twelve rates' own hypergradients", () => {
  const { problem } = networkVector(engine(), "mlp");
  const validation = new ValidationGradient(problem);
  problem.start();
  expect(validation.measure().loss).toBeCloseTo(1.3631115991690494, 14);
  const result = new AdjointMode(problem).run(mlpSchedules, 12);
  expect(result.validation.loss).toBeCloseTo(1.874935739261738, 14);
  const lastWeights = problem.parameters.flatMap((parameter) => [...parameter.get()]).slice(0, 5);
  const expectedWeights = [
    -0.156687251726381, 0.412335073301215, 0.143372072270903, -0.312088965367294, 0.233801787014027,
  ];
  expect(error(lastWeights, expectedWeights)).toBeLessThan(1e-13);
  const perStep = [
    0.118829105637395, 0.180714939492272, 0.208901917896281, 0.231247585046573, 0.23891351402509, 0.229988406837606,
    0.353658439610389, 0.364100196042784, 0.535193929186468, 0.444172542049081, 0.657680525586158, 0.46318309857595,
  ];
  expect(error([...result.perStep.learningRate], perStep)).toBeLessThan(1e-12);
});

test("E1, greedily: each rate's effect on the loss right after its step, the last of which is the whole one's 0.46318", () => {
  const { problem } = networkVector(engine(), "mlp");
  const run = new ForwardMode(problem, {
    windows: { learningRate: 3, momentum: 2, weightDecay: 1 },
    learn: ["learningRate"],
    oneStep: true,
  });
  const validation = new ValidationGradient(problem);
  const greedy: number[] = [];
  run.begin(mlpSchedules, 12);
  while (!run.finished) {
    run.advance();
    validation.measure();
    greedy.push(validation.products(run.tangents).reduce((total, product) => total + product));
  }
  expect(error(greedy.slice(0, 3), [0.049476949326, 0.014927260583, 0.156139410283])).toBeLessThan(1e-10);
  expect(greedy[11]).toBeCloseTo(0.46318309857595, 12);
});
