/** Piecewise constant schedules over a training: a thin line per training and a bold one of each series' medians, a panel per quantity. */

import * as Plot from "@observablehq/plot";
import { median } from "../base/index.ts";
import { axisStyle } from "./axis.ts";
import { emptyFigure, type FigureOptions, figure } from "./figure.ts";
import { log10 } from "./numerals.ts";
import { muted, rule } from "./palette.ts";
import { seriesLook } from "./series.ts";
import { distinct, groupBy, leftOutNote, sift } from "./values.ts";

/** The value of one window. */
export interface SchedulePoint {
  readonly series: string;
  /** Which training of the series. */
  readonly seed: string;
  /** What the schedule is of: "learning rate". */
  readonly panel: string;
  /** The window as shares of the training, from 0 to 1. */
  readonly from: number;
  readonly to: number;
  readonly value: number;
}

const panelHeight = 190;

/** Draws the schedules, panels below one another. */
export async function scheduleSteps(points: readonly SchedulePoint[], options: FigureOptions = {}): Promise<string> {
  const { title = "Schedules", width = 720 } = options;
  const { kept, leftOut } = sift(points, (p) => [p.from, p.to, p.value]);
  const notes = leftOutNote(leftOut, points.length, "values");
  if (kept.length === 0) return emptyFigure(title, options, notes);
  const panels = distinct(kept, (p) => p.panel);
  const look = seriesLook(kept, width);
  const several = distinct(kept, (p) => p.seed).length > 1;
  const drawn = panels.map((panel) => drawPanel(kept, { panel, look, several }));
  const marks = drawn.flatMap((one) => one.marks);
  return figure(
    {
      title,
      subtitle: several ? "thin: one seed each; bold: median over seeds" : undefined,
      description: `Schedules of ${panels.join(", ")} of ${look.names.length} searches over a training.`,
      width,
      legend: look.legend,
      plot: {
        height: panels.length * panelHeight + 44,
        marginLeft: 56,
        marginRight: 26,
        marginTop: 18,
        marginBottom: 38,
        x: { domain: [0, 1] },
        y: { axis: null, domain: [0, 1] },
        fy: { axis: null, domain: panels, padding: 0.16 },
        marks: [
          Plot.axisX({
            ...axisStyle,
            ticks: 5,
            tickFormat: (x: number) => `${Math.round(100 * x)} %`,
            label: "share of the training",
            labelAnchor: "center",
          }),
          ...marks,
          Plot.text(panels, {
            fy: (panel: string) => panel,
            text: (panel: string) => panel,
            frameAnchor: "top-left",
            dx: -52,
            dy: -16,
            fontSize: 12,
            fontWeight: 600,
          }),
        ],
      },
      notes,
    },
    options,
  );
}

/** One quantity on a scale of its own: drawn in [0, 1], with ticks of its own. */
function drawPanel(
  points: readonly SchedulePoint[],
  of: { readonly panel: string; readonly look: ReturnType<typeof seriesLook>; readonly several: boolean },
): { marks: Plot.Markish[] } {
  const { panel, look, several } = of;
  const own = points.filter((p) => p.panel === panel);
  const values = own.map((p) => p.value);
  const [lowest, highest] = [Math.min(0, ...values), Math.max(0, ...values)];
  const step = roundStep((highest - lowest) / 4 || 1);
  const bottom = step * Math.floor(lowest / step);
  const top = Math.max(bottom + step, step * Math.ceil((1.04 * highest) / step));
  const y = (value: number) => (value - bottom) / (top - bottom);
  const count = Math.round((top - bottom) / step);
  const ticks = Array.from({ length: count + 1 }, (_, i) => ({ share: i / count, value: bottom + i * step }));
  const fy = () => panel;
  const marks: Plot.Markish[] = [
    Plot.ruleY(ticks, { fy, y: "share", stroke: rule.light }),
    Plot.text(ticks, {
      fy,
      y: "share",
      frameAnchor: "left",
      dx: -8,
      textAnchor: "end",
      text: (tick: { value: number }) => String(Number(tick.value.toPrecision(4))),
      fill: muted.light,
      fontSize: 11,
    }),
  ];
  for (const name of look.names) {
    const { colour, dash } = look.style(name);
    const rows = own.filter((p) => p.series === name);
    const line = (windows: readonly SchedulePoint[], strokeWidth: number, strokeOpacity: number) =>
      Plot.line(
        windows.flatMap((p) => [
          { x: p.from, y: y(p.value) },
          { x: p.to, y: y(p.value) },
        ]),
        { fy, x: "x", y: "y", stroke: colour, strokeWidth, strokeOpacity, strokeDasharray: dash },
      );
    const seeds = groupBy(rows, (p) => p.seed);
    if (several) for (const windows of seeds.values()) marks.push(line(sorted(windows), 0.8, 0.45));
    const windows = groupBy(rows, (p) => `${p.from} ${p.to}`);
    const medians = [...windows.values()].map((of) => ({ ...of[0], value: median(of.map((p) => p.value)) }));
    if (medians.length > 0) marks.push(line(sorted(medians), 2.2, 1));
  }
  return { marks };
}

const sorted = (windows: readonly SchedulePoint[]) => [...windows].sort((a, b) => a.from - b.from);

/** The step of ticks next above: 1, 2 or 5 times a power of ten. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(log10(least));
  return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= 0.999 * least) ?? least;
}
