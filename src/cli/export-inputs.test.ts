/** Normalisations as numbers of a network's input channels. */

import { describe, expect, test } from "vitest";
import { loadDataset, normalisation } from "../data/index.ts";
import type { OpenedNetwork } from "../train/index.ts";
import { inputNormalisation } from "./export-inputs.ts";

/** As much of saved weights as is looked at. */
const opened = (kind: string | undefined, input: readonly number[]) =>
  ({
    architecture: { name: "n", input, layers: [] },
    metadata: { model: kind === undefined ? null : { normalisation: kind }, notes: null, writtenBy: "test" },
    network: { inputs: input.reduce((product, side) => product * side, 1) },
  }) as unknown as OpenedNetwork;
const ofDigits = (kind: string | undefined, input: readonly number[]) =>
  inputNormalisation("f", opened(kind, input), { data: "digits" });

describe("mean and deviation", () => {
  test("of unit are 0 and 16 for digits, whose pixels are 0 to 16", async () => {
    expect(await ofDigits("unit", [1, 8, 8])).toEqual({ mean: [0], deviation: [16] });
    expect(await ofDigits("none", [64])).toEqual({ mean: [0], deviation: [1] });
  });

  test("of standard-per-feature are one pair per feature of a perceptron, which give 0 where a pixel is always 0", async () => {
    const { mean, deviation } = await ofDigits("standard-per-feature", [64]);
    const digits = await loadDataset("digits");
    const { scale, shift } = normalisation(digits, "standard-per-feature");
    expect([mean.length, scale[0]]).toEqual([64, 0]);
    for (let k = 0; k < 64; k++) {
      const value = digits.test.values[k];
      expect((value - mean[k]) / deviation[k]).toBeCloseTo(value * scale[k] + shift[k], 5);
    }
  });

  test("of standard-per-feature are refused for an image, whose channels have one pair", async () => {
    await expect(ofDigits("standard-per-feature", [1, 8, 8])).rejects.toThrow(
      "export: --raw-inputs takes one mean and deviation per channel, standard-per-feature has one per pixel",
    );
  });
});

test("files that do not say what they were trained on, or how it was normalised, are refused", async () => {
  await expect(inputNormalisation("f", opened("unit", [64]), {})).rejects.toThrow(
    "f: does not say what it was trained on; name it: --data",
  );
  await expect(ofDigits(undefined, [64])).rejects.toThrow(
    "f: does not say how its inputs were normalised; export it without --raw-inputs, or the checkpoint it came from",
  );
  await expect(ofDigits("standrd", [64])).rejects.toThrow('f: normalisation: unknown kind "standrd"');
});
