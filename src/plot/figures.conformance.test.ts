/** What every figure builder promises, held against hostile data; one table, one suite. */

import fc from "fast-check";
import { DOMParser } from "linkedom";
import { describe, expect, test } from "vitest";
import {
  accuracyByCost,
  accuracyByMethod,
  accuracyByWidth,
  correlationBars,
  differenceForest,
  egfOverTraining,
  errorByWindow,
  flowAgainstLoss,
  gradientNormOverSteps,
  interpolationCurves,
  lossSurface,
  pValueMap,
  scheduleSteps,
  searchProgress,
  signalByLayer,
  signGrid,
  similarityCurves,
  similarityDots,
  solutionMap,
  spectrumHistogramFigure,
  updateEffects,
} from "./index.ts";

const number = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, 1, 0.5, 1e308, -1e308, 5e-324, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);
const name = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom("", "<script>alert(1)</script>", "a&b", "__proto__", "]]>", "NaN", "\u0000\u001b[31m"),
);
const kind = fc.constantFrom("sparse" as const, "dense" as const);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** A builder with its arbitrary data, its types fitted together and then forgotten. */
function builder<Row>(build: (rows: readonly Row[]) => Promise<string>, row: fc.Arbitrary<Row>, good: Row) {
  return { build: build as (rows: readonly unknown[]) => Promise<string>, row: row as fc.Arbitrary<unknown>, good };
}

const builders = {
  errorByWindow: builder(errorByWindow, fc.record({ series: name, width: number, error: number }), {
    series: "cosine from 0.1",
    width: 5,
    error: 0.01,
  }),
  scheduleSteps: builder(
    scheduleSteps,
    fc.record({ series: name, seed: name, panel: name, from: number, to: number, value: number }),
    { series: "learned", seed: "1", panel: "learning rate", from: 0, to: 1, value: 0.1 },
  ),
  searchProgress: builder(searchProgress, fc.record({ series: name, seed: name, cost: number, loss: number }), {
    series: "learned",
    seed: "1",
    cost: 100,
    loss: 0.5,
  }),
  signGrid: builder(signGrid, fc.record({ row: name, round: number, value: number, sign: fc.constantFrom(-1, 0, 1) }), {
    row: "rate 1",
    round: 1,
    value: 0.1,
    sign: 1,
  }),
  lossSurface: builder(
    lossSurface,
    fc.record({
      what: fc.constantFrom("grid" as const, "way" as const, "found" as const),
      x: number,
      y: maybe(number),
      loss: number,
    }),
    { what: "grid", x: 0.1, y: 0.9, loss: 0.5 },
  ),
  accuracyByWidth: builder(
    accuracyByWidth,
    fc.record({
      kind,
      denseWidth: number,
      accuracy: number,
      seed: maybe(name),
      activeWeights: maybe(number),
      panel: maybe(name),
    }),
    { kind: "sparse", denseWidth: 8, accuracy: 0.9, seed: "1", activeWeights: 100, panel: "adam" },
  ),
  egfOverTraining: builder(
    egfOverTraining,
    fc.record({ kind, epoch: number, layer: name, egf: number, panel: maybe(name) }),
    { kind: "sparse", epoch: 1, layer: "fc1", egf: 0.1, panel: "adam" },
  ),
  pValueMap: builder(
    pValueMap,
    fc.record({ row: name, column: name, p: number, n: maybe(fc.nat()), difference: maybe(number) }),
    { row: "adam", column: "BN", p: 0.01, n: 15, difference: 0.1 },
  ),
  correlationBars: builder(
    correlationBars,
    fc.record({ measure: name, kind, target: name, tau: number, p: maybe(number), n: maybe(fc.nat()) }),
    { measure: "EGF", kind: "sparse", target: "test loss", tau: -0.4, p: 0.01, n: 20 },
  ),
  flowAgainstLoss: builder(
    flowAgainstLoss,
    fc.record({ kind, flow: number, testLoss: number, panel: maybe(name), label: maybe(name) }),
    { kind: "sparse", flow: 0.4, testLoss: 1.2, panel: "adam", label: "trial 3" },
  ),
  accuracyByCost: builder(
    accuracyByCost,
    fc.record({ series: name, share: number, accuracy: number, low: maybe(number), high: maybe(number) }),
    { series: "hesso", share: 0.3, accuracy: 0.87, low: 0.86, high: 0.88 },
  ),
  accuracyByMethod: builder(
    accuracyByMethod,
    fc.record({ label: name, mean: number, low: number, high: number, seeds: maybe(fc.array(number)) }),
    { label: "RigL", mean: 0.87, low: 0.86, high: 0.88, seeds: [0.865, 0.875] },
  ),
  differenceForest: builder(
    differenceForest,
    fc.record({ label: name, mean: number, low: number, high: number, n: maybe(fc.nat()), p: maybe(number) }),
    { label: "adam", mean: 0.01, low: -0.01, high: 0.03, n: 15, p: 0.2 },
  ),
  gradientNormOverSteps: builder(gradientNormOverSteps, fc.record({ series: name, step: number, norm: number }), {
    series: "rigl",
    step: 100,
    norm: 1.2,
  }),
  updateEffects: builder(updateEffects, fc.record({ series: name, step: number, delta: number }), {
    series: "rigl",
    step: 100,
    delta: -0.2,
  }),
  signalByLayer: builder(signalByLayer, fc.record({ series: name, layer: name, std: number }), {
    series: "masked dense",
    layer: "fc1",
    std: 0.3,
  }),
  similarityCurves: builder(
    similarityCurves,
    fc.record({ panel: name, series: name, layers: number, mean: number, low: number, high: number }),
    { panel: "gradient", series: "SSIM", layers: 1, mean: 0.4, low: 0.3, high: 0.5 },
  ),
  similarityDots: builder(
    similarityDots,
    fc.record({ row: name, series: name, panel: name, mean: number, low: number, high: number }),
    { row: "grad-cam", series: "dense", panel: "classes", mean: 0.4, low: 0.3, high: 0.5 },
  ),
  interpolationCurves: builder(
    interpolationCurves,
    fc.record({ series: name, alpha: number, loss: number, accuracy: maybe(number) }),
    { series: "a to b", alpha: 0.5, loss: 0.1, accuracy: 0.9 },
  ),
  spectrumHistogramFigure: builder(
    spectrumHistogramFigure,
    fc.record({ panel: name, low: number, high: number, count: number }),
    { panel: "step 100", low: -1, high: 2, count: 40 },
  ),
  solutionMap: builder(solutionMap, fc.record({ label: name, x: number, y: number, group: maybe(name) }), {
    label: "pruned",
    x: 1,
    y: -2,
    group: "lottery",
  }),
} as const;

