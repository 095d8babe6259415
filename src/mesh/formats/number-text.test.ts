import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { numberText, parseInteger, parseNumber } from "./number-text.ts";

const parse = (text: string) => parseNumber(Buffer.from(` ${text} `), 1, 1 + Buffer.byteLength(text));

describe("parseNumber", () => {
  test("gives the double that was printed, to the last bit, for the shortest, 17-digit and fixed forms", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.integer({ min: 1, max: 17 }), (x, digits) => {
        expect(Object.is(parse(numberText(x)), x)).toBe(true);
        if (!Number.isFinite(x)) return;
        for (const text of [x.toPrecision(17), x.toExponential(digits), x.toPrecision(digits)]) {
          expect(Object.is(parse(text), Number(text)), text).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("rounds decimals as the engine does, whatever their digits, point and exponent", () => {
    const digits = fc
      .array(fc.constantFrom(..."0123456789"), { minLength: 1, maxLength: 25 })
      .map((list) => list.join(""));
    fc.assert(
      fc.property(
        digits,
        digits,
        fc.integer({ min: -40, max: 40 }),
        fc.boolean(),
        (whole, part, exponent, negative) => {
          const text = `${negative ? "-" : ""}${whole}.${part}e${exponent}`;
          expect(Object.is(parse(text), Number(text)), text).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test.each([
    ["1.", 1],
    [".5", 0.5],
    ["+3", 3],
    ["-0", -0],
    ["-0.0e5", -0],
    ["1.5D+03", 1500],
    ["2d-1", 0.2],
    ["1e400", Number.POSITIVE_INFINITY],
    ["NaN", Number.NaN],
    ["nan(ind)", Number.NaN],
    ["-inf", Number.NEGATIVE_INFINITY],
    ["Infinity", Number.POSITIVE_INFINITY],
  ])("reads %s as C and Fortran print it", (text, value) => expect(parse(text)).toBe(value));

  test.each(["", "-", ".", "e5", "1e", "1e+", "1_0", "0x10", "1,5", "--1", "1.2.3", "1e5.5", "infinite"])(
    "refuses %j",
    (text) => expect(parse(text)).toBeUndefined(),
  );
});

test("parseInteger takes up to 2^53 - 1 and refuses what a double does not hold, fractions and nothing", () => {
  const integer = (text: string) => parseInteger(Buffer.from(text), 0, text.length);
  expect(integer("9007199254740991")).toBe(2 ** 53 - 1);
  expect(integer("-0")).toBe(0);
  for (const text of ["9007199254740992", "1.0", "1e3", "", "-", "+", "1 2"])
    expect(integer(text), text).toBeUndefined();
});
