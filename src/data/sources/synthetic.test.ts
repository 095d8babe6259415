import { describe, expect, test } from "vitest";
import { loadDataset } from "../load.ts";

describe.each(["spirals", "moons", "circles", "parity", "teacher"])("%s", (name) => {
  test("is a function of the seed, and train and test of one seed differ", async () => {
    const one = await loadDataset(name, { split: { seed: 4 } });
    expect(one.sha256).toBe((await loadDataset(name, { split: { seed: 4 } })).sha256);
    expect(one.sha256).not.toBe((await loadDataset(name, { split: { seed: 5 } })).sha256);
    expect(one.train.values).not.toEqual(one.test.values);
  });

  test("has 1,000 + 1,000 examples unless told otherwise, and every class occurs", async () => {
    const { train, test, classes } = await loadDataset(name);
    expect([train.count, test.count]).toEqual([1000, 1000]);
    expect(new Set(train.labels).size).toBe(classes);
    const small = await loadDataset(name, { parameters: { train: 7, test: 3 } });
    expect([small.train.count, small.test.count]).toEqual([7, 3]);
  });
});

test("the content hashes are constants: any change of a generator changes stored results", async () => {
  const hashes: Record<string, string> = {};
  for (const name of ["spirals", "moons", "circles", "parity", "teacher"])
    hashes[name] = (await loadDataset(name)).sha256;
  expect(hashes).toEqual({
    spirals: "9f886f1f5c666ab154d3931ded36525250458404647706bceda5f4ad211f629c",
    moons: "186bfb9f910a392e8cf4527edc9222dd545d0f6532d97f90be913dfd69e01d38",
    circles: "1cd1b2c576b6c2e06da2056402eec568b19bbd5cbdbe9ad643f5c6cb50f2718e",
    parity: "35a6b2d0329809ec158a8ef858b8bef401acc38fae1f743f0d50a9142ed80fd1",
    teacher: "b4fc44bf3d121b5565a4d20460fc211e06a8f541a68936e0d91ecddab428aecc",
  });
});

test("without noise the moons are half circles about (0, 0) and (1, 1/2), and the circles have radius 1 and 1/2", async () => {
  const moons = (await loadDataset("moons", { parameters: { noise: 0 } })).train;
  const circles = (await loadDataset("circles", { parameters: { noise: 0 } })).train;
  for (let i = 0; i < 1000; i++) {
    const isLower = moons.labels[i] === 1;
    const x = moons.values[2 * i] - (isLower ? 1 : 0);
    const y = isLower ? 0.5 - moons.values[2 * i + 1] : moons.values[2 * i + 1];
    expect(Math.hypot(x, y)).toBeCloseTo(1, 6);
    expect(y).toBeGreaterThanOrEqual(0);
    const radius = Math.hypot(circles.values[2 * i], circles.values[2 * i + 1]);
    expect(radius).toBeCloseTo(circles.labels[i] === 0 ? 1 : 0.5, 6);
  }
});

test("without noise a spiral's angle tells its class: turns x radius + class / classes", async () => {
  const { train } = await loadDataset("spirals", { parameters: { noise: 0, classes: 5, turns: 2 } });
  for (let i = 0; i < 1000; i++) {
    const radius = Math.hypot(train.values[2 * i], train.values[2 * i + 1]);
    if (radius < 0.01) continue;
    const turn = Math.atan2(train.values[2 * i + 1], train.values[2 * i]) / (2 * Math.PI);
    const off = turn - 2 * radius - train.labels[i] / 5;
    expect(Math.abs(off - Math.round(off))).toBeLessThan(1e-4);
  }
});

test("parity is that of the first 3 of 10 bits, and the other 7 say nothing", async () => {
  const { train } = await loadDataset("parity");
  for (let i = 0; i < 1000; i++) {
    const bits = [...train.values.subarray(10 * i, 10 * i + 10)];
    expect(bits.every((bit) => bit === 1 || bit === -1)).toBe(true);
    expect(train.labels[i]).toBe(bits.slice(0, 3).filter((bit) => bit === 1).length % 2);
  }
});

test("refuses a misspelt parameter, one out of range and one that must be an integer", async () => {
  await expect(loadDataset("moons", { parameters: { nois: 1 } })).rejects.toThrow(
    'moons: unknown parameter "nois"; known: train, test, noise. Did you mean noise?',
  );
  await expect(loadDataset("moons", { parameters: { noise: -1 } })).rejects.toThrow(
    "must be a number in [0, 1000], got -1",
  );
  await expect(loadDataset("spirals", { parameters: { classes: 2.5 } })).rejects.toThrow(
    "spirals: classes (arms) must be an integer in [2, 100], got 2.5",
  );
});
