import fc from "fast-check";
import { expect, test } from "vitest";
import { toCsv } from "./csv.ts";
import type { CellValue } from "./model.ts";

const one = (value: CellValue) => toCsv({ columns: [{ key: "a", title: "A" }], rows: [{ a: value }] }).slice(3, -2);

test("heads are keys, lines end in CRLF, and a percentage stays the fraction it is", () => {
  const table = {
    columns: [
      { key: "optimizer", title: "Optimizer" },
      { key: "accuracy", title: "Accuracy", format: "percent" as const },
    ],
    rows: [{ optimizer: "adam", accuracy: 0.9123456789 }],
  };
  expect(toCsv(table)).toBe("optimizer,accuracy\r\nadam,0.9123456789\r\n");
});

test.each([
  ["a,b", '"a,b"'],
  ['say "x"', '"say ""x"""'],
  ["two\nlines", '"two\nlines"'],
  [" padded ", '" padded "'],
  [null, ""],
  [Number.NaN, ""],
  [Number.POSITIVE_INFINITY, "inf"],
])("%j is written %s", (value, text) => expect(one(value)).toBe(text));

test.each(["=1+1", "@SUM(A1)", "+cmd|x", "-cmd", "  =1", "\t=1"])("the text %j cannot run as a formula", (text) => {
  expect(one(text).replace(/^"/, "")).toMatch(/^'/);
});

test.each([-0.5, -3e-4, 1e21, "-3e-4", "+1.5", "-.5"])("the number %s is not touched by the guard", (value) => {
  expect(one(value)).toBe(String(value));
});

test("every double is read back as itself", () => {
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => Number(one(x)) === x));
});

/** A plain reader of RFC 4180, as witness. */
function read(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, bare, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? bare);
    if (end === "\r\n") rows.push([]);
  }
  return rows.slice(0, -1);
}

test("any text but a formula is read back as itself, whatever stands in it", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.string({ unit: "binary" }))), (pairs) => {
      const rows = pairs.map(([a, b]) => ({ a: `x${a}`, b: `x${b}` }));
      const columns = [
        { key: "a", title: "a" },
        { key: "b", title: "b" },
      ];
      expect(read(toCsv({ columns, rows })).slice(1)).toEqual(rows.map(({ a, b }) => [a, b]));
    }),
  );
});
