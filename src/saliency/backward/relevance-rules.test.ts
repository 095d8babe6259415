import { expect, test } from "vitest";
import { buildNetwork } from "../../nn/index.ts";
import { openEngine } from "../../tensor/index.ts";
import { fill } from "../fixtures/worked-networks.ts";
import type { RelevanceRule } from "../index.ts";
import { saliencyMaps } from "../index.ts";

const engine = await openEngine({ backend: "reference", elementType: "float64" });

/** Relevance of two inputs by one rule: a unit of given weights without a bias, whose output is what is shared. */
function shares(rule: RelevanceRule, weights: number[], images: number[]): number[] {
  const architecture = {
    name: "one unit",
    input: [2],
    layers: [{ kind: "linear", name: "fc", inputs: ["input"], outFeatures: 1, bias: false }],
  } as const;
  const network = fill(buildNetwork(engine, architecture, { seed: 0 }), { "fc.weight": weights });
  const options = { composite: { linear: rule, convolution: rule } };
  return [...saliencyMaps(engine, network, { images, method: "lrp", options }).maps];
}

const gamma = { rule: "gamma", gamma: 0.5 } as const;

// Worked by hand: (3 - 1) = 2 is what the amplified shares 3 and -1 of the output 1 sum to.
test.each([
  ["gamma amplifies w > 0 of an output above 0", gamma, [2, -1], [1, 1], [1.5, -0.5]],
  ["gamma amplifies positive products of negative inputs", gamma, [2, 1], [1, -1], [1.5, -0.5]],
  ["gamma amplifies w < 0 of an output below 0", gamma, [1, -2], [1, 1], [0.5, -1.5]],
  ["flat shares alike", { rule: "flat" }, [3, -1], [1, 1], [1, 1]],
  ["w² shares 4 to 1", { rule: "w-squared" }, [2, -1], [1, 1], [0.8, 0.2]],
  ["z-box of [0, 2] shares 2 to -1 + 2", { rule: "z-box", low: 0, high: 2 }, [2, -1], [1, 1], [2 / 3, 1 / 3]],
] as const)("%s", (_, rule, weights, image, expected) => {
  shares(rule, [...weights], [...image]).forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 5);
  });
});

test("a rule that is none, or a box without room, is refused", () => {
  expect(() => shares({ rule: "gama" } as unknown as RelevanceRule, [1, 1], [1, 1])).toThrow(
    'lrp: unknown relevance rule "gama"; known: z, epsilon, alpha-beta, gamma, flat, w-squared, z-box. Did you mean gamma?',
  );
  expect(() => shares({ rule: "z-box", low: 1, high: 1 }, [1, 1], [1, 1])).toThrow(
    'lrp: rule "z-box": low must be below high, got 1, 1',
  );
});
