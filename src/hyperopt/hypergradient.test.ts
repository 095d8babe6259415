/** Forward mode, the adjoint and central differences on networks of every kind; what is refused; memory and bits. */

import { describe, expect, test } from "vitest";
import { Optimizer } from "../optim/index.ts";
import * as t from "../tensor/index.ts";
import { AdjointMode } from "./adjoint.ts";
import { finiteDifference } from "./finite-difference.ts";
import { smallNetworks, smallProblem } from "./fixtures/small-network.ts";
import { flat, networkVector, quadratic } from "./fixtures/vector-problems.ts";
import { ForwardMode } from "./forward.ts";
import { hypergradient } from "./hypergradient.ts";
import type { Schedules } from "./schedules.ts";
import type { SgdRule } from "./sgd.ts";
import { ValidationGradient } from "./validation.ts";

const schedules: Schedules = { learningRate: [0.2, 0.1, 0.05], momentum: [0.5, 0.8], weightDecay: [0.01] };
const windows = { learningRate: 3, momentum: 2, weightDecay: 1 };
const steps = 7;

/** Largest difference, relative to the largest value. */
function difference(got: readonly number[], expected: readonly number[]): number {
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs(got[i] - value))) / largest;
}

describe.each(Object.keys(smallNetworks) as (keyof typeof smallNetworks)[])("a network, %s:", (which) => {
  test("forward mode equals the adjoint to 1e-12 and central differences to 1e-6", async () => {
    const problem = await smallProblem(which);
    const forward = flat(hypergradient(problem, { schedules, steps, mode: "forward" }).sum);
    const adjoint = flat(hypergradient(problem, { schedules, steps, mode: "adjoint" }).sum);
    expect(difference(forward, adjoint)).toBeLessThan(1e-12);
    expect(difference(forward, flat(finiteDifference(problem, { schedules, steps })))).toBeLessThan(1e-6);
  });
});

const rules: readonly SgdRule[] = [
  { nesterov: false, decay: "coupled" },
  { nesterov: true, decay: "coupled" },
  { nesterov: false, decay: "decoupled" },
  { nesterov: true, decay: "decoupled" },
];
test.each(rules)(
  "the rule $nesterov, $decay: forward, adjoint and differences agree, clipped by value and norm too",
  async (rule) => {
    const problem = await smallProblem("dense");
    const options = { schedules, steps, rule };
    for (const clip of [{}, { value: 0.05 }, { norm: 0.4 }, { value: 0.1, norm: 0.3 }]) {
      const forward = flat(hypergradient(problem, { ...options, clip, mode: "forward" }).sum);
      const adjoint = flat(hypergradient(problem, { ...options, clip, mode: "adjoint" }).sum);
      expect(difference(forward, adjoint), JSON.stringify(clip)).toBeLessThan(1e-12);
      const numeric = flat(finiteDifference(problem, { ...options, clip, epsilon: 1e-6 }));
      expect(difference(forward, numeric), JSON.stringify(clip)).toBeLessThan(1e-6);
    }
  },
);

test("the four rules give four different hypergradients", async () => {
  const problem = await smallProblem("dense");
  const all = rules.map((rule) => flat(hypergradient(problem, { schedules, steps, rule }).sum));
  for (const [i, one] of all.entries()) {
    for (const other of all.slice(i + 1)) expect(difference(one, other)).toBeGreaterThan(1e-3);
  }
});

