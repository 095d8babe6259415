import { expect, test } from "vitest";
import { readFixture, relativeError } from "./fixtures/read-fixture.ts";
import { meanInterval, pairedT, studentT, welchT } from "./student.ts";

const { student: scipy, meanInterval: scipyIntervals } = readFixture();
const tests = { "paired t": pairedT, "Student t": studentT, "Welch t": welchT };

test("t, degrees of freedom, p and 90 % intervals agree with SciPy's, 2 to 200 values", () => {
  expect(scipy.length).toBeGreaterThan(40);
  for (const { test: name, a, b, alternative, t, df, p, interval90 } of scipy) {
    const result = tests[name](a, b, { alternative, confidence: 0.9 });
    // The means are near 70 and differ by 0.4: their difference keeps about 13 digits.
    expect(relativeError(result.statistic, t)).toBeLessThan(1e-11);
    expect(relativeError(result.degreesOfFreedom, df)).toBeLessThan(1e-11);
    expect(relativeError(result.pValue, p)).toBeLessThan(1e-10);
    expect(relativeError(result.low, interval90[0])).toBeLessThan(1e-10);
    expect(relativeError(result.high, interval90[1])).toBeLessThan(1e-10);
  }
});

test("the mean's 95 % interval agrees with SciPy's, n = 2 to 30", () => {
  for (const { x, interval95 } of scipyIntervals) {
    const result = meanInterval(x);
    expect(relativeError(result.low, interval95[0])).toBeLessThan(1e-12);
    expect(relativeError(result.high, interval95[1])).toBeLessThan(1e-12);
  }
});

test("Student's own data, ten patients and two drugs: t = 4.0621 with 9 degrees of freedom, p = 0.002833", () => {
  // Hours of sleep gained: "Student" 1908, The probable error of a mean.
  const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
  const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
  const result = pairedT(second, first);
  expect(result.statistic).toBeCloseTo(4.0621, 4);
  expect(result.degreesOfFreedom).toBe(9);
  expect(result.pValue).toBeCloseTo(0.002833, 6);
  const welch = welchT(second, first);
  expect(welch.degreesOfFreedom).toBeCloseTo(17.776, 3);
  expect(welch.pValue).toBeCloseTo(0.07939, 5);
});

test("a spread of float noise alone gives NaN and a warning, not a t of 1e15", () => {
  const result = pairedT([0.91, 0.35, 0.5], [0.9, 0.34, 0.49]);
  expect([result.statistic, result.pValue, result.low]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  expect(result.warnings).toEqual(["nothing varies: t, p and the interval are NaN"]);
  expect(studentT([1, 1], [2, 2]).pValue).toBeNaN();
  expect(welchT([1, 1], [2, 2]).pValue).toBeNaN();
});

test("one value has a mean and no interval", () => {
  expect(meanInterval([5])).toMatchObject({ mean: 5, low: Number.NaN, n: 1 });
  expect(meanInterval([5]).warnings).toEqual(["one value says nothing about spread: the interval is NaN"]);
});

test("mistakes are named", () => {
  expect(() => pairedT([1, 2], [1])).toThrow("pairedT: paired samples must be of equal length, got 2 and 1");
  expect(() => pairedT([1], [1])).toThrow("pairedT: a must hold at least 2 value(s), got 1");
  expect(() => welchT([1, 2], [1, Number.NaN])).toThrow("welchT: b[1] is NaN");
  expect(() => studentT([1, 2], [3, 4], { confidence: 0 })).toThrow("studentT: confidence must be in (0, 1), got 0");
});
