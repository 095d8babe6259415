/** Damaged files of every format: each is read or refused with an InputError, and no array outgrows what the file can hold. */

import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../base/index.ts";
import { parseCifar } from "./cifar.ts";
import { gunzip } from "./gzip.ts";
import { parseIdx } from "./idx.ts";
import { parseNpy } from "./npy.ts";
import { parseSafetensors, writeSafetensors } from "./safetensors.ts";
import { classesOf, parseTable, tableSplit } from "./table.ts";
import { readTar } from "./tar.ts";

/** A reader and the bytes it gave out; `limit` times the file's size is what it may give at most. */
interface Format {
  readonly name: string;
  readonly good: Uint8Array;
  readonly limit: number;
  readonly read: (bytes: Uint8Array) => number | Promise<number>;
}

function header(text: string): Buffer {
  const bytes = Buffer.from(`\x93NUMPY\x01\0\0\0${text}`, "latin1");
  bytes.writeUInt16LE(text.length, 8);
  return bytes;
}

function tarOf(name: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(512);
  head.write(name);
  head.write(body.length.toString(8).padStart(11, "0"), 124);
  head.write("        ", 148);
  head.write("0", 156);
  head.write(
    `${head
      .reduce((total, byte) => total + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  return Buffer.concat([head, body, Buffer.alloc(512 - body.length + 1024)]);
}

const formats: Format[] = [
  {
    name: "idx",
    good: Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8]),
    limit: 1,
    read: (bytes) => parseIdx(bytes, "f", 3).values.length,
  },
  ...["<f8", "<i8", "<i2"].map(
    (descr): Format => ({
      name: `npy ${descr}`,
      good: Buffer.concat([
        header(`{'descr': '${descr}', 'fortran_order': False, 'shape': (2, 3), }`),
        Buffer.alloc(6 * Number(descr[2]), Uint8Array.of(1, ...new Uint8Array(Number(descr[2]) - 1))),
      ]),
      limit: 1,
      read: (bytes) => parseNpy(bytes, "f").values.byteLength,
    }),
  ),
  {
    name: "safetensors",
    good: writeSafetensors(
      new Map([
        ["a", { shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) }],
        ["b", { shape: [2], values: Int32Array.of(1, 2) }],
        ["__proto__", { shape: [5], values: Uint8Array.of(1, 0, 1, 0, 1) }],
      ]),
      new Map([["note", "x"]]),
    ),
    // F16 and BF16 become float32.
    limit: 2,
    read: (bytes) => {
      const { tensors } = parseSafetensors(bytes, "f");
      return [...tensors.values()].reduce((total, { values }) => total + values.byteLength, 0);
    },
  },
  {
    name: "cifar",
    good: new Uint8Array(3073 * 2).fill(5),
    limit: 1,
    read: (bytes) => parseCifar([{ name: "f", bytes }], 1, 10).values.length,
  },
  {
    name: "tar",
    good: tarOf("a/b.bin", new Uint8Array(300).fill(7)),
    limit: 1,
    read: (bytes) => sizes(readTar(bytes, "f")),
  },
  {
    name: "csv",
    good: Buffer.from('a,"b",kind\n1,2.5,x\n-3e2,"4",y\n5,6,"x"\n'),
    // The shortest cell takes two characters and becomes four bytes.
    limit: 4,
    read: (bytes) => {
      const table = parseTable(new TextDecoder().decode(bytes), "f");
      return tableSplit(table, classesOf(table.labels, "f"), "f").values.byteLength;
    },
  },
  {
    name: "gzip",
    good: gzipSync(Buffer.from(Array.from({ length: 300 }, (_, i) => (i * i) % 251))),
    limit: 1032,
    read: async (bytes) => (await gunzip(bytes, "f", 1000)).length,
  },
];

function sizes(files: Map<string, Uint8Array>): number {
  return [...files.values()].reduce((total, bytes) => total + bytes.length, 0);
}

async function readOrRefuse({ read, limit }: Format, bytes: Uint8Array): Promise<void> {
  try {
    expect(await read(bytes)).toBeLessThanOrEqual(limit * bytes.length);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(/^f: /);
  }
}

describe.each(formats)("$name", (format) => {
  test("the undamaged file is read", async () => {
    expect(await format.read(format.good)).toBeGreaterThan(0);
  });

  test("up to 8 changed bytes, most of them early, are read or refused", async () => {
    const { good } = format;
    const place = fc.oneof(fc.nat({ max: Math.min(100, good.length - 1) }), fc.nat({ max: good.length - 1 }));
    const change = fc.tuple(place, fc.nat({ max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const bytes = Uint8Array.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        await readOrRefuse(format, bytes);
      }),
      { numRuns: 300 },
    );
  });

  test("truncated and extended files are read or refused", async () => {
    const { good } = format;
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: good.length }), fc.uint8Array({ maxLength: 40 }), async (length, more) => {
        await readOrRefuse(format, Uint8Array.from([...good.subarray(0, length), ...more]));
      }),
      { numRuns: 200 },
    );
  });

  test("any bytes at all are read or refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), (bytes) => readOrRefuse(format, bytes)),
      { numRuns: 200 },
    );
  });
});

test("safetensors: any header over any bytes is read or refused", async () => {
  const format = formats.find(({ name }) => name === "safetensors") as Format;
  const number = fc.oneof(
    fc.constantFrom("0", "1", "2", "4", "8", "-1", "NaN", "1e3", "9007199254740991"),
    fc.nat().map(String),
  );
  const list = fc.array(number, { maxLength: 3 }).map((all) => `[${all}]`);
  const entry = fc
    .tuple(fc.constantFrom("F32", "F16", "I64", "BOOL", "U8", "__proto__"), list, fc.tuple(number, number))
    .map(([dtype, shape, offsets]) => `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${offsets}]}`);
  const name = fc.constantFrom("a", "b", "__proto__", "constructor", "__metadata__", "\\u0061", "\\");
  const pair = fc
    .tuple(name, fc.oneof(entry, fc.constantFrom("{}", '{"a":"b"}', "null", "[[[[")))
    .map(([key, of]) => `"${key}":${of}`);
  await fc.assert(
    fc.asyncProperty(
      fc.array(pair, { maxLength: 4 }),
      fc.nat({ max: 24 }),
      fc.boolean(),
      async (pairs, data, comma) => {
        const text = Buffer.from(`{${pairs.join(",")}${comma ? "" : "}"}`);
        const length = Buffer.alloc(8);
        length.writeBigUInt64LE(BigInt(text.length));
        await readOrRefuse(format, Buffer.concat([length, text, Buffer.alloc(data)]));
      },
    ),
    { numRuns: 1000 },
  );
});

test("csv: any text is read or refused", async () => {
  const cell = fc.oneof(
    fc.constantFrom('"', ",", "\n", "\r", "1", "-2.5", "x", " ", '""', "\u0000"),
    fc.string({ maxLength: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(cell, { maxLength: 40 }), async (cells) => {
      const csv = formats.find(({ name }) => name === "csv") as Format;
      await readOrRefuse(csv, new TextEncoder().encode(cells.join("")));
    }),
    { numRuns: 500 },
  );
});
