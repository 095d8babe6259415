/** The numbers of an anatomy as tables. */

import type { CellFormat, Column, Table } from "../../experiment/index.ts";
import { spectrumHistogram } from "../../flow/index.ts";
import type { Anatomy, Specimen } from "./analyse.ts";

const column = (key: string, title: string, format?: CellFormat): Column =>
  format === undefined ? { key, title } : { key, title, format };
const names = ({ specimens }: Anatomy) => specimens.map(({ name }) => name);

/** One table for each part that was looked at, in the order of the parts. */
export function anatomyTables(anatomy: Anatomy): Table[] {
  return [
    ...normTable(anatomy),
    ...updateTable(anatomy),
    ...signalTable(anatomy),
    ...distanceTables(anatomy),
    ...barrierTable(anatomy),
    ...spectrumTable(anatomy),
  ];
}

function normTable(anatomy: Anatomy): Table[] {
  const { norms, specimens, examples } = anatomy;
  if (norms === undefined) return [];
  const layers = norms.flatMap(({ parameters }, i) =>
    parameters.map(({ name, norm }) => ({
      network: specimens[i].name,
      step: specimens[i].step,
      parameter: name,
      norm,
    })),
  );
  const whole = norms.map(({ norm, loss }, i) => ({ network: specimens[i].name, step: specimens[i].step, loss, norm }));
  return [
    {
      name: "gradient-norms",
      caption: `Gradient norm of all trained numbers on the first ${examples} training examples`,
      columns: [
        column("network", "network"),
        column("step", "step", "integer"),
        column("loss", "loss", "number"),
        column("norm", "gradient norm", "number"),
      ],
      rows: whole,
    },
    {
      name: "gradient-norms-by-parameter",
      caption: "The same by parameter",
      columns: [
        column("network", "network"),
        column("step", "step", "integer"),
        column("parameter", "parameter"),
        column("norm", "gradient norm", "number"),
      ],
      rows: layers,
    },
  ];
}

/** Every change of the topology that trainings noted, by each training's last checkpoint, which has those of the others. */
export function notedUpdates({ norms, specimens }: Anatomy) {
  if (norms === undefined) return [];
  const latest = new Map<string, Specimen>();
  for (const specimen of specimens) {
    const series = specimen.training ?? specimen.name;
    if ((specimen.updates?.length ?? 0) > (latest.get(series)?.updates?.length ?? 0)) latest.set(series, specimen);
  }
  return [...latest.values()].flatMap(({ name, updates = [] }) =>
    updates.map((update) => ({ series: name, ...update })),
  );
}

function updateTable(anatomy: Anatomy): Table[] {
  const rows = notedUpdates(anatomy);
  if (rows.length === 0) return [];
  return [
    {
      name: "updates",
      caption: "Gradient norm around each change of the topology, as training noted it",
      columns: [
        column("series", "network"),
        column("step", "step", "integer"),
        column("before", "norm before", "number"),
        column("after", "after", "number"),
        column("delta", "difference", "number"),
      ],
      rows,
    },
  ];
}

function signalTable(anatomy: Anatomy): Table[] {
  const { signals } = anatomy;
  if (signals === undefined) return [];
  return [
    {
      name: "signal",
      caption: "Standard deviation of each weight layer's output for N(0, 1) inputs",
      columns: [
        column("network", "network"),
        column("layer", "layer"),
        column("std", "std", "number"),
        column("mean", "mean", "number"),
      ],
      rows: signals.flatMap((layers, i) =>
        layers.map(({ name, std, mean }) => ({ network: names(anatomy)[i], layer: name, std, mean })),
      ),
    },
  ];
}

