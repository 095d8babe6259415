/** A mesh and its quality in words, tables and a histogram of letters. */

import { type Table, type TableRow, toText } from "../experiment/index.ts";
import { cellCount, type Mesh, nodesPerElement, type QualitySummary } from "../mesh/index.ts";
import { canStyle, counted, grouped, paint, terminalWidth } from "./output.ts";

/** Qualities under the names that people know them by. */
export const qualityTitles: Readonly<Record<QualitySummary["quality"], string>> = {
  meanRatio: "mean ratio",
  shape: "mean ratio of the worst corner",
  scaledJacobian: "scaled Jacobian",
  meanVolume: "mean-volume quality",
  jacobian: "Jacobian determinant",
  edgeRatio: "edge ratio",
};

/** `tetrahedra 5,126`: all kinds of cells of a mesh with their numbers. */
export function kindsInWords(mesh: Mesh): string {
  const counts = new Map<string, number>();
  for (const { kind, nodes } of mesh.cells) {
    counts.set(kind, (counts.get(kind) ?? 0) + nodes.length / nodesPerElement[kind]);
  }
  const plural = (kind: string) =>
    /hedron$/.test(kind) ? kind.replace(/on$/, "a") : kind === "vertex" ? "vertices" : `${kind}s`;
  return [...counts].map(([kind, n]) => counted(n, kind, plural(kind))).join(", ");
}

export function meshInWords(mesh: Mesh): string {
  return `${counted(mesh.points.length / 3, "point")}; ${kindsInWords(mesh)}`;
}

/** Four decimals; what is not there is a dash. */
export function fourDecimals(value: number): string {
  return Number.isFinite(value) ? value.toFixed(4) : "-";
}

/** Rows of a table of one or two summaries side by side. */
export function summaryTable(states: readonly { readonly label: string; readonly summary: QualitySummary }[]): Table {
  const rows: readonly [string, (summary: QualitySummary) => string][] = [
    ["invalid elements", ({ invalid }) => grouped(invalid)],
    ["least", ({ min }) => fourDecimals(min)],
    ["least of those that can move", ({ minFree }) => fourDecimals(minFree)],
    ["5 % are below", ({ fifthPercentile }) => fourDecimals(fifthPercentile)],
    ["mean", ({ mean }) => fourDecimals(mean)],
  ];
  return {
    name: "summary",
    caption: `Quality (${qualityTitles[states[0].summary.quality]}) of ${counted(states[0].summary.count, "element")}`,
    columns: [
      { key: "what", title: "" },
      ...states.map(({ label }) => ({ key: label, title: label, align: "right" as const })),
    ],
    rows: rows.map(
      ([what, of]): TableRow => ({
        what,
        ...Object.fromEntries(states.map(({ label, summary }) => [label, of(summary)])),
      }),
    ),
  };
}

export function kindTable(states: readonly { readonly label: string; readonly summary: QualitySummary }[]): Table {
  const kinds = Object.keys(states[0].summary.byKind) as (keyof QualitySummary["byKind"])[];
  return {
    name: "kinds",
    caption: "Quality, kind by kind",
    columns: [
      { key: "kind", title: "kind" },
      { key: "count", title: "elements", format: "integer" },
      ...states.flatMap(({ label }) => [
        { key: `min ${label}`, title: `least ${label}`.trim(), format: "number" as const, decimals: 4 },
        { key: `mean ${label}`, title: `mean ${label}`.trim(), format: "number" as const, decimals: 4 },
      ]),
    ],
    rows: kinds.map((kind) => ({
      kind,
      count: states[0].summary.byKind[kind]?.count,
      ...Object.fromEntries(
        states.flatMap(({ label, summary }) => [
          [`min ${label}`, summary.byKind[kind]?.min],
          [`mean ${label}`, summary.byKind[kind]?.mean],
        ]),
      ),
    })),
  };
}

