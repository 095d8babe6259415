/** What the figures of the anatomy say beyond what every figure must. */

import { expect, test } from "vitest";
import {
  gradientNormOverSteps,
  interpolationCurves,
  signalByLayer,
  solutionMap,
  spectrumHistogramFigure,
  updateEffects,
} from "./index.ts";

const line = (series: string, losses: readonly number[]) =>
  losses.map((loss, i) => ({ series, alpha: i / (losses.length - 1), loss }));

test("a line that rises from 1 to 3 and falls to 2 has a barrier of 1 in its legend and a bracket; a flat one has 0 and none", async () => {
  const risen = await interpolationCurves(line("a to b", [1, 3, 2]));
  const flat = await interpolationCurves(line("a to b", [1, 1, 1]));
  expect(risen).toContain(">a to b, barrier 1<");
  expect(flat).toContain(">a to b, barrier 0<");
  const rules = (svg: string) => svg.match(/aria-label="rule"/g)?.length;
  expect((rules(risen) ?? 0) - (rules(flat) ?? 0)).toBe(2);
});

test("a line without its end says nothing of a barrier", async () => {
  expect(await interpolationCurves(line("a to b", [1, 3, 2]).slice(0, 2))).not.toContain("barrier");
});

test("bins below 0 are vermillion, one around 0 is grey, those above are blue, and empty ones are not drawn", async () => {
  const bins = [-3, -1, 1, 3].map((low) => ({ panel: "", low, high: low + 2, count: low === 3 ? 0 : 10 }));
  const svg = await spectrumHistogramFigure(bins);
  const fills = [...svg.matchAll(/<g[^>]* fill="([^"]*)"[^>]*><rect[^>]*><title>/g)].map(([, fill]) => fill);
  expect(fills).toEqual(["#d55e00", "#59626d", "#0072b2"]);
  expect(svg.match(/<rect[^>]*><title>/g)?.length).toBe(3);
});

test("two networks at one place have their names apart by 13 px", async () => {
  const svg = await solutionMap([
    { label: "first", x: 1, y: 1 },
    { label: "second", x: 1, y: 1 },
    { label: "third", x: -1, y: 0 },
  ]);
  const moved = ["first", "second"].map((name) => {
    const [, dx, dy] =
      new RegExp(`<g[^>]*translate\\(([\\d.-]+),([\\d.-]+)\\)"[^>]*><text[^>]*>${name}<`).exec(svg) ?? [];
    return [Number(dx), Number(dy)];
  });
  expect(moved[0][0]).toBe(moved[1][0]);
  expect(Math.abs(moved[0][1] - moved[1][1])).toBe(13);
});

test("a signal of 0 is drawn at the edge and counted", async () => {
  const svg = await signalByLayer([
    { series: "a", layer: "fc1", std: 1 },
    { series: "a", layer: "fc2", std: 0 },
  ]);
  expect(svg).toContain("1 deviations of 0 are drawn at the lower edge.");
});

test("steps of 200 and 10000 are read as such on a logarithmic axis; with a step 0 the axis is linear", async () => {
  const at = (...steps: number[]) => gradientNormOverSteps(steps.map((step) => ({ series: "a", step, norm: 1 })));
  expect(await at(200, 10_000)).toContain(">10k<");
  expect(await at(0, 200, 10_000)).toContain(">8000<");
});

test("updates of two trainings get a panel each", async () => {
  const svg = await updateEffects([
    { series: "RigL", step: 100, delta: 1.2 },
    { series: "SET", step: 100, delta: -0.1 },
  ]);
  expect(svg).toContain(">RigL<");
  expect(svg).toContain("SET: 0 of 1 updates raised the norm.");
});
