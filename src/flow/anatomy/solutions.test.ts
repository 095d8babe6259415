/** Solutions: how far apart they lie, what is between them, and what they say. */

import { describe, expect, test } from "vitest";
import { maskOverlap } from "../../sparsity/index.ts";
import { solutionDistances } from "./distances.ts";
import { doubleEngine, drawnExamples, everyNth, smallNetwork } from "./fixtures/drawn-examples.ts";
import { barrierOf, interpolate, paperAlphas } from "./interpolation.ts";
import { LossSurface } from "./loss-surface.ts";
import { accuracyOf, disagreement, ensemble, predict, predictedClasses } from "./predictions.ts";
import { type Solution, solutionOf, valuesAt } from "./solution.ts";

const masksAt = (first: number) => [everyNth(5, 4, 2, first), everyNth(3, 5, 3, first)];

/** The distances between two solutions written out in full. */
function slowly(a: Solution, b: Solution) {
  const flat = ({ tensors }: Solution) =>
    tensors.filter(({ role }) => role !== "statistics").flatMap((tensor) => [...valuesAt(tensor, undefined)]);
  const [x, y] = [flat(a), flat(b)];
  const dot = (u: number[], v: number[]) => u.reduce((sum, value, k) => sum + value * v[k], 0);
  const apart = x.map((value, k) => value - y[k]);
  return {
    l2: Math.sqrt(dot(apart, apart)),
    cosine: 1 - dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y)),
    size: x.length,
  };
}

describe("solutionDistances", () => {
  test("of dense and sparse networks are those of their 43 numbers written out, masked ones being 0", () => {
    const engine = doubleEngine();
    const solutions = [
      solutionOf(smallNetwork(engine), "dense"),
      solutionOf(smallNetwork(engine, { masks: masksAt(0), seed: 5 }), "a"),
      solutionOf(smallNetwork(engine, { masks: masksAt(1), seed: 6 }), "b"),
      solutionOf(smallNetwork(engine, { masks: [masksAt(0)[0], undefined], seed: 7 }), "half"),
    ];
    const { l2, cosine } = solutionDistances(solutions);
    solutions.forEach((a, i) => {
      solutions.forEach((b, j) => {
        const wanted = slowly(a, b);
        expect(wanted.size).toBe(43);
        expect(l2[i][j]).toBeCloseTo(i === j ? 0 : wanted.l2, 12);
        expect(cosine[i][j]).toBeCloseTo(i === j ? 0 : wanted.cosine, 12);
      });
    });
    // Disjoint masks, biases of 0: at right angles.
    expect(maskOverlap(masksAt(0)[0], masksAt(1)[0]).shared).toBe(0);
    expect(cosine[1][2]).toBeCloseTo(1, 14);
  });

  test("refuses networks of different architectures, naming the array that differs", () => {
    const engine = doubleEngine();
    const a = solutionOf(smallNetwork(engine), "a.safetensors");
    const b = solutionOf(smallNetwork(engine, { hidden: [6] }), "b.safetensors");
    expect(() => solutionDistances([a, b])).toThrow(
      "solutionDistances: solutions must be of one architecture, but where a.safetensors (mlp) has layer1.weight [5, 4], " +
        "b.safetensors (mlp) has layer1.weight [6, 4]; compare networks of one architecture",
    );
  });
});

