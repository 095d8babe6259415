import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { displayWidth, toText } from "./text.ts";

const table = {
  name: "t",
  caption: "p-values",
  columns: [
    { key: "optimizer", title: "Optimizer" },
    { key: "BN", title: "BN", format: "p" as const },
    { key: "d", title: "Difference", format: "points" as const },
  ],
  rows: [
    { optimizer: "sgd", BN: 0.0002, d: -0.012 },
    { optimizer: "momentum", BN: 0.3, d: 0.1 },
  ],
  bold: (row: Readonly<Record<string, unknown>>, key: string) => key === "BN" && (row.BN as number) <= 0.05,
  notes: ["n = 15"],
};

test("columns are aligned, and without a terminal bold becomes a star that keeps them so", () => {
  expect(toText(table, { styled: false })).toBe(
    [
      "p-values",
      "Optimizer      BN   Difference",
      "─────────  ───────  ──────────",
      "sgd        <0.001*       -1.20",
      "momentum    0.300       +10.00",
      "* set in bold in the report",
      "n = 15",
      "",
    ].join("\n"),
  );
});

test("on a terminal bold is an escape sequence around the value alone", () => {
  expect(toText(table, { styled: true })).toContain("sgd        \u001b[1m<0.001\u001b[22m");
});

test("an escape sequence in a name does not reach the terminal", () => {
  const rows = [{ optimizer: "\u001b[31mred\u0007", BN: 1, d: 0 }];
  expect(toText({ ...table, rows, bold: undefined }, { styled: false })).not.toMatch(/[^\P{Cc}\n]/u);
});

describe("displayWidth", () => {
  test.each([
    ["adam", 4],
    ["幅", 2],
    ["e\u0301", 1],
    ["🙂", 2],
  ])("of %s is %d", (text, width) => expect(displayWidth(text)).toBe(width));
});

test("the last column of every row ends at the same place for any names", () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (names) => {
      const rows = names.map((optimizer, i) => ({ optimizer: `x${optimizer}`, BN: 0.5, d: i / 100 }));
      const lines = toText({ ...table, rows, notes: [] }, { styled: false })
        .split("\n")
        .slice(1, -1);
      expect(new Set(lines.map(displayWidth)).size).toBe(1);
    }),
  );
});
