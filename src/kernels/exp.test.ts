import { describe, expect, test } from "vitest";
import { exp, log, tanh } from "../base/index.ts";
import { loadKernels } from "./index.ts";

const { memory, kernels } = await loadKernels();
const chunk = 65536;
const x = memory.allocateFloats(chunk);
const out = memory.allocateFloats(chunk);

type Name = "exponential" | "logarithm" | "tanh" | "sigmoid" | "expm1";

/** The kernel's values; e^x - 1 is what elu with alpha 1 computes of x ≤ 0. */
function apply(name: Name, inputs: Float32Array): Float32Array {
  memory.float32(x, inputs.length).set(inputs);
  if (name === "expm1") kernels.elu(x, 1, out, 0, inputs.length);
  else kernels[name](x, out, 0, inputs.length);
  return memory.float32(out, inputs.length).slice();
}

const image = new DataView(new ArrayBuffer(8));

/** Distance between a float32 and an exact value in units of the float32's last place (subnormals have the smallest). */
function unitsOff(actual: number, exact: number): number {
  if (Object.is(actual, Math.fround(exact))) return 0;
  image.setFloat64(0, exact);
  const exponent = Math.max(-126, ((image.getUint32(0) >>> 20) & 0x7ff) - 1023);
  return Math.abs(actual - exact) / 2 ** (exponent - 23);
}

/** Every `step`-th float32 whose bits lie in [from, to], with both signs where `signs` is 2. */
function* samples(from: number, to: number, step: number, sign: 1 | -1): Generator<Float32Array> {
  const bits = new Uint32Array(chunk);
  let filled = 0;
  for (let word = from; word <= to; word += step) {
    bits[filled++] = sign === 1 ? word : word + 0x80000000;
    if (filled === chunk) {
      yield new Float32Array(bits.slice().buffer);
      filled = 0;
    }
  }
  yield new Float32Array(bits.slice(0, filled).buffer);
}

function worst(name: Name, exact: (x: number) => number, signs: readonly (1 | -1)[]): number {
  let largest = 0;
  for (const sign of signs) {
    // From the smallest subnormal to the largest finite number.
    for (const inputs of samples(1, 0x7f7fffff, 997, sign)) {
      const actual = apply(name, inputs);
      for (let i = 0; i < inputs.length; i++) {
        const error = unitsOff(actual[i], exact(inputs[i]));
        if (!(error <= largest)) largest = error;
      }
    }
  }
  return largest;
}

const sigmoid = (v: number): number => (v < 0 ? exp(v) / (1 + exp(v)) : 1 / (1 + exp(-v)));
/** The series where e^x - 1 would cancel. */
const expm1 = (v: number): number => (Math.abs(v) < 1e-4 ? v + (v * v) / 2 + (v * v * v) / 6 : exp(v) - 1);
const exactTanh = (v: number): number => (Math.abs(v) < 1e-4 ? v - (v * v * v) / 3 : tanh(v));

describe("errors over every 997th float32, subnormals included, stay below", () => {
  test("2 units in the last place for exp", () => {
    expect(worst("exponential", exp, [1, -1])).toBeLessThan(2);
  });
  test("2 units in the last place for log", () => {
    expect(worst("logarithm", log, [1])).toBeLessThan(2);
  });
  test("3 units in the last place for tanh", () => {
    expect(worst("tanh", exactTanh, [1, -1])).toBeLessThan(3);
  });
  test("3 units in the last place for sigmoid", () => {
    expect(worst("sigmoid", sigmoid, [1, -1])).toBeLessThan(3);
  });
  test("2 units in the last place for e^x - 1 of negative x, as elu has it", () => {
    expect(worst("expm1", expm1, [-1])).toBeLessThan(2);
  });
});

describe("at the ends", () => {
  const at = (name: Name, ...values: number[]): number[] => Array.from(apply(name, Float32Array.from(values)));
  test("exp is 1 at both zeros, Infinity from 88.7229 on, 0 below -104, and NaN at NaN alone", () => {
    expect(at("exponential", 0, -0, 88.7229, Infinity, -104, -Infinity, NaN)).toEqual([
      1,
      1,
      Infinity,
      Infinity,
      0,
      0,
      NaN,
    ]);
    expect(at("exponential", 88.72283)[0]).toBeLessThan(Infinity);
    expect(at("exponential", -103.9)[0]).toBe(2 ** -149);
  });
  test("log is -Infinity at both zeros, NaN below, 0 at 1, Infinity at Infinity", () => {
    expect(at("logarithm", 0, -0, -1e-45, -1, -Infinity, 1, Infinity, NaN)).toEqual([
      ...[-Infinity, -Infinity, NaN, NaN, NaN, 0, Infinity, NaN],
    ]);
  });
  test("tanh keeps the sign of zero, is odd to the bit and exactly 1 from 9.02 on", () => {
    expect(at("tanh", 0, -0, 9.02, -9.02, Infinity, -Infinity, NaN)).toEqual([0, -0, 1, -1, 1, -1, NaN]);
    const positive = Array.from({ length: 999 }, (_, i) => i / 100);
    expect(at("tanh", ...positive.map((v) => -v))).toEqual(at("tanh", ...positive).map((v) => -v));
  });
  test("sigmoid is 1/2 at 0, 0 and 1 at the infinities, and still 27 subnormal steps at -100", () => {
    expect(at("sigmoid", 0, -0, Infinity, -Infinity, NaN)).toEqual([0.5, 0.5, 1, 0, NaN]);
    expect(at("sigmoid", -100)[0]).toBe(27 * 2 ** -149);
  });
});
