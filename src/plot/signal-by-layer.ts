/** How a signal fares from layer to layer: the deviation of each layer's output, a line per network. */

import * as Plot from "@observablehq/plot";
import { axisStyle, formatOf, logAxis, ticksOf } from "./axis.ts";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { shorten } from "./lettering.ts";
import { muted, rule } from "./palette.ts";
import { seriesLook, seriesMarks } from "./series.ts";
import { distinct, leftOutNote, sift } from "./values.ts";

/** One layer of one network. */
export interface SignalPoint {
  readonly series: string;
  /** Layers are drawn in the order in which they first come. */
  readonly layer: string;
  /** Standard deviation of its output, ≥ 0. */
  readonly std: number;
}

/** Draws the deviations on a logarithmic axis; zeros are drawn at its lower edge. */
export async function signalByLayer(points: readonly SignalPoint[], options: FigureOptions = {}): Promise<string> {
  const { title = "Signal propagation", width = 720 } = options;
  const { kept, leftOut } = sift(points, (p) => [p.std]);
  const usable = kept.filter((p) => p.std >= 0);
  const notes = leftOutNote(leftOut + kept.length - usable.length, points.length, "values");
  if (usable.length === 0) return emptyFigure(title, options, notes);
  const layers = distinct(usable, (p) => p.layer);
  const rows = usable.map(({ series, layer, std }) => ({
    panel: "",
    series,
    x: layers.indexOf(layer),
    y: std,
    title: `${series}, ${layer}: ${std.toPrecision(4)}`,
  }));
  const look = seriesLook(rows, width);
  const y = logAxis(rows.map((row) => row.y));
  const zeros = rows.filter((row) => row.y < y.low).length;
  const room = (width - 68) / layers.length;
  // As many names as fit side by side; the others have a tick each.
  const every = Math.max(1, Math.ceil(44 / room));
  return figure(
    {
      title,
      subtitle: "standard deviation of each weight layer's output for N(0, 1) inputs, logarithmic axis",
      description: look.names
        .slice(0, 12)
        .map((name) => {
          const last = rows.filter((row) => row.series === name).at(-1);
          return `${name}: ${last?.y.toPrecision(3)} at ${layers[last?.x ?? 0]}.`;
        })
        .join(" "),
      width,
      legend: look.legend,
      plot: {
        height: 280,
        marginLeft: 52,
        marginRight: 16,
        marginTop: 12,
        marginBottom: 30,
        x: { type: "linear", domain: [-0.5, layers.length - 0.5] },
        y: y.scale,
        marks: [
          Plot.gridY({ ...ticksOf(y), stroke: rule.light, strokeOpacity: 1 }),
          ...(y.scale.domain[0] <= 1 && y.scale.domain[1] >= 1 ? [Plot.ruleY([1], { stroke: muted.light })] : []),
          Plot.axisY({ ...axisStyle, ...ticksOf(y), ...formatOf(y), label: null }),
          Plot.axisX(
            layers.map((_, i) => i),
            {
              ...axisStyle,
              tickSize: 4,
              label: null,
              tickFormat: (i: number) => (i % every === 0 ? shorten(layers[i], 11, room * every - 4) : ""),
            },
          ),
          ...seriesMarks(rows, { look, lowY: y.low }),
        ],
      },
      notes: [...(zeros > 0 ? [`${zeros} deviations of 0 are drawn at the lower edge.`] : []), ...notes],
    },
    options,
  );
}
