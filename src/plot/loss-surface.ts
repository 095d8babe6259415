/** The loss around what a search has found, over one or two quantities, with the way the search took: a curve or a map of cells. */

import * as Plot from "@observablehq/plot";
import { axisStyle, chooseAxis, formatOf, ticksOf } from "./axis.ts";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { blue, ink, muted, paper, rule, tints, vermillion } from "./palette.ts";
import { distinct, isPlottable, linearDomain, sift } from "./values.ts";

/** One training: a point of the grid, or of the way. */
export interface SurfacePoint {
  readonly what: "grid" | "way" | "found";
  readonly x: number;
  /** Undefined where there is one quantity. */
  readonly y?: number;
  /** NaN where the training diverged. */
  readonly loss: number;
}

export interface SurfaceOptions extends FigureOptions {
  /** Names of the quantities. */
  readonly axes?: readonly [x: string, y?: string];
}

/** Grounds from the lowest loss to the highest. */
const grounds = [tints.sparse3, tints.sparse2, tints.sparse1, tints.neutral, tints.dense1, tints.dense2, tints.dense3];

/** Draws the surface. Losses are binned by their rank, so that one that exploded does not flatten the rest. */
export async function lossSurface(points: readonly SurfacePoint[], options: SurfaceOptions = {}): Promise<string> {
  const { title = "Validation loss around what was found", width = 720 } = options;
  const { kept } = sift(points, (p) => [p.x, p.y ?? 0]);
  const grid = kept.filter(({ what, y }) => what === "grid" && (y !== undefined) === hasTwo(kept));
  if (grid.length === 0) return emptyFigure(title, options);
  return hasTwo(kept)
    ? mapOf(kept, grid, { ...options, title, width })
    : curveOf(kept, grid, { ...options, title, width });
}

const hasTwo = (points: readonly SurfacePoint[]) => points.some(({ what, y }) => what === "grid" && y !== undefined);

interface Drawn extends SurfaceOptions {
  readonly title: string;
  readonly width: number;
}

function curveOf(points: readonly SurfacePoint[], grid: readonly SurfacePoint[], options: Drawn): Promise<string> {
  const { title, width, axes = ["value"] } = options;
  const rows = grid.filter(({ loss }) => isPlottable(loss)).sort((a, b) => a.x - b.x);
  const way = points.filter(({ what, loss }) => what !== "grid" && isPlottable(loss));
  const y = chooseAxis([...rows, ...way].map(({ loss }) => loss));
  const at = { x: "x", y: (p: SurfacePoint) => Math.max(p.loss, y.low) } as const;
  return figure(
    {
      title,
      subtitle: "every other value as found",
      description: `Validation loss at ${rows.length} values of ${axes[0]}.`,
      width,
      legend: legend(),
      plot: {
        height: 300,
        marginLeft: 52,
        marginRight: 16,
        marginTop: 12,
        marginBottom: 38,
        x: { domain: linearDomain([...rows, ...way].map(({ x }) => x)) },
        y: y.scale,
        marks: [
          Plot.gridY({ ...ticksOf(y), stroke: rule.light, strokeOpacity: 1 }),
          Plot.axisY({ ...axisStyle, ...ticksOf(y), ...formatOf(y), label: null }),
          Plot.axisX({ ...axisStyle, ticks: 6, label: axes[0], labelAnchor: "center" }),
          Plot.line(rows, { ...at, stroke: blue.light, strokeWidth: 1.8 }),
          Plot.dot(rows, { ...at, fill: blue.light, r: 2.5 }),
          Plot.line(way, { ...at, stroke: ink.light, strokeWidth: 1, strokeDasharray: "3 2" }),
          Plot.dot(way, { ...at, fill: paper.light, stroke: ink.light, r: 3 }),
          Plot.dot(
            way.filter(({ what }) => what === "found"),
            { ...at, fill: vermillion.light, r: 5 },
          ),
        ],
      },
      notes: diverged(grid),
    },
    options,
  );
}

