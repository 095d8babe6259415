import { describe, expect, test } from "vitest";
import { formatCount, formatP, formatPower, formatSigned, logTicks } from "./numerals.ts";

test.each([
  [0.05, "0.050"],
  [0.0009999, "<0.001"],
  [0.001, "0.001"],
  [1, "1.000"],
  [0, "<0.001"],
  [Number.NaN, "–"],
])("p = %s is printed %s", (p, text) => expect(formatP(p)).toBe(text));

test.each([
  [1.26, 1, "+1.3"],
  [-0.44, 1, "−0.4"],
  [-0.04, 1, "0.0"],
])("the difference %s to %s decimal is printed %s", (value, decimals, text) =>
  expect(formatSigned(value, decimals)).toBe(text),
);

test.each([
  [512, "512"],
  [9999, "9999"],
  [94864, "94.9k"],
  [1261568, "1.26M"],
  [999999, "1M"],
])("the count %s is printed %s", (count, text) => expect(formatCount(count)).toBe(text));

test.each([
  [0.001, "0.001"],
  [100, "100"],
  [1e-7, "1e−7"],
  [2e12, "2e12"],
])("the tick %s is printed %s", (tick, text) => expect(formatPower(tick)).toBe(text));

describe("logTicks", () => {
  test("one and a half decades get 1, 2 and 5", () => expect(logTicks(0.8, 30)).toEqual([1, 2, 5, 10, 20]));
  test("five decades get powers of ten", () => expect(logTicks(1e-3, 1e2)).toEqual([1e-3, 1e-2, 1e-1, 1, 10, 100]));
  test("200 decades get at most eight ticks", () => expect(logTicks(1e-100, 1e100).length).toBeLessThanOrEqual(8));
});
