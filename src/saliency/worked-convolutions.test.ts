import { describe, expect, test } from "vitest";
import { openEngine } from "../tensor/index.ts";
import { convolutionsImage, workedConvolutions } from "./fixtures/worked-networks.ts";
import type { MethodName, MethodOptions } from "./index.ts";
import { saliencyMaps } from "./index.ts";
import { weightsOfChannels } from "./maps/class-activation.ts";

const engine = await openEngine({ backend: "reference", elementType: "float64" });
const network = workedConvolutions(engine);

function explain(method: MethodName, options: Partial<MethodOptions> = {}, targets: number[] = [0, 1]) {
  const images = targets.flatMap(() => convolutionsImage);
  return saliencyMaps(engine, network, { images, targets, method, options });
}

function expectNumbers(found: ArrayLike<number>, expected: readonly number[], digits = 9): void {
  expect(found.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(found[i], `number ${i}`).toBeCloseTo(value, digits);
  });
}

const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);

describe("a network of two convolutions, held against captum, zennit, idiap/fullgrad-saliency and pytorch-grad-cam", () => {
  const ofInput: [MethodName, Partial<MethodOptions>, number[]][] = [
    [
      "gradient",
      {},
      [1, 2, 0, -1, 0, 3, 0, 1, -1, 2, -1, 1, -1, 0, -1, 1, -1, -1, 1, 0, 0, -3, 0, 0, 1, 0, 0, 2, 0, 1, -2, 3],
    ],
    [
      "guided-backprop",
      {},
      [1, 2, 0, -1, 0, 4, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, -1, 0, 1, 1, 1, 0, 0, 1, 0, 1],
    ],
    [
      "rect-grad",
      { timesInput: false },
      [1, 2, 0, -1, 0, 4, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, -1, 0, 1, 1, 1, 0, 0, 1, 0, 1],
    ],
    [
      "deconvnet",
      {},
      [1, 3, 0, -1, 1, 4, 4, -1, 0, 1, 3, 0, 0, 0, 0, 0, 2, 0, 0, 0, 5, 0, 2, 0, 4, 3, 1, 1, 0, 3, 0, 1],
    ],
    [
      "rect-grad",
      { percentile: 80, timesInput: false },
      [1, 1, 1, -2, 0, 3, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, -2, 0, 1, 2, 1, 0, 0, 1, 0, 1],
    ],
  ];
  test.each(ofInput)("%s %j", (method, options, expected) => {
    expectNumbers(explain(method, options).maps, expected);
  });

  test("integrated gradients sum to 11 and -2 and approach the exact map", () => {
    const { maps, completeness } = explain("integrated-gradients", { quadrature: "midpoint", steps: 3000 });
    const exact = [
      1, 0, 0, 1, 0, 15, -1, 0, -6, -3, -1, 0, 2, 1, 0, 2, -1, 0, 2, 0, 0, -15, 3, 3, 6, -4, -7, 0, 0, 5, 0, 6,
    ];
    expectNumbers(maps, exact, 1.5);
    expect([...(completeness?.expected ?? [])]).toEqual([11, -2]);
  });

  test("z+ without biases conserves the logit, 16, cell by cell", () => {
    const { maps } = explain("lrp-z-plus", {}, [0]);
    const row1 = [0, 9.4450793651, 1.0044444444, 0.4444444444];
    expectNumbers(maps, [0.56, 0, 2.7174603175, 0.9142857143, ...row1, 0, 0, 0.9142857143, 0, 0, 0, 0, 0]);
    expect(total(maps)).toBeCloseTo(16, 10);
  });

  test("alpha 1 beta 0 with biases loses their share: 12.2393458393 of 16", () => {
    const { maps } = explain("lrp-alpha-beta", { alpha: 1, beta: 0 }, [0]);
    const row0 = [0.4848484848, 0, 1.9894179894, 0.5714285714];
    const row1 = [0, 7.281962482, 0.7265031265, 0.4232804233];
    expectNumbers(maps, [...row0, ...row1, 0, 0, 0.7619047619, 0, 0, 0, 0, 0]);
    expect(total(maps)).toBeCloseTo(12.2393458393, 9);
  });

  test("alpha 2 beta 1 does not conserve: 16.4366253006; nor does epsilon 0.25: 9.8543550069", () => {
    const { maps } = explain("lrp-alpha-beta", {}, [0]);
    expectNumbers(maps.subarray(4, 8), [0, 2.3562712843, -1.4687368927, 3.3862433862]);
    expect(total(maps)).toBeCloseTo(16.4366253006, 9);
    const epsilon = explain("lrp-epsilon", { epsilon: 0.25 }, [0]);
    expect(epsilon.maps[5]).toBeCloseTo(7.7510869621, 9);
    expect([...(epsilon.completeness?.sums ?? [])][0]).toBeCloseTo(9.8543550069, 9);
  });

  test("LRP-epsilon of 1e-9 equals input x gradient to 1e-7", () => {
    const [a, b] = [explain("lrp-epsilon", { epsilon: 1e-9 }).maps, explain("input-x-gradient").maps];
    a.forEach((value, i) => {
      expect(Math.abs(value - b[i])).toBeLessThan(1e-7);
    });
  });

  const own = { upsampling: "none" } as const;
  const ofLayer: [MethodName, Partial<MethodOptions>, number[]][] = [
    ["grad-cam", own, [3.5, -0.5, 2.5, 1, -3.5, 3, -2, 0]],
    ["grad-cam-relu", own, [3.5, 0, 2.5, 1, 0, 3, 0, 0]],
    ["grad-cam", { ...own, layer: "conv2", rectifyActivations: true }, [3.5, 2, 3, 2, -3.5, 0.5, -2.5, -1]],
    ["grad-cam-plus", own, [5.25, 4.25, 4.75, 3.5, 1.75, 6, 2.5, 3]],
    ["grad-cam-absolute", own, [7, 9, 7, 6, 7, 9, 7, 6]],
    [
      "grad-cam-plus-plus",
      own,
      [0.6225296292, 0.8557311667, 0.6335968151, 0.5557311967, 0.3043478129, 1.7294684838, 0.5719806434, 0.7961352151],
    ],
    ["hires-cam", own, [7, 13, -1, -4, -7, 0, 7, -6]],
    ["element-wise-cam", own, [7, 13, 0, 0, 0, 0, 7, 2]],
    ["layer-cam", own, [7, 13, 0, 0, 0, 0, 7, 2]],
  ];
  test.each(ofLayer)("%s %j at the layer's own size", (method, options, expected) => {
    expectNumbers(explain(method, options).maps, expected);
  });

  test("channel weights: Grad-CAM++'s (0.0889328042, 0.09999999), Grad-CAM's before the ReLU (0.5, 0)", () => {
    const planes = (values: number[]) => ({
      count: 1,
      channels: 2,
      height: 2,
      width: 2,
      values: Float64Array.from(values),
    });
    const a = planes([7, 4, 6, 4, 0, 5, 1, 2]);
    const [c0, c1] = [planes([1, 2, 0, -1, -2, 1, -1, 0]), planes([-1, 0, 1, -2, 2, 0, 1, 1])];
    expectNumbers(weightsOfChannels("grad-cam-plus-plus", a, c0), [0.0889328042, 0.09999999]);
    expectNumbers(weightsOfChannels("grad-cam-plus-plus", a, c1), [0.043478259, 0.3111110896]);
    expectNumbers(weightsOfChannels("grad-cam", a, c0), [0.5, -0.5]);
    expectNumbers(weightsOfChannels("grad-cam-plus", a, c1), [0.25, 1]);
    // Σ g A over Σ A: 21 - 6 + ... worked out: channel 0 (7 + 8 + 0 - 4) / 21, channel 1 (0 + 5 - 1 + 0) / 8
    expectNumbers(weightsOfChannels("x-grad-cam", a, c0), [11 / 21, 4 / 8], 6);
  });

  test("FullGrad, rescaled magnitudes, corners aligned", () => {
    const { maps, completeness } = explain("full-grad");
    const c0 = [
      0.61111085, 1.49999925, 1.999999, 2.1111101, 0.49999975, 2.16666597, 1.44444372, 1.44444377, 0.88888853,
      1.11111064, 1.1111106, 0.9999995, 1.2222217, 0.66666633, 0.66666633, 1.2222217,
    ];
    const c1 = [
      0.61111085, 0.66666633, 0.72222195, 0, 0.66666633, 1.72222175, 0.66666633, 0.49999975, 1.05555511, 0.88888844,
      1.05555503, 1.33333267, 0.9999995, 1.27777718, 1.66666583, 3.16666534,
    ];
    expectNumbers(maps, [...c0, ...c1], 7.5);
    expect([...(completeness?.sums ?? [])]).toEqual([16, -6]);
    expect([...(completeness?.relativeError ?? [])]).toEqual([0, 0]);
  });

  test("FullGrad signed and positive", () => {
    const signed = explain("full-grad-signed", {}, [0]).maps;
    const rows = [2, 7 / 3, 8 / 3, 3, 1, 32 / 3, 14 / 9, 5 / 3, -4 / 3, -10 / 9, -5 / 9, -2 / 3, 2, 0, -2 / 3, 0];
    expectNumbers(signed, rows);
    const positive = explain("full-grad-plus", {}, [0]).maps;
    expectNumbers(positive.subarray(0, 4), [0.61111085, 1.33333267, 1.66666583, 1.61111035], 7.5);
    expectNumbers(positive.subarray(12), [0.72222195, 0.33333317, 0.16666658, 0.2222222], 7.5);
  });

  test("cosines between the classes' maps: signs kept tell classes apart, -0.84 and -0.79; magnitudes do not, 1 and 0.74", () => {
    const cosine = (method: MethodName, options: Partial<MethodOptions> = {}) => {
      const { maps, shape } = explain(method, options);
      const size = shape[2] * shape[3];
      const [a, b] = [maps.subarray(0, size), maps.subarray(size)];
      const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, i) => sum + value * y[i], 0);
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    };
    const found = [
      cosine("grad-cam", own),
      cosine("grad-cam-plus", own),
      cosine("grad-cam-plus-plus", own),
      cosine("grad-cam-absolute", own),
      cosine("full-grad"),
      cosine("full-grad-plus"),
      cosine("full-grad-signed"),
    ];
    expectNumbers(found, [-0.8396, 0.8633, 0.9094, 1, 0.7435, 0.423, -0.7886], 4);
  });
});
