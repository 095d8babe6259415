import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { parseNpy } from "./npy.ts";

/** Files that NumPy 2.4 wrote, gzipped. */
const written = {
  f4: "H4sIAAAAAAACA5vsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6CkaaOgq1CmQDLgaGA/YMDAIHGIDA3YUZSD5wABKOADEFeNWYAAAA",
  f8v2: "H4sIAAAAAAACA5vsF+obEMnEUMLAwFCtnpJanFykbqWgbpNmoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaxjqaOgq1CmQDrlkzQWCnPQMYODj/Wfnxkm9SwH4A2cDiFJgAAAA=",
  i8v3: "H4sIAAAAAAACA5vsF+obEMnMUMLAwFCtnpJanFykbqWgbpNpoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaJjqaOgq1CmQDLiYGLICRgeH3fwgAAODDs/+gAAAA",
  u1: "H4sIAAAAAAACA5vsF+obEMnIUMZQrZ6SWpxcpG6loF5Taqiuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GoY6CsY6CkZApKmjUKtABuBiYGRiZmFlY+fg5OIGADrfWAeMAAAA",
  i2: "H4sIAAAAAAACA5vsF+obEMnIUMZQrZ6SWpxcpG6loG6TaaSuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6mjoKtQoUAK4r/3QYAVYcVeiEAAAA",
  fortran:
    "H4sIAAAAAAACA5vsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEg8pKk0FChdnJBakArkaRjoKxpo6CrUK5AMuBoYGe2wYAJGZ8qWYAAAA",
  bigEndian:
    "H4sIAAAAAAACA5vsF+obEMnIUMZQrZ6SWpxcpG6loG6XZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6mjoKtQoUAC77BgYGEAYAUzQft4gAAAA=",
};

function file(name: keyof typeof written): Buffer {
  return gunzipSync(Buffer.from(written[name], "base64"));
}

test("reads what NumPy wrote, versions 1 to 3: floats, bytes and integers", () => {
  const f4 = parseNpy(file("f4"), "f");
  expect([f4.shape, [...f4.values]]).toEqual([
    [3, 2],
    [1.5, -2.25, 0, Math.fround(3e-40), 7, 8],
  ]);
  const f8 = parseNpy(file("f8v2"), "f");
  expect(f8.values).toEqual(Float32Array.of(0.1, 2 ** 53, -1e-3));
  const i8 = parseNpy(file("i8v3"), "f");
  expect([i8.type, i8.shape, [...i8.values]]).toEqual(["i8", [4], [2, 0, 2 ** 40, -5]]);
  const u1 = parseNpy(file("u1"), "f");
  expect([u1.shape, u1.values]).toEqual([[1, 3, 2, 2], Uint8Array.from({ length: 12 }, (_, i) => i)]);
  expect([...parseNpy(file("i2"), "f").values]).toEqual([-300, 300]);
});

test("refuses Fortran order and big-endian values, with NumPy's cure", () => {
  expect(() => parseNpy(file("fortran"), "f")).toThrow(
    "f: values must be in C order, got fortran_order True; save np.ascontiguousarray",
  );
  expect(() => parseNpy(file("bigEndian"), "f")).toThrow("got >f4; convert it first: array.astype(np.float32)");
});

test("refuses a file one byte short or one byte long", () => {
  const whole = file("f4");
  expect(() => parseNpy(whole.subarray(0, -1), "f")).toThrow(
    "f: the header says [3, 2] of <f4, 24 bytes, and 23 follow",
  );
  expect(() => parseNpy(Buffer.concat([whole, Buffer.alloc(1)]), "f")).toThrow("24 bytes, and 25 follow");
});

function withHeader(text: string): Buffer {
  const header = Buffer.from(`\x93NUMPY\x01\0\0\0${text}`, "latin1");
  header.writeUInt16LE(text.length, 8);
  return header;
}

test("refuses lying headers: negative, huge and missing lengths, unknown types, other versions", () => {
  const order = "'fortran_order': False, ";
  expect(() => parseNpy(withHeader(`{'descr': '<f4', ${order}'shape': (-1, 2), }`), "f")).toThrow(
    "a shape of non-negative integers",
  );
  expect(() => parseNpy(withHeader(`{'descr': '<f4', ${order}'shape': (2147483648,), }`), "f")).toThrow(
    "less than 2^31",
  );
  expect(() => parseNpy(withHeader(`{'descr': '<f4', ${order}'shape': (2147483647, 2147483647), }`), "f")).toThrow(
    "and 0 follow",
  );
  expect(() => parseNpy(withHeader(`{'descr': 'toString', ${order}'shape': (1,), }`), "f")).toThrow("got toString");
  expect(() => parseNpy(withHeader("{}"), "f")).toThrow(
    "the type must be one of <f4 <f8 |u1 |i1 <i2 <i4 <i8, got none",
  );
  const version = file("f4");
  version[6] = 4;
  expect(() => parseNpy(version, "f")).toThrow("f: byte 6: the version must be 1, 2 or 3, got 4");
  const long = file("f4");
  long.writeUInt16LE(60000, 8);
  expect(() => parseNpy(long, "f")).toThrow("f: byte 8: a header of 60000 bytes does not fit a file of 152");
});

test("refuses an 8-byte integer that float64 cannot hold", () => {
  const whole = file("i8v3");
  whole.writeBigInt64LE(2n ** 53n, whole.length - 8);
  expect(() => parseNpy(whole, "f")).toThrow("f: value 3: integers must lie within 2^53, got 9007199254740992");
});
