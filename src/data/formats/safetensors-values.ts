/** The element types of safetensors: how many bytes each takes, and which array its numbers become. */

import { InputError } from "../../base/index.ts";

export type SafetensorsType = "F64" | "F32" | "F16" | "BF16" | "I64" | "I32" | "I16" | "I8" | "U8" | "BOOL";

/** Bytes of an element. */
export const elementBytes: Readonly<Record<SafetensorsType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/** F16 and BF16 become float32 and I64 float64, both exactly; BOOL bytes of 0 and 1. */
export type SafetensorsValues = Float64Array | Float32Array | Int32Array | Int16Array | Int8Array | Uint8Array;

/**
 * The numbers of a tensor, copied out of the file.
 *
 * @param bytes  those of the tensor, a whole number of elements
 * @param where  opens messages
 * @throws InputError  for an I64 beyond 2^53 or a BOOL other than 0 and 1
 */
export function readValues(type: SafetensorsType, bytes: Uint8Array, where: string): SafetensorsValues {
  // A copy by the constructor: the header need not leave the numbers aligned, and a Buffer's own `slice` would not copy.
  const { buffer } = new Uint8Array(bytes);
  switch (type) {
    case "F64":
      return new Float64Array(buffer);
    case "F32":
      return new Float32Array(buffer);
    case "F16":
      return widenHalf(new Uint16Array(buffer));
    case "BF16":
      return widenBrain(new Uint16Array(buffer));
    case "I64":
      return narrowLong(new BigInt64Array(buffer), where);
    case "I32":
      return new Int32Array(buffer);
    case "I16":
      return new Int16Array(buffer);
    case "I8":
      return new Int8Array(buffer);
    case "U8":
      return new Uint8Array(buffer);
    case "BOOL":
      return checkBooleans(new Uint8Array(buffer), where);
    default:
      return type satisfies never;
  }
}

/** IEEE half precision: 1 sign, 5 exponent and 10 fraction bits. */
function widenHalf(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  const words = new Uint32Array(values.buffer);
  for (let i = 0; i < halves.length; i++) {
    const sign = (halves[i] & 0x8000) << 16;
    const exponent = (halves[i] >> 10) & 31;
    const fraction = halves[i] & 0x3ff;
    if (exponent === 0) {
      // Subnormal: fraction * 2^-24, which float32 holds as a normal number; the sign of a zero is kept.
      values[i] = fraction * 2 ** -24;
      words[i] |= sign;
    } else {
      // The exponent's bias goes from 15 to 127; the largest exponent stays the largest, for infinities and NaN.
      words[i] = sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13);
    }
  }
  return values;
}

/** The upper half of a float32. */
function widenBrain(halves: Uint16Array): Float32Array {
  const words = Uint32Array.from(halves, (half) => half << 16);
  return new Float32Array(words.buffer);
}

function narrowLong(wide: BigInt64Array, where: string): Float64Array {
  const values = new Float64Array(wide.length);
  for (let i = 0; i < wide.length; i++) {
    values[i] = Number(wide[i]);
    if (!Number.isSafeInteger(values[i])) {
      throw new InputError(`${where}: value ${i}: integers must lie within 2^53, got ${wide[i]}; save smaller ones`);
    }
  }
  return values;
}

function checkBooleans(values: Uint8Array, where: string): Uint8Array {
  const wrong = values.findIndex((value) => value > 1);
  if (wrong >= 0) {
    throw new InputError(`${where}: value ${wrong}: a BOOL must be 0 or 1, got ${values[wrong]}; save it as U8`);
  }
  return values;
}