/** One of the worst elements, with its place and its number in the file where that had its own. */
export interface WorstElement {
  readonly kind: string;
  /** Number among all cells of the mesh, from 0. */
  readonly cell: number;
  /** The element's number in a file of Gmsh or Abaqus, where that is not `cell` + 1. */
  readonly tag?: number;
  readonly quality: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

export function worstElements(mesh: Mesh, { worst }: QualitySummary): WorstElement[] {
  const tags = mesh.fields.cellData.find(
    ({ name, components }) => /^(gmsh|abaqus):element$/.test(name) && components === 1,
  );
  const places = centresOf(mesh, new Set(worst.map(({ cell }) => cell)));
  return worst.map(({ cell, kind, quality }) => {
    const [x, y, z] = places.get(cell) ?? [Number.NaN, Number.NaN, Number.NaN];
    return { kind, cell, ...(tags === undefined ? {} : { tag: Number(tags.values[cell]) }), quality, x, y, z };
  });
}

/** Means of the points of some cells. */
function centresOf(mesh: Mesh, wanted: ReadonlySet<number>): Map<number, number[]> {
  const found = new Map<number, number[]>();
  let first = 0;
  for (const { kind, nodes } of mesh.cells) {
    const size = nodesPerElement[kind];
    const count = nodes.length / size;
    for (const cell of wanted) {
      if (cell < first || cell >= first + count) continue;
      const own = [...nodes.subarray((cell - first) * size, (cell - first + 1) * size)];
      found.set(
        cell,
        [0, 1, 2].map((k) => own.reduce((sum, node) => sum + mesh.points[3 * node + k], 0) / size),
      );
    }
    first += count;
  }
  return found;
}

export function worstTable(mesh: Mesh, summary: QualitySummary, { name = "worst", when = "" } = {}): Table {
  const rows = worstElements(mesh, summary);
  const tagged = rows.some(({ tag }) => tag !== undefined);
  const place = { format: "number" as const };
  return {
    name,
    caption: `The worst elements${when}`,
    columns: [
      { key: "kind", title: "kind" },
      { key: "cell", title: "cell", align: "right" },
      ...(tagged ? [{ key: "tag", title: "in the file", align: "right" as const }] : []),
      { key: "quality", title: "quality", format: "number", decimals: 4 },
      { key: "x", title: "x", ...place },
      { key: "y", title: "y", ...place },
      { key: "z", title: "z", ...place },
    ],
    rows: rows.map((row) => ({ ...row })),
    notes: [
      `The place is the mean of the element's points. Cells are numbered from 0 to ${grouped(cellCount(mesh) - 1)}, all kinds together${tagged ? "" : "; programs that count from 1 call each one more"}.`,
    ],
  };
}

/**
 * Histograms as bars of letters, ten bins from bad to good; any element at all makes a bar.
 *
 *     0.9-1.0  ██████████  1,203   ██████████████  2,411
 */
export function textHistogram(states: readonly { readonly label: string; readonly summary: QualitySummary }[]): string {
  const halves = states.map(({ summary: { histogram } }) => tenths(histogram));
  const most = Math.max(1, ...halves.flat());
  const digits = Math.max(...halves.flat().map((n) => grouped(n).length), 5);
  const room = Math.floor((terminalWidth() - 11) / states.length) - digits - 4;
  const width = Math.max(6, Math.min(40, room));
  const heads = states
    .map(({ label }) => label.padEnd(width + digits + 4))
    .join("")
    .trimEnd();
  const rows = Array.from({ length: 10 }, (_, i) => {
    const bars = halves.map((counts) => {
      const length = counts[i] === 0 ? 0 : Math.max(1, Math.round((counts[i] / most) * width));
      const bar = "█".repeat(length).padEnd(width);
      return `${i < 3 ? paint("red", bar) : bar} ${grouped(counts[i]).padStart(digits)}   `;
    });
    return `  ${(i / 10).toFixed(1)}-${((i + 1) / 10).toFixed(1)}  ${bars.join("")}`.trimEnd();
  });
  return [`  ${paint("bold", `quality  ${heads}`)}`, ...rows].join("\n");
}

/** Twenty bins as ten. */
function tenths(histogram: readonly number[]): number[] {
  return Array.from({ length: 10 }, (_, i) => histogram[2 * i] + histogram[2 * i + 1]);
}

export function tableText(table: Table): string {
  return toText(table, { styled: canStyle() }).trimEnd();
}
