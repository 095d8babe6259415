/** What must hold of maps of any network: dense or sparse, with and without batch norm, on both back ends. */

import { describe, expect, test } from "vitest";
import { Rng } from "../base/index.ts";
import type { Network } from "../nn/index.ts";
import { architectureNamed, buildNetwork } from "../nn/index.ts";
import type { Engine } from "../tensor/index.ts";
import { openEngine } from "../tensor/index.ts";
import type { MethodDefinition, MethodName, MethodOptions } from "./index.ts";
import { Explainer, saliencyMaps, saliencyMethodNames, saliencyMethods } from "./index.ts";

const exact = await openEngine({ backend: "reference", elementType: "float64" });
const fast = await openEngine();

const side = 8;
const shape = { input: [1, side, side], classes: 3, width: 1 / 4 };
const plain = architectureNamed("saliency-cnn", shape);
const normalised = architectureNamed("saliency-cnn", { ...shape, batchNorm: true });

/** Every parameter and running statistic random, so that none is a case of its own. */
function shaken(network: Network): Network {
  const rng = new Rng(7, "test");
  for (const { name, variable } of network.parameters) {
    if (!name.endsWith(".weight") || name.startsWith("bn")) {
      variable.set(variable.get().map((value) => value + 0.3 * rng.normal()));
    }
  }
  for (const buffer of network.buffers) buffer.set(buffer.get().map((value) => value + 0.5 * rng.uniform()));
  return network;
}
const images = (count: number) => {
  const rng = new Rng(5, "test");
  return Float64Array.from({ length: count * side * side }, () => rng.normal());
};
const largestGap = (a: Float64Array, b: Float64Array) => {
  const size = a.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0) / size;
};
/** Few steps and few noises, where a method takes them. */
const short = (method: MethodName): Partial<MethodOptions> => {
  const { options }: MethodDefinition = saliencyMethods[method];
  return { ...("steps" in options ? { steps: 3 } : {}), ...("samples" in options ? { samples: 2 } : {}) };
};
const maps = (engine: Engine, network: Network, method: MethodName, options = short(method)) =>
  saliencyMaps(engine, network, { images: images(3), targets: [0, 1, 2], method, options });

test.each(saliencyMethodNames)(
  "%s of a sparse network is that of the dense network with zeros in its place",
  (method) => {
    const dense = shaken(buildNetwork(exact, normalised, { seed: 3 }));
    const rng = new Rng(11, "test");
    const masks = dense.weightLayers.map(({ shape: [fanOut, ...rest] }) => {
      const fanIn = rest.reduce((a, b) => a * b, 1);
      const rowPointers = [0];
      const columnIndices: number[] = [];
      for (let o = 0; o < fanOut; o++) {
        for (let i = 0; i < fanIn; i++) if (rng.uniform() < 0.4) columnIndices.push(i);
        rowPointers.push(columnIndices.length);
      }
      return {
        fanOut,
        fanIn,
        rowPointers: Int32Array.from(rowPointers),
        columnIndices: Int32Array.from(columnIndices),
      };
    });
    const sparse = buildNetwork(exact, normalised, { seed: 3, masks });
    sparse.parameters.forEach(({ variable, role }, place) => {
      const values = dense.parameters[place].variable.get();
      const layer = dense.weightLayers.findIndex(({ weight }) => weight === dense.parameters[place]);
      if (role !== "weight") {
        variable.set(values);
        return;
      }
      const { fanOut, fanIn, rowPointers, columnIndices } = masks[layer];
      const kept = new Float64Array(values.length);
      const active: number[] = [];
      for (let o = 0; o < fanOut; o++) {
        for (let k = rowPointers[o]; k < rowPointers[o + 1]; k++) {
          const at = o * fanIn + columnIndices[k];
          kept[at] = values[at];
          active.push(values[at]);
        }
      }
      dense.parameters[place].variable.set(kept);
      variable.set(active);
    });
    sparse.buffers.forEach((buffer, place) => {
      buffer.set(dense.buffers[place].get());
    });
    // The flat rule shares alike among what a unit reads, and a sparse unit reads less.
    const [a, b] = [maps(exact, dense, method), maps(exact, sparse, method)];
    if (method === "lrp-flat") expect(largestGap(a.maps, b.maps)).toBeGreaterThan(1e-3);
    else expect(largestGap(a.maps, b.maps)).toBeLessThan(1e-9);
  },
);

test.each([plain, normalised])("the gradient of network %# is that of central differences", (architecture) => {
  const network = shaken(buildNetwork(exact, architecture, { seed: 3 }));
  const image = images(1);
  const explainer = new Explainer(exact, network, { method: "gradient" });
  const { maps: found } = explainer.maps({ images: image, targets: 1 });
  for (const place of [0, 9, 30, 63]) {
    const logit = (step: number) => explainer.logits(image.map((x, i) => (i === place ? x + step : x)))[1];
    expect(found[place]).toBeCloseTo((logit(1e-6) - logit(-1e-6)) / 2e-6, 6);
  }
});

