/** Bundles as bytes: what comes back, what is refused and in which words, and no way past the checks. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError, Rng } from "../base/index.ts";
import type { Bundle } from "./bundle.ts";
import { decodeBundle, encodeBundle } from "./bundle-file.ts";
import { checkBundle, elements } from "./bundle-shapes.ts";
import { lenet5, randomBundle } from "./fixtures/random-bundle.ts";
import { float16Bits, float16Value } from "./float16.ts";
import { loadModel } from "./load.ts";

/** 3 inputs, a sparse layer of 2 of 6 weights, ReLU, a dense layer of 2 outputs. */
const tiny: Bundle = {
  name: "tiny",
  input: [3],
  operations: [
    {
      ...{ kind: "linear", name: "fc1", inputs: ["input"], bias: Float32Array.of(0.5, -1) },
      weight: {
        ...{ kind: "sparse", shape: [2, 3], rowPointers: Uint32Array.of(0, 1, 2) },
        ...{ columns: Uint16Array.of(2, 0), values: Float32Array.of(4, -3) },
      },
    },
    { kind: "activation", name: "act1", inputs: ["fc1"], function: "relu" },
    {
      ...{ kind: "linear", name: "fc2", inputs: ["act1"] },
      weight: { kind: "dense", shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) },
    },
  ],
  classNames: ["cat", "dog"],
  normalisation: { mean: [0], deviation: [2] },
  metadata: { accuracy: "0.98", tensor: "not one" },
};

/** The bytes with another description: lengths follow it, tensors stay. */
function withDescription(bytes: Uint8Array, change: (text: string) => string): Uint8Array {
  const header = new DataView(bytes.buffer, bytes.byteOffset);
  const length = header.getUint32(12, true);
  const text = change(new TextDecoder().decode(bytes.subarray(16, 16 + length)));
  const description = new TextEncoder().encode(text);
  const tensors = bytes.subarray(Math.ceil((16 + length) / 16) * 16);
  const begin = Math.ceil((16 + description.length) / 16) * 16;
  const result = new Uint8Array(begin + tensors.length);
  result.set(bytes.subarray(0, 16));
  new DataView(result.buffer).setUint32(12, description.length, true);
  result.set(description, 16);
  result.set(tensors, begin);
  return result;
}

test("a bundle comes back as it was, tensors bit by bit, and runs: (1, 2, 3) gives relu(6.5), 0 and from them 6.5, 19.5", async () => {
  const bytes = encodeBundle(tiny);
  expect(decodeBundle(bytes)).toEqual(tiny);
  expect([...bytes.subarray(0, 4)]).toEqual([0x89, 0x47, 0x46, 0x4d]);
  const model = await loadModel(bytes);
  expect([...model.run(Float32Array.of(1, 2, 3))]).toEqual([6.5, 19.5]);
  expect(encodeBundle(decodeBundle(bytes))).toEqual(bytes);
});

test("random bundles of every kind come back as they were, from bytes at any address", () => {
  for (let seed = 0; seed < 60; seed++) {
    const bundle = randomBundle(seed);
    const bytes = encodeBundle(bundle);
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    // Absent biases come back absent.
    expect(decodeBundle(moved.subarray(3))).toEqual(stripped(bundle));
  }
});

/** Without fields that are undefined. */
function stripped(bundle: Bundle): Bundle {
  const operations = bundle.operations.map((one) =>
    Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)),
  );
  return { ...bundle, operations: operations as unknown as Bundle["operations"] };
}

