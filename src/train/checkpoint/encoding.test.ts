/** The file of a checkpoint: what is in it, and files that are none, damaged ones above all. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../base/index.ts";
import { parseSafetensors, type WritableTensor, writeSafetensors } from "../../data/index.ts";
import { openEngine } from "../../tensor/index.ts";
import { smallTraining, takeSteps } from "../fixtures/small-training.ts";
import { takeCheckpoint } from "./checkpoint.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./encoding.ts";
import { restoreTraining } from "./restore.ts";

const engine = await openEngine();
const { trainer } = smallTraining(engine, { sparse: true, net: { batchNorm: true } });
takeSteps(trainer, 5);
const notes = { model: { kind: "mlp", hidden: [10, 10] }, notes: ["β", 0.1], writtenBy: "gradientflow 0.0.0" };
const checkpoint = takeCheckpoint(trainer, notes);
const good = encodeCheckpoint(checkpoint);

/** The good file with some texts or arrays replaced, undefined ones left out. */
function changed(texts: Record<string, string | undefined>, arrays: Record<string, WritableTensor | undefined> = {}) {
  const { metadata, tensors } = parseSafetensors(good, "f");
  const merge = <T>(from: ReadonlyMap<string, T>, by: Record<string, T | undefined>) =>
    new Map(
      [...from, ...Object.entries(by)].filter(
        (entry): entry is [string, T] => entry[1] !== undefined && !(entry[0] in by && by[entry[0]] === undefined),
      ),
    );
  return writeSafetensors(merge(tensors as ReadonlyMap<string, WritableTensor>, arrays), merge(metadata, texts));
}

describe("the file", () => {
  test("has weights and statistics under their names, masks and optimizer state under folders of their own", () => {
    const shapes = Object.fromEntries(
      [...parseSafetensors(good, "f").tensors].map(([name, { shape }]) => [name, shape]),
    );
    expect(shapes).toMatchObject({
      "layer1.weight": [20],
      "mask/layer1.weight/rowPointers": [11],
      "mask/layer1.weight/columnIndices": [20],
      "optimizer/layer1.weight/velocity": [20],
      "layer1.bias": [10],
      "layer1.batchNorm.running_var": [10],
      "layer3.weight": [3, 10],
    });
    // 3 weights and biases, 2 x 2 of batch norm: 10 with a velocity each; 4 statistics; 2 masks of 2 arrays.
    expect(Object.keys(shapes).length).toBe(10 * 2 + 4 + 2 * 2);
  });

  test("says in JSON where the training is and how it was set up, and keeps the caller's notes", () => {
    const { metadata } = parseSafetensors(good, "f");
    const json = (key: string) => JSON.parse(metadata.get(key) ?? "");
    expect(json("position")).toMatchObject({ step: 5, epoch: 1, stepInEpoch: 1 });
    expect(json("settings")).toMatchObject({ optimizer: { name: "momentum", momentum: 0.9 }, batchSize: 7, seed: 1 });
    expect(json("optimizer")).toEqual({ name: "momentum", steps: 5, powers: checkpoint.optimizer.powers });
    expect(json("weights")[0]).toEqual({ name: "layer1.weight", shape: [10, 6], sparse: true });
    const read = decodeCheckpoint(good, "f");
    expect([read.model, read.notes, read.writtenBy]).toEqual([notes.model, notes.notes, notes.writtenBy]);
    expect(encodeCheckpoint(read)).toEqual(good);
  });

  test("keeps notes only as JSON keeps them whole", () => {
    const encode = (of: unknown) => () => encodeCheckpoint({ ...checkpoint, notes: of });
    expect(encode({ a: [1, Number.NaN] })).toThrow(
      'checkpoint notes: numbers must be finite, got NaN at "1"; write it as a text',
    );
    expect(encode(() => 1)).toThrow("checkpoint notes: must be a value that JSON holds, got function; use null");
  });

  test("holds other checkpoints whole, one level deep", () => {
    const attached = new Map([["rewound", checkpoint]]);
    const bytes = encodeCheckpoint({ ...checkpoint, attached });
    const other = decodeCheckpoint(bytes, "f").attached.get("rewound");
    expect(other?.source).toBe("f: attached/rewound");
    expect(encodeCheckpoint(other ?? checkpoint)).toEqual(good);
    const deep = new Map([["a", { ...checkpoint, attached }]]);
    expect(() => encodeCheckpoint({ ...checkpoint, attached: deep })).toThrow(
      "checkpoint: what is attached must have nothing attached itself, got a; attach it beside",
    );
    const nested = changed({}, { "attached/a": { shape: [bytes.length], values: bytes } });
    expect(() => decodeCheckpoint(nested, "f")).toThrow("f: attached/a: must have nothing attached itself");
    const floats = changed({}, { "attached/a": { shape: [1], values: Float32Array.of(1) } });
    expect(() => decodeCheckpoint(floats, "f")).toThrow("f: attached/a: must be U8, got another type");
  });

  test("has no room for parameters named as its own folders", () => {
    const tensors = new Map([["mask/w", { shape: [1], values: Float32Array.of(1) }]]);
    expect(() => encodeCheckpoint({ ...checkpoint, tensors })).toThrow(
      /beginning with mask\/ .* got mask\/w; rename it/,
    );
  });
});

