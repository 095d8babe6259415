import { expect, test } from "vitest";
import { doubleEngine, drawnExamples, everyNth, smallNetwork } from "./fixtures/drawn-examples.ts";
import { GradientNormRecorder, gradientNorm } from "./gradient-norm.ts";
import { LossSurface } from "./loss-surface.ts";

test("is the length of the whole gradient, and its squares are the sum of those of 4 parameters", () => {
  const engine = doubleEngine();
  const network = smallNetwork(engine);
  const examples = drawnExamples(engine, 100);
  using surface = new LossSurface(engine, network, examples);
  const { gradient, loss } = surface.gradient();
  const measured = gradientNorm(engine, network, { examples, step: 7 });
  expect(measured).toMatchObject({ step: 7, loss });
  expect(measured.norm ** 2).toBeCloseTo(
    gradient.reduce((sum, g) => sum + g * g, 0),
    13,
  );
  expect(measured.parameters.map(({ name }) => name)).toEqual(network.parameters.map(({ name }) => name));
  expect(measured.parameters.reduce((sum, { norm }) => sum + norm * norm, 0)).toBeCloseTo(measured.norm ** 2, 13);
});

test("of a sparse network leaves out what masked weights would have", () => {
  const engine = doubleEngine();
  const examples = drawnExamples(engine, 100);
  const masks = [everyNth(5, 4, 2), everyNth(3, 5, 3)];
  const sparse = gradientNorm(engine, smallNetwork(engine, { masks }), { examples });
  expect(sparse.parameters.map(({ norm }) => norm > 0)).toEqual([true, true, true, true]);
  expect(sparse.norm).toBeLessThan(gradientNorm(engine, smallNetwork(engine), { examples }).norm * 2);
});

test("a recorder keeps the norms before and after an update that puts another network in place, and their difference", () => {
  const engine = doubleEngine();
  const examples = drawnExamples(engine, 50);
  const recorder = new GradientNormRecorder(engine, examples);
  const network = smallNetwork(engine, { masks: [everyNth(5, 4, 2), undefined] });
  const before = recorder.record(0, network).norm;
  const other = smallNetwork(engine, { masks: [everyNth(5, 4, 2, 1), undefined] });
  expect(recorder.aroundUpdate(100, network, () => other)).toBe(other);
  const after = recorder.record(100, other).norm;
  expect(recorder.updates).toEqual([{ step: 100, before, after, delta: after - before }]);
  expect(recorder.measurements.map(({ step }) => step)).toEqual([0, 100]);
  expect(after).not.toBe(before);
});

test('an "after" without its "before" is refused, also after one pair', () => {
  const engine = doubleEngine();
  const recorder = new GradientNormRecorder(engine, drawnExamples(engine, 20));
  const network = smallNetwork(engine);
  const refusal = 'recordChange: "after" at step 3 must follow a "before"; record that first';
  expect(() => recorder.recordChange("after", 3, network)).toThrow(refusal);
  recorder.recordChange("before", 2, network);
  recorder.recordChange("after", 2, network);
  expect(recorder.updates[0].delta).toBe(0);
  expect(() => recorder.recordChange("after", 3, network)).toThrow(refusal);
});

test("over 300 examples in training mode is that of evaluation mode to 13 digits, where there is neither batch norm nor dropout", () => {
  const engine = doubleEngine();
  const network = smallNetwork(engine);
  const examples = drawnExamples(engine, 300);
  const [one, chunks] = (["train", "eval"] as const).map((mode) => gradientNorm(engine, network, { examples, mode }));
  expect(one.norm).toBeCloseTo(chunks.norm, 13);
  expect(gradientNorm(engine, network, { examples })).toEqual(chunks);
});

test("with batch norm in training mode is the slope of the training-mode loss, and no matter of running statistics", () => {
  const engine = doubleEngine();
  const network = smallNetwork(engine, { batchNorm: true });
  const examples = drawnExamples(engine, 300);
  const before = gradientNorm(engine, network, { examples, mode: "train" });
  const inEvaluation = gradientNorm(engine, network, { examples });
  for (const variable of network.buffers) variable.fill(2);
  expect(gradientNorm(engine, network, { examples, mode: "train" })).toEqual(before);
  expect(gradientNorm(engine, network, { examples })).not.toEqual(inEvaluation);
  using surface = new LossSurface(engine, network, examples, { mode: "train" });
  const at = surface.get();
  const { gradient } = surface.gradient();
  const moved = (step: number) => {
    surface.set(at.map((value, i) => value + step * gradient[i]));
    return surface.evaluate().loss;
  };
  // dL(θ + t g)/dt at 0 is |g|².
  expect((moved(1e-4) - moved(-1e-4)) / 2e-4).toBeCloseTo(before.norm ** 2, 6);
});