describe("float16", () => {
  test("takes half the bytes and keeps 11 bits: 1/3 becomes 0.333251953125", () => {
    const bundle = { ...lenet5(0.1), name: "half" };
    const [full, half] = [encodeBundle(bundle), encodeBundle(bundle, { precision: "float16" })];
    expect(half.length).toBeLessThan(0.7 * full.length);
    const [a, b] = [decodeBundle(full), decodeBundle(half)].map(({ operations }) => operations[0]);
    const values = (one: typeof a) => (one.kind === "convolution" ? one.weight.values : new Float32Array(0));
    values(a).forEach((x, i) => {
      expect(Math.abs(values(b)[i] - x)).toBeLessThanOrEqual(Math.abs(x) * 2 ** -11);
    });
    expect(float16Value(float16Bits(1 / 3))).toBe(0.333251953125);
  });

  test("all 65,536 patterns come back, and ties go to even: 2049 to 2048, 2051 to 2052, 2^-25 to 0, 3 * 2^-25 to 2^-23", () => {
    const patterns = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
    const numbers = patterns.filter((bits) => !Number.isNaN(float16Value(bits)));
    expect(numbers.length).toBe(65536 - 2 * 1023);
    expect(numbers.map((bits) => float16Bits(float16Value(bits)))).toEqual(numbers);
    expect([2049, 2051, 2 ** -25, 3 * 2 ** -25].map((x) => float16Value(float16Bits(x)))).toEqual([
      2048,
      2052,
      0,
      2 ** -23,
    ]);
    expect([65519, 65520, -1e9, Number.NaN].map((x) => float16Value(float16Bits(x)))).toEqual([
      ...[65504, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN],
    ]);
  });

  test("refuses a number beyond 65504", () => {
    const large = { ...tiny, operations: [{ ...tiny.operations[0], bias: Float32Array.of(7e4, 0) }] } as Bundle;
    expect(() => encodeBundle(large, { precision: "float16" })).toThrow(
      'bundle "tiny": expected numbers below 65520 for float16, got 70000; use float32',
    );
  });
});

