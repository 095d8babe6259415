/** An anatomy as a report: a section per part, with its figure and its tables. */

import type { Report, ReportFigure, ReportSection, Table } from "../../experiment/index.ts";
import { spectrumHistogram } from "../../flow/index.ts";
import {
  gradientNormOverSteps,
  interpolationCurves,
  signalByLayer,
  solutionMap,
  spectrumHistogramFigure,
  updateEffects,
} from "../../plot/index.ts";
import type { Anatomy } from "./analyse.ts";
import { anatomyTables, notedUpdates } from "./tables.ts";

interface Section {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly tables: readonly string[];
  /** The figure's SVG; undefined where the part was not looked at. */
  readonly draw: (anatomy: Anatomy) => Promise<string> | undefined;
}

const sections: readonly Section[] = [
  {
    id: "gradient-norm",
    title: "Gradient norm",
    caption: "2-norm of the gradient of all trained numbers on a fixed batch.",
    tables: ["gradient-norms", "gradient-norms-by-parameter"],
    draw: ({ norms, specimens }) =>
      norms &&
      gradientNormOverSteps(
        norms.map(({ step, norm }, i) => ({ series: specimens[i].training ?? specimens[i].name, step, norm })),
      ),
  },
  {
    id: "topology-updates",
    title: "Topology updates",
    caption:
      "2-norm of the gradient right after each change of the topology less that right before, as training noted them.",
    tables: ["updates"],
    draw: (anatomy) => {
      const updates = notedUpdates(anatomy);
      return updates.length === 0 ? undefined : updateEffects(updates);
    },
  },
  {
    id: "signal-propagation",
    title: "Signal propagation",
    caption: "Standard deviation of each weight layer's output, before its activation, for N(0, 1) inputs.",
    tables: ["signal"],
    draw: ({ signals, specimens }) =>
      signals &&
      signalByLayer(
        signals.flatMap((layers, i) =>
          layers.map(({ name, std }) => ({ series: specimens[i].name, layer: name, std })),
        ),
      ),
  },
  {
    id: "map",
    title: "Distances and agreement",
    caption: "Classical multidimensional scaling of pairwise L2 distances.",
    tables: ["distances", "accuracies"],
    draw: ({ distances, specimens }) =>
      distances &&
      solutionMap(
        distances.map.points.map(([x, y], i) => ({ label: specimens[i].name, x, y, group: specimens[i].training })),
        { explained: distances.map.explained },
      ),
  },
  {
    id: "interpolation",
    title: "Linear interpolation",
    caption: "Training loss along the straight line from each network to the last.",
    tables: ["barriers", "interpolation"],
    draw: ({ lines }) =>
      lines &&
      interpolationCurves(
        lines.flatMap(({ start, end, points }) => points.map((point) => ({ series: `${start} → ${end}`, ...point }))),
      ),
  },
  {
    id: "spectrum",
    title: "Hessian spectrum",
    caption:
      "Eigenvalues of the Hessian of the training loss over active weights, biases and all else that is trained.",
    tables: ["spectra", "spectrum-bins"],
    draw: ({ spectra, specimens }) =>
      spectra &&
      spectrumHistogramFigure(
        spectra.flatMap((spectrum, i) =>
          spectrumHistogram(spectrum).map((bin) => ({ panel: specimens[i].name, ...bin })),
        ),
      ),
  },
];

/** The report. @param provenance  where the numbers come from: data, its hash, version */
export async function anatomyReport(anatomy: Anatomy, provenance: Readonly<Record<string, string>>): Promise<Report> {
  const tables = new Map(anatomyTables(anatomy).map((table) => [table.name, table]));
  const written: ReportSection[] = [];
  for (const { id, title, caption, tables: own, draw } of sections) {
    const svg = await draw(anatomy);
    if (svg === undefined) continue;
    const figures: ReportFigure[] = [{ name: id, svg, caption }];
    written.push({ id, title, figures, tables: own.map((name) => tables.get(name) as Table) });
  }
  const { specimens, examples } = anatomy;
  return {
    title: "Anatomy of gradient flow",
    lead: `${specimens.length === 1 ? "One network" : `${specimens.length} networks`}, looked at on the first ${examples} training examples: ${specimens.map(({ name }) => name).join(", ")}.`,
    sections: written,
    provenance,
  };
}