function distanceTables(anatomy: Anatomy): Table[] {
  const { distances } = anatomy;
  if (distances === undefined) return [];
  const { agreement, l2, cosine, map } = distances;
  const all = names(anatomy);
  const pairs = all.flatMap((a, i) =>
    all.slice(i + 1).map((b, k) => {
      const j = i + 1 + k;
      return { a, b, l2: l2[i][j], cosine: cosine[i][j], disagreement: agreement.disagreement[i][j] };
    }),
  );
  return [
    {
      name: "distances",
      caption:
        "Pairs of networks: distances of their weights, and the share of test examples they put into different classes",
      columns: [
        column("a", "network"),
        column("b", "and"),
        column("l2", "L2", "number"),
        column("cosine", "cosine", "number"),
        { ...column("disagreement", "disagreement", "percent"), unit: "%" },
      ],
      rows: pairs,
      notes: ["Cosine distance is 1 - cos, over all trained numbers; masked positions are 0."],
    },
    {
      name: "accuracies",
      caption: "Test accuracy alone and together, and the place on the map",
      columns: [
        column("network", "network"),
        { ...column("accuracy", "test accuracy", "percent"), unit: "%" },
        column("x", "x", "number"),
        column("y", "y", "number"),
      ],
      rows: [
        ...all.map((network, i) => ({
          network,
          accuracy: agreement.accuracy[i],
          x: map.points[i][0],
          y: map.points[i][1],
        })),
        { network: "all together", accuracy: agreement.ensembleAccuracy },
      ],
    },
  ];
}

function barrierTable({ lines, examples }: Anatomy): Table[] {
  if (lines === undefined) return [];
  const lossAt = (points: NonNullable<Anatomy["lines"]>[number]["points"], alpha: number) =>
    points.find((point) => point.alpha === alpha)?.loss;
  return [
    {
      name: "barriers",
      caption: `Loss on the first ${examples} training examples along the lines between networks`,
      columns: [
        column("start", "start"),
        column("end", "end"),
        column("at0", "loss at start", "number"),
        column("half", "half way", "number"),
        column("at1", "at end", "number"),
        column("barrier", "barrier", "number"),
      ],
      rows: lines.map(({ start, end, points, barrier }) => ({
        start,
        end,
        at0: lossAt(points, 0),
        half: lossAt(points, 0.5),
        at1: lossAt(points, 1),
        barrier,
      })),
      notes: ["Barrier: highest loss between both ends less that of the higher end."],
    },
    {
      name: "interpolation",
      caption: "Every point of the lines",
      columns: [
        column("start", "start"),
        column("end", "end"),
        column("alpha", "α", "number"),
        column("loss", "loss", "number"),
        { ...column("accuracy", "accuracy", "percent"), unit: "%" },
      ],
      rows: lines.flatMap(({ start, end, points }) => points.map((point) => ({ start, end, ...point }))),
    },
  ];
}

function spectrumTable(anatomy: Anatomy): Table[] {
  const { spectra, examples } = anatomy;
  if (spectra === undefined) return [];
  return [
    {
      name: "spectra",
      caption: `Hessian of the loss on the first ${examples} training examples, over all trained numbers`,
      columns: [
        column("network", "network"),
        column("size", "rows", "integer"),
        column("method", "method"),
        column("lowest", "lowest", "number"),
        column("highest", "highest", "number"),
        column("trace", "trace", "number"),
        { ...column("negativeShare", "negative", "percent"), unit: "%" },
      ],
      rows: spectra.map(({ size, method, lowest, highest, trace, negativeShare }, i) => ({
        network: names(anatomy)[i],
        size,
        method,
        lowest,
        highest,
        trace,
        negativeShare,
      })),
      notes: spectra.some(({ method }) => method === "lanczos")
        ? [
            "By Lanczos iteration the trace is an estimate, the ends are found from within, and the share of negative ones cannot be told.",
          ]
        : [],
    },
    {
      name: "spectrum-bins",
      caption: "Eigenvalues per bin",
      columns: [
        column("network", "network"),
        column("low", "from", "number"),
        column("high", "to", "number"),
        column("count", "eigenvalues", "number"),
      ],
      rows: spectra.flatMap((spectrum, i) =>
        spectrumHistogram(spectrum).map((bin) => ({ network: names(anatomy)[i], ...bin })),
      ),
    },
  ];
}

/** Tables that people read; the others are for machines. */
export const shownTables: readonly string[] = [
  "gradient-norms",
  "signal",
  "distances",
  "accuracies",
  "barriers",
  "spectra",
];
