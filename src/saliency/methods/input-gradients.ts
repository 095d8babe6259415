/** Methods on the gradient of the input: itself, times the input, along a path, and averaged over noise. */

import { InputError, Rng } from "../../base/index.ts";
import { gradientRules, type RuleChoice } from "../backward/index.ts";
import type { Planes } from "../maps/planes.ts";
import { accumulate, combine, extentOf, mapPlanes, sums } from "../maps/planes.ts";
import type { Batch } from "../probe.ts";
import type { MethodDefinition, MethodOptions, MethodSite, NumberedBatch } from "./definition.ts";
import { quadratureNodes } from "./quadrature.ts";

/** The signal at the input by given rules. */
export function inputSignal(site: MethodSite, rules: RuleChoice): (batch: Batch) => Planes {
  const probe = site.probe({ rules, signals: ["input"] });
  return (batch) => probe.run(batch).signal("input");
}

/** The images of a batch as planes. */
export function imagePlanes(site: MethodSite, { images, targets }: Batch): Planes {
  return { count: targets.length, ...extentOf(site.network.architecture.input), values: images };
}

/** The definition of a method that is the signal at the input by some rules. */
export function bySignal(source: string, rules: RuleChoice, signed?: string): MethodDefinition {
  return {
    source,
    signed,
    options: { reduction: "sum" },
    make: (site) => {
      const signal = inputSignal(site, rules);
      return (batch) => ({ maps: signal(batch) });
    },
  };
}

export const inputTimesGradient: MethodDefinition = {
  source: "x ∂S/∂x; Shrikumar et al. 2016, arXiv:1605.01713",
  options: { reduction: "sum" },
  make: (site) => {
    const signal = inputSignal(site, gradientRules);
    return (batch) => ({ maps: combine(signal(batch), imagePlanes(site, batch), (r, x) => r * x) });
  },
};

export const integratedGradients: MethodDefinition = {
  source: "(x - x0) ∫ ∂S/∂x(x0 + t (x - x0)) dt; Sundararajan et al. 2017, arXiv:1703.01365",
  options: { reduction: "sum", steps: 50, quadrature: "gauss-legendre", baseline: 0 },
  make: (site) => {
    const { baseline, steps, quadrature } = site.options;
    const { inputs, outputs } = site.network;
    const nodes = quadratureNodes(quadrature, steps);
    const start = new Float64Array(inputs);
    if (typeof baseline === "number") start.fill(baseline);
    else if (baseline.length === inputs) start.set(baseline);
    else throw new InputError(`integrated-gradients: the baseline must have ${inputs} numbers, got ${baseline.length}`);
    const probe = site.probe({ rules: gradientRules, signals: ["input"] });
    return (batch) => {
      const images = imagePlanes(site, batch);
      const at = (t: number) => images.values.map((x, i) => start[i % inputs] + t * (x - start[i % inputs]));
      const total = mapPlanes(images, () => 0);
      for (const { at: t, weight } of nodes) {
        accumulate(total, probe.run({ ...batch, images: at(t) }).signal("input"), weight);
      }
      const maps = combine(total, images, (g, x) => g * x);
      if (start.some((value) => value !== 0))
        accumulate(
          maps,
          mapPlanes(total, (g, i) => g * start[i % inputs]),
          -1,
        );
      const chosen = (t: number) => pickLogits(probe.run({ ...batch, images: at(t) }).logits, batch.targets, outputs);
      const [before, after] = [chosen(0), chosen(1)];
      return { maps, completeness: { sums: sums(maps), expected: after.map((value, b) => value - before[b]) } };
    };
  },
};

/** The logit of each example's target. */
export function pickLogits(logits: Float64Array, targets: ArrayLike<number>, classes: number): Float64Array {
  return Float64Array.from({ length: targets.length }, (_, b) => logits[b * classes + targets[b]]);
}

export const noiseOptions = { samples: 25, spread: 0.15, deviation: undefined, noises: undefined, seed: 0 } as const;

/** Calls `each` with every noisy copy of a batch. Returns how many there were. */
export function forEachNoise(
  { noises, samples, spread, deviation, seed }: MethodOptions,
  features: number,
  batch: NumberedBatch,
  each: (noisy: Batch) => void,
): number {
  const { images, targets, first } = batch;
  if (noises !== undefined) {
    const wrong = noises.find(({ length }) => length !== features);
    if (noises.length === 0 || wrong !== undefined) {
      throw new InputError(
        `noises: expected one or more of ${features} numbers, got ${wrong === undefined ? "none" : `one of ${wrong.length}`}`,
      );
    }
    for (const noise of noises) each({ targets, images: images.map((x, i) => x + noise[i % features]) });
    return noises.length;
  }
  // One stream per image: its noise does not depend on the batch it came in.
  const streams = Array.from(targets, (_, b) => new Rng(seed, "noise", first + b));
  const deviations = streams.map((_, b) => deviation ?? spread * rangeOf(images, b * features, features));
  for (let sample = 0; sample < samples; sample++) {
    const noisy = new Float64Array(images.length);
    streams.forEach((rng, b) => {
      for (let i = b * features; i < (b + 1) * features; i++) noisy[i] = images[i] + deviations[b] * rng.normal();
    });
    each({ targets, images: noisy });
  }
  return samples;
}

function rangeOf(values: Float64Array, begin: number, count: number): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = begin; i < begin + count; i++) [low, high] = [Math.min(low, values[i]), Math.max(high, values[i])];
  return high - low;
}

/** SmoothGrad and its squares: mean of g, mean of g², and the difference of the second and the first squared. */
export function overNoise(source: string, moment: "mean" | "square" | "variance", signed?: string): MethodDefinition {
  return {
    source,
    signed,
    options: { reduction: "sum", ...noiseOptions },
    make: (site) => {
      const signal = inputSignal(site, gradientRules);
      return (batch) => {
        const images = imagePlanes(site, batch);
        const [first, second] = [mapPlanes(images, () => 0), mapPlanes(images, () => 0)];
        const count = forEachNoise(site.options, site.network.inputs, batch, (noisy) => {
          const g = signal(noisy);
          accumulate(first, g);
          accumulate(
            second,
            mapPlanes(g, (value) => value * value),
          );
        });
        if (moment === "mean") return { maps: mapPlanes(first, (value) => value / count) };
        if (moment === "square") return { maps: mapPlanes(second, (value) => value / count) };
        return { maps: combine(second, first, (square, value) => square / count - (value / count) ** 2) };
      };
    },
  };
}