describe("identities", () => {
  test("LRP-0 is input x gradient without batch norm, to 1e-9, and with it folded", () => {
    for (const architecture of [plain, normalised]) {
      const network = shaken(buildNetwork(exact, architecture, { seed: 3 }));
      const [a, b] = [maps(exact, network, "lrp-z").maps, maps(exact, network, "input-x-gradient").maps];
      expect(largestGap(a, b)).toBeLessThan(1e-9);
    }
  });

  test("FullGrad's terms sum to the logit to 1e-4 in float32, with and without batch norm, and in a residual network", () => {
    const residual = architectureNamed("simple-cnn", { ...shape, width: 1 / 16 });
    for (const architecture of [plain, normalised, residual]) {
      const network = shaken(buildNetwork(fast, architecture, { seed: 3 }));
      for (const error of maps(fast, network, "full-grad").completeness?.relativeError ?? [1]) {
        expect(error).toBeLessThan(1e-4);
      }
    }
  });

  test("z+ without biases hands on every logit in full, to 1e-6", () => {
    const network = buildNetwork(exact, plain, { seed: 3 });
    for (const error of maps(exact, network, "lrp-z-plus").completeness?.relativeError ?? [1]) {
      expect(error).toBeLessThan(1e-6);
    }
  });

  test("float32 in WebAssembly and float64 of the reference agree to 2e-3 of the largest number, a method of each family", () => {
    const [a, b] = [exact, fast].map((engine) => shaken(buildNetwork(engine, normalised, { seed: 3 })));
    for (const method of ["smoothgrad", "rect-grad", "lrp-alpha-beta", "grad-cam-plus-plus", "full-grad"] as const) {
      expect(largestGap(maps(exact, a, method).maps, maps(fast, b, method).maps), method).toBeLessThan(2e-3);
    }
  });

  test("a logit 3 times as large makes gradient, guided, DeconvNet and Grad-CAM 3 times as large", () => {
    const network = shaken(buildNetwork(exact, plain, { seed: 3 }));
    const names = ["gradient", "guided-backprop", "deconvnet", "grad-cam", "hires-cam"] as const;
    const before = names.map((method) => maps(exact, network, method).maps);
    for (const { name, variable } of network.parameters) {
      if (name.startsWith("fc8")) variable.set(variable.get().map((value) => 3 * value));
    }
    names.forEach((method, place) => {
      const after = maps(exact, network, method).maps;
      expect(
        largestGap(
          after,
          before[place].map((value) => 3 * value),
        ),
      ).toBeLessThan(1e-12);
    });
  });
});

describe("explainers", () => {
  test("maps do not depend on the size of batches, the noise of SmoothGrad included", () => {
    const network = shaken(buildNetwork(exact, plain, { seed: 3 }));
    for (const method of ["smoothgrad", "rect-grad", "full-grad"] as const) {
      const options = method === "rect-grad" ? { percentile: 60 } : short(method);
      const [whole, parts] = [64, 2].map((batchSize) => {
        return new Explainer(exact, network, { method, options, batchSize }).maps({ images: images(3), targets: 1 });
      });
      expect(largestGap(whole.maps, parts.maps)).toBeLessThan(1e-12);
    }
  });

  test("an explainer follows its network's weights, folded ones included", () => {
    const network = shaken(buildNetwork(exact, normalised, { seed: 3 }));
    const explainer = new Explainer(exact, network, { method: "lrp-epsilon-plus" });
    const question = { images: images(2), targets: 0 };
    const before = explainer.maps(question).maps;
    for (const { variable } of network.parameters) variable.set(variable.get().map((value) => 0.7 * value));
    const after = explainer.maps(question).maps;
    expect(largestGap(before, after)).toBeGreaterThan(0.01);
    const anew = saliencyMaps(exact, network, { ...question, method: "lrp-epsilon-plus" }).maps;
    expect([...after]).toEqual([...anew]);
  });

  test("maps of a network without weights are flagged zero, of one of NaN nan", () => {
    const network = buildNetwork(exact, plain, { seed: 3 });
    const head = network.parameters.find(({ name }) => name === "fc8.weight");
    head?.variable.fill(0);
    expect(maps(exact, network, "gradient").flags).toEqual(["zero", "zero", "zero"]);
    head?.variable.fill(Number.NaN);
    expect(maps(exact, network, "gradient").flags).toEqual(["nan", "nan", "nan"]);
  });

  test("a map of a last convolution that sees nothing, 1 everywhere, is flagged constant", () => {
    const network = buildNetwork(exact, plain, { seed: 3 });
    const last = network.weightLayers.filter(({ shape }) => shape.length === 4).at(-1)?.name;
    network.parameters.find(({ name }) => name === `${last}.weight`)?.variable.fill(0);
    network.parameters.find(({ name }) => name === `${last}.bias`)?.variable.fill(1);
    expect(maps(exact, network, "grad-cam-absolute").flags).toEqual(["constant", "constant", "constant"]);
  });

  test("what is asked wrongly is refused in words", () => {
    const network = buildNetwork(exact, plain, { seed: 3 });
    const ask = (method: string, options: object = {}, question: object = {}) =>
      saliencyMaps(exact, network, { images: images(1), method: method as MethodName, options, ...question });
    expect(() => ask("gradcam")).toThrow(
      /^saliency: unknown method "gradcam"; known: gradient, .*Did you mean grad-cam\?$/,
    );
    expect(() => ask("gradient", { steps: 3 })).toThrow('gradient: unknown option "steps"; known: reduction');
    expect(() => ask("grad-cam", { layer: "fc7" })).toThrow(
      /^class activation map: unknown layer whose output is an image "fc7"; known: input, conv1/,
    );
    expect(() => ask("gradient", {}, { targets: 3 })).toThrow(
      "saliency: the target of image 0 must be a class from 0 to 2, got 3",
    );
    expect(() => ask("gradient", {}, { images: [1, 2] })).toThrow(
      "saliency: images must be one or more of [1, 8, 8], 64 numbers each, got 2 numbers",
    );
    expect(() => ask("lrp-alpha-beta", { alpha: 2, beta: 2 })).toThrow(/alpha - beta must be 1 .* got 2 and 2$/);
  });
});
