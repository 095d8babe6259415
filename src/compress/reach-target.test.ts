/** Targets are met by what is built: at most the cost asked for, and one group fewer would cost more. */

import { describe, expect, test } from "vitest";
import { architectureNamed, countsOf } from "../nn/index.ts";
import { drawnValues } from "./fixtures/worked.ts";
import { pruningGroups } from "./pruning-groups.ts";
import { groupsForTarget, lowest, narrowToTarget, shareLeft } from "./reach-target.ts";
import { shrinkNetwork } from "./shrink.ts";
import { setGroupsToZero } from "./zero-groups.ts";

const lenet = architectureNamed("lenet-5", { input: [1, 28, 28], classes: 10 });
const values = drawnValues(lenet);

describe("the groups for a target", () => {
  test.each(["macs", "parameters"] as const)(
    "of 0.3 of the %s leave at most that, built, and more with one group fewer",
    (of) => {
      const groups = pruningGroups(lenet);
      const { which, counts, share } = groupsForTarget(values, groups, { of, share: 0.3 });
      const { network } = shrinkNetwork(setGroupsToZero(values, groups.blocks, which));
      const built = countsOf(network.architecture).total[of] / countsOf(lenet).total[of];
      expect(built).toBe(share);
      expect(share).toBeLessThanOrEqual(0.3);
      const fewer = counts.map((_, spared) =>
        shareLeft(
          lenet,
          groups,
          of,
          counts.map((count, b) => (b === spared && count > 0 ? count - 1 : count)),
        ),
      );
      expect(Math.max(...fewer)).toBeGreaterThan(0.3);
    },
  );

  test("of the groups themselves are so many of them, counted over all blocks", () => {
    const groups = pruningGroups(lenet);
    const { counts } = groupsForTarget(values, groups, { of: "groups", share: 0.5 });
    expect(counts.reduce((a, b) => a + b)).toBe((6 + 16 + 120 + 84) / 2);
  });

  test("leave widths in multiples where blocks have them", () => {
    const groups = pruningGroups(lenet, { multipleOf: 4 });
    const { counts } = groupsForTarget(values, groups, { of: "macs", share: 0.4 });
    expect(groups.blocks.map(({ count }, b) => (count - counts[b]) % 4 === 0 || counts[b] === 0)).toEqual(
      new Array(4).fill(true),
    );
  });

  test("go by the norm over their block's mean, so that a layer of small weights is not emptied first", () => {
    const scaled = new Map(values.tensors);
    const tiny = scaled.get("conv2.weight") ?? expect.fail("no weight");
    scaled.set("conv2.weight", { shape: tiny.shape, values: tiny.values.map((value) => value / 1000) });
    const biases = scaled.get("conv2.bias") ?? expect.fail("no bias");
    scaled.set("conv2.bias", { shape: biases.shape, values: biases.values.map((value) => value / 1000) });
    const groups = pruningGroups(lenet);
    const target = { of: "macs", share: 0.5 } as const;
    expect(groupsForTarget({ ...values, tensors: scaled }, groups, target)).toEqual(
      groupsForTarget(values, groups, target),
    );
  });

  test("beyond what can be pruned are refused with the layers that stay", () => {
    const groups = pruningGroups(lenet, { keep: ["conv1"] });
    expect(() => groupsForTarget(values, groups, { of: "macs", share: 0.2 })).toThrow(
      /lenet-5 keeps 34\.15 % of its MACs .* got a target of 20\.00 %; ask for more\. Layers that stay whole: conv1 \(it is marked to be kept\), fc3/,
    );
    expect(() => groupsForTarget(values, groups, { of: "macs", share: 0 })).toThrow(
      "groupsForTarget: the share of MACs that is left must be in (0, 1], got 0",
    );
  });

  test("of a network of which nothing can be pruned are refused with the reasons", () => {
    const sigmoid = architectureNamed("mlp", { input: [4], hidden: [3], classes: 2, activation: "sigmoid" });
    expect(() => groupsForTarget(drawnValues(sigmoid), pruningGroups(sigmoid), { of: "macs", share: 0.5 })).toThrow(
      "mlp: no layer can lose channels: layer1 (its channels pass layer1.activation, sigmoid, which gives 0.5 for 0), " +
        "layer2 (its channels are the network's output); choose another network",
    );
  });

  test("are the lowest of each block, the earlier of equal ones", () => {
    expect(lowest([[2, 1, 1], [5]], [1, 0])).toEqual([[false, true, false], [false]]);
  });
});

test("a narrowed network has at most the target's MACs, and half the channels half the channels", () => {
  const narrow = narrowToTarget(lenet, { of: "macs", share: 0.3 });
  const share = countsOf(narrow).total.macs / countsOf(lenet).total.macs;
  expect(share).toBeLessThanOrEqual(0.3);
  expect(share).toBeGreaterThan(0.2);
  expect(narrowToTarget(lenet, { of: "macs", share: 1 })).toBe(lenet);
  const [a] = narrowToTarget(lenet, { of: "groups", share: 0.5 }).layers;
  expect(a).toMatchObject({ outChannels: 3 });
});
