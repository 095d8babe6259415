/** Groups of channels: what an addition ties, what concatenation and flattening make of them, what is fixed. */

import { expect, test } from "vitest";
import { InputError } from "../../base/index.ts";
import { channelTies } from "./channel-ties.ts";
import type { Architecture, Layer } from "./layers.ts";
import { architectures } from "./zoo/architectures.ts";

const one = [1, 1] as const;
const net = (...layers: Layer[]): Architecture => ({ name: "net", input: [4, 6, 6], layers });
const conv = (name: string, input: string, outChannels: number, groups = 1): Layer => ({
  ...{ kind: "convolution", name, inputs: [input], outChannels, kernel: one, stride: one, padding: [0, 0] },
  ...{ groups, bias: true },
});
const join = (kind: "add" | "concatenate", name: string, ...inputs: string[]): Layer => ({ kind, name, inputs });
const flatten = (input: string): Layer => ({ kind: "flatten", name: "flatten", inputs: [input] });
const fc = (input: string): Layer => ({ kind: "linear", name: "fc", inputs: [input], outFeatures: 3, bias: true });

test("ResNet-50 ties the third convolutions of a stage's blocks and its shortcut; the others stand alone; the classes are fixed", () => {
  const { groups, layers } = channelTies(architectures["resnet-50"]({ input: [3, 32, 32], classes: 10 }));
  const first = groups.find(({ producers }) => producers.length > 1);
  expect(first).toEqual({
    channels: 256,
    producers: ["layer1.0.conv3", "layer1.0.downsample.0", "layer1.1.conv3", "layer1.2.conv3"],
    fixed: false,
    multipleOf: 1,
  });
  // The input, the stem, four stages, two convolutions inside each of 16 blocks, and the classes.
  expect(groups).toHaveLength(1 + 1 + 4 + 32 + 1);
  expect(groups.filter(({ fixed }) => fixed).map(({ producers, channels }) => [producers, channels])).toEqual([
    [[], 3],
    [["fc"], 10],
  ]);
  expect(layers.get("layer1.2.relu3")).toEqual(layers.get("layer1.0.downsample.1"));
});

test("concatenated channels are runs in order, and a flattened image gives each channel 36 neighbours", () => {
  const { groups, layers } = channelTies(
    net(
      conv("a", "input", 2),
      conv("b", "input", 5),
      join("concatenate", "cat", "b", "a", "input"),
      flatten("cat"),
      fc("flatten"),
    ),
  );
  expect(groups.map(({ producers }) => producers)).toEqual([[], ["a"], ["b"], ["fc"]]);
  expect(layers.get("cat")).toEqual([
    { group: 2, times: 1 },
    { group: 1, times: 1 },
    { group: 0, times: 1 },
  ]);
  expect(layers.get("flatten")).toEqual([
    { group: 2, times: 36 },
    { group: 1, times: 36 },
    { group: 0, times: 36 },
  ]);
});

test("what is added to the input is as fixed as the input, in either order", () => {
  for (const inputs of [
    ["input", "b"],
    ["b", "input"],
  ]) {
    const { groups } = channelTies(
      net(conv("a", "input", 2), conv("b", "a", 4), join("add", "add", ...inputs), flatten("add"), fc("flatten")),
    );
    expect(groups).toEqual([
      { channels: 4, producers: ["b"], fixed: true, multipleOf: 1 },
      { channels: 2, producers: ["a"], fixed: false, multipleOf: 1 },
      { channels: 3, producers: ["fc"], fixed: true, multipleOf: 1 },
    ]);
  }
});

test("a depthwise convolution has the channels it reads, twice each with a multiplier of 2, and no group of its own", () => {
  const { groups, layers } = channelTies(
    net(conv("a", "input", 6), conv("dw", "a", 12, 6), conv("b", "dw", 5), flatten("b"), fc("flatten")),
  );
  expect(layers.get("dw")).toEqual([{ group: 1, times: 2 }]);
  expect(groups.map(({ producers }) => producers)).toEqual([[], ["a"], ["b"], ["fc"]]);
});

test("convolutions of 2 and 3 groups let the channels between them come in sixes only", () => {
  const { groups } = channelTies(net(conv("a", "input", 12, 2), conv("b", "a", 9, 3), flatten("b"), fc("flatten")));
  expect(groups.map(({ multipleOf }) => multipleOf)).toEqual([2, 6, 3, 1]);
});

test("a concatenation added to one convolution's channels cannot be paired, and says so", () => {
  const bad = net(
    conv("a", "input", 2),
    conv("b", "input", 3),
    join("concatenate", "cat", "a", "b"),
    conv("c", "input", 5),
    join("add", "sum", "cat", "c"),
  );
  expect(() => channelTies(bad)).toThrow(
    new InputError(
      'net: layer "sum": adds channels that are put together in different ways, so that they cannot be widened or removed ' +
        "together; add before concatenating or flattening",
    ),
  );
});

test("two concatenations of equal parts are paired part by part", () => {
  const { groups } = channelTies(
    net(
      ...[conv("a", "input", 2), conv("b", "input", 3), join("concatenate", "ab", "a", "b")],
      ...[conv("c", "ab", 2), conv("d", "ab", 3), join("concatenate", "cd", "c", "d")],
      ...[join("add", "sum", "ab", "cd"), flatten("sum"), fc("flatten")],
    ),
  );
  expect(groups.map(({ producers }) => producers)).toEqual([[], ["a", "c"], ["b", "d"], ["fc"]]);
});

test("producers are listed in the network's order, whatever was added first", () => {
  const chain = [conv("a", "input", 2), conv("b", "a", 2), conv("c", "b", 2)];
  const sums = [join("add", "ac", "c", "a"), join("add", "all", "ac", "b")];
  const { groups } = channelTies(net(...chain, ...sums, flatten("all"), fc("flatten")));
  expect(groups[1].producers).toEqual(["a", "b", "c"]);
});
