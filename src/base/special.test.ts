/** Elementary functions against mpmath's 120 digits (scripts/fixtures/special.py), and their edges. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cosPi, exp, expMinus1, integerPower, log, sinPi, tanh } from "./special.ts";

const functions = { exp, expMinus1, log, sinPi, cosPi, tanh };
type Name = keyof typeof functions;
const fixture = JSON.parse(readFileSync(new URL("./fixtures/special.json", import.meta.url), "utf8"));

function bytes(base64: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(base64, "base64")).buffer;
}

/** Distance from |y| to the next larger float64. */
function unitInLastPlace(y: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(y));
  const exponent = Math.max(1, view.getUint16(0) >>> 4);
  return exponent > 52 ? 2 ** (exponent - 1075) : Number.MIN_VALUE * 2 ** (exponent - 1);
}

/** In units in the last place. */
const limits: Record<Name, number> = { exp: 1, expMinus1: 1, log: 1, sinPi: 1, cosPi: 1, tanh: 1.1 };

describe("at 2,000 points each, from subnormal to overflowing,", () => {
  test.each(Object.keys(limits) as Name[])("%s errs by less than its share of a unit in the last place", (name) => {
    const x = new Float64Array(bytes(fixture[name].x));
    const rounded = new Float64Array(bytes(fixture[name].y));
    const rest = new Int16Array(bytes(fixture[name].rest));
    expect(x.length).toBeGreaterThan(2000);
    let worst = { error: 0, x: 0 };
    for (let i = 0; i < x.length; i++) {
      const value = functions[name](x[i]);
      const error = Math.abs((value - rounded[i]) / unitInLastPlace(rounded[i]) - rest[i] / 32767);
      if (Number.isNaN(error)) worst = { error: Number.POSITIVE_INFINITY, x: x[i] };
      else if (error > worst.error) worst = { error, x: x[i] };
    }
    expect(worst.error, `${name}(${worst.x})`).toBeLessThan(limits[name]);
  });
});

test("exp ends where float64 ends: 1.797e308 at 709.782712893384, 5e-324 at -745.13, beyond them Infinity and 0", () => {
  expect(exp(709.782712893384)).toBe(1.7976931348622732e308);
  expect(exp(709.7827128933841)).toBe(Number.POSITIVE_INFINITY);
  expect(exp(-745.1332191019411)).toBe(5e-324);
  expect(exp(-745.1332191019412)).toBe(0);
  expect(exp(Number.NEGATIVE_INFINITY)).toBe(0);
  expect(exp(Number.NaN)).toBeNaN();
});

test("log(0) is -Infinity, of a negative number NaN, of the smallest subnormal -1074 ln 2", () => {
  expect(log(0)).toBe(Number.NEGATIVE_INFINITY);
  expect(log(-1e-300)).toBeNaN();
  expect(log(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  expect(log(5e-324)).toBe(-744.4400719213812);
});

test("expMinus1 saturates at -1 and Infinity, and keeps 1e-300 and -0", () => {
  expect(expMinus1(-1000)).toBe(-1);
  expect(expMinus1(710)).toBe(Number.POSITIVE_INFINITY);
  expect(expMinus1(1e-300)).toBe(1e-300);
  expect(expMinus1(-0)).toBe(-0);
  expect(expMinus1(Number.NaN)).toBeNaN();
});

test("sinPi and cosPi are exact at halves of a turn, up to 2^53 + 2", () => {
  for (const n of [-3, 0, 1, 2, 1e9 + 1, 2 ** 52 + 1, 2 ** 53 + 2]) {
    expect(Math.abs(sinPi(n))).toBe(0);
    expect(cosPi(n)).toBe(n % 2 === 0 ? 1 : -1);
  }
  expect(sinPi(0.5)).toBe(1);
  expect(sinPi(-1.5)).toBe(1);
  expect(Math.abs(cosPi(2.5))).toBe(0);
  expect(sinPi(Number.POSITIVE_INFINITY)).toBeNaN();
  expect(cosPi(Number.NaN)).toBeNaN();
});

test("tanh is odd and saturates at ±1", () => {
  for (const x of [1e-9, 0.3, 0.7, 5, 21.9, 22.1, 800, Number.POSITIVE_INFINITY]) {
    expect(tanh(-x)).toBe(-tanh(x));
  }
  expect(tanh(Number.POSITIVE_INFINITY)).toBe(1);
  expect(tanh(Number.NaN)).toBeNaN();
});

test("integerPower is exact while it fits: 3^33, (-2)^1023, 0^0 = 1, and 0.9^1000 to n half units", () => {
  expect(integerPower(3, 33)).toBe(5559060566555523);
  expect(integerPower(-2, 1023)).toBe(-(2 ** 1023));
  expect(integerPower(0, 0)).toBe(1);
  expect(integerPower(2, 1)).toBe(2);
  // (float64 nearest to 0.9)^1000, from exact integers.
  const exact = 1.7478712517226947e-46;
  expect(Math.abs(integerPower(0.9, 1000) / exact - 1)).toBeLessThan(1000 * 2 ** -53);
});
