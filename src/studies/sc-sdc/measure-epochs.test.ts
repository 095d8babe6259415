/** Which epochs are measured, and which are averaged. */

import { expect, test } from "vitest";
import { averagedEpochs, isMeasured } from "./measure-epochs.ts";

test.each([
  [1000, [0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]],
  [20, [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20]],
  [25, [0, 3, 5, 8, 10, 13, 15, 18, 20, 23, 25]], // halves go up
  [10, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
  [3, [0, 1, 2, 3]],
  [1, [0, 1]],
])("of %d epochs the averaged ones are %j", (epochs, expected) => {
  expect(averagedEpochs(epochs)).toEqual(expected);
});

test("from 10 epochs on there are 11, the first 0 and the last the end, no two gaps further apart than one epoch", () => {
  for (let epochs = 10; epochs <= 1200; epochs++) {
    const chosen = averagedEpochs(epochs);
    expect([chosen.length, chosen[0], chosen[10]]).toEqual([11, 0, epochs]);
    const gaps = chosen.slice(1).map((epoch, k) => epoch - chosen[k]);
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1);
  }
});

test("every 7 epochs of 20 adds 7 and 14 to the averaged ones; 0 adds none", () => {
  const measured = (every: number) =>
    Array.from({ length: 21 }, (_, epoch) => epoch).filter((epoch) => isMeasured(epoch, { epochs: 20, every }));
  expect(measured(0)).toEqual(averagedEpochs(20));
  expect(measured(7)).toEqual([0, 2, 4, 6, 7, 8, 10, 12, 14, 16, 18, 20]);
});
