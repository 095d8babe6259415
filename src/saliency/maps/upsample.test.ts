import { expect, test } from "vitest";
import { upsample } from "./upsample.ts";

const small = { count: 1, channels: 1, height: 2, width: 2, values: Float64Array.of(0, 3, 6, 9) };

test("2 x 2 to 4 x 4 with corners on corners goes in steps of 1, with pixels as squares from 0, 0.75, 2.25 to 3", () => {
  const aligned = [0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7, 8, 9];
  upsample(small, [4, 4], "align-corners").values.forEach((value, i) => {
    expect(value).toBeCloseTo(aligned[i], 12);
  });
  const squares = [0, 0.75, 2.25, 3, 1.5, 2.25, 3.75, 4.5, 4.5, 5.25, 6.75, 7.5, 6, 6.75, 8.25, 9];
  expect([...upsample(small, [4, 4], "half-pixel").values]).toEqual(squares);
  expect([...upsample(small, [4, 4], "nearest").values.subarray(4, 12)]).toEqual([0, 0, 3, 3, 6, 6, 9, 9]);
});