describe("what is refused", () => {
  const bytes = encodeBundle(tiny);
  const change = (from: string | RegExp, to: string) =>
    withDescription(bytes, (text) => {
      const changed = text.replace(from, to);
      expect(changed).not.toBe(text);
      return changed;
    });
  const cases: [string, Uint8Array, string][] = [
    [
      "another file",
      new TextEncoder().encode("PK\x03\x04 not a bundle at all"),
      "net.gfm: expected a .gfm bundle, whose first bytes are 89 47 46 4d, got 50 4b 03 04; export the network as gfm",
    ],
    [
      "an empty file",
      new Uint8Array(0),
      "net.gfm: expected a .gfm bundle, whose first bytes are 89 47 46 4d, got nothing; export the network as gfm",
    ],
    [
      "version 2",
      Uint8Array.from(bytes, (byte, i) => (i === 8 ? 2 : byte)),
      "net.gfm: expected version 1 of the format, got 2; use a package of the same age",
    ],
    [
      "a cut",
      bytes.subarray(0, bytes.length - 1),
      "net.gfm: expected a tensor within the 15 bytes left, got 4; the file is cut short: copy it again",
    ],
    [
      "a tail",
      Uint8Array.of(...bytes, 0),
      `net.gfm: expected ${bytes.length} bytes, as described, got ${bytes.length + 1}; copy the file again`,
    ],
    [
      "a lying length",
      change('"length":4', '"length":4000000000'),
      "net.gfm: expected a tensor within the 16 bytes left, got 4000000000; the file is cut short: copy it again",
    ],
    [
      "a negative length",
      change('"length":4', '"length":-4'),
      "net.gfm: expected a tensor within the 16 bytes left, got -4; the file is cut short: copy it again",
    ],
    [
      "a type of its own",
      change('"tensor":"uint16"', '"tensor":"constructor"'),
      'net.gfm: expected a tensor of float32, float16, uint16, uint32, got "constructor"; export the network again',
    ],
    [
      "an unknown kind",
      change('"kind":"activation"', '"kind":"actvation"'),
      'net.gfm.operations[1] "act1": unknown kind of operation "actvation"; known: activation, convolution, linear, scaleShift, maxPool, averagePool, globalAveragePool, globalMaxPool, flatten, add, concatenate, zeroPad, upsample. Did you mean activation?',
    ],
    [
      "an unknown function",
      change('"function":"relu"', '"function":"toString"'),
      'net.gfm.operations[1] "act1": unknown function "toString"; known: relu, relu6, sigmoid, tanh, swish, gelu, selu, softplus, hardSigmoid, hardSwish, leakyRelu, elu, prelu, srelu',
    ],
    [
      "a field of a prototype",
      change('"name":"act1"', '"name":"act1","__proto__":{"kind":"flatten"}'),
      'net.gfm.operations[1] "act1": unknown field "__proto__"; known: kind, name, inputs, function',
    ],
    [
      "a shape that lies",
      change('"shape":[2,2]', '"shape":[2,3]'),
      'net.gfm.operations[2] "fc2".weight.values: expected 6 numbers for [2,3], got a tensor of 4 Float32Array elements; export the network again',
    ],
    [
      "a shape that does not fit",
      change('"shape":[2,3]', '"shape":[2,4]'),
      'net.gfm: operation "fc1": weight.shape: expected [O, I] for an input [3], got [2,4]; flatten images before a linear operation',
    ],
    [
      "a huge shape",
      change('"shape":[2,3]', '"shape":[2,1e300]'),
      'net.gfm.operations[0] "fc1".weight.shape[1]: expected an integer from 1 to 16777216, got 1e+300; export the network again',
    ],
    [
      "a size that is none",
      change('"input":[3]', '"input":[null]'),
      "net.gfm.input[0]: expected an integer from 1 to 16777216, got null; export the network again",
    ],
    [
      "a cycle",
      change('"inputs":["input"]', '"inputs":["act1"]'),
      'net.gfm: operation "fc1": inputs: expected names of earlier operations, got "act1"; export the network again',
    ],
    [
      "a name twice",
      change('"name":"fc2"', '"name":"fc1"'),
      'net.gfm: operation "fc1": expected a name used once, and not for the input, got "fc1"; export the network again',
    ],
    [
      "a value that nothing reads",
      change('"inputs":["act1"]', '"inputs":["fc1"]'),
      'net.gfm: operation "act1": expected a later operation to read it, got nothing; export the network again',
    ],
    [
      "a deviation of 0",
      change('"deviation":[2]', '"deviation":[0]'),
      "net.gfm.normalisation.deviation[0]: expected a number above 0, got 0; export the network again",
    ],
    [
      "one class name too few",
      change('["cat","dog"]', '["cat"]'),
      "net.gfm.classNames: expected 2 names, one per output, got 1; export the network again",
    ],
  ];

  test.each(cases)("%s", (_, file, message) => {
    expect(() => decodeBundle(file, "net.gfm")).toThrow(InputError);
    expect(() => decodeBundle(file, "net.gfm")).toThrow(new InputError(message));
  });

  test.each([
    [
      "columns that fall",
      { columns: Uint16Array.of(2, 2, 1), rowPointers: Uint32Array.of(0, 1, 3) },
      'fc1".weight.columns[2]: expected more than 2 and less than 3, got 1',
    ],
    [
      "a column out of range",
      { columns: Uint16Array.of(0, 1, 3), rowPointers: Uint32Array.of(0, 1, 3) },
      'fc1".weight.columns[2]: expected more than 1 and less than 3, got 3',
    ],
    [
      "rows that fall",
      { columns: Uint16Array.of(0, 1, 2), rowPointers: Uint32Array.of(0, 4, 3) },
      'fc1".weight.rowPointers[1]: expected 0 to 3, got 4',
    ],
    [
      "rows that begin late",
      { columns: Uint16Array.of(0, 1, 2), rowPointers: Uint32Array.of(1, 2, 3) },
      'fc1".weight.rowPointers: expected to lead from 0 to 3, got [1,3]',
    ],
    [
      "a NaN",
      {
        columns: Uint16Array.of(0, 1, 2),
        rowPointers: Uint32Array.of(0, 1, 3),
        values: Float32Array.of(1, Number.NaN, 1),
      },
      'fc1".weight.values[1]: expected a finite number, got NaN; a network that diverged cannot be bundled',
    ],
  ])("%s in a sparse weight", (_, part, message) => {
    const [first, ...rest] = tiny.operations;
    const weight = { kind: "sparse", shape: [2, 3], values: Float32Array.of(1, 2, 3), ...part };
    expect(() => encodeBundle({ ...tiny, operations: [{ ...first, weight }, ...rest] } as Bundle)).toThrow(message);
  });

  test("text that is no JSON, in the engine's words, and a program of no operations", () => {
    expect(() => decodeBundle(change("{", "("), "net.gfm")).toThrow(
      /^net\.gfm: expected a description in JSON, got .*; the file is damaged: copy or export it again$/,
    );
    expect(() => encodeBundle({ ...tiny, operations: [] })).toThrow("operations: expected a list of 1 to 4096, got []");
  });

  test("a value of more than 2^26 elements, before anything is allocated", () => {
    const up = (i: number) => ({
      kind: "upsample" as const,
      name: `up${i}`,
      inputs: [i === 0 ? "input" : `up${i - 1}`],
      factor: [256, 256] as const,
    });
    const bomb: Bundle = { name: "bomb", input: [1, 1, 1], operations: [up(0), up(1)] };
    expect(() => encodeBundle(bomb)).toThrow(
      'operation "up1": expected at most 67108864 elements per example, got [1,65536,65536]',
    );
  });
});

