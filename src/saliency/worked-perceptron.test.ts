import { describe, expect, test } from "vitest";
import { buildNetwork } from "../nn/index.ts";
import { openEngine } from "../tensor/index.ts";
import { fill, perceptronImage, workedPerceptron } from "./fixtures/worked-networks.ts";
import type { MethodName, MethodOptions } from "./index.ts";
import { saliencyMaps } from "./index.ts";

const engine = await openEngine({ backend: "reference", elementType: "float64" });
const network = workedPerceptron(engine);

function explain(method: MethodName, options: Partial<MethodOptions> = {}, targets: number | number[] = [0, 1, 2]) {
  const count = typeof targets === "number" ? 1 : targets.length;
  const images = Array.from({ length: count }, () => perceptronImage).flat();
  return saliencyMaps(engine, network, { images, targets, method, options });
}

/** Three maps of three numbers. */
function expectMaps(found: Float64Array, expected: readonly number[], digits = 11): void {
  expect(found.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(found[i], `number ${i}`).toBeCloseTo(value, digits);
  });
}

const alphaBeta = (alpha: number, bias: boolean) => ({ alpha, beta: alpha - 1, bias });

describe("a perceptron 3-5-3 worked by hand: maps of classes 0, 1 and 2", () => {
  const cases: [string, MethodName, Partial<MethodOptions>, number[]][] = [
    ["gradient", "gradient", {}, [4, 0, 1, 1, 2, 0, 1, 2, 3]],
    ["input x gradient", "input-x-gradient", {}, [4, 0, 3, 1, -4, 0, 1, -4, 9]],
    ["LRP-0, which is input x gradient", "lrp-z", {}, [4, 0, 3, 1, -4, 0, 1, -4, 9]],
    ["guided backpropagation", "guided-backprop", {}, [5, 1, 2, 3, 2, 2, 3, 2, 3]],
    ["DeconvNet", "deconvnet", {}, [5, 1, 2, 2, 3, 2, 1, 4, 3]],
    ["rectified gradients above 0", "rect-grad", {}, [5, -2, 6, 3, -4, 6, 3, -4, 9]],
    [
      "signals of rectified gradients above the median",
      "rect-grad",
      { percentile: 50, timesInput: false },
      [5, 2, 3, 3, 2, 2, 3, 2, 3],
    ],
    ["LRP alpha 1 beta 0", "lrp-alpha-beta", alphaBeta(1, true), [2.08, 0.4, 4.32, -1.625, 0, -3.375, 1.25, 0, 3.75]],
    ["LRP z+ without biases", "lrp-z-plus", {}, [104 / 45, 8 / 9, 4.8, -1.625, 0, -3.375, 1.25, 0, 3.75]],
    [
      "LRP alpha 2 beta 1",
      "lrp-alpha-beta",
      alphaBeta(2, true),
      [4.32, 16 / 3, 3.68, -4.277777777778, 25 / 3, -41 / 6, 7 / 3, -40 / 9, 38 / 3],
    ],
    [
      "LRP alpha 2 beta 1 without biases",
      "lrp-alpha-beta",
      alphaBeta(2, false),
      [5.244444444444, 40 / 9, 5.422222222222, -4, 10, -6, 7 / 3, -5, 38 / 3],
    ],
    [
      "LRP-epsilon of 0.25",
      "lrp-epsilon",
      { epsilon: 0.25 },
      [
        3.498514557338, -0.172390572391, 2.996553773024, 0.746965452848, -3.386243386243, -0.298786181139,
        0.896358543417, -3.216931216931, 7.514472455649,
      ],
    ],
  ];
  test.each(cases)("%s", (_, method, options, expected) => {
    expectMaps(explain(method, options).maps, expected);
  });

  test("integrated gradients approach (3, 2, 1), (0, -4, -1), (1, -6, 10) and sum to S(x) - S(0) = 6, -5, 5", () => {
    const { maps, completeness } = explain("integrated-gradients", { quadrature: "midpoint", steps: 4000 });
    expectMaps(maps, [3, 2, 1, 0, -4, -1, 1, -6, 10], 2);
    expect([...(completeness?.expected ?? [])]).toEqual([6, -5, 5]);
    for (const error of completeness?.relativeError ?? []) expect(error).toBeLessThan(1e-2);
  });

  test.each([
    ["midpoint", 4, [3.25, 1.5, 1.5]],
    ["midpoint", 50, [2.98, 2.04, 0.96]],
    ["trapezoid", 4, [2.875, 2, 0.75]],
    ["right", 4, [3.25, 1.5, 1.5]],
    ["gauss-legendre", 8, [3.044025675068, 1.911948649865, 1.088051350135]],
  ] as const)("integrated gradients by %s of %i", (quadrature, steps, expected) => {
    expectMaps(explain("integrated-gradients", { quadrature, steps }, 0).maps, expected);
  });

  test("SmoothGrad over three given noises: mean (10/3, -1/3, 1), squares (14, 1/3, 5/3), variance (26/9, 2/9, 2/3)", () => {
    const noises = [
      [0.5, 0, -0.5],
      [-1, 2, 0],
      [0, 1, -3],
    ];
    expectMaps(explain("smoothgrad", { noises }, 0).maps, [10 / 3, -1 / 3, 1]);
    expectMaps(explain("smoothgrad-squared", { noises }, 0).maps, [14, 1 / 3, 5 / 3]);
    expectMaps(explain("vargrad", { noises }, 0).maps, [26 / 9, 2 / 9, 2 / 3]);
    const gradients = noises.map((noise) => [...explain("smoothgrad", { noises: [noise] }, 0).maps]);
    expect(gradients).toEqual([
      [4, 0, 1],
      [5, 0, 2],
      [1, -1, 0],
    ]);
  });

  test("FullGrad's terms sum to the logits 8, -5 and 5", () => {
    const { completeness } = explain("full-grad");
    expect([...(completeness?.sums ?? [])]).toEqual([8, -5, 5]);
    expect([...(completeness?.expected ?? [])]).toEqual([8, -5, 5]);
  });

  test("z+ without biases hands on the logit in full, 8, -5 and 5, where positive relevance exists", () => {
    const { completeness } = explain("lrp-z-plus");
    expectMaps(completeness?.sums as Float64Array, [8, -5, 5]);
  });
});

test("a bias belongs to one half only: w (1, -1), b -1 and x (1, 1) give (-1, 0) by a1b0 and (-2, 0.5) by a2b1", () => {
  const architecture = {
    name: "one unit",
    input: [2],
    layers: [{ kind: "linear", name: "fc", inputs: ["input"], outFeatures: 1, bias: true }],
  } as const;
  const unit = fill(buildNetwork(engine, architecture, { seed: 0 }), { "fc.weight": [1, -1], "fc.bias": [-1] });
  const map = (alpha: number) => [
    ...saliencyMaps(engine, unit, { images: [1, 1], method: "lrp-alpha-beta", options: alphaBeta(alpha, true) }).maps,
  ];
  expect(map(1)).toEqual([-1, 0]);
  expect(map(2)).toEqual([-2, 0.5]);
});
