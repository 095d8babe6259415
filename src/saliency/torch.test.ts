/** Maps of a network with padding and maximum pools, held to those of PyTorch's autograd: scripts/fixtures/saliency.py. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Architecture, Layer } from "../nn/index.ts";
import { buildNetwork } from "../nn/index.ts";
import { openEngine } from "../tensor/index.ts";
import { fill } from "./fixtures/worked-networks.ts";
import type { MethodName, MethodOptions } from "./index.ts";
import { saliencyMaps } from "./index.ts";

interface Fixture {
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly images: readonly number[];
  readonly targets: readonly number[];
  readonly maps: Readonly<Record<string, readonly number[]>>;
  readonly rectified: readonly { readonly options: Partial<MethodOptions>; readonly map: readonly number[] }[];
}
const torch: Fixture = JSON.parse(readFileSync(new URL("./fixtures/torch.json", import.meta.url), "utf8"));

const relu = (name: string, input: string): Layer => ({ kind: "activation", name, inputs: [input], function: "relu" });
const linear = (name: string, input: string, outFeatures: number): Layer => ({
  ...{ kind: "linear", name, inputs: [input], outFeatures, bias: true },
});
const convolution = (name: string, input: string, outChannels: number): Layer => ({
  ...{ kind: "convolution", name, inputs: [input], outChannels, kernel: [3, 3], stride: [1, 1], padding: [1, 1] },
  ...{ groups: 1, bias: true },
});
const pool = (name: string, input: string): Layer => ({
  ...{ kind: "maxPool", name, inputs: [input], kernel: [2, 2], stride: [2, 2], padding: [0, 0] },
});
const architecture: Architecture = {
  name: "padded and pooled",
  input: [1, 8, 8],
  layers: [
    convolution("conv1", "input", 3),
    relu("act1", "conv1"),
    pool("pool1", "act1"),
    convolution("conv2", "pool1", 4),
    relu("act2", "conv2"),
    pool("pool2", "act2"),
    { kind: "flatten", name: "flatten", inputs: ["pool2"] },
    linear("fc3", "flatten", 6),
    relu("act3", "fc3"),
    linear("fc4", "act3", 3),
  ],
};

const engine = await openEngine({ backend: "reference", elementType: "float64" });
const network = fill(buildNetwork(engine, architecture, { seed: 0 }), torch.parameters);

function largestGap(method: MethodName, options: Partial<MethodOptions>, expected: readonly number[]): number {
  const { maps } = saliencyMaps(engine, network, { ...torch, method, options });
  expect(maps.length).toBe(expected.length);
  return Math.max(...expected.map((value, i) => Math.abs(value - maps[i])));
}

test.each(Object.keys(torch.maps) as MethodName[])("%s of two images is PyTorch's to 1e-12", (method) => {
  const expected = torch.maps[method];
  expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.01);
  expect(largestGap(method, {}, expected)).toBeLessThan(1e-12);
});

describe("rectified gradients are PyTorch's to 1e-12", () => {
  test.each(torch.rectified)("$options", ({ options, map }) => {
    expect(largestGap("rect-grad", options, map)).toBeLessThan(1e-12);
  });

  test("padding and proportional pools each change the map of threshold 0 by more than 0.02 somewhere", () => {
    const [plain, ...others] = torch.rectified.map(({ map }) => map);
    for (const other of others.slice(0, 3)) {
      expect(Math.max(...plain.map((value, i) => Math.abs(value - other[i])))).toBeGreaterThan(0.02);
    }
  });
});
