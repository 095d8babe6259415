import { expect, test } from "vitest";
import { augment } from "./augment.ts";

/** Two channels of 3 x 4; pixel values 1 .. 24, the second example 101 .. 124. */
const shape = [2, 3, 4];
const values = Uint8Array.from({ length: 48 }, (_, i) => (i < 24 ? i + 1 : i + 77));
const all = { padCrop: 2, horizontalFlip: true };

function one(index: number, options: typeof all | object, seed: number, epoch: number): Uint8Array {
  const out = new Uint8Array(24);
  augment(values, shape, options, { seed, epoch }, [index], out);
  return out;
}

/** The same by another way: pad, crop at (down, right), flip. */
function byPadding(index: number, down: number, right: number, flip: boolean, pad: number): number[] {
  const out: number[] = [];
  for (let c = 0; c < 2; c++) {
    const padded = Array.from({ length: 3 + 2 * pad }, () => new Array<number>(4 + 2 * pad).fill(0));
    for (let y = 0; y < 3; y++)
      for (let x = 0; x < 4; x++) padded[y + pad][x + pad] = values[index * 24 + c * 12 + y * 4 + x];
    for (let y = 0; y < 3; y++) {
      const row = padded[y + down].slice(right, right + 4);
      out.push(...(flip ? row.reverse() : row));
    }
  }
  return out;
}

test("every result is one of the 25 crops x 2 flips of the zero-padded image, and 2,000 draws give all 50", () => {
  const possible = new Set<string>();
  for (let down = 0; down < 5; down++) {
    for (let right = 0; right < 5; right++) {
      for (const flip of [false, true]) possible.add(byPadding(0, down, right, flip, 2).join());
    }
  }
  expect(possible.size).toBe(50);
  const seen = new Set<string>();
  for (let epoch = 0; epoch < 2000; epoch++) seen.add(one(0, all, 3, epoch).join());
  expect(seen).toEqual(possible);
});

test("an example's augmentation does not depend on its batch or its place in it", () => {
  const out = new Uint8Array(72);
  augment(values, shape, all, { seed: 9, epoch: 4 }, [1, 0, 1], out);
  expect(out.subarray(0, 24)).toEqual(one(1, all, 9, 4));
  expect(out.subarray(24, 48)).toEqual(one(0, all, 9, 4));
  expect(out.subarray(48)).toEqual(one(1, all, 9, 4));
});

test("with nothing asked for it copies", () => {
  expect(one(1, {}, 9, 4)).toEqual(values.subarray(24));
});

test("refuses tables, an index that is not there, a buffer too short or of another type, and a pad beyond the image", () => {
  const call =
    (shape: number[], indices: number[], out: Uint8Array | Float32Array, padCrop = 1) =>
    () =>
      augment(values, shape, { padCrop }, { seed: 0, epoch: 0 }, indices, out);
  expect(call([24], [0], new Uint8Array(24))).toThrow("augment: needs images of [C, H, W] filling 48 values, got [24]");
  expect(call(shape, [2], new Uint8Array(24))).toThrow("augment: index 0 must be an integer in [0, 2), got 2");
  expect(call(shape, [0], new Uint8Array(23))).toThrow("at least 24, got Uint8Array of 23");
  expect(call(shape, [0], new Float32Array(24))).toThrow("got Float32Array of 24");
  expect(call(shape, [0], new Uint8Array(24), 4)).toThrow("padCrop must be an integer in [0, 3] for [2, 3, 4], got 4");
});
