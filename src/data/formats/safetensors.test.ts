/** Safetensors against the Python package, both ways; every rule of the header, and what is said where one is broken. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseSafetensors, type WritableTensor, writeSafetensors } from "./safetensors.ts";

const fixture = JSON.parse(readFileSync(new URL("fixtures/safetensors.json", import.meta.url), "utf8")) as {
  theirs: string;
  ours: string;
  expected: Record<string, { shape: number[]; values: string }>;
};
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
const doubles = (text: string) => new Float64Array(bytesOf(text).buffer);

/** A file of this header and so many zero bytes. */
function file(header: string, data = 0): Uint8Array {
  const text = Buffer.from(header);
  const bytes = Buffer.alloc(8 + text.length + data);
  bytes.writeBigUInt64LE(BigInt(text.length));
  text.copy(bytes, 8);
  return bytes;
}

const refusal = (header: string, data = 0) => {
  try {
    parseSafetensors(file(header, data), "net.safetensors");
  } catch (error) {
    return (error as Error).message;
  }
  return "read";
};
const one = (fields: string) => `{"w":{${fields}}}`;

describe("the Python package", () => {
  const { metadata, tensors } = parseSafetensors(bytesOf(fixture.theirs), "f");

  test.each(Object.entries(fixture.expected))("wrote %s, which is read with the bits of each number", (name, of) => {
    const tensor = tensors.get(name);
    expect(tensor?.shape).toEqual(of.shape);
    // Object.is: -0 is not 0.
    expect([...(tensor?.values ?? [])]).toEqual([...doubles(of.values)]);
  });

  test("wrote 12 arrays of the ten types, and two texts", () => {
    expect([...tensors.keys()].sort()).toEqual(Object.keys(fixture.expected).sort());
    expect(new Set([...tensors.values()].map(({ dtype }) => dtype)).size).toBe(10);
    expect([...metadata].sort()).toEqual([
      ["format", "np"],
      ["note", "von Hand"],
    ]);
  });

  test("reads what is written here: the bytes that it was shown have not changed since", () => {
    const tensors = new Map<string, WritableTensor>([
      ["scalar", { shape: [], values: Float32Array.of(7) }],
      ["rows", { shape: [3], values: Int32Array.of(0, -1, 2147483647) }],
      ["a", { shape: [3], values: Uint8Array.of(1, 2, 255) }],
      ["empty", { shape: [0, 4], values: new Float32Array(0) }],
      ["Ä/é", { shape: [2], values: Float64Array.of(0.1, -1e300) }],
      ["b", { shape: [2, 2], values: Float32Array.of(1.5, -0, Number.POSITIVE_INFINITY, 1e-40) }],
    ]);
    const metadata = new Map([
      ["alpha", "β"],
      ["note", 'say "hi"\n'],
    ]);
    expect(Buffer.from(writeSafetensors(tensors, metadata)).toString("base64")).toBe(fixture.ours);
  });
});

describe("numbers of two bytes", () => {
  const stored = (dtype: string) => {
    const bytes = file(one(`"dtype":"${dtype}","shape":[65536],"data_offsets":[0,131072]`), 131072);
    for (let half = 0; half < 65536; half++)
      new DataView(bytes.buffer).setUint16(bytes.length - 131072 + 2 * half, half, true);
    return parseSafetensors(bytes, "f").tensors.get("w")?.values as Float32Array;
  };

  test("every one of the 65,536 F16 has its value: sign, 2^(e - 15) and 1 + f / 1024, subnormal below 2^-14", () => {
    const values = stored("F16");
    for (let half = 0; half < 65536; half++) {
      const [exponent, fraction] = [(half >> 10) & 31, half & 1023];
      const sign = half < 32768 ? 1 : -1;
      const finite = exponent === 0 ? (fraction / 1024) * 2 ** -14 : (1 + fraction / 1024) * 2 ** (exponent - 15);
      const special = fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
      if (!Object.is(values[half], sign * (exponent === 31 ? special : finite))) expect(values[half]).toBe(half);
    }
  });

  test("every one of the 65,536 BF16 is the float32 whose upper half it is", () => {
    const values = stored("BF16");
    const witness = new DataView(new ArrayBuffer(4));
    for (let half = 0; half < 65536; half++) {
      witness.setUint32(0, half * 65536);
      if (!Object.is(values[half], witness.getFloat32(0))) expect(values[half]).toBe(half);
    }
  });
});

