import { describe, expect, test } from "vitest";
import { Rng } from "../../base/index.ts";
import { architectureNamed, buildNetwork } from "../../nn/index.ts";
import { openEngine } from "../../tensor/index.ts";
import { classSensitivity } from "./class-sensitivity.ts";
import { labelRandomisation, shuffledLabels } from "./label-randomisation.ts";
import { parameterRandomisation } from "./parameter-randomisation.ts";
import { verdicts } from "./verdict.ts";

const engine = await openEngine();
const architecture = architectureNamed("saliency-cnn", { input: [1, 16, 16], classes: 4, width: 1 / 2 });
const network = buildNetwork(engine, architecture, { seed: 3 });
const rng = new Rng(5, "test");
const images = Float64Array.from({ length: 12 * 256 }, () => rng.uniform());
const methods = ["gradient", "lrp-z-plus", "lrp-epsilon", "grad-cam-absolute", "grad-cam"] as const;
const weights = () => network.parameters.flatMap(({ variable }) => [...variable.get()]);

describe("parameter randomisation", () => {
  const before = weights();
  const cascade = parameterRandomisation(engine, network, { images, methods });

  test("takes one layer more each time, from fc8 down to conv1, and leaves the network as it was", () => {
    expect(cascade[0].steps.map(({ layers }) => layers.length)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(cascade[0].steps[2].layers).toEqual(["fc8", "fc7"]);
    expect(cascade[0].steps[8].layers.at(-1)).toBe("conv1");
    expect(weights()).toEqual(before);
  });

  test("with no layer random every similarity is 1, for all 12 images", () => {
    for (const { steps } of cascade) {
      for (const { mean, count } of Object.values(steps[0].similarity)) {
        expect(mean).toBeCloseTo(1, 12);
        expect(count).toBe(12);
      }
    }
  });

  test("with all layers random the gradient is another: its ranks correlate by less than 0.2", () => {
    expect(Math.abs(cascade[0].steps[8].similarity.spearman.mean)).toBeLessThan(0.2);
  });

  test("the same seed gives the same curve, another seed another", () => {
    const again = (seed: number) => parameterRandomisation(engine, network, { images, methods: ["gradient"], seed });
    expect(again(1)[0]).toEqual(cascade[0]);
    expect(again(2)[0].steps[3].similarity.spearman.mean).not.toBe(cascade[0].steps[3].similarity.spearman.mean);
  });

  test("independent takes one layer at a time, bottom-up begins at conv1", () => {
    const layers = (order: "independent" | "bottom-up") =>
      parameterRandomisation(engine, network, { images, methods: ["gradient"], order })[0].steps.map(
        (step) => step.layers,
      );
    expect(layers("independent").slice(0, 3)).toEqual([[], ["fc8"], ["fc7"]]);
    expect(layers("bottom-up").slice(0, 3)).toEqual([[], ["conv1"], ["conv1", "conv2"]]);
  });
});

test("maps of z+ do not tell the likeliest class from the least likely, those of the gradient do", () => {
  const found = classSensitivity(engine, network, { images, methods });
  const of = (name: string) => found.find(({ method }) => method === name)?.similarity;
  expect(of("lrp-z-plus")?.absoluteSpearman.mean).toBeGreaterThan(0.95);
  expect(of("gradient")?.absoluteSpearman.mean).toBeLessThan(0.7);
  const random = classSensitivity(engine, network, { images, methods: ["gradient"], against: "random", seed: 4 });
  expect(random[0].similarity.spearman.count).toBe(12);
  expect(random[0].similarity.spearman.mean).toBeLessThan(0.9);
});

test("verdicts stand beside that of the method that keeps signs", () => {
  const classes = classSensitivity(engine, network, { images, methods });
  const found = verdicts(methods, classes, parameterRandomisation(engine, network, { images, methods }));
  const plus = found.find(({ method }) => method === "lrp-z-plus");
  expect(plus?.verdict).toBe("insensitive");
  expect(plus?.signed?.method).toBe("lrp-epsilon");
  expect(plus?.signed?.verdict).toBe(found.find(({ method }) => method === "lrp-epsilon")?.verdict);
  expect(found.find(({ method }) => method === "gradient")?.verdict).toBe("sensitive");
});

test("a network compared with itself is alike, with another less; shuffled labels keep their counts", () => {
  const other = buildNetwork(engine, architecture, { seed: 8 });
  const [same] = labelRandomisation(engine, network, network, { images, methods: ["gradient"] });
  expect(same.similarity.spearman.mean).toBeCloseTo(1, 12);
  const [different] = labelRandomisation(engine, network, other, { images, methods: ["gradient"] });
  expect(Math.abs(different.similarity.spearman.mean)).toBeLessThan(0.2);
  const labels = Int32Array.from({ length: 100 }, (_, i) => i % 10);
  const shuffled = shuffledLabels(labels, 1);
  expect(shuffled).not.toEqual(labels);
  expect(shuffled.slice().sort()).toEqual(labels.slice().sort());
});

test("positive random 6 x 6 matrices lose what they are applied to: smallest cosine of columns 0.9 after 2, above 0.9999 after 6", () => {
  const stream = new Rng(2, "test");
  const random = () => {
    const columns = Array.from({ length: 6 }, () => Array.from({ length: 6 }, () => stream.uniform()));
    return columns.map((column) => column.map((value) => value / column.reduce((sum, one) => sum + one, 0)));
  };
  const cosine = (a: number[], b: number[]) => {
    const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i], 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };
  const smallest = (m: number[][]) => Math.min(...m.flatMap((a) => m.map((b) => cosine(a, b))));
  const times = (a: number[][], b: number[][]) =>
    b.map((column) => a[0].map((_, row) => column.reduce((sum, value, k) => sum + a[k][row] * value, 0)));
  const products = [random()];
  for (let k = 1; k < 6; k++) products.push(times(random(), products[k - 1]));
  expect(smallest(products[0])).toBeLessThan(0.9);
  expect(smallest(products[1])).toBeGreaterThan(0.9);
  expect(smallest(products[5])).toBeGreaterThan(0.9999);
});
