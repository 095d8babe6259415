import { describe, expect, test } from "vitest";
import { asTyped, counted, facts, programName, wrap } from "./output.ts";

describe("texts", () => {
  test("lines break between words at the width, and a longer word stands alone", () => {
    expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
    expect(wrap("a incomprehensibilities b", 8)).toEqual(["a", "incomprehensibilities", "b"]);
  });

  test("facts align to the longest name and indent what is broken", () => {
    const long = Array.from({ length: 30 }, () => "word").join(" ");
    const [first, second, third] = facts([
      ["a", "short"],
      ["name", long],
    ]).split("\n");
    expect(first).toBe("  a     short");
    expect(second).toMatch(/^ {2}name {2}word/);
    expect(third).toMatch(/^ {8}word/);
  });

  test("1 trial, 2 trials, 1,000 trials", () => {
    expect([1, 2, 1000].map((count) => counted(count, "trial"))).toEqual(["1 trial", "2 trials", "1,000 trials"]);
  });
});

describe("the program's name", () => {
  test("under npx it is npx gradientflow, since it is not on the path there", () => {
    expect(programName({ npm_command: "exec" })).toBe("npx gradientflow");
    expect(programName({ npm_command: "run-script" })).toBe("gradientflow");
    expect(programName({})).toBe("gradientflow");
  });

  test("commands in messages are put as they must be typed, other mentions left alone", () => {
    const before = process.env.npm_command;
    process.env.npm_command = "exec";
    try {
      expect(asTyped("go on with gradientflow study resume x, a bug of gradientflow")).toBe(
        "go on with npx gradientflow study resume x, a bug of gradientflow",
      );
      expect(asTyped("npx gradientflow data list")).toBe("npx gradientflow data list");
    } finally {
      if (before === undefined) delete process.env.npm_command;
      else process.env.npm_command = before;
    }
  });
});