describe("interpolate", () => {
  const engine = doubleEngine();
  const examples = drawnExamples(engine, 80);
  const lossOf = (network: Parameters<typeof solutionOf>[0]) =>
    new LossSurface(engine, network, examples).evaluate().loss;
  const a = smallNetwork(engine, { masks: masksAt(0), seed: 5 });
  const b = smallNetwork(engine, { masks: masksAt(1), seed: 6 });
  const ends = [solutionOf(a, "a"), solutionOf(b, "b")] as const;

  test("has both ends' losses at 0 and 1 to the bit, on the paper's 29 points, and tells each", () => {
    const told: string[] = [];
    const { points, start, end } = interpolate(engine, ends, examples, {
      onPoint: (done, total) => told.push(`${done}/${total}`),
    });
    expect([start, end, points.length, told.length, told[28]]).toEqual(["a", "b", 29, 29, "29/29"]);
    expect([points[0].alpha, points[4].alpha, points[24].alpha, points[28].alpha]).toEqual([-0.2, 0, 1, 1.2]);
    expect(points[4].loss).toBe(lossOf(a));
    expect(points[24].loss).toBe(lossOf(b));
  });

  test("by the start's mask ends at the end's weights cut to that mask: of disjoint ones only biases are left", () => {
    const { points } = interpolate(engine, ends, examples, { mask: "start", alphas: [0, 1] });
    expect(points[0].loss).toBe(lossOf(a));
    expect(points[1].loss).toBeCloseTo(Math.log(3), 12);
    const byEnd = interpolate(engine, ends, examples, { mask: "end", alphas: [0, 1] });
    expect(byEnd.points[0].loss).toBeCloseTo(Math.log(3), 12);
    expect(byEnd.points[1].loss).toBe(lossOf(b));
  });

  test("a linear classifier has no barrier: its loss is convex", () => {
    const linear = [1, 2].map((seed) => solutionOf(smallNetwork(engine, { hidden: [], seed }), `seed ${seed}`));
    const { barrier } = interpolate(engine, [linear[0], linear[1]], examples);
    expect(barrier).toBe(0);
  });

  test("with batch norm, running statistics are half way at 0.5, and both ends keep their own", () => {
    const networks = [1, 2].map((seed) => smallNetwork(engine, { batchNorm: true, seed }));
    networks[1].buffers[0].set([1, 2, 3, 4, 5]);
    const [one, two] = networks.map((network) => solutionOf(network, "bn"));
    const { points } = interpolate(engine, [one, two], examples, { alphas: [0, 0.5, 1] });
    expect(points[0].loss).toBe(lossOf(networks[0]));
    expect(points[2].loss).toBe(lossOf(networks[1]));
    const middle = smallNetwork(engine, { batchNorm: true, seed: 3 });
    [...middle.parameters.map(({ variable }) => variable), ...middle.buffers].forEach((variable, i) => {
      variable.set(one.tensors[i].values.map((value, k) => (value + two.tensors[i].values[k]) / 2));
    });
    expect(points[1].loss).toBeCloseTo(lossOf(middle), 12);
  });

  test("the barrier of losses 1, 3, 2 at 0, 0.5, 1 is 1, whatever is beyond; without both ends it is NaN", () => {
    const points = [
      { alpha: -0.2, loss: 9 },
      { alpha: 0, loss: 1 },
      { alpha: 0.5, loss: 3 },
      { alpha: 1, loss: 2 },
    ];
    expect(barrierOf(points)).toBe(1);
    expect(barrierOf(points.slice(0, 3))).toBeNaN();
    expect(paperAlphas.slice(0, 5)).toEqual([-0.2, -0.15, -0.1, -0.05, 0]);
  });

  test("leaves the engine's memory as it was: 200 lines fit where one does", () => {
    const address = engine.variable("probe", [4]);
    address.free();
    for (let i = 0; i < 200; i++) interpolate(engine, ends, examples, { alphas: [0] });
    const again = engine.variable("probe", [4]);
    expect(again.address).toBe(address.address);
  });
});

describe("predictions", () => {
  const engine = doubleEngine();
  const examples = drawnExamples(engine, 300);
  const networks = [1, 2, 3].map((seed) => smallNetwork(engine, { seed }));
  const predictions = networks.map((network, i) => predict(engine, network, examples, `net ${i}`));

  test("are probabilities of 300 examples over chunks of 256 and 44, whose first largest is the class", () => {
    for (const { probabilities } of predictions) {
      for (let n = 0; n < 300; n++) {
        const own = probabilities.subarray(3 * n, 3 * n + 3);
        expect(own[0] + own[1] + own[2]).toBeCloseTo(1, 12);
      }
    }
    expect([...predictedClasses({ classes: 3, probabilities: Float64Array.of(0.2, 0.4, 0.4, 1, 0, 0) })]).toEqual([
      1, 0,
    ]);
  });

  test("hit as many of 300 labels as the loss surface counts", () => {
    networks.forEach((network, i) => {
      const { accuracy } = new LossSurface(engine, network, examples).evaluate();
      expect(accuracyOf(predictions[i], examples.labels)).toBeCloseTo(accuracy, 12);
    });
    expect(() => accuracyOf(predictions[0], [1])).toThrow("accuracyOf: needs 300 labels, one per example, got 1");
  });

  test("of classes 0 1 2 and 0 2 2 disagree on a third, and a network with itself on none", () => {
    const of = (name: string, ...classes: number[]) => ({
      name,
      classes: 3,
      probabilities: Float64Array.from(classes.flatMap((c) => [0, 1, 2].map((k) => (k === c ? 0.8 : 0.1)))),
    });
    expect(disagreement([of("a", 0, 1, 2), of("b", 0, 2, 2)])).toEqual([
      [0, 1 / 3],
      [1 / 3, 0],
    ]);
    expect(accuracyOf(of("a", 0, 1, 2), [0, 1, 1])).toBe(2 / 3);
    expect(() => disagreement([of("a", 0, 1), of("b", 0)])).toThrow(
      "disagreement: networks must see the same examples and classes, but a has 2 of 3 classes, b 1 of 3",
    );
  });

  test("together are the mean of the probabilities: two at 0.8 outvote one at 0.1, two at 0.7 do not", () => {
    const of = (p: number) => ({ name: `${p}`, classes: 2, probabilities: Float64Array.of(p, 1 - p) });
    const together = ensemble([of(0.7), of(0.7), of(0.1)]);
    expect(together.probabilities[0]).toBeCloseTo(0.5, 15);
    expect([...together.probabilities].map((share) => share > 0.51)).toEqual([false, false]);
    expect([...predictedClasses(ensemble([of(0.8), of(0.8), of(0.1)]))]).toEqual([0]);
    expect(() => ensemble([])).toThrow("ensemble: expected the predictions of at least one network, got none");
  });
});
