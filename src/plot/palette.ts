/**
 * The colours of every figure: literals that any SVG reader understands, each with a partner for dark pages.
 *
 * A figure is drawn with the literals below as plain attributes, so that resvg, LaTeX and old viewers show the right
 * colours. `themeStyle` adds rules that a browser lays over them: `light-dark()` follows the page's `color-scheme`, and a
 * page may set `--gf-blue` and the like to recolour. Hues are Okabe and Ito's (2008), which the colour-blind can tell
 * apart; series also differ by dash and marker, so that a figure reads in grey.
 */

/** One colour: its CSS variable, the literal drawn (lower case), its partner on a dark page. */
export interface Colour {
  readonly variable: string;
  readonly light: string;
  readonly dark: string;
}

const colour = (name: string, light: string, dark: string): Colour => ({ variable: `--gf-${name}`, light, dark });

/** Text and axes. Muted text keeps a contrast of 4.5:1 on paper in both modes; rules are for gridlines only. */
export const ink = colour("ink", "#1b1f24", "#e6e8eb");
export const muted = colour("muted", "#59626d", "#a3acb8");
export const rule = colour("rule", "#dfe3e8", "#30363d");
export const paper = colour("paper", "#ffffff", "#14171a");

export const blue = colour("blue", "#0072b2", "#4aa8e8");
export const vermillion = colour("vermillion", "#d55e00", "#f58a45");
export const green = colour("green", "#009e73", "#25c497");
export const purple = colour("purple", "#cc79a7", "#e29bc2");
export const sky = colour("sky", "#56b4e9", "#9ad6f9");
export const orange = colour("orange", "#e69f00", "#f2b43c");

/** Grounds of heat-map cells, from dense (orange) over neutral to sparse (blue); ink on each keeps 4.5:1 in both modes. */
export const tints = {
  sparse3: colour("tint-sparse-3", "#7fbfe6", "#0b5686"),
  sparse2: colour("tint-sparse-2", "#aed8f0", "#144a6f"),
  sparse1: colour("tint-sparse-1", "#d6ebf8", "#18374f"),
  neutral: colour("tint-neutral", "#f1f3f5", "#22272d"),
  dense1: colour("tint-dense-1", "#fbe3d0", "#46301f"),
  dense2: colour("tint-dense-2", "#f7c8a3", "#643c1b"),
  dense3: colour("tint-dense-3", "#f2a977", "#834913"),
} as const;

/** Every colour a figure may use. */
export const palette: readonly Colour[] = [
  ink,
  muted,
  rule,
  paper,
  blue,
  vermillion,
  green,
  purple,
  sky,
  orange,
  ...Object.values(tints),
];

/** How one series is drawn: colour, dash pattern in px, marker. */
export interface SeriesStyle {
  readonly colour: string;
  readonly dash?: string;
  readonly symbol: "circle" | "diamond2" | "square" | "triangle" | "cross";
}

export type NetKind = "sparse" | "dense";

/** Sparse and dense differ by hue, by dash and by marker. */
export const kinds: Readonly<Record<NetKind, SeriesStyle & { readonly label: string }>> = {
  sparse: { label: "sparse", colour: blue.light, symbol: "circle" },
  dense: { label: "dense", colour: vermillion.light, dash: "5 3", symbol: "diamond2" },
};

const cycle = [blue, vermillion, green, ink, purple, sky, orange];
const dashes = [undefined, "6 3", "2 2", "8 3 2 3"];

/**
 * Style of the n-th of many series, n ≥ 0. Dash changes along with the hue, so that neighbours differ in grey too;
 * 28 series are different, then they repeat.
 */
export function seriesStyle(n: number): SeriesStyle {
  const hue = n % cycle.length;
  const dash = dashes[(hue + Math.floor(n / cycle.length)) % dashes.length];
  return { colour: cycle[hue].light, dash, symbol: "circle" };
}

/**
 * The style sheet that lets a browser recolour `body` for dark pages; holds rules only for colours that `body` uses.
 *
 * The rules sit inside `@supports`, which readers without CSS variables (resvg, librsvg) skip. A figure opened on its
 * own follows the reader's preference; inside a page it follows the page's `color-scheme` and takes the page's ink.
 */
export function themeStyle(body: string): string {
  const rules = palette
    .flatMap((entry) =>
      (["fill", "stroke"] as const)
        .filter((attribute) => body.includes(`${attribute}="${entry.light}"`))
        .map((attribute) => `.gf-figure [${attribute}="${entry.light}"]{${attribute}:${themed(entry)}}`),
    )
    .join("");
  return (
    ".gf-figure{max-width:100%;height:auto}" +
    "@supports (color:light-dark(red,red)){" +
    ".gf-figure{color:var(--gf-ink,inherit)}" +
    `.gf-figure:root{color-scheme:light dark;color:${themed(ink)};background:${themed(paper)}}` +
    `${rules}}`
  );
}

function themed({ variable, light, dark }: Colour): string {
  return `var(${variable},light-dark(${light},${dark}))`;
}
