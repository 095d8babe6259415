import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { contentHash, sha256 } from "./content-hash.ts";
import { labelArray, makeDataset, type Split } from "./dataset.ts";

const about = { name: "own", classes: 2, featureShape: [2], source: "here", licence: "none" };
const good: Split = { count: 2, values: Float32Array.of(1, 2, 3, 4), labels: Uint8Array.of(0, 1) };

test("refuses a NaN and says which example and feature it is", async () => {
  const train: Split = { ...good, values: Float32Array.of(1, 2, 3, Number.NaN) };
  await expect(makeDataset({ ...about, train, test: good })).rejects.toThrow(
    "own, train: every value must be a finite float32, got NaN at example 1, feature 1",
  );
});

test("refuses a label that is no class", async () => {
  const test: Split = { ...good, labels: Uint8Array.of(0, 2) };
  await expect(makeDataset({ ...about, train: good, test })).rejects.toThrow(
    "own, test: the label of example 1 must be an integer in [0, 2), got 2",
  );
});

test("refuses an empty split, a wrong number of values and a single class", async () => {
  const empty: Split = { count: 0, values: new Float32Array(0), labels: new Uint8Array(0) };
  await expect(makeDataset({ ...about, train: good, test: empty })).rejects.toThrow(
    "own, test: must have at least one",
  );
  await expect(makeDataset({ ...about, featureShape: [3], train: good, test: good })).rejects.toThrow(
    "2 examples of 3 features need 6 values and 2 labels, got 4 and 2",
  );
  await expect(makeDataset({ ...about, classes: 1, train: good, test: good })).rejects.toThrow(
    "at least 2 classes, got 1",
  );
});

test("the content hash is what sha256sum gives for the text that names the arrays' hashes", async () => {
  const hash = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");
  const floats = Buffer.from("0000803f000000400000404000008040", "hex");
  const text = `gradientflow dataset 1
features [2], classes 2
train values float32 [2] ${hash(floats)}
train labels uint8 [2] ${hash(Uint8Array.of(0, 1))}
test values float32 [2] ${hash(floats)}
test labels uint8 [2] ${hash(Uint8Array.of(0, 1))}
`;
  expect(await contentHash([2], 2, good, good)).toBe(hash(text));
  expect((await makeDataset({ ...about, train: good, test: good })).sha256).toBe(hash(text));
});

test("sha256 of abc is the example of FIPS 180-2", async () => {
  expect(await sha256(new TextEncoder().encode("abc"))).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

test("labels take one byte up to 256 classes, two up to 65,536, four beyond", () => {
  expect([256, 257, 65536, 65537].map((classes) => labelArray(1, classes).BYTES_PER_ELEMENT)).toEqual([1, 2, 2, 4]);
});