describe("hostile bytes", () => {
  // GRADIENTFLOW_FUZZ_RUNS=100000 for more.
  const runs = Number(process.env.GRADIENTFLOW_FUZZ_RUNS ?? 10_000);
  const files = [
    encodeBundle(tiny),
    encodeBundle(tiny, { precision: "float16" }),
    encodeBundle(randomBundle(61)),
    encodeBundle(randomBundle(83)),
  ];

  /** A bundle or an InputError, nothing else; returns which. */
  const survives = (bytes: Uint8Array): boolean => {
    try {
      encodeBundle(decodeBundle(bytes, "fuzz.gfm"));
      return true;
    } catch (error) {
      if (!(error instanceof InputError) || !error.message.startsWith("fuzz.gfm")) throw error;
      return false;
    }
  };

  test(`${runs} files with bytes changed, cut out or put in are each a valid bundle or refused by name`, () => {
    const rng = new Rng(1, "test");
    let valid = 0;
    for (let run = 0; run < runs; run++) {
      let bytes = Uint8Array.from(files[run % files.length]);
      for (let edits = 1 + rng.integer(4); edits > 0; edits--) {
        const at = rng.integer(bytes.length);
        const what = rng.integer(8);
        if (what < 5) bytes[at] = what < 2 ? bytes[at] ^ (1 << rng.integer(8)) : rng.integer(256);
        else if (what === 5) bytes = bytes.slice(0, at);
        else if (what === 6)
          bytes = Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(at + 1 + rng.integer(20)));
        else
          bytes = Uint8Array.of(
            ...bytes.subarray(0, at),
            ...bytes.subarray(rng.integer(at + 1), at),
            ...bytes.subarray(at),
          );
        if (bytes.length === 0) break;
      }
      if (survives(bytes)) valid++;
    }
    expect(valid).toBeGreaterThan(runs / 100);
    expect(valid).toBeLessThan(runs);
  });

  test("3,000 descriptions with any value in any place are each valid or refused by name; 60 valid ones load and run", async () => {
    const hostile = fc.oneof(
      fc.constantFrom(
        ...[null, true, -1, 0, 0.5, 2, 3, 1e308, 2 ** 31, 2 ** 53, "", "input", "__proto__", "constructor"],
      ),
      fc.constantFrom(
        ...[[], {}, [[]], { tensor: "float32", length: 1 }, { tensor: "float32", length: 1e9 }, "x".repeat(300)],
      ),
      fc.jsonValue({ maxDepth: 3 }),
    );
    const valid: Uint8Array[] = [];
    fc.assert(
      fc.property(fc.nat(files.length - 1), fc.nat(), hostile, (file, place, value) => {
        const bytes = withDescription(files[file], (text) => {
          // Every value of the description in turn, found as JSON.parse visits it.
          let left = place % JSON.stringify(JSON.parse(text)).split(/[,:]/).length;
          return JSON.stringify(JSON.parse(text, (_, one) => (left-- === 0 ? value : one)));
        });
        if (survives(bytes)) valid.push(bytes);
      }),
      { numRuns: 3000, seed: 1 },
    );
    const small = valid.filter((bytes) =>
      [...checkBundle(decodeBundle(bytes), "").values()].every((s) => elements(s) < 1e5),
    );
    expect(small.length).toBeGreaterThan(60);
    for (const bytes of small.slice(0, 60)) {
      const model = await loadModel(bytes);
      expect(model.run(new Float32Array(2 * elements(model.input))).length).toBe(2 * model.outputs);
    }
  });

  test("200 levels of nesting are refused, and so is a name with 2 MB", () => {
    const deep = (text: string) => text.replace('"tiny"', `${"[".repeat(200)}${"]".repeat(200)}`);
    expect(() => decodeBundle(withDescription(files[0], deep), "fuzz.gfm")).toThrow("at most 6 levels");
    const long = (text: string) => text.replace('"tiny"', `"${"x".repeat(2e6)}"`);
    expect(() => decodeBundle(withDescription(files[0], long), "fuzz.gfm")).toThrow(
      /^fuzz\.gfm\.name: expected a name of 1 to 200 characters in one line, got "x{56}\.\.\.;/,
    );
  });
});