function mapOf(points: readonly SurfacePoint[], grid: readonly SurfacePoint[], options: Drawn): Promise<string> {
  const { title, width, axes = ["x", "y"] } = options;
  const finite = grid
    .map(({ loss }) => loss)
    .filter(isPlottable)
    .sort((a, b) => a - b);
  const bounds = grounds.slice(1).map((_, i) => finite[Math.floor(((i + 1) * finite.length) / grounds.length)]);
  const binOf = (loss: number) => bounds.filter((bound) => loss >= bound).length;
  const halves = { x: half(grid.map(({ x }) => x)), y: half(grid.map(({ y = 0 }) => y)) };
  const cells = grid.map((p) => ({
    ...p,
    x1: p.x - halves.x,
    x2: p.x + halves.x,
    y1: (p.y ?? 0) - halves.y,
    y2: (p.y ?? 0) + halves.y,
    bin: isPlottable(p.loss) ? binOf(p.loss) : -1,
  }));
  const way = points.filter(({ what, y }) => what !== "grid" && y !== undefined);
  const rounded = (loss: number) => Number(loss.toPrecision(3));
  const few = distinct(grid, ({ x }) => x).length <= 11;
  return figure(
    {
      title,
      subtitle: "cells: trainings around what was found, its schedules scaled; line: the rounds of the search",
      description: `Validation loss of ${grid.length} trainings, from ${finite[0]?.toPrecision(3)} to ${finite.at(-1)?.toPrecision(3)}.`,
      width,
      legend: [
        ...grounds.flatMap(({ light }, bin) => {
          const own = cells.filter((cell) => cell.bin === bin).map(({ loss }) => loss);
          if (own.length === 0) return [];
          const [low, high] = [rounded(Math.min(...own)), rounded(Math.max(...own))];
          return [{ label: low === high ? String(low) : `${low} to ${high}`, colour: light, sample: "box" as const }];
        }),
        ...legend().slice(1),
      ],
      plot: {
        height: 400,
        marginLeft: 64,
        marginRight: 16,
        marginTop: 12,
        marginBottom: 38,
        x: { domain: linearDomain([...cells.flatMap(({ x1, x2 }) => [x1, x2]), ...way.map(({ x }) => x)]) },
        y: { domain: linearDomain([...cells.flatMap(({ y1, y2 }) => [y1, y2]), ...way.map(({ y = 0 }) => y)]) },
        marks: [
          ...grounds.map(({ light }, bin) =>
            Plot.rect(
              cells.filter((cell) => cell.bin === bin),
              { x1: "x1", x2: "x2", y1: "y1", y2: "y2", fill: light, inset: 0.5 },
            ),
          ),
          Plot.axisY({ ...axisStyle, ticks: 6, label: axes[1] ?? "", labelAnchor: "center" }),
          Plot.axisX({ ...axisStyle, ticks: 6, label: axes[0], labelAnchor: "center" }),
          ...(few
            ? [
                Plot.text(cells, {
                  x: "x",
                  y: "y",
                  text: (cell: (typeof cells)[number]) =>
                    isPlottable(cell.loss) ? cell.loss.toPrecision(2) : "diverged",
                  fontSize: 9,
                  fill: muted.light,
                }),
              ]
            : []),
          Plot.line(
            way.filter(({ what }) => what === "way"),
            { x: "x", y: "y", stroke: ink.light, strokeWidth: 1.4 },
          ),
          Plot.dot(way, { x: "x", y: "y", fill: paper.light, stroke: ink.light, r: 3 }),
          Plot.dot(
            way.filter(({ what }) => what === "found"),
            { x: "x", y: "y", fill: vermillion.light, stroke: ink.light, r: 5.5 },
          ),
        ],
      },
      notes: diverged(grid),
    },
    options,
  );
}

const legend = () => [
  { label: "trainings around it", colour: blue.light, sample: "marker" as const },
  { label: "rounds of the search", colour: ink.light, sample: "hollow" as const },
  { label: "found", colour: vermillion.light, sample: "marker" as const },
];

function diverged(grid: readonly SurfacePoint[]): string[] {
  const count = grid.filter(({ loss }) => !isPlottable(loss)).length;
  return count === 0 ? [] : [`${count} of ${grid.length} trainings diverged.`];
}

/** Half the distance between two neighbours of a grid. */
function half(values: readonly number[]): number {
  const places = [...new Set(values)].sort((a, b) => a - b);
  const gaps = places.slice(1).map((value, i) => value - places[i]);
  return gaps.length === 0 ? 0.5 : Math.min(...gaps) / 2;
}