/** Geometry that a renderer would choke on, anywhere in an attribute; text may say what it likes. */
function badGeometry(svg: string): string[] {
  return [...svg.matchAll(/ (?:d|x|y|x1|x2|y1|y2|cx|cy|r|width|height|transform|viewBox)="([^"]*)"/g)]
    .map((match) => match[1])
    .filter((value) => /NaN|Infinity|undefined|null/.test(value));
}

/** The parse error of `svg` read as XML by hand: every tag closed in order, no bare ampersand or angle bracket. */
function malformed(svg: string): string | undefined {
  const open: string[] = [];
  const rest = svg
    .trim()
    .replace(/<(\/?)([A-Za-z]+)((?: [A-Za-z][A-Za-z0-9:-]*="[^"<]*")*)(\/?)>/g, (_, end, tag, __, empty) => {
      if (end === "/") {
        if (open.pop() !== tag) open.push(`mismatch ${tag}`);
      } else if (empty !== "/") open.push(tag);
      return "";
    });
  if (open.length > 0) return `open: ${open.join(" ")}`;
  if (/[<>]/.test(rest)) return `stray bracket: ${rest.match(/.{0,20}[<>].{0,20}/)?.[0]}`;
  if (/&(?!(?:amp|lt|gt|quot);)/.test(svg)) return "bare ampersand";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters XML 1.0 forbids
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(svg)) return "control character";
  return undefined;
}

test("the check of well-formedness itself refuses a stray bracket, a crossed tag and a bare ampersand", () => {
  expect(malformed("<svg><g></g></svg>")).toBeUndefined();
  expect(malformed("<svg><g></svg></g>")).toMatch(/mismatch/);
  expect(malformed("<svg>a < b</svg>")).toMatch(/stray/);
  expect(malformed("<svg>a & b</svg>")).toBe("bare ampersand");
});

describe.each(Object.entries(builders))("%s", (_, { build, row, good }) => {
  test("is well formed and without NaN in its geometry for 60 sets of hostile data", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 25 }), async (rows) => {
        const svg = await build(rows);
        expect(malformed(svg)).toBeUndefined();
        expect(badGeometry(svg)).toEqual([]);
        expect(svg).not.toMatch(/<script|⚠|var\(--plot/);
      }),
      { numRuns: 60 },
    );
  });

  test("gives the same bytes twice", async () => {
    expect(await build([good, good])).toBe(await build([good, good]));
  });

  test('says "no finished trials" for no data', async () => {
    expect(await build([])).toContain("no finished trials");
  });

  test("names itself for screen readers and states its size", async () => {
    const svg = await build([good]);
    const root = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement!;
    expect(root.getAttribute("role")).toBe("img");
    expect(root.getAttribute("aria-label")).toBe(root.querySelector("title")!.textContent);
    expect(root.querySelector("desc")!.textContent!.length).toBeGreaterThan(10);
    const size = `0 0 ${root.getAttribute("width")} ${root.getAttribute("height")}`;
    expect(root.getAttribute("viewBox")).toBe(size);
  });

  test("draws every colour as a literal, so that readers without CSS variables show it", async () => {
    const svg = await build([good]);
    const paints = [...svg.matchAll(/ (?:fill|stroke)="([^"]*)"/g)].map((match) => match[1]);
    expect(paints.filter((paint) => !/^(#[0-9a-f]{6}|none|currentColor)$/.test(paint))).toEqual([]);
  });

  test("keeps to the asked width and refuses a width of 10 px", async () => {
    const wide = build as (rows: readonly unknown[], options: object) => Promise<string>;
    expect(await wide([good], { width: 480 })).toContain('width="480"');
    await expect(wide([good], { width: 10 })).rejects.toThrow("figure: width must be between 240 and 4000 px, got 10");
  });
});
