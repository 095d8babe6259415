import { expect, test } from "vitest";
import { correlationBars } from "./correlation-bars.ts";

const row = (tau: number, kind: "sparse" | "dense" = "sparse") => ({ measure: "EGF", kind, target: "test loss", tau });

/** Where the lines of the bars end, from their x2 in px. */
function barEnds(svg: string): number[] {
  return [...svg.matchAll(/<line[^>]* x2="([\d.]+)"[^>]*>/g)].map((match) => Number(match[1]));
}

test("tau = -0.5 and 0.5 have bars of the same length, and the sign is printed", async () => {
  const svg = await correlationBars([row(-0.5), row(0.5, "dense")]);
  expect(svg).toContain(">−0.50<");
  expect(svg).toContain(">0.50<");
  const ends = barEnds(svg).slice(-2);
  expect(ends[0]).toBe(ends[1]);
});

test("a measure that never varies has no coefficient: left out and counted", async () => {
  const svg = await correlationBars([row(0.4), row(Number.NaN, "dense")]);
  expect(svg).toContain("1 of 2 coefficients left out: not finite.");
});

test("each target has a panel of its own", async () => {
  const svg = await correlationBars([row(0.4), { ...row(0.4), target: "test accuracy" }]);
  expect(svg).toContain(">test loss<");
  expect(svg).toContain(">test accuracy<");
});
