import { describe, expect, test } from "vitest";
import { ink, kinds, muted, palette, paper, seriesStyle, themeStyle, tints } from "./palette.ts";

/** Contrast ratio of WCAG 2.2, from relative luminances. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string) => {
    const [r, g, b] = [1, 3, 5].map((i) => {
      const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

describe("contrast", () => {
  test("black on white is 21:1 by the formula used here", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 6);
  });

  test.each(["light", "dark"] as const)("ink and muted text keep 4.5:1 on paper in %s mode", (mode) => {
    expect(contrast(ink[mode], paper[mode])).toBeGreaterThan(4.5);
    expect(contrast(muted[mode], paper[mode])).toBeGreaterThan(4.5);
  });

  test.each(Object.entries(tints))("ink on the heat-map ground %s keeps 4.5:1 in both modes", (_, tint) => {
    expect(contrast(ink.light, tint.light)).toBeGreaterThan(4.5);
    expect(contrast(ink.dark, tint.dark)).toBeGreaterThan(4.5);
  });

  test("the lines of sparse and dense keep 3:1 on paper in both modes", () => {
    for (const kind of Object.values(kinds)) {
      const entry = palette.find(({ light }) => light === kind.colour)!;
      expect(contrast(entry.light, paper.light)).toBeGreaterThan(3);
      expect(contrast(entry.dark, paper.dark)).toBeGreaterThan(3);
    }
  });
});

test("sparse and dense differ by colour, by dash and by marker", () => {
  expect(kinds.sparse.colour).not.toBe(kinds.dense.colour);
  expect(kinds.sparse.dash).not.toBe(kinds.dense.dash);
  expect(kinds.sparse.symbol).not.toBe(kinds.dense.symbol);
});

test("the first 28 series have 28 different pairs of hue and dash", () => {
  const seen = new Set(Array.from({ length: 28 }, (_, n) => `${seriesStyle(n).colour} ${seriesStyle(n).dash}`));
  expect(seen.size).toBe(28);
});

test("no two colours share a literal, so that each can be recoloured alone", () => {
  expect(new Set(palette.map(({ light }) => light)).size).toBe(palette.length);
});

test("the style sheet holds rules for the colours used and for no others", () => {
  const style = themeStyle('<path fill="#0072b2"/>');
  expect(style).toContain('[fill="#0072b2"]{fill:var(--gf-blue,light-dark(#0072b2,#4aa8e8))}');
  expect(style).not.toContain('[stroke="#0072b2"]');
  expect(style).not.toContain("--gf-orange");
});
