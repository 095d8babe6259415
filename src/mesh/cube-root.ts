/** Cube root in arithmetic alone, the same bits on every engine: a guess from the exponent, then Newton's steps. */

const value = new Float64Array(1);
const words = new Uint32Array(value.buffer);
/** The word that holds sign and exponent. */
const high = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

/**
 * Cube root of x ≥ 0, within 2 units in the last place from 1e-290 to 1e300; 0 for 0 and for subnormal numbers.
 *
 * Dividing the exponent by three, with the fraction carried along, is within 6 %; each step of Halley triples the digits.
 */
export function cubeRoot(x: number): number {
  if (!(x >= 2.2250738585072014e-308)) return Number.isNaN(x) ? x : 0;
  if (x === Number.POSITIVE_INFINITY) return x;
  value[0] = x;
  words[high] = words[high] / 3 + 715094163;
  words[1 - high] = 0;
  let t = value[0];
  for (let step = 0; step < 3; step++) {
    const cube = t * t * t;
    t -= t * ((cube - x) / (cube + cube + x));
  }
  return t;
}
