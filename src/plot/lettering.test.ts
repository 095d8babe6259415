import { describe, expect, test } from "vitest";
import { shorten, spread, textWidth, wrap } from "./lettering.ts";

test("wide letters take more room than narrow ones, and width grows with the size", () => {
  expect(textWidth("WWW", 10)).toBeGreaterThan(textWidth("iii", 10));
  expect(textWidth("abc", 20)).toBe(2 * textWidth("abc", 10));
});

describe("wrap", () => {
  test("breaks at spaces and keeps every word", () => {
    const lines = wrap("one two three four", 10, textWidth("one two", 10));
    expect(lines).toEqual(["one two", "three", "four"]);
  });
  test("an overlong word stands alone; no text gives no lines", () => {
    expect(wrap("a pneumonoultramicroscopic b", 10, 20)).toEqual(["a", "pneumonoultramicroscopic", "b"]);
    expect(wrap("  ", 10, 20)).toEqual([]);
  });
});

describe("shorten", () => {
  test("leaves what fits and marks what it cuts", () => {
    expect(shorten("adam", 10, 100)).toBe("adam");
    const short = shorten("a very long optimizer name", 10, 60);
    expect(short.endsWith("…")).toBe(true);
    expect(textWidth(short, 10)).toBeLessThanOrEqual(60);
  });
});

describe("spread", () => {
  test("three labels at one place end 10 px apart, around the same order", () => {
    expect(spread([50, 50, 50], 10, [0, 60])).toEqual([40, 50, 60]);
  });
  test("labels that do not collide stay where they are", () => {
    expect(spread([5, 40, 20], 10, [0, 60])).toEqual([5, 40, 20]);
  });
  test("a label at the lower edge pushes the next one up", () => {
    expect(spread([-3, 2], 10, [0, 60])).toEqual([0, 10]);
  });
});
