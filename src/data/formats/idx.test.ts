import { expect, test } from "vitest";
import { parseIdx } from "./idx.ts";

function idx(shape: number[], values: number[], type = 8): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header[2] = type;
  header[3] = shape.length;
  shape.forEach((length, axis) => {
    header.writeUInt32BE(length, 4 + 4 * axis);
  });
  return Buffer.concat([header, Uint8Array.from(values)]);
}

test("reads two images of 1 x 3", () => {
  const { shape, values } = parseIdx(idx([2, 1, 3], [1, 2, 3, 4, 5, 6]), "f", 3);
  expect(shape).toEqual([2, 1, 3]);
  expect([...values]).toEqual([1, 2, 3, 4, 5, 6]);
});

test("refuses one byte too few and one too many, naming both sizes", () => {
  expect(() => parseIdx(idx([2, 1, 3], [1, 2, 3, 4, 5]), "f", 3)).toThrow(
    "f: the header says [2, 1, 3], 6 bytes, and 5 follow",
  );
  expect(() => parseIdx(idx([4], [1, 2, 3, 4, 5]), "f", 1)).toThrow("f: the header says [4], 4 bytes, and 5 follow");
});

test("refuses lengths whose product is beyond 2^53 without reserving anything", () => {
  expect(() => parseIdx(idx([0xffffffff, 0xffffffff, 0xffffffff], [1]), "f", 3)).toThrow("and 1 follow");
});

test("refuses floats, labels in place of images, a header cut short, and other formats", () => {
  expect(() => parseIdx(idx([1], [0], 13), "f", 1)).toThrow("f: byte 2 must be 0x08 (unsigned bytes), got 0x0d");
  expect(() => parseIdx(idx([1], [0]), "f", 3)).toThrow(
    "f: byte 3 must be 3 (axes), got 1; are images and labels swapped?",
  );
  expect(() => parseIdx(idx([1, 1, 1], []).subarray(0, 9), "f", 3)).toThrow(
    "the header of 3 axes takes 16 bytes, got 9",
  );
  expect(() => parseIdx(new TextEncoder().encode("<html>"), "f", 3)).toThrow(
    "starts with two zero bytes, got 0x3c 0x68",
  );
  expect(() => parseIdx(new Uint8Array(), "f", 3)).toThrow("got nothing");
});
