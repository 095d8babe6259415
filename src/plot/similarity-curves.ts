/** How alike a method's maps stay as layers are made random, a panel per method: a line per measure, with a band over images. */

import * as Plot from "@observablehq/plot";
import { axisStyle } from "./axis.ts";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { muted, rule } from "./palette.ts";
import { layPanels } from "./panels.ts";
import { seriesLook, seriesMarks } from "./series.ts";
import { distinct, leftOutNote, sift } from "./values.ts";

/** One measure of one method with some layers random. */
export interface SimilarityPoint {
  readonly panel: string;
  /** The measure. */
  readonly series: string;
  /** How many layers are random. */
  readonly layers: number;
  /** In [-1, 1]. */
  readonly mean: number;
  /** Ends of the band; where one is not finite, none is drawn. */
  readonly low: number;
  readonly high: number;
}

export interface SimilarityOptions extends FigureOptions {
  /** Names of the layers in the order in which they become random. */
  readonly layerNames?: readonly string[];
  /** What the band is: "± one standard deviation over images". */
  readonly bandName?: string;
}

/** Draws the curves on [-1, 1], or from 0 where no mean is below. */
export async function similarityCurves(
  points: readonly SimilarityPoint[],
  options: SimilarityOptions = {},
): Promise<string> {
  const { title = "Similarity of maps as layers are made random", width = 720, layerNames = [], bandName } = options;
  const { kept, leftOut } = sift(points, (p) => [p.layers, p.mean]);
  const notes = leftOutNote(leftOut, points.length, "values");
  if (kept.length === 0) return emptyFigure(title, options, notes);
  const names = distinct(kept, (p) => p.panel);
  const layout = layPanels(names, {
    ...{ width, panelHeight: 110, marginLeft: 34, marginRight: 12, marginBottom: 34, gap: 28 },
    columns: Math.max(1, Math.floor((width - 46 + 28) / 218)),
  });
  const facets = {
    fx: ({ panel }: { panel: string }) => layout.place(panel).fx,
    fy: ({ panel }: { panel: string }) => layout.place(panel).fy,
  };
  const rows = kept.map(({ panel, series, layers, mean, low, high }) => ({
    ...{ panel, series, x: layers, y: mean, low, high },
    title: `${panel}, ${layers} random: ${series} ${mean.toFixed(2)}`,
  }));
  const look = seriesLook(rows, width);
  const bottom = Math.min(0, ...rows.map((row) => row.y)) < -0.05 ? -1 : 0;
  const bands = sift(rows, (row) => [row.low, row.high]).kept;
  const last = Math.max(...rows.map((row) => row.x));
  return figure(
    {
      title,
      subtitle: "similarity with the trained network's maps, 1 where they are the same",
      description: names
        .slice(0, 12)
        .map((name) => {
          const own = rows.filter((row) => row.panel === name && row.x === 1);
          return `${name}: ${own.map((row) => `${row.series} ${row.y.toFixed(2)}`).join(", ")} with one layer random.`;
        })
        .join(" "),
      width,
      legend: look.legend,
      plot: {
        ...layout.options,
        x: { type: "linear", domain: [0, Math.max(1, last)] },
        y: { type: "linear", domain: [bottom, 1], clamp: true },
        marks: [
          ...layout.marks,
          Plot.gridY({
            ticks: bottom === 0 ? [0, 0.5, 1] : [-1, -0.5, 0, 0.5, 1],
            stroke: rule.light,
            strokeOpacity: 1,
          }),
          Plot.ruleY([0], { stroke: muted.light }),
          Plot.axisY({ ...axisStyle, ticks: bottom === 0 ? [0, 0.5, 1] : [-1, 0, 1], label: null }),
          Plot.axisX({
            ...axisStyle,
            ...{ ticks: Math.min(last, 8), tickFormat: "d", label: "layers random", labelAnchor: "center" },
          }),
          ...look.names.map((name) =>
            Plot.areaY(
              bands.filter((row) => row.series === name),
              {
                ...facets,
                z: "panel",
                x: "x",
                y1: "low",
                y2: "high",
                fill: look.style(name).colour,
                fillOpacity: 0.18,
              },
            ),
          ),
          ...seriesMarks(rows, { look, facets }),
        ],
      },
      notes: [
        ...(layerNames.length > 0
          ? [`Made random in this order: ${layerNames.map((name, i) => `${i + 1} ${name}`).join(", ")}.`]
          : []),
        ...(bandName === undefined ? [] : [`Band: ${bandName}.`]),
        ...notes,
      ],
    },
    options,
  );
}
