/** Reading architectures: what is written is read back, and each mistake is told with its place, rule, value and cure. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../base/index.ts";
import { parseArchitecture } from "./parse.ts";
import { architectureNamed } from "./zoo/architectures.ts";

const image = { input: [3, 32, 32], classes: 10 };

test.each([
  ["mlp", { input: [1, 28, 28], classes: 10, hidden: [8, 8], batchNorm: true, skipConnections: true, dropout: 0.5 }],
  ["lenet-300-100", { input: [784], classes: 10 }],
  ["lenet-5", image],
  ["lenet-5-caffe", image],
  ["simple-cnn", { ...image, activation: "srelu" }],
  ["saliency-cnn", image],
  ["vgg-small", { ...image, batchNorm: true }],
  ["vgg-16", image],
  ["resnet-18", image],
  ["resnet-50", image],
  ["wide-resnet-50", image],
  ["wide-resnet", { ...image, depth: 10, k: 1, dropout: 0.3 }],
])("%s is plain data: written as JSON and read back it is the same", (name, options) => {
  const architecture = architectureNamed(name, options);
  expect(parseArchitecture(JSON.parse(JSON.stringify(architecture)))).toEqual(architecture);
});

const tiny = {
  name: "tiny",
  input: [1, 6, 6],
  layers: [
    {
      kind: "convolution",
      name: "conv",
      inputs: ["input"],
      outChannels: 2,
      kernel: [3, 3],
      stride: [1, 1],
      padding: [0, 0],
      groups: 1,
      bias: true,
    },
    { kind: "activation", name: "act", inputs: ["conv"], function: "relu" },
    { kind: "flatten", name: "flatten", inputs: ["act"] },
    { kind: "linear", name: "fc", inputs: ["flatten"], outFeatures: 3, bias: true },
  ],
};

/** The description with some fields of one layer replaced; undefined removes one. */
function changed(place: number, fields: object): unknown {
  const layers = tiny.layers.map((layer, index) => (index === place ? { ...layer, ...fields } : layer));
  return JSON.parse(JSON.stringify({ ...tiny, layers }));
}

describe("a mistake is told by place, rule and value:", () => {
  test.each([
    [
      "an unknown kind",
      changed(1, { kind: "activaton" }),
      "net.json: layers[1]: kind must be one of convolution, linear, batchNorm, activation, maxPool, averagePool, " +
        'globalAveragePool, flatten, add, concatenate, zeroPad, upsample, dropout, got "activaton". Did you mean activation?',
    ],
    [
      "an unknown field",
      changed(0, { dilation: 2 }),
      'net.json: layers[0] "conv": unknown convolution field "dilation"; known: kind, name, inputs, outChannels, kernel, ' +
        "stride, padding, groups, bias",
    ],
    [
      "a missing field",
      changed(3, { bias: undefined }),
      'net.json: layers[3] "fc": bias is missing; it must be true or false',
    ],
    [
      "a stride of 0",
      changed(0, { stride: [1, 0] }),
      'net.json: layers[0] "conv": stride must be a list of 2, each an integer in [1, 4096], got [1, 0]',
    ],
    [
      "a width that would not fit into memory",
      changed(3, { outFeatures: 1e9 }),
      'net.json: layers[3] "fc": outFeatures must be an integer in [1, 16777216], got 1000000000',
    ],
    [
      "an unknown activation",
      changed(1, { function: "rellu" }),
      'net.json: layers[1] "act": function must be one of relu, prelu, elu, srelu, swish, sigmoid, tanh, got "rellu". ' +
        "Did you mean relu?",
    ],
    [
      "two inputs where one is read",
      changed(1, { inputs: ["conv", "input"] }),
      'net.json: layers[1] "act": inputs must be a list of 1, each a text of 1 to 200 characters, got ["conv", "input"]',
    ],
    [
      "an input of two lengths",
      { ...tiny, input: [6, 6] },
      "net.json: input must be [C, H, W] or [F], integers in [1, 16777216], got [6, 6]",
    ],
    ["no layers", { ...tiny, layers: [] }, "net.json: layers must be a list of 1 to 65536 layers, got []"],
    ["a list", [1], "net.json: must be an object, got [1]"],
    [
      "a layer that is none",
      { ...tiny, layers: [null] },
      "net.json: layers[0]: must be an object with a kind, a name and inputs, got null",
    ],
    [
      "a misspelt key",
      { ...tiny, layer: [] },
      'net.json: unknown field "layer"; known: name, input, layers. Did you mean layers?',
    ],
  ])("%s", (_, value, message) => {
    expect(() => parseArchitecture(value, "net.json")).toThrow(new InputError(message));
  });

  test("a graph that does not fit together", () => {
    expect(() => parseArchitecture(changed(3, { inputs: ["act"] }))).toThrow(
      'tiny: layer "fc": must read features [F], got [2, 4, 4]; put a flatten before it',
    );
  });
});

test("a field inherited from a prototype does not count as given", () => {
  const layer = Object.create({ kind: "flatten" }, { name: { value: "f", enumerable: true } });
  expect(() => parseArchitecture({ ...tiny, layers: [layer] })).toThrow("kind must be one of");
  expect(() => parseArchitecture(JSON.parse('{"__proto__": {"name": "x"}, "name": "x"}'))).toThrow(
    'architecture: unknown field "__proto__"',
  );
});

describe("whatever comes, it is read or refused as the caller's mistake:", () => {
  const fine = (value: unknown) => {
    try {
      const read = parseArchitecture(value);
      return JSON.stringify(parseArchitecture(JSON.parse(JSON.stringify(read)))) === JSON.stringify(read);
    } catch (error) {
      return error instanceof InputError && error.message.length < 1000;
    }
  };
  test("any JSON", () => {
    fc.assert(fc.property(fc.jsonValue(), fine));
  });
  test("a good description with one value replaced by any JSON", () => {
    const places = tiny.layers.flatMap((layer, place) => Object.keys(layer).map((key) => [place, key] as const));
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue({ maxDepth: 2 }), ([place, key], value) =>
        fine(changed(place, { [key]: value })),
      ),
      { numRuns: 500 },
    );
  });
  test("a layer read from any other by name, or any number for a number", () => {
    const numbers = fc.oneof(fc.integer({ min: -1, max: 9 }), fc.double());
    const names = fc.constantFrom("input", "conv", "act", "flatten", "fc", "none");
    fc.assert(
      fc.property(
        fc.nat(3),
        names,
        fc.tuple(numbers, numbers),
        fc.tuple(numbers, numbers),
        (place, name, kernel, stride) =>
          fine(changed(place, { inputs: [name], ...(place === 0 ? { kernel, stride, outChannels: kernel[0] } : {}) })),
      ),
      { numRuns: 500 },
    );
  });
});
