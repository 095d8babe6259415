/**
 * Micaelli and Storkey 2021, arXiv:2007.07869: hypergradients by forward mode over 12 steps of SGD with momentum.
 *
 * For each shared value λ_k of the schedule the tangents Z_k = dw/dλ_k and C_k = dv/dλ_k are carried along,
 *
 *     C_k ← β C_k + m ∘ (H Z_k) + ξ Z_k + [k is the momentum in use] v + [k is the decay in use] w
 *     Z_k ← Z_k − α C_k − [k is the rate in use] v'           with  v' = β v + clip(g) + ξ w,  w' = w − α v'
 *
 * and the hypergradient is ⟨∇L_val(w_T), Z_k⟩; m is 1 where the clip lets the gradient pass. The expected numbers were made
 * outside this package: forward mode, unrolled reverse mode (PyTorch 2.13) and the adjoint agree in them to 1e-15.
 */

import { describe, expect, test } from "vitest";
import type { Engine, Tensor } from "../../src/tensor/index.ts";
import * as t from "../../src/tensor/index.ts";

// A multilayer perceptron 4-5-3 with tanh; flat order W1 [5, 4] row-major, b1, W2 [3, 5], b2.
const shapes = [[5, 4], [5], [3, 5], [3]];
const sizes = [20, 5, 15, 3];
const count = 43;
const numbers = (length: number, f: (i: number) => number) => Float64Array.from({ length }, (_, i) => f(i));
const start = numbers(count, (p) => (((7 * p + 3) % 11) - 5) / 10);
const direction = numbers(count, (p) => (((5 * p + 1) % 9) - 4) / 4);
/** Rows j of 4 features over the examples, as tensors over the batch hold them. */
const train = (examples: number[]) =>
  [0, 1, 2, 3].flatMap((j) => examples.map((i) => (((5 * i + 3 * j + 1) % 7) - 3) / 4));
const validation = [0, 1, 2, 3].flatMap((j) => [0, 1, 2, 3, 4, 5].map((i) => (((3 * i + 2 * j + 2) % 5) - 2) / 2));
const batch = (step: number) => [0, 1, 2, 3].map((k) => (4 * step + k) % 8);
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  numbers(a.length, (i) => a[i] * b[i]).reduce((s, x) => s + x);

interface Evaluation {
  readonly loss: number;
  readonly gradient: Float64Array;
}

/** The network's loss, gradient and Hessian-vector products as functions of flat arrays. */
function network(engine: Engine) {
  const graph = new t.Graph();
  const make = (name: string) => shapes.map((shape, i) => engine.variable(`${name}${i}`, shape));
  const [weights, vectors] = [make("w"), make("u")];
  const [w1, b1, w2, b2] = weights.map((variable) => graph.read(variable));
  const write = (variables: readonly t.Variable[], flat: Float64Array) => {
    let from = 0;
    variables.forEach((variable, i) => {
      variable.set(flat.subarray(from, from + sizes[i]));
      from += sizes[i];
    });
  };
  const on = (examples: number) => {
    const x = engine.variable("x", [4, examples], { batched: true });
    const y = engine.variable("y", [examples], { batched: true, type: "int32" });
    const hidden = t.tanh(t.addRows(t.linear(w1, graph.read(x)), b1));
    const loss = t.crossEntropy(t.addRows(t.linear(w2, hidden), b2), graph.read(y));
    const wrt = [w1, b1, w2, b2];
    const gradients = t.gradient(loss, wrt);
    const along = vectors.map((variable) => graph.read(variable));
    const products = t.hessianVectorProduct(loss, wrt, along);
    const program = t.compile(engine, { outputs: [loss, ...gradients, ...products] });
    const read = (tensors: readonly Tensor[]) =>
      Float64Array.from(tensors.flatMap((tensor) => [...program.read(tensor)]));
    return {
      evaluate(inputs: number[], labels: number[], w: Float64Array): Evaluation {
        x.set(inputs);
        y.set(labels);
        write(weights, w);
        program.run();
        return { loss: program.scalar(loss), gradient: read(gradients) };
      },
      /** H u where `evaluate` was last asked. */
      product(u: Float64Array): Float64Array {
        write(vectors, u);
        program.run();
        return read(products);
      },
    };
  };
  const [training, validating] = [on(4), on(6)];
  return {
    onBatch: (step: number, w: Float64Array) =>
      training.evaluate(
        train(batch(step)),
        batch(step).map((i) => i % 3),
        w,
      ),
    product: training.product,
    onValidation: (w: Float64Array) => validating.evaluate(validation, [1, 0, 2, 1, 0, 2], w),
  };
}

