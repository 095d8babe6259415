/**
 * Decimal numbers between bytes and doubles, correctly rounded both ways.
 *
 * Up to 15 digits with a power of ten up to 22 are one exact integer and one rounded operation (Clinger 1990, "How to
 * read floating point numbers accurately"); anything else goes through the engine's own conversion.
 */

import { latin1 } from "./byte-text.ts";

const powersOfTen = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?$/;
const notFinite = /^([+-]?)(?:(nan)(?:\(.*\))?|inf|infinity)$/i;

/**
 * The number written in bytes [start, end), or undefined where that is none.
 *
 * Takes what C's printf writes, nan and inf among it, and the D of Fortran's exponents; hexadecimal is none.
 */
export function parseNumber(bytes: Uint8Array, start: number, end: number): number | undefined {
  let at = start;
  const negative = bytes[at] === 45;
  if (negative || bytes[at] === 43) at++;
  let mantissa = 0;
  let digits = 0;
  let scale = 0;
  let seen = false;
  let afterPoint = false;
  for (; at < end; at++) {
    const digit = bytes[at] - 48;
    if (digit >= 0 && digit <= 9) {
      seen = true;
      mantissa = mantissa * 10 + digit;
      if (mantissa > 0) digits++;
      if (afterPoint) scale--;
    } else if (bytes[at] === 46 && !afterPoint) afterPoint = true;
    else break;
  }
  if (!seen || digits > 15) return parseSlowly(bytes, start, end);
  if (at < end) {
    if (bytes[at] !== 69 && bytes[at] !== 101) return parseSlowly(bytes, start, end);
    const exponent = parseInteger(bytes, at + 1, end);
    if (exponent === undefined) return undefined;
    scale += exponent;
  }
  if (mantissa === 0) return negative ? -0 : 0;
  if (scale < -22 || scale > 22) return parseSlowly(bytes, start, end);
  const value = scale < 0 ? mantissa / powersOfTen[-scale] : mantissa * powersOfTen[scale];
  return negative ? -value : value;
}

function parseSlowly(bytes: Uint8Array, start: number, end: number): number | undefined {
  const text = latin1(bytes, start, end);
  if (decimal.test(text)) return Number(text.replace(/[dD]/, "e"));
  const match = notFinite.exec(text);
  if (match === null) return undefined;
  if (match[2] !== undefined) return Number.NaN;
  return match[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** The whole number written in bytes [start, end), or undefined where that is none or not exact in a double. */
export function parseInteger(bytes: Uint8Array, start: number, end: number): number | undefined {
  let at = start;
  const negative = bytes[at] === 45;
  if (negative || bytes[at] === 43) at++;
  if (at >= end) return undefined;
  let value = 0;
  for (; at < end; at++) {
    const digit = bytes[at] - 48;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    value = value * 10 + digit;
    if (value > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return negative ? 0 - value : value;
}

/** The shortest text that reads back as the same double, sign of zero and all. */
export function numberText(value: number | bigint): string {
  if (typeof value === "bigint") return value.toString();
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) ? "-0" : String(value);
}
