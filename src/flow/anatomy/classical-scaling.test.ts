import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { classicalScaling } from "./classical-scaling.ts";

const { scaling } = JSON.parse(readFileSync(new URL("fixtures/numpy.json", import.meta.url), "utf8")) as {
  scaling: { distances: number[][]; points: number[][]; eigenvalues: number[] };
};

test("finds NumPy's points in the plane for six distances of points in a plane, and explains them wholly", () => {
  const { points, eigenvalues, explained } = classicalScaling(scaling.distances);
  points.forEach((point, i) => {
    point.forEach((x, k) => {
      expect(x).toBeCloseTo(scaling.points[i][k], 10);
    });
  });
  eigenvalues.forEach((value, i) => {
    expect(value).toBeCloseTo(scaling.eigenvalues[i], 10);
  });
  expect(explained).toBeCloseTo(1, 12);
});

test("three points at distances 3, 4 and 5 are a right triangle, told by its sides", () => {
  const { points } = classicalScaling([
    [0, 3, 4],
    [3, 0, 5],
    [4, 5, 0],
  ]);
  const apart = (i: number, j: number) =>
    Math.sqrt((points[i][0] - points[j][0]) ** 2 + (points[i][1] - points[j][1]) ** 2);
  expect(apart(0, 1)).toBeCloseTo(3, 12);
  expect(apart(0, 2)).toBeCloseTo(4, 12);
  expect(apart(1, 2)).toBeCloseTo(5, 12);
});

test("four points at one distance fill three dimensions, of which two explain two thirds", () => {
  const equal = Array.from({ length: 4 }, (_, i) => Array.from({ length: 4 }, (__, j) => (i === j ? 0 : 1)));
  expect(classicalScaling(equal).explained).toBeCloseTo(2 / 3, 12);
});

test("one point is at the origin; two are on a line", () => {
  expect(classicalScaling([[0]]).points).toEqual([[0, 0]]);
  const { points } = classicalScaling([
    [0, 2],
    [2, 0],
  ]);
  expect(points.map(([x]) => Math.abs(x))).toEqual([expect.closeTo(1, 12), expect.closeTo(1, 12)]);
  expect(Math.max(...points.map(([, y]) => Math.abs(y)))).toBeLessThan(1e-7);
});

test("refuses distances that differ to and fro, and a row too short", () => {
  expect(() =>
    classicalScaling([
      [0, 1],
      [2, 0],
    ]),
  ).toThrow("got 1 at [0, 1] and 2 at [1, 0]");
  expect(() => classicalScaling([[0, 1], [1]])).toThrow("classicalScaling: row 1 must have 2 numbers, got 1");
});