interface Schedule {
  readonly rates: readonly number[];
  readonly momenta: readonly number[];
  readonly decays: readonly number[];
  readonly clip?: number;
  /** The mask on the wrong side, H (m ∘ z): what differentiating a clamped gradient backwards gives. */
  readonly transposed?: boolean;
}

const steps = 12;

/** Trains, carrying the tangents of every value of the schedule: hypergradients in the order rates, momenta, decays. */
function hypergradients(engine: Engine, schedule: Schedule) {
  const { rates, momenta, decays, clip = Number.POSITIVE_INFINITY, transposed = false } = schedule;
  const net = network(engine);
  const columns = rates.length + momenta.length + decays.length;
  const inUse = (family: readonly number[], step: number) => Math.floor((family.length * step) / steps);
  let w = start;
  let v = new Float64Array(count);
  const Z = Array.from({ length: columns }, () => new Float64Array(count));
  const C = Array.from({ length: columns }, () => new Float64Array(count));
  for (let step = 0; step < steps; step++) {
    const [rateAt, momentumAt, decayAt] = [rates, momenta, decays].map((family) => inUse(family, step));
    const [rate, momentum, decay] = [rates[rateAt], momenta[momentumAt], decays[decayAt]];
    const { gradient } = net.onBatch(step, w);
    const mask = gradient.map((g) => (Math.abs(g) <= clip ? 1 : 0));
    const next = v.map((vi, i) => momentum * vi + Math.max(-clip, Math.min(clip, gradient[i])) + decay * w[i]);
    Z.forEach((z, k) => {
      const h = transposed ? net.product(z.map((zi, i) => mask[i] * zi)) : net.product(z).map((hi, i) => mask[i] * hi);
      const c = C[k];
      for (let i = 0; i < count; i++) {
        c[i] = momentum * c[i] + h[i] + decay * z[i];
        if (k === rates.length + momentumAt) c[i] += v[i];
        if (k === rates.length + momenta.length + decayAt) c[i] += w[i];
        z[i] -= rate * c[i] + (k === rateAt ? next[i] : 0);
      }
    });
    v = next;
    w = w.map((wi, i) => wi - rate * next[i]);
  }
  const { loss, gradient } = net.onValidation(w);
  return { w, loss, G: Z.map((z) => dot(gradient, z)) };
}

/** Largest |value - expected| / |expected|. */
function worst(values: ArrayLike<number>, expected: readonly number[]): number {
  expect(values.length).toBeGreaterThanOrEqual(expected.length);
  return Math.max(...expected.map((e, i) => Math.abs(values[i] / e - 1)));
}

const engine64 = () => new t.Engine(t.createReference("float64"));
const E1: Schedule = { rates: [0.3, 0.2, 0.1], momenta: [0.5, 0.8], decays: [0.01] };
const expectedE1 = [
  0.73969354807252, 1.186660556515869, 2.100230095397658, 0.617884938430177, 0.711737801563573, -4.383301192459389,
];
/** One rate per step, at the values of E1's windows. */
const perStep: Schedule = { ...E1, rates: Array.from({ length: steps }, (_, step) => E1.rates[Math.floor(step / 4)]) };
const expectedPerStep = [
  0.118829105637395, 0.180714939492272, 0.208901917896281, 0.231247585046573, 0.23891351402509, 0.229988406837606,
  0.353658439610389, 0.364100196042784, 0.535193929186468, 0.444172542049081, 0.657680525586158, 0.46318309857595,
];

