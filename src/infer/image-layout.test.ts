/** Where pixels lie and which groups of positions are worked out, counted by hand. */

import { expect, test } from "vitest";
import type { Bundle } from "./bundle.ts";
import { checkBundle } from "./bundle-shapes.ts";
import { lenet5, vggSmall } from "./fixtures/random-bundle.ts";
import { fuseStages } from "./fuse.ts";
import { type ImageLayout, layOut, phasesOf, pixelGroups, pixelMask } from "./image-layout.ts";

const layouts = (bundle: Bundle, images: number) =>
  layOut(fuseStages(bundle.operations), checkBundle(bundle, "test"), images);
const shape = ({ height, width, row, image }: ImageLayout) => [height, width, row, image];

test("28 × 28 pixels with a padding of 1 stand 29 apart, 29 rows an image, and take 101 groups of 8: 808 positions for 784", () => {
  const input = layouts(vggSmall(28, 1, 1), 4).get("input") as ImageLayout;
  expect(shape(input)).toEqual([28, 28, 29, 29 * 29]);
  const groups = pixelGroups(input, 1);
  expect(groups.length).toBe(101);
  expect([...groups.subarray(0, 3)]).toEqual([0, 32, 64]);
  // Four images and the rows of zeros between them: at most 4 × 101, less where a group reaches from one into the next.
  expect(pixelGroups(input, 4).length).toBeLessThanOrEqual(404);
});

test("8 × 8 pixels of a valid convolution over 12 × 12 take 8 groups, one a row, and none between rows", () => {
  const second = layouts(lenet5(1), 4).get("relu4") as ImageLayout;
  expect(shape(second)).toEqual([8, 8, 12, 144]);
  expect([...pixelGroups(second, 1)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((row) => row * 12 * 4));
});

test("every pixel is in one group, whatever the sides, and the mask has as many words as there are pixels", () => {
  for (const [height, width, gap, images] of [
    [1, 1, 0, 4],
    [3, 5, 1, 2],
    [7, 7, 1, 4],
    [5, 9, 3, 3],
    [2, 31, 2, 4],
  ]) {
    const row = width + gap;
    const layout = { channels: 1, height, width, row, image: row * (height + gap), plane: 0, front: 0 };
    const covered = new Map<number, number>();
    for (const group of pixelGroups(layout, images)) {
      for (let k = 0; k < 8; k++) covered.set(group / 4 + k, (covered.get(group / 4 + k) ?? 0) + 1);
    }
    const mask = pixelMask(layout, images);
    expect(mask.filter((word) => word !== 0).length).toBe(images * height * width);
    mask.forEach((word, position) => {
      if (word !== 0) expect(covered.get(position), `${[height, width, gap]} at ${position}`).toBe(1);
    });
  }
});

test("a convolution of stride 2 and padding 1 over 9 × 9 reads four phases of 6 × 6", () => {
  const operation = {
    ...{ kind: "convolution" as const, name: "conv", inputs: ["input"], groups: 1 },
    weight: { kind: "dense" as const, shape: [2, 3, 3, 3], values: new Float32Array(54) },
    stride: [2, 2] as const,
    padding: [1, 1] as const,
  };
  const all = layouts({ name: "strided", input: [3, 9, 9], operations: [operation] }, 1);
  const phases = all.get(phasesOf("conv")) as ImageLayout;
  expect([phases.channels, phases.height, phases.width]).toEqual([12, 6, 6]);
  const output = all.get("conv") as ImageLayout;
  expect([output.height, output.width, output.row]).toEqual([5, 5, phases.row]);
});

test("planes are an odd number of cache lines apart", () => {
  for (const bundle of [vggSmall(28, 1, 1), vggSmall(32, 3, 1), lenet5(1)]) {
    for (const [name, { plane }] of layouts(bundle, 4)) expect((plane / 16) % 2, name).toBe(1);
  }
});

test("a ReLU is the last step of the product before it, unless something else reads that product too", () => {
  const stages = fuseStages(lenet5(1).operations);
  expect(stages.length).toBe(8);
  expect(stages.filter(({ floor }) => floor === 0).length).toBe(4);
  const linear = (name: string, from: string) => ({
    ...{ kind: "linear" as const, name, inputs: [from] },
    weight: { kind: "dense" as const, shape: [1, 1], values: Float32Array.of(1) },
  });
  const relu = { kind: "activation" as const, name: "relu", inputs: ["fc"], function: "relu" as const };
  const sum = { kind: "add" as const, name: "sum", inputs: ["relu", "fc"] };
  expect(fuseStages([linear("fc", "input"), relu, sum]).map(({ output, floor }) => [output, floor])).toEqual([
    ["fc", Number.NEGATIVE_INFINITY],
    ["relu", Number.NEGATIVE_INFINITY],
    ["sum", Number.NEGATIVE_INFINITY],
  ]);
});
