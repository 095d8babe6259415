import { expect, test } from "vitest";
import { sha256 } from "../content-hash.ts";
import type { Dataset, Split } from "../dataset.ts";
import { loadDataset } from "../load.ts";

function perClass({ train, test }: Dataset, part: "train" | "test" | "both"): number[] {
  const counts = new Array<number>(10).fill(0);
  const splits: Split[] = part === "both" ? [train, test] : [part === "train" ? train : test];
  for (const split of splits) for (const label of split.labels) counts[label] += 1;
  return counts;
}

test("digits are UCI's test set: 1,797 images with the class counts its page lists", async () => {
  const digits = await loadDataset("digits");
  expect(perClass(digits, "both")).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
  expect(digits.featureShape).toEqual([1, 8, 8]);
  expect(digits.licence).toBe("CC BY 4.0");
});

test("the first training image is the first row of scikit-learn's digits.csv", async () => {
  const { train } = await loadDataset("digits");
  const row =
    "0,0,5,13,9,1,0,0,0,0,13,15,10,15,5,0,0,3,15,2,0,11,8,0,0,4,12,0,0,8,8,0,0,5,8,0,0,9,8,0,0,4,11,0,1,12,7,0,0,2,14,5,10,12,0,0,0,0,6,13,10,0,0,0";
  expect(train.values.subarray(0, 64).join(",")).toBe(row);
  expect(train.labels[0]).toBe(0);
});

test("pixels are bytes in 0..16, and the unpacked columns have the SHA-256 that the packing script printed", async () => {
  const { digitsPacked } = await import("./digits-data.ts");
  const { gunzip } = await import("../formats/gzip.ts");
  const columns = await gunzip(Buffer.from(digitsPacked, "base64"), "digits", 116805);
  expect(Math.max(...columns.subarray(0, 1797 * 64))).toBe(16);
  expect(await sha256(columns)).toBe("ac9fdfe258aefd68bbcff8fd47e4f51466aa6edad18827c191d2c41d9d188f6e");
});

test("by default 1,437 are for training and 360 for testing, a fifth of each class to within one", async () => {
  const digits = await loadDataset("digits");
  expect([digits.train.count, digits.test.count]).toEqual([1437, 360]);
  const all = perClass(digits, "both");
  perClass(digits, "test").forEach((count, label) => {
    expect(Math.abs(count - all[label] / 5)).toBeLessThan(1);
  });
});

test("the default split is fixed for ever: its content hash is a constant", async () => {
  expect((await loadDataset("digits")).sha256).toBe("af85e2660256058e760d76c4b108e0a5e0310c561670198c010d4e2fe7703378");
});

test("another seed makes another split, and a test share of one half tests 899", async () => {
  const other = await loadDataset("digits", { split: { seed: 1, test: 0.5 } });
  expect(other.test.count).toBe(899);
  expect((await loadDataset("digits", { split: { seed: 1 } })).sha256).not.toBe((await loadDataset("digits")).sha256);
});
