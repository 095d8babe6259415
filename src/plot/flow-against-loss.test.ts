import { expect, test } from "vitest";
import { flowAgainstLoss } from "./flow-against-loss.ts";

const point = (flow: number, testLoss: number) => ({ kind: "sparse" as const, flow, testLoss });

test("flows from 0.001 to 10 are drawn on a logarithmic axis, from 1 to 2 on a linear one", async () => {
  expect(await flowAgainstLoss([point(0.001, 1), point(10, 2)])).toContain(">0.01<");
  expect(await flowAgainstLoss([point(1, 1), point(2, 2)])).toContain(">1.4<");
});

test("a flow of 0 is drawn at the edge of a logarithmic axis and counted", async () => {
  const svg = await flowAgainstLoss([point(0, 1), point(0.001, 1), point(10, 2)]);
  expect(svg).toContain("1 trials at or below 0 are drawn at the edge");
  expect(svg).toContain("sparse, flow 0.00, test loss 1.000");
});

test("a diverged trial is left out and counted", async () => {
  expect(await flowAgainstLoss([point(1, 1), point(1, Number.NaN)])).toContain("1 of 2 trials left out: not finite.");
});