describe("a file is refused, with place, rule and value, where", () => {
  const f32 = (shape: string, offsets: string) => one(`"dtype":"F32","shape":${shape},"data_offsets":${offsets}`);

  test.each([
    ["a tensor says nothing", '{"w":{}}', 0, /character 7: "w" needs dtype, shape and two data_offsets/],
    [
      "a name comes twice",
      `{"w":${f32("[0]", "[0,0]").slice(5, -1)},"w":${f32("[0]", "[0,0]").slice(5, -1)}}`,
      0,
      /header, character \d+: a tensor may be given once, got "w" twice; the file is damaged/,
    ],
    [
      "a text comes twice",
      '{"__metadata__":{"a":"1","a":"2"}}',
      0,
      /an entry of the metadata may be given once, got "a" twice/,
    ],
    ["a text is a number", '{"__metadata__":{"a":1}}', 0, /expected a text in double quotes, got "1}}"/],
    ["a field is unknown", one('"type":"F32"'), 0, /a tensor has the fields dtype, shape, data_offsets, got "type"/],
    [
      "the type is not read",
      one('"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]'),
      4,
      /^net\.safetensors: "w": the type must be one of F64 .* BOOL, got "F8_E4M3"; convert it first/,
    ],
    ["the type is a name of objects", one('"dtype":"toString","shape":[4],"data_offsets":[0,4]'), 4, /got "toString"/],
    ["a length is negative", f32("[-1]", "[0,4]"), 4, /expected an integer in \[0, 2\^53\), got "-1\],/],
    ["a length is NaN", f32("[NaN]", "[0,4]"), 4, /expected an integer in \[0, 2\^53\), got "NaN\],/],
    ["a length is no integer", f32("[1.0]", "[0,4]"), 4, /expected an integer/],
    ["a length is 1e2", f32("[1e2]", "[0,400]"), 400, /expected an integer/],
    ["a length is 2^53", f32("[9007199254740992]", "[0,4]"), 4, /expected an integer/],
    [
      "the shape's product is 2^106",
      f32("[9007199254740991,9007199254740991]", "[0,4]"),
      4,
      /"w": \[9007199254740991, 9007199254740991\] of F32 takes 3\.2\d*e\+32 bytes, its data_offsets give it 4/,
    ],
    [
      "the shape asks for more than the offsets",
      f32("[3]", "[0,8]"),
      8,
      /"w": \[3\] of F32 takes 12 bytes, its data_offsets give it 8/,
    ],
    [
      "there are 33 axes",
      f32(`[${new Array(33).fill(1)}]`, "[0,4]"),
      4,
      /at most 32 integers may stand here, got more/,
    ],
    [
      "the offsets go beyond the file",
      f32("[2]", "[0,8]"),
      4,
      /lie within the 4 bytes that follow the header, got \[0, 8\]/,
    ],
    [
      "the offsets leave a hole before",
      f32("[1]", "[4,8]"),
      8,
      /"w": data_offsets must begin at 0, where the array before ends, .* got \[4, 8\]/,
    ],
    ["bytes follow the last array", f32("[1]", "[0,4]"), 8, /the arrays take 4 bytes, and 8 follow the header/],
    ["the offsets go backwards", f32("[0]", "[4,0]"), 4, /data_offsets must begin at 0/],
    [
      "two arrays overlap",
      '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}',
      6,
      /"b": data_offsets must begin at 4, where the array before ends, .* got \[2, 6\]/,
    ],
    ["there are three offsets", f32("[1]", "[0,4,8]"), 4, /at most 2 integers may stand here/],
    ["the header is a list", "[]", 0, /byte 8: the header must begin with {, got byte 91/],
    [
      "the header goes on after its end",
      "{} {}",
      0,
      /character 3: expected nothing but spaces after the header, got "{}"/,
    ],
    ["the header ends early", '{"w":{"dtype":"F32', 0, /character 14: expected a text as JSON writes it, got "\\"F32"/],
    ["a comma is left over", '{"__metadata__":{"a":"1",}}', 0, /expected a text in double quotes, got "}}"/],
  ])("%s", (_, header, data, message) => {
    expect(refusal(header, data)).toMatch(message);
    expect(refusal(header, data)).toMatch(/^net\.safetensors: .*: save it again$|convert it first: tensor\.float\(\)$/);
  });

  test("the header's length is more than the file, than 100 MB, or than 2^53", () => {
    const bytes = file("{}");
    for (const length of [3n, 100_000_001n, 2n ** 64n - 1n]) {
      new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(0, length, true);
      expect(() => parseSafetensors(bytes, "f")).toThrow(
        `f: byte 0: the header must have at most 2 bytes in a file of 10, got ${length}; the file is truncated`,
      );
    }
    expect(() => parseSafetensors(bytes.subarray(0, 7), "f")).toThrow(/has at least 8 bytes, got 7/);
  });

  test("the header is not UTF-8, a BOOL is 2, or an I64 is 2^53", () => {
    const bytes = file('{"__metadata__":{"a":"xx"}}');
    bytes[8 + 22] = 0xff;
    expect(() => parseSafetensors(bytes, "f")).toThrow("f: the header must be UTF-8, got other bytes");
    const last = (header: string, of: number[]) => {
      const whole = file(header, of.length);
      whole.set(of, whole.length - of.length);
      return () => parseSafetensors(whole, "f");
    };
    expect(last(one('"dtype":"BOOL","shape":[2],"data_offsets":[0,2]'), [1, 2])).toThrow(
      'f: "w": value 1: a BOOL must be 0 or 1, got 2; save it as U8',
    );
    expect(last(one('"dtype":"I64","shape":[1],"data_offsets":[0,8]'), [0, 0, 0, 0, 0, 0, 32, 0])).toThrow(
      'f: "w": value 0: integers must lie within 2^53, got 9007199254740992',
    );
  });
});

test("arrays named __proto__ and constructor are arrays like others, and so are texts", () => {
  const names = ["__proto__", "constructor", "toString", ""];
  const tensors = new Map(names.map((name, i) => [name, { shape: [1], values: Float32Array.of(i) }]));
  const read = parseSafetensors(writeSafetensors(tensors, new Map([["__proto__", "{}"]])), "f");
  expect(new Map([...read.tensors].map(([name, { values }]) => [name, values[0]]))).toEqual(
    new Map(names.map((name, i) => [name, i])),
  );
  expect(read.metadata.get("__proto__")).toBe("{}");
  expect(({} as Record<string, unknown>).values).toBeUndefined();
});

describe("writing", () => {
  test("the same arrays in another order give the same bytes; every array lies at a multiple of its element's size", () => {
    const tensors: [string, WritableTensor][] = [
      ["bytes", { shape: [3], values: new Uint8Array(3) }],
      ["floats", { shape: [1], values: new Float32Array(1) }],
      ["doubles", { shape: [1], values: new Float64Array(1) }],
    ];
    const bytes = writeSafetensors(new Map(tensors));
    expect(writeSafetensors(new Map(tensors.reverse()))).toEqual(bytes);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = Buffer.from(bytes.subarray(8, 8 + length)).toString();
    expect([...header.matchAll(/data_offsets":\[(\d+)/g)].map(([, begin]) => Number(begin))).toEqual([0, 8, 12]);
  });

  test("refuses a wrong number of values, another type, the name of the texts, and a lone surrogate", () => {
    const write = (name: string, shape: number[], values: unknown) => () =>
      writeSafetensors(new Map([[name, { shape, values: values as Float32Array }]]));
    expect(write("w", [2], new Float32Array(3))).toThrow(
      'writeSafetensors: "w": [2] takes 2 values, got 3; give the shape of the values',
    );
    expect(write("w", [1], new Int16Array(1))).toThrow(
      /"w": values must be a Float32Array, .* got \[object Int16Array\]/,
    );
    expect(write("__metadata__", [1], new Float32Array(1))).toThrow(/"__metadata__" names the texts of the file/);
    expect(write("\ud800", [1], new Float32Array(1))).toThrow(/must be well-formed Unicode, got "\\ud800"/);
    expect(() => writeSafetensors(new Map(), new Map([["a", "\udfff"]]))).toThrow(/well-formed Unicode/);
  });
});