test("the first batch: loss, slope and curvature along u, and the sum of H u, to 1e-12", () => {
  const net = network(engine64());
  const { loss, gradient } = net.onBatch(0, start);
  const product = net.product(direction);
  expect(worst([loss], [1.0682346303586732])).toBeLessThan(1e-12);
  expect(worst([dot(gradient, direction)], [-0.19041271560466674])).toBeLessThan(1e-12);
  expect(worst([dot(direction, product)], [1.0779169719194224])).toBeLessThan(1e-12);
  expect(worst([product.reduce((a, b) => a + b)], [-0.22888274847064422])).toBeLessThan(1e-12);
  expect(worst([net.onValidation(start).loss], [1.3631115991690494])).toBeLessThan(1e-12);
});

describe("E1: three rates, two momenta and a decay over 12 steps", () => {
  test("hypergradients, last weights and validation loss, to 1e-12", () => {
    const { w, loss, G } = hypergradients(engine64(), E1);
    expect(G.length).toBe(6);
    expect(worst(G, expectedE1)).toBeLessThan(1e-12);
    expect(worst([loss], [1.874935739261738])).toBeLessThan(1e-12);
    const first = [-0.156687251726381, 0.412335073301215, 0.143372072270903, -0.312088965367294, 0.233801787014027];
    expect(worst(w, first)).toBeLessThan(1e-12);
  });

  test("one rate per step: twelve values to 1e-12, whose sums over the windows are E1's", () => {
    const { G } = hypergradients(engine64(), perStep);
    expect(worst(G, expectedPerStep)).toBeLessThan(1e-12);
    const windows = [0, 4, 8].map((from) => G[from] + G[from + 1] + G[from + 2] + G[from + 3]);
    expect(worst(windows, expectedE1.slice(0, 3))).toBeLessThan(1e-12);
    // The columns of momentum and decay do not notice how the rates are shared.
    expect(worst(G.slice(steps), expectedE1.slice(3))).toBeLessThan(1e-12);
  });

  // Twelve steps, each rounding weights and gradient to 2^-24, add up to 7e-7 were all their errors of one sign.
  test("in float32 they agree to 1e-6, in WebAssembly and in the reference", async () => {
    for (const engine of [await t.openEngine(), new t.Engine(t.createReference("float32"))]) {
      expect(worst(hypergradients(engine, E1).G, expectedE1)).toBeLessThan(1e-6);
    }
  });
});

describe("E3: gradients clipped to ± 0.05, whose tangent is m ∘ (H z)", () => {
  const E3 = { ...E1, clip: 0.05 };
  test("hypergradients and validation loss, to 1e-12", () => {
    const { loss, G } = hypergradients(engine64(), E3);
    const expected = [
      0.373609215241074, 0.536943622254806, 0.9128189442649, 0.272901092960554, 0.280228707660696, -3.266114053732972,
    ];
    expect(worst(G, expected)).toBeLessThan(1e-12);
    expect(worst([loss], [1.5527900401590198])).toBeLessThan(1e-12);
  });

  test("H (m ∘ z) in its place is 21 % off in the first rate: the known wrong numbers, to 1e-12", () => {
    const { G } = hypergradients(engine64(), { ...E3, transposed: true });
    const wrong = [
      0.294929921208613, 0.518602515904917, 0.913404283942801, 0.237190090900118, 0.279832239912842, -3.251521364829907,
    ];
    expect(worst(G, wrong)).toBeLessThan(1e-12);
  });
});

test("E5: with every value zero each of the three rates has 0.009673657019791, momenta and decay exactly 0", () => {
  const { G } = hypergradients(engine64(), { rates: [0, 0, 0], momenta: [0, 0], decays: [0] });
  expect(worst(G, [0.009673657019791, 0.009673657019791, 0.009673657019791])).toBeLessThan(1e-12);
  expect(G.slice(3).map(Math.abs)).toEqual([0, 0, 0]);
});
