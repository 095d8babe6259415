import { expect, test } from "vitest";
import { type Dataset, makeDataset } from "./dataset.ts";
import { loadDataset } from "./load.ts";
import { type Normalisation, normalisation } from "./normalisation.ts";

function images(values: number[][], bytes: boolean): Promise<Dataset> {
  const flat = values.flat();
  const split = {
    count: values.length,
    values: bytes ? Uint8Array.from(flat) : Float32Array.from(flat),
    labels: Uint8Array.from(values, (_, i) => i % 2),
  };
  return makeDataset({
    name: "i",
    classes: 2,
    featureShape: [2, 1, 2],
    train: split,
    test: split,
    source: "",
    licence: "",
  });
}

test("standard: one mean and deviation per channel, worked by hand", async () => {
  // Channel 0 holds 1 2 3 6: mean 3, variance (4 + 1 + 0 + 9) / 4 = 3.5. Channel 1 holds 0 0 8 8: mean 4, deviation 4.
  for (const bytes of [true, false]) {
    const { scale, shift } = normalisation(
      await images(
        [
          [1, 2, 0, 0],
          [3, 6, 8, 8],
        ],
        bytes,
      ),
      "standard",
    );
    const one = Math.fround(1 / Math.sqrt(3.5));
    expect([...scale]).toEqual([one, one, 0.25, 0.25]);
    const two = Math.fround(-3 / Math.sqrt(3.5));
    expect([...shift]).toEqual([two, two, -1, -1]);
  }
});

test("standard-per-feature: bytes by histogram and floats by two passes give the same 4 features", async () => {
  const rows = [
    [1, 2, 0, 5],
    [3, 6, 8, 5],
    [4, 6, 9, 5],
  ];
  const bytes = normalisation(await images(rows, true), "standard-per-feature");
  const floats = normalisation(await images(rows, false), "standard-per-feature");
  expect(bytes).toEqual(floats);
  // Feature 1 holds 2 6 6: mean 14 / 3, variance 32 / 9.
  expect(bytes.scale[1]).toBeCloseTo(3 / Math.sqrt(32), 6);
});

test("a constant feature gets scale 0 and shift 0, even where its float sum is inexact", async () => {
  const rows = [
    [0.1, 1, 0, 0],
    [0.1, 2, 0, 1],
    [0.1, 4, 0, 2],
  ];
  const { scale, shift } = normalisation(await images(rows, false), "standard-per-feature");
  expect([scale[0], shift[0], scale[2], shift[2]]).toEqual([0, 0, 0, 0]);
  expect(scale[1]).toBeGreaterThan(0);
});

test("unit: bytes of an image by 1/255, digits by 1/16, a table by its own minimum and maximum", async () => {
  const digits = normalisation(await loadDataset("digits"), "unit");
  expect([digits.scale[0], digits.shift[0]]).toEqual([1 / 16, 0]);
  const table = normalisation(
    await images(
      [
        [-1, 2, 0, 5],
        [3, 6, 8, 5],
      ],
      false,
    ),
    "unit",
  );
  expect([...table.scale]).toEqual([0.25, 0.25, 0.125, 0]);
  expect([...table.shift]).toEqual([0.25, -0.5, 0, 0]);
});

test("none leaves values as they are", async () => {
  const { scale, shift } = normalisation(await loadDataset("parity"), "none");
  expect(new Set(scale)).toEqual(new Set([1]));
  expect(new Set(shift)).toEqual(new Set([0]));
});

test("after standard normalisation the 20 features of a table have mean 0 and variance 1 on train", async () => {
  const { train, ...rest } = await loadDataset("teacher", { parameters: { train: 500 } });
  const { scale, shift } = normalisation({ train, ...rest }, "standard");
  for (let feature = 0; feature < 20; feature++) {
    let total = 0;
    let squares = 0;
    for (let example = 0; example < 500; example++) {
      const value = train.values[example * 20 + feature] * scale[feature] + shift[feature];
      total += value;
      squares += value * value;
    }
    expect(Math.abs(total / 500)).toBeLessThan(1e-6);
    expect(Math.abs(squares / 500 - 1)).toBeLessThan(1e-6);
  }
});

test("an unknown kind is refused with the nearest known one", async () => {
  const digits = await loadDataset("digits");
  expect(() => normalisation(digits, "standrd" as Normalisation)).toThrow(
    'normalisation: unknown kind "standrd"; known: none, unit, standard, standard-per-feature. Did you mean standard?',
  );
});