describe("a file is refused where", () => {
  const mask = (part: string, values: number[]) => ({
    [`mask/layer1.weight/${part}`]: { shape: [values.length], values: Int32Array.from(values) },
  });
  const { rowPointers, columnIndices } = checkpoint.masks.get("layer1.weight") ?? {
    rowPointers: [],
    columnIndices: [],
  };

  test.each<[string, Uint8Array, string | RegExp]>([
    [
      "it is another safetensors file",
      changed({ "gradientflow.checkpoint": undefined }),
      /must be a checkpoint of gradientflow, got another safetensors file/,
    ],
    [
      "its version is 2",
      changed({ "gradientflow.checkpoint": "2" }),
      "checkpoints of version 1 are read, got version 2 written by gradientflow 0.0.0; use that program",
    ],
    [
      "the position is missing",
      changed({ position: undefined }),
      'metadata "position": must be there, got nothing; the file is damaged',
    ],
    ["the position is no JSON", changed({ position: "{" }), 'metadata "position": must be JSON, got "{"'],
    ["the position is a list", changed({ position: "[1]" }), 'metadata "position": must be an object, got [1]'],
    ["a step is -1", changed({ position: '{"step":-1}' }), 'metadata "position": step must be an integer ≥ 0, got -1'],
    [
      "a step is inherited from objects",
      changed({ position: '{"__proto__":{"step":1}}' }),
      "step must be an integer ≥ 0, got nothing",
    ],
    [
      "the optimizer has taken other steps",
      changed({ optimizer: '{"name":"momentum","steps":4,"powers":[1,1]}' }),
      `metadata "optimizer": steps must be the position's step, got 4`,
    ],
    [
      "a power is missing",
      changed({ optimizer: '{"name":"momentum","steps":5,"powers":[1]}' }),
      "powers must be two numbers, got [1]",
    ],
    [
      "a layer is of no known kind",
      changed({ architecture: '{"name":"n","input":[6],"layers":[{"kind":"loop"}]}' }),
      /^f: architecture: layers\[0\]/,
    ],
    [
      "a weight has no shape",
      changed({ weights: '[{"name":"w","sparse":true}]' }),
      'metadata "weights": must be a list of name, shape and sparse',
    ],
    [
      "a mask is missing",
      changed({}, { "mask/layer1.weight/rowPointers": undefined }),
      "mask of layer1.weight: rowPointers must be I32, got nothing",
    ],
    [
      "rows of a mask go backwards",
      changed({}, mask("rowPointers", [0, 9, ...rowPointers.slice(2)])),
      /mask of layer1\.weight: must be a CSR index of \[10, 6\]/,
    ],
    [
      "rows of a mask end beyond its columns",
      changed({}, mask("rowPointers", [...rowPointers.slice(0, -1), 2 ** 31 - 1])),
      /must be a CSR index/,
    ],
    [
      "a column lies outside",
      changed({}, mask("columnIndices", [...columnIndices.slice(0, -1), 6])),
      /must be a CSR index/,
    ],
    [
      "a column is negative",
      changed({}, mask("columnIndices", [-1, ...columnIndices.slice(1)])),
      /must be a CSR index/,
    ],
    [
      "a weight is U8",
      changed({}, { "layer1.bias": { shape: [10], values: new Uint8Array(10) } }),
      "f: layer1.bias: must be F32, F64 or I32",
    ],
  ])("%s", (_, bytes, message) => {
    expect(() => decodeCheckpoint(bytes, "f")).toThrow(message);
    expect(() => decodeCheckpoint(bytes, "f")).toThrow(/^f: /);
  });

  test.each<[string, Uint8Array, string | RegExp]>([
    [
      "the place is none that batches of 7 come to",
      changed({ position: '{"step":5,"epoch":2,"stepInEpoch":1,"lossSum":1}' }),
      "with 4 steps per epoch, a position must be 4 * epoch + stepInEpoch steps, got step 5, epoch 2",
    ],
    [
      "a velocity is missing",
      changed({}, { "optimizer/layer1.bias/velocity": undefined }),
      "layer1.bias.velocity has no numbers instead of 10",
    ],
    [
      "a sparse weight has another number of values",
      changed({}, { "layer1.weight": { shape: [19], values: new Float32Array(19) } }),
      "layer1.weight has values of [19], the network's of [20]",
    ],
  ])("restoring is, and changes nothing, where %s", (_, bytes, message) => {
    const before = encodeCheckpoint(takeCheckpoint(trainer));
    expect(() => restoreTraining(trainer, decodeCheckpoint(bytes, "f"))).toThrow(message);
    expect(encodeCheckpoint(takeCheckpoint(trainer))).toEqual(before);
  });
});

test("a file with up to 8 changed bytes, or cut, is read or refused, and restored or refused", () => {
  const header = 8 + Number(new DataView(good.buffer).getBigUint64(0, true));
  const place = fc.oneof(fc.nat({ max: header }), fc.nat({ max: good.length - 1 }));
  const digit = fc.constantFrom(...Buffer.from('0129-"[]{},:.e'));
  const change = fc.tuple(place, fc.oneof(digit, fc.nat({ max: 255 })));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 8 }), fc.option(fc.nat({ max: good.length })), (changes, cut) => {
      const bytes = Uint8Array.from(good);
      for (const [at, value] of changes) bytes[at] = value;
      try {
        restoreTraining(trainer, decodeCheckpoint(bytes.subarray(0, cut ?? good.length), "f"));
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }),
    { numRuns: 500 },
  );
});
