/**
 * Drawn data: nothing to fetch, as many examples as wanted, a known truth. Every set is a function of its parameters and
 * the seed; train and test come from different streams.
 *
 * The stream's layer is the set's number below and its step the part (0 train, 1 test, 2 the teacher): part of every
 * result.
 */

import { cosPi, Rng, sinPi, tanh } from "../../base/index.ts";
import { type DatasetParts, labelArray, type Split } from "../dataset.ts";
import type { DataSource, LoadRequest, ParameterRule } from "../source.ts";

const count: ParameterRule = { meaning: "examples", default: 1000, min: 1, max: 10_000_000, integer: true };
const noise: ParameterRule = {
  meaning: "standard deviation of the normal noise on both coordinates",
  default: 0.1,
  min: 0,
  max: 1000,
  integer: false,
};
const counts = { train: count, test: count };

/** How to draw one example: writes its features at `out`, from `random`, and returns its label. */
type Draw = (out: Float32Array, label: number, random: Rng) => number;

interface Recipe {
  readonly name: string;
  /** The stream's layer. */
  readonly stream: number;
  readonly description: string;
  readonly parameters: Readonly<Record<string, ParameterRule>>;
  readonly size: (parameters: Readonly<Record<string, number>>) => { classes: number; features: number };
  readonly prepare: (parameters: Readonly<Record<string, number>>, seed: number) => Draw;
}

const plane = { classes: 2, features: 2 };

const spiralsRecipe: Recipe = {
  name: "spirals",
  stream: 1,
  description: "arms of a spiral in the plane, one per class",
  parameters: {
    ...counts,
    noise: { ...noise, default: 0.03 },
    classes: { meaning: "arms", default: 2, min: 2, max: 100, integer: true },
    turns: {
      meaning: "turns of each arm from the centre to radius 1",
      default: 1.75,
      min: 0.01,
      max: 100,
      integer: false,
    },
  },
  size: ({ classes }) => ({ classes, features: 2 }),
  prepare:
    ({ noise, classes, turns }) =>
    (out, label, random) => {
      const radius = random.uniform();
      const halfTurns = 2 * (radius * turns + label / classes);
      out[0] = radius * cosPi(halfTurns) + noise * random.normal();
      out[1] = radius * sinPi(halfTurns) + noise * random.normal();
      return label;
    },
};

const moonsRecipe: Recipe = {
  name: "moons",
  stream: 2,
  description: "two interleaved half circles of radius 1, as scikit-learn's make_moons",
  parameters: { ...counts, noise },
  size: () => plane,
  prepare:
    ({ noise }) =>
    (out, label, random) => {
      const halfTurns = random.uniform();
      const x = cosPi(halfTurns);
      const y = sinPi(halfTurns);
      out[0] = (label === 0 ? x : 1 - x) + noise * random.normal();
      out[1] = (label === 0 ? y : 0.5 - y) + noise * random.normal();
      return label;
    },
};

const circlesRecipe: Recipe = {
  name: "circles",
  stream: 3,
  description: "a circle of radius 1 and one within it, as scikit-learn's make_circles",
  parameters: {
    ...counts,
    noise,
    factor: { meaning: "radius of the inner circle", default: 0.5, min: 0, max: 1, integer: false },
  },
  size: () => plane,
  prepare:
    ({ noise, factor }) =>
    (out, label, random) => {
      const halfTurns = 2 * random.uniform();
      const radius = label === 0 ? 1 : factor;
      out[0] = radius * cosPi(halfTurns) + noise * random.normal();
      out[1] = radius * sinPi(halfTurns) + noise * random.normal();
      return label;
    },
};

const parityRecipe: Recipe = {
  name: "parity",
  stream: 4,
  description: "bits of -1 and 1; the class is the parity of the ones among the first few, the others say nothing",
  parameters: {
    ...counts,
    bits: { meaning: "features", default: 10, min: 1, max: 10000, integer: true },
    relevant: { meaning: "bits whose parity is asked for", default: 3, min: 1, max: 10000, integer: true },
  },
  size: ({ bits }) => ({ classes: 2, features: bits }),
  prepare:
    ({ bits, relevant }) =>
    (out, _, random) => {
      let ones = 0;
      for (let bit = 0; bit < bits; bit++) {
        const isOne = random.integer(2) === 1;
        out[bit] = isOne ? 1 : -1;
        if (isOne && bit < relevant) ones += 1;
      }
      return ones % 2;
    },
};

const teacherRecipe: Recipe = {
  name: "teacher",
  stream: 5,
  description: "normal inputs, labelled by the largest output of a random network of one hidden layer of tanh",
  parameters: {
    ...counts,
    features: { meaning: "inputs", default: 20, min: 1, max: 10000, integer: true },
    hidden: { meaning: "hidden units of the teacher", default: 16, min: 1, max: 10000, integer: true },
    classes: { meaning: "outputs of the teacher", default: 4, min: 2, max: 1000, integer: true },
  },
  size: ({ features, classes }) => ({ classes, features }),
  prepare: ({ features, hidden, classes }, seed) => {
    // Weights of variance 1 / fan-in keep both layers' sums at variance about 1.
    const random = new Rng(seed, "synthetic", 5, 2);
    const first = Float64Array.from({ length: hidden * features }, () => random.normal() / Math.sqrt(features));
    const second = Float64Array.from({ length: classes * hidden }, () => random.normal() / Math.sqrt(hidden));
    const activations = new Float64Array(hidden);
    return (out, _, inputs) => {
      for (let i = 0; i < features; i++) out[i] = inputs.normal();
      for (let unit = 0; unit < hidden; unit++) activations[unit] = tanh(dot(first, unit * features, out));
      let best = 0;
      let bestScore = Number.NEGATIVE_INFINITY;
      for (let label = 0; label < classes; label++) {
        const score = dot(second, label * hidden, activations);
        if (score > bestScore) {
          bestScore = score;
          best = label;
        }
      }
      return best;
    };
  },
};

function dot(weights: Float64Array, start: number, inputs: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < inputs.length; i++) total += weights[start + i] * inputs[i];
  return total;
}

function toSource(recipe: Recipe): DataSource {
  const { name, description, parameters } = recipe;
  return {
    name,
    description,
    parameters,
    kind: "synthetic",
    source: "drawn from the seed",
    licence: "none needed",
    load,
  };

  async function load({ parameters, seed }: LoadRequest): Promise<DatasetParts> {
    const { classes, features } = recipe.size(parameters);
    const draw = recipe.prepare(parameters, seed);
    const settings = Object.entries(parameters).map(([key, value]) => `${key} ${value}`);
    return {
      name,
      classes,
      featureShape: [features],
      train: drawSplit(parameters.train, new Rng(seed, "synthetic", recipe.stream, 0)),
      test: drawSplit(parameters.test, new Rng(seed, "synthetic", recipe.stream, 1)),
      source: `drawn from seed ${seed}: ${settings.join(", ")}`,
      licence: "none needed",
    };

    function drawSplit(count: number, random: Rng): Split {
      const values = new Float32Array(count * features);
      const labels = labelArray(count, classes);
      for (let example = 0; example < count; example++) {
        const out = values.subarray(example * features, (example + 1) * features);
        labels[example] = draw(out, example % classes, random);
      }
      return { count, values, labels };
    }
  }
}

export const spirals = toSource(spiralsRecipe);
export const moons = toSource(moonsRecipe);
export const circles = toSource(circlesRecipe);
export const parity = toSource(parityRecipe);
export const teacher = toSource(teacherRecipe);
