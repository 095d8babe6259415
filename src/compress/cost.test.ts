/** Costs counted by hand, and against what gzip itself says. */

import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type Architecture, architectureNamed, countsOf, widen } from "../nn/index.ts";
import { costOf } from "./cost.ts";
import { drawnValues, float64, worked } from "./fixtures/worked.ts";
import { latenciesOf } from "./latency.ts";
import { pruningGroups } from "./pruning-groups.ts";
import { shrinkNetwork } from "./shrink.ts";
import { setGroupsToZero } from "./zero-groups.ts";

const totals = (architecture: Architecture) => {
  const { parameters, macs } = countsOf(architecture).total;
  return [parameters, macs];
};

describe("full counts of published networks", () => {
  const cifar = { input: [3, 32, 32], classes: 10 };
  const vgg = architectureNamed("vgg-16", cifar);

  test("VGG-16 on CIFAR-10 has 15,245,130 parameters and 313,725,952 MACs, 15,253,578 with batch norm", () => {
    expect(totals(vgg)).toEqual([15_245_130, 313_725_952]);
    expect(totals(architectureNamed("vgg-16", { ...cifar, batchNorm: true }))[0]).toBe(15_253_578);
  });

  test("with half the hidden widths 3,814,314 and 78,875,136", () => {
    expect(totals(widen(vgg, 0.5))).toEqual([3_814_314, 78_875_136]);
  });

  test("ResNet-50 has 23,520,842 and 1,297,829,888 on CIFAR-10, 25,557,032 and 4,089,184,256 on ImageNet", () => {
    const large = { input: [3, 224, 224], classes: 1000, stem: "imagenet" };
    expect(totals(architectureNamed("resnet-50", cifar))).toEqual([23_520_842, 1_297_829_888]);
    expect(totals(architectureNamed("resnet-50", large))).toEqual([25_557_032, 4_089_184_256]);
  });
});

describe("the network worked by hand", () => {
  test("takes 4 bytes for each of 65 parameters and 6 running statistics", async () => {
    const { layers, total } = await costOf(worked());
    expect(layers.map(({ name, bytes }) => [name, bytes])).toEqual([
      ["conv1", 4 * 15],
      ["norm", 4 * 12],
      ["conv2", 4 * 26],
      ["fc", 4 * 18],
    ]);
    expect([total.bytes, total.parameters, total.macs]).toEqual([4 * 71, 65, 220]);
  });

  test("takes what gzip makes of those bytes", async () => {
    const { total, layers } = await costOf(worked());
    const all = [...worked().tensors.values()].map(({ values }) => new Uint8Array(Float32Array.from(values).buffer));
    const zipped = (bytes: Uint8Array[]) => gzipSync(Buffer.concat(bytes)).length;
    expect([total.gzipBytes, layers[0].gzipBytes]).toEqual([zipped(all), zipped(all.slice(0, 2))]);
  });
});

test("the cost of what is built is the formula's at its widths", async () => {
  const architecture = architectureNamed("lenet-5", { input: [1, 28, 28], classes: 10 });
  const { blocks } = pruningGroups(architecture);
  const zero = blocks.map(({ count }) => Array.from({ length: count }, (_, k) => k % 2 === 1));
  const { network } = shrinkNetwork(setGroupsToZero(drawnValues(architecture), blocks, zero));
  const { total } = await costOf(network);
  // conv1 6 to 3, conv2 16 to 8, fc 120 to 60 and 84 to 42: 3 · 25 · 24² + 8 · 3 · 25 · 8² + 60 · 8 · 16 + 42 · 60 + 10 · 42.
  expect(total.macs).toBe(43_200 + 38_400 + 7_680 + 2_520 + 420);
  expect([total.parameters, total.macs]).toEqual(totals(widen(architecture, 0.5)));
});

test("a sparse weight is 6 bytes for each active one and 4 for each row, and dense where that is less", async () => {
  const architecture = architectureNamed("mlp", { input: [4], hidden: [], classes: 3, bias: false });
  const sparse = (places: number[][]) => {
    const columnIndices = Int32Array.from(places.flat());
    const rowPointers = Int32Array.from([0, 1, 2, 3], (row) => places.slice(0, row).flat().length);
    const values = new Float64Array(columnIndices.length).fill(0.5);
    return {
      architecture,
      tensors: new Map([["layer1.weight", { shape: [values.length], values }]]),
      masks: new Map([["layer1", { fanOut: 3, fanIn: 4, rowPointers, columnIndices }]]),
    };
  };
  const few = await costOf(sparse([[0], [1], [2]]));
  expect([few.total.bytes, few.layers[0].sparse, few.total.activeMacs]).toEqual([3 * 6 + 4 * 4, true, 3]);
  const many = await costOf(sparse([[0, 1, 2], [1, 2, 3], [0]]));
  expect([many.total.bytes, many.layers[0].sparse, many.total.activeMacs]).toEqual([4 * 12, false, 7]);
});

describe("latency", () => {
  test("is the median of the runs of each network, which take turns", () => {
    let calls = 0;
    // The clock: each run of the first network takes 2 ms, of the second 5; the last of each takes long.
    let time = 0;
    const now = () => {
      const call = calls++;
      const run = Math.floor(call / 4) - 3;
      if (call % 2 === 1) time += (call % 4 === 1 ? 2 : 5) + (run === 4 ? 1000 : 0);
      return time;
    };
    expect(latenciesOf(float64, [worked(), shrinkNetwork(worked()).network], { runs: 5, now })).toEqual([2, 5]);
  });

  test("of no runs is refused", () => {
    expect(() => latenciesOf(float64, [worked()], { runs: 0 })).toThrow(
      "latenciesOf: runs must be an integer ≥ 1, got 0",
    );
  });
});
