/**
 * NPY, versions 1 to 3: a magic string, a header that is a Python dictionary, then the array.
 *
 *     \x93NUMPY 1 0 <header length> {'descr': '<f4', 'fortran_order': False, 'shape': (60000, 784), } <values>
 *
 * Little-endian f4, f8, u1, i1, i2, i4 and i8 in C order are read, which covers what NumPy writes for features and labels.
 *
 * @see NumPy Enhancement Proposal 1 and numpy.lib.format.
 */

import { formatShape, InputError, type Shape, sizeOf } from "../../base/index.ts";

/** How values are stored; NumPy's code without the byte order. */
export type NpyType = "f4" | "f8" | "u1" | "i1" | "i2" | "i4" | "i8";

/** An array as read: float32 for both float types, float64 for 8-byte integers (exact to 2^53), else the stored type. */
export interface NpyArray {
  readonly type: NpyType;
  readonly shape: Shape;
  readonly values: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

const itemBytes: Readonly<Record<NpyType, number>> = { f4: 4, f8: 8, u1: 1, i1: 1, i2: 2, i4: 4, i8: 8 };
const descriptions: Readonly<Record<string, NpyType>> = {
  "<f4": "f4",
  "<f8": "f8",
  "|u1": "u1",
  "|i1": "i1",
  "<i2": "i2",
  "<i4": "i4",
  "<i8": "i8",
};

/**
 * Reads an NPY file.
 *
 * @param bytes  the whole file
 * @param file   its name, for messages
 * @throws InputError  for another format, type, order or version, a size other than the header's, an integer beyond 2^53
 */
export function parseNpy(bytes: Uint8Array, file: string): NpyArray {
  const { text, dataStart } = readHeader(bytes, file);
  const description = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const type = description === undefined ? undefined : descriptions[description];
  if (type === undefined || !Object.hasOwn(descriptions, description ?? "")) {
    throw new InputError(
      `${file}: the type must be one of ${Object.keys(descriptions).join(" ")}, got ${description ?? "none"}; ` +
        "convert it first: array.astype(np.float32), or np.int64 for labels",
    );
  }
  const order = /'fortran_order':\s*(True|False)\b/.exec(text)?.[1];
  if (order !== "False") {
    throw new InputError(
      `${file}: values must be in C order, got fortran_order ${order ?? "missing"}; save np.ascontiguousarray(array)`,
    );
  }
  const shape = readShape(text, file);
  const expected = sizeOf(shape) * itemBytes[type];
  if (expected !== bytes.length - dataStart) {
    throw new InputError(
      `${file}: the header says ${formatShape(shape)} of ${description}, ${expected} bytes, and ` +
        `${bytes.length - dataStart} follow; the file is truncated, overlong or damaged: save it again`,
    );
  }
  return { type, shape, values: readValues(bytes, dataStart, type, sizeOf(shape), file) };
}

function readHeader(bytes: Uint8Array, file: string): { text: string; dataStart: number } {
  const magic = String.fromCharCode(...bytes.subarray(0, 6));
  if (magic !== "\x93NUMPY" || bytes.length < 12) {
    throw new InputError(`${file}: expected an NPY file, got ${JSON.stringify(magic)}; save it with numpy.save`);
  }
  const version = bytes[6];
  if (version < 1 || version > 3) {
    throw new InputError(`${file}: byte 6: the version must be 1, 2 or 3, got ${version}; save it with numpy.save`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = version === 1 ? 10 : 12;
  // A header of plain numbers is about 100 bytes; only structured types, which are refused, need much more.
  if (length > 65535 || start + length > bytes.length) {
    throw new InputError(
      `${file}: byte 8: a header of ${length} bytes does not fit a file of ${bytes.length}; save it again`,
    );
  }
  return { text: String.fromCharCode(...bytes.subarray(start, start + length)), dataStart: start + length };
}

function readShape(text: string, file: string): Shape {
  const list = /'shape':\s*\(([0-9,\s]*)\)/.exec(text)?.[1];
  if (list === undefined) {
    throw new InputError(
      `${file}: the header must have a shape of non-negative integers, got ${JSON.stringify(text.slice(0, 200))}; save it again`,
    );
  }
  const lengths = list
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const shape = lengths.map(Number);
  if (shape.length > 32 || shape.some((length) => !(length < 2 ** 31))) {
    throw new InputError(
      `${file}: lengths must be less than 2^31 on at most 32 axes, got (${list.slice(0, 200)}); save it again`,
    );
  }
  return shape;
}

/** The values, copied: the header's length need not leave them aligned. (A Buffer's own `slice` would not copy.) */
function readValues(bytes: Uint8Array, start: number, type: NpyType, count: number, file: string): NpyArray["values"] {
  const data = new Uint8Array(bytes.subarray(start)).buffer;
  switch (type) {
    case "u1":
      return new Uint8Array(data);
    case "i1":
      return new Int8Array(data);
    case "i2":
      return new Int16Array(data);
    case "i4":
      return new Int32Array(data);
    case "f4":
      return new Float32Array(data);
    case "f8":
      return Float32Array.from(new Float64Array(data));
    case "i8": {
      const wide = new BigInt64Array(data);
      const values = new Float64Array(count);
      for (let i = 0; i < count; i++) {
        values[i] = Number(wide[i]);
        if (!Number.isSafeInteger(values[i])) {
          throw new InputError(`${file}: value ${i}: integers must lie within 2^53, got ${wide[i]}; save smaller ones`);
        }
      }
      return values;
    }
  }
}