test("a value per step equals the adjoint's values step by step, and the sum over a window is that of the shared value", () => {
  const { problem } = networkVector(new t.Engine(t.createReference("float64")), "mlp");
  const perStep: Schedules = {
    learningRate: [0.3, 0.3, 0.3, 0.2, 0.2, 0.2],
    momentum: [0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
    weightDecay: [0.01, 0.01, 0.01, 0.01, 0.01, 0.01],
  };
  const adjoint = new AdjointMode(problem).run(perStep, 6).perStep;
  const forward = hypergradient(problem, { schedules: perStep, steps: 6, mode: "forward" }).sum;
  const flatAdjoint = [...adjoint.learningRate, ...adjoint.momentum, ...adjoint.weightDecay];
  expect(difference(flat(forward), flatAdjoint)).toBeLessThan(1e-13);
  // The velocity is 0 before the first step: its momentum has no effect, exactly.
  expect(forward.momentum?.[0]).toBe(0);
  const shared = { learningRate: [0.3, 0.2], momentum: [0.5], weightDecay: [0.01] };
  const { sum, mean } = hypergradient(problem, { schedules: shared, steps: 6, mode: "forward" });
  const windowOfThree = adjoint.learningRate.slice(0, 3).reduce((a, b) => a + b);
  expect(sum.learningRate?.[0]).toBeCloseTo(windowOfThree, 13);
  expect(mean.learningRate?.[0]).toBeCloseTo(windowOfThree / 3, 13);
});

test("the last step's rate has the hypergradient -⟨∇L_val, v'⟩", () => {
  const { problem } = networkVector(new t.Engine(t.createReference("float64")), "mlp");
  const values: Schedules = { learningRate: [0.3, 0.3, 0.3, 0.1], momentum: [0.5], weightDecay: [0] };
  const { perStep } = new AdjointMode(problem).run(values, 4);
  const run = new ForwardMode(problem, { windows: { learningRate: 4, momentum: 1, weightDecay: 1 }, learn: [] });
  run.begin(values, 4);
  for (let i = 0; i < 3; i++) run.advance();
  const before = problem.parameters.map((parameter) => parameter.get());
  run.advance();
  const validation = new ValidationGradient(problem);
  validation.measure();
  let product = 0;
  problem.parameters.forEach((parameter, i) => {
    const [after, gradient] = [parameter.get(), validation.gradients[i].get()];
    // v' = (w - w') / α
    for (let k = 0; k < after.length; k++) product -= (gradient[k] * (before[i][k] - after[k])) / 0.1;
  });
  expect(perStep.learningRate[3]).toBeCloseTo(product, 13);
});

test("six columns in one program have the bits of six programs of one", async () => {
  const problem = await smallProblem("dense", { engine: await t.openEngine() });
  const together = hypergradient(problem, { schedules, steps, mode: "forward" }).sum;
  for (const family of ["learningRate", "momentum", "weightDecay"] as const) {
    const alone = hypergradient(problem, { schedules, steps, mode: "forward", learn: [family] }).sum;
    expect(alone).toEqual({ [family]: together[family] });
  }
});

test("columns whose window has not begun are exactly 0 and cost nothing: 24 products over 6 steps for 3 rates, a momentum and a decay", async () => {
  const problem = await smallProblem("dense");
  const run = new ForwardMode(problem, { windows: { learningRate: 3, momentum: 1, weightDecay: 1 } });
  run.begin({ learningRate: [0.1, 0.1, 0.1], momentum: [0.9], weightDecay: [0] }, 6);
  for (let i = 0; i < 2; i++) run.advance();
  const largest = run.columns.map(({ z }) => Math.max(...z.flatMap((one) => [...one.get()].map(Math.abs))));
  expect(largest[0]).toBeGreaterThan(0);
  expect(largest.slice(1, 3)).toEqual([0, 0]);
  while (!run.finished) run.advance();
  // Rates 2·1 + 2·2 + 2·3, momentum and decay 6 each.
  expect(run.diagnostics.products).toBe(24);
});

test("weights have the bits that the optimizer's own training leaves, heavy ball and Nesterov, in float32", async () => {
  for (const name of ["momentum", "nesterov"] as const) {
    const problem = await smallProblem("dense", { engine: await t.openEngine() });
    const { engine, parameters, training } = problem;
    hypergradient(problem, {
      schedules: { learningRate: [0.1], momentum: [0.9], weightDecay: [1e-3] },
      steps,
      rule: { nesterov: name === "nesterov" },
      mode: "forward",
    });
    const learned = parameters.map((parameter) => [...parameter.get()]);
    const optimizer = new Optimizer(engine, name, { momentum: 0.9, weightDecay: 1e-3 });
    const graph = new t.Graph();
    const { loss } = training.build(graph, training.kind(0));
    const gradients = t.gradient(
      loss,
      parameters.map((parameter) => graph.read(parameter)),
    );
    const updates = optimizer.updates(parameters.map((variable, i) => ({ variable, gradient: gradients[i] })));
    const program = t.compile(engine, { outputs: [loss], updates });
    problem.start();
    for (let step = 0; step < steps; step++) {
      training.feed(step);
      optimizer.prepareStep(0.1);
      program.run();
    }
    expect(parameters.map((parameter) => [...parameter.get()])).toEqual(learned);
  }
});

test("a run saved after three of seven steps and restored in another engine ends with the same bits, running statistics too", async () => {
  const finish = (run: ForwardMode) => {
    while (!run.finished) run.advance();
    return run.save();
  };
  const make = async () =>
    new ForwardMode(await smallProblem("with batch norm", { engine: await t.openEngine() }), { windows });
  const whole = await make();
  whole.begin(schedules, steps);
  for (let i = 0; i < 3; i++) whole.advance();
  const state = structuredClone(whole.save());
  const resumed = await make();
  resumed.restore(state);
  expect(finish(resumed)).toEqual(finish(whole));
  const other = new ForwardMode(await smallProblem("dense"), { windows });
  expect(() => other.restore(state)).toThrow(
    "forward mode: the state must be of the same parameters and columns; build the run it was saved from",
  );
});

test("the engine's memory is the same for 20 steps and for 400, to the byte", async () => {
  const peak = async (count: number) => {
    const problem = await smallProblem("dense", { engine: await t.openEngine() });
    hypergradient(problem, { schedules, steps: count, mode: "forward" });
    return problem.engine.backend.memory.peakBytes;
  };
  expect(await peak(400)).toBe(await peak(20));
});

test("twice the validation loss is twice the hypergradient, to the bit", () => {
  const engine = new t.Engine(t.createReference("float64"));
  const { problem } = networkVector(engine, "mlp");
  const doubled = { ...problem, validation: { ...problem.validation, shares: [2] } };
  const options = { schedules, steps, mode: "forward" } as const;
  const once = flat(hypergradient(problem, options).sum);
  expect(flat(hypergradient(doubled, options).sum)).toEqual(once.map((value) => 2 * value));
});

test("Hessian-vector products are symmetric: uᵀ H v equals vᵀ H u to 1e-12", () => {
  const engine = new t.Engine(t.createReference("float64"));
  const { problem } = networkVector(engine, "cnn");
  const graph = new t.Graph();
  problem.start();
  problem.training.feed(0);
  const { loss } = problem.training.build(graph, "4");
  const w = problem.parameters.map((parameter) => graph.read(parameter));
  const [u, v] = [1.3, 0.7].map((rate) =>
    problem.parameters.map((parameter, i) => {
      const one = engine.variable("u", parameter.shape);
      one.set(one.get().map((_, k) => Math.cos(rate * (k + 50 * i))));
      return graph.read(one);
    }),
  );
  const product = (a: readonly t.Tensor[], b: readonly t.Tensor[]) =>
    t
      .hessianVectorProduct(loss, w, b)
      .map((h, i) => t.dot(h, a[i]))
      .reduce(t.add);
  const both = [product(u, v), product(v, u)];
  const program = t.compile(engine, { outputs: both });
  program.run();
  expect(program.scalar(both[0])).toBeCloseTo(program.scalar(both[1]), 12);
});

test("the adjoint gives the same bits whether or not the segments between kept steps divide the training", async () => {
  // 16 steps are four segments of four; 17 are four of five, the last of two.
  for (const count of [1, 2, 16, 17]) {
    const problem = await smallProblem("dense");
    const one = { learningRate: [0.1], momentum: [0.5], weightDecay: [0.01] };
    const forward = flat(hypergradient(problem, { schedules: one, steps: count, mode: "forward" }).sum);
    const adjoint = flat(hypergradient(problem, { schedules: one, steps: count, mode: "adjoint" }).sum);
    expect(difference(adjoint, forward), String(count)).toBeLessThan(1e-12);
  }
});

describe("diagnostics:", () => {
  test("gradients clipped at 0 by all but a limit of 1e-9 are counted as clipped, by both modes alike", async () => {
    const problem = await smallProblem("dense");
    for (const mode of ["forward", "adjoint"] as const) {
      const { diagnostics } = hypergradient(problem, { schedules, steps, clip: { value: 1e-9 }, mode });
      expect(diagnostics.clipped).toBeGreaterThan(0.9);
      expect(hypergradient(problem, { schedules, steps, clip: { value: 1e9 }, mode }).diagnostics.clipped).toBe(0);
    }
  });

  test("clamped tangents are counted, and a limit nothing reaches changes no bit", async () => {
    const problem = await smallProblem("dense");
    const free = hypergradient(problem, { schedules, steps, mode: "forward" });
    const loose = hypergradient(problem, { schedules, steps, mode: "forward", clipTangent: 1e6 });
    const tight = hypergradient(problem, { schedules, steps, mode: "forward", clipTangent: 1e-3 });
    expect(loose.sum).toEqual(free.sum);
    expect(loose.diagnostics.tangentsClipped).toBe(0);
    expect(tight.diagnostics.tangentsClipped).toBeGreaterThan(0.2);
    expect(difference(flat(tight.sum), flat(free.sum))).toBeGreaterThan(0.01);
  });

  test("a training that overflows stops at its step, and all of its hypergradients are NaN and counted", () => {
    const { problem } = quadratic(new t.Engine(t.createReference("float64")), {
      start: [1],
      hessian: () => [2],
      linear: () => [0],
      target: [0],
    });
    for (const mode of ["forward", "adjoint"] as const) {
      const wild: Schedules = { learningRate: [1e100], momentum: [0], weightDecay: [0] };
      const { sum, diagnostics } = hypergradient(problem, { schedules: wild, steps: 5, mode });
      // The weight is 1, -2e100, 4e200: its square is the first number too large.
      expect(diagnostics).toMatchObject({ steps: 2, diverged: 2, nonFinite: 3 });
      expect(flat(sum)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    }
  });
});

describe("refused:", () => {
  const scalar = () =>
    quadratic(new t.Engine(t.createReference("float64")), {
      start: [1],
      hessian: () => [2],
      linear: () => [0],
      target: [0],
    }).problem;
  const one: Schedules = { learningRate: [0.1], momentum: [0], weightDecay: [0] };
  const other = (problem: ReturnType<typeof scalar>, which: "training" | "validation") => ({
    ...problem,
    [which]: { ...problem[which], build: (graph: t.Graph) => ({ loss: graph.full({ shape: [], batched: false }, 1) }) },
  });
  test.each<[string, () => unknown, string]>([
    [
      "a value that no step uses",
      () => hypergradient(scalar(), { schedules: { ...one, learningRate: [0.1, 0.1, 0.1] }, steps: 2 }),
      "hypergradient: every learned value must be in use at some step, but learningRate[2] of 3 is in use at none of 2; " +
        "use at most 2 values, or more steps",
    ],
    [
      "a validation loss that no parameter moves",
      () => hypergradient(other(scalar(), "validation"), { schedules: one, steps: 2, mode: "forward" }),
      "validation loss: the loss must depend on the parameters, but depends on none of the 1",
    ],
    [
      "a training loss that no parameter moves",
      () => hypergradient(other(scalar(), "training"), { schedules: one, steps: 2, mode: "forward" }),
      "training loss: the loss must depend on the parameters, but depends on none of the 1",
    ],
    [
      "learning nothing",
      () => hypergradient(scalar(), { schedules: one, steps: 2, learn: [] }),
      "hypergradient: learn must name at least one of learningRate, momentum, weightDecay, got none",
    ],
    [
      "clamping tangents where there are none",
      () => hypergradient(scalar(), { schedules: one, steps: 2, mode: "adjoint", clipTangent: 1 }),
      'clipTangent of 1 clamps tangents, of which the adjoint has none; use mode "forward"',
    ],
    [
      "a clamp of 0",
      () => hypergradient(scalar(), { schedules: one, steps: 2, mode: "forward", clipTangent: 0 }),
      "forward mode: clipTangent must be > 0, got 0; leave it out for no clamp",
    ],
    [
      "a value that is no number",
      () => hypergradient(scalar(), { schedules: { ...one, momentum: [Number.NaN] }, steps: 2 }),
      "hypergradient: every value must be a finite number, got momentum[0] = NaN; give another",
    ],
    [
      "a family without values",
      () => hypergradient(scalar(), { schedules: { ...one, weightDecay: [] }, steps: 2 }),
      "hypergradient: weightDecay must have at least one value, got none; give one",
    ],
    [
      "no step",
      () => hypergradient(scalar(), { schedules: one, steps: 0 }),
      "hypergradient: steps must be an integer ≥ 1, got 0",
    ],
    [
      "schedules of another length than the run was made for",
      () => new ForwardMode(scalar(), { windows: { learningRate: 2, momentum: 1, weightDecay: 1 } }).begin(one, 4),
      "forward mode: learningRate must have 2 values, got 1; make another for these",
    ],
    [
      "a step before the beginning",
      () => new ForwardMode(scalar(), { windows: { learningRate: 1, momentum: 1, weightDecay: 1 } }).advance(),
      "forward mode: step 0 of 0 is not to be done; call begin first",
    ],
  ])("%s", (_, run, message) => {
    expect(run).toThrow(message);
  });
});
