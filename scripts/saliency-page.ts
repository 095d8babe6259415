/** The page that keeps the outcomes of saliency-outcomes.ts: a table per data set beside known numbers, curves and galleries. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { mean, standardDeviation } from "../src/base/index.ts";
import type { Dataset } from "../src/data/index.ts";
import { type Provenance, type Table, type TableRow, toMarkdown } from "../src/experiment/index.ts";
import { imageRaster, mapGallery, mapRaster, type SheetRow, similarityCurves } from "../src/plot/index.ts";
import type { CheckedMaps, RandomisationStep, SimilaritySpread } from "../src/saliency/index.ts";

/** Both checks of one method on one network. */
export interface Outcome {
  readonly data: string;
  readonly method: string;
  readonly seed: number;
  readonly accuracy: number;
  readonly classes: SimilaritySpread;
  readonly steps: readonly RandomisationStep[];
}

/** What is kept of one network. */
export interface Looked {
  readonly outcomes: readonly Outcome[];
  /** SVG */
  readonly gallery: string;
}

const measures: readonly { readonly key: string; readonly title: string; readonly of: (one: Outcome) => number }[] = [
  { key: "class_rho", title: "class ρ", of: ({ classes }) => classes.spearman.mean },
  { key: "class_abs", title: "class |ρ|", of: ({ classes }) => classes.absoluteSpearman.mean },
  { key: "class_ssim", title: "class SSIM", of: ({ classes }) => classes.structural.mean },
  ...(
    [
      ["fc8", 1],
      ["fc7", 2],
      ["conv4", 5],
      ["all", 8],
    ] as const
  ).map(([layer, step]) => ({
    key: `ssim_${layer}`,
    title: layer === "all" ? "all random" : `SSIM to ${layer}`,
    of: ({ steps }: Outcome) => steps[step].similarity.structural.mean,
  })),
];

/**
 * The same on digits by a program of its own in float64: class |ρ|, class SSIM, and SSIM to fc8, fc7, conv4 and all; 1400
 * examples, 3 seeds.
 */
const known: Readonly<Record<string, readonly number[]>> = {
  gradient: [0.33, 0.18, 0.22, 0.12, 0.06, 0.03],
  "input-x-gradient": [0.5, 0.39, 0.41, 0.33, 0.3, 0.28],
  "lrp-epsilon": [0.5, 0.39, 0.41, 0.33, 0.3, 0.28],
  "integrated-gradients": [0.86, 0.44, 0.43, 0.36, 0.31, 0.28],
  smoothgrad: [0.38, 0.17, 0.21, 0.12, 0.07, 0.04],
  deconvnet: [0.62, 0.63, 0.7, 0.65, 0.43, 0.09],
  "guided-backprop": [0.96, 0.96, 0.97, 0.97, 0.86, 0.48],
  "rect-grad": [0.98, 0.97, 0.98, 0.98, 0.91, 0.67],
  "rect-grad, percentile 90": [0.93, 0.96, 0.96, 0.96, 0.89, 0.62],
  "lrp-z-plus": [1, 1, 1, 1, 0.98, 0.82],
  "lrp-alpha-beta": [0.9, 0.92, 0.92, 0.94, 0.88, 0.52],
  "grad-cam": [0.12, 0.09, 0.18, 0.07, 0.15, 0.08],
  "grad-cam-relu": [0.04, 0.02, 0.15, 0.08, 0.12, 0.08],
  "grad-cam-plus": [0.95, 0.92, 0.93, 0.93, 0.53, 0.49],
  "grad-cam-plus-plus": [0.96, 0.93, 0.93, 0.92, 0.43, 0.41],
  "grad-cam-absolute": [0.99, 0.98, 0.98, 0.98, 0.56, 0.5],
  "hires-cam": [0.3, 0.3, 0.13, 0.04, 0.13, 0.1],
  "layer-cam": [0.39, 0.17, 0.3, 0.32, 0.19, 0.12],
  "full-grad": [0.79, 0.58, 0.58, 0.54, 0.37, 0.23],
  "full-grad-plus": [0.54, 0.25, 0.37, 0.3, 0.19, 0.15],
  "full-grad-signed": [0.47, 0.39, 0.41, 0.33, 0.29, 0.26],
};
const band = 0.1;

/** Every number in full. */
export function outcomeRows(outcomes: readonly Outcome[]): Pick<Table, "columns" | "rows"> {
  const plain = ["data", "method", "seed", "accuracy"] as const;
  return {
    columns: [...plain, ...measures.map(({ key }) => key)].map((key) => ({ key, title: key })),
    rows: outcomes.map((one) => ({
      ...Object.fromEntries(plain.map((key) => [key, one[key]])),
      ...Object.fromEntries(measures.map(({ key, of }) => [key, of(one)])),
    })),
  };
}

/** Means over seeds with standard deviations, and how far what is outside its band is from the known number. */
export function outcomeTable(
  outcomes: readonly Outcome[],
  data: string,
): { text: string; outside: number; of: number } {
  const own = outcomes.filter((one) => one.data === data);
  let [outside, of] = [0, 0];
  const rows = [...Map.groupBy(own, ({ method }) => method)].map(([method, seeds]): TableRow => {
    const row: Record<string, string> = { method };
    const far: string[] = [];
    measures.forEach((measure, column) => {
      const values = seeds.map(measure.of);
      const average = mean(values);
      row[measure.key] = `${average.toFixed(2)} ± ${standardDeviation(values).toFixed(2)}`;
      const expected = known[method]?.[column - 1];
      if (expected === undefined) return;
      of += 1;
      const gap = average - expected;
      if (Math.abs(gap) <= band + 0.005) return;
      outside += 1;
      far.push(`${measure.title} ${gap > 0 ? "+" : "−"}${Math.abs(gap).toFixed(2)}`);
    });
    return { ...row, far: known[method] === undefined ? null : far.length === 0 ? "all within" : far.join(", ") };
  });
  const accuracies = [...new Set(own.map(({ accuracy }) => accuracy.toFixed(3)))];
  const table: Table = {
    name: "outcomes",
    caption: `${data}: similarity of maps, mean ± standard deviation over ${new Set(own.map(({ seed }) => seed)).size} networks of test accuracy ${accuracies.join(", ")}`,
    columns: [
      { key: "method", title: "method" },
      ...measures.map(({ key, title }) => ({ key, title, align: "right" as const })),
      { key: "far", title: `further than ${band} from the known numbers` },
    ],
    rows,
  };
  return { text: toMarkdown(table).trim(), outside, of };
}

/** Methods on the figures, those that fail beside those that pass. */
const shown = [
  ...["gradient", "input-x-gradient", "integrated-gradients", "smoothgrad", "deconvnet", "guided-backprop"],
  ...["rect-grad", "lrp-epsilon", "lrp-z-plus", "grad-cam", "grad-cam-plus-plus", "full-grad"],
];

/** Keeps the maps of the first test image. */
export class GalleryKeeper {
  readonly name: string;
  readonly #dataset: Dataset;
  readonly #cells = new Map<string, SheetRow["cells"][number]>();

  constructor(dataset: Dataset) {
    this.name = dataset.name;
    this.#dataset = dataset;
  }

  keep(check: string, { method, state, result: { maps, shape, flags } }: CheckedMaps): void {
    const [, channels, height, width] = shape;
    const picture = { channels, height, width, values: maps.subarray(0, channels * height * width) };
    this.#cells.set(`${check} ${state} ${method}`, flags[0] ?? mapRaster(picture));
  }

  async figure(): Promise<string> {
    const layers = ["fc8", "fc7", "conv6", "conv5", "conv4", "conv3", "conv2", "conv1"];
    const columns = ["trained", "other class", ...layers.map((layer, i) => (i === 0 ? layer : `to ${layer}`))];
    const keys = ["random 0", "class 1", ...layers.map((_, i) => `random ${i + 1}`)];
    const [channels, height, width] = this.#dataset.featureShape;
    const values = this.#dataset.test.values.subarray(0, this.#dataset.features);
    const rows: SheetRow[] = [
      { label: this.name, cells: [imageRaster({ channels, height, width, values })] },
      ...shown.map((method) => ({
        label: method,
        cells: keys.map((key) => this.#cells.get(`${key} ${method}`) as SheetRow["cells"][number]),
      })),
    ];
    const description = `Maps of the first test image by ${shown.length} methods: trained, for the least likely class, and with layers random from the logits down.`;
    return mapGallery({ columns, rows, description }, { title: `Maps of one image: ${this.name}`, width: 880 });
  }
}

const fileName = (name: string) => name.split(" ")[0];

export interface Gallery {
  readonly name: string;
  readonly svg: string;
}

export async function writeFigures(out: string, outcomes: readonly Outcome[], galleries: readonly Gallery[]) {
  for (const { name, svg: gallery } of galleries) {
    const own = outcomes.filter(({ data, method }) => data === name && shown.includes(method));
    const points = shown.flatMap((method) => {
      const seeds = own.filter((one) => one.method === method);
      return (["absoluteSpearman", "structural"] as const).flatMap((key) =>
        seeds[0].steps.map(({ layers }, step) => {
          const spreads = seeds.map((one) => one.steps[step].similarity[key]);
          const middle = mean(spreads.map((spread) => spread.mean));
          const deviation = mean(spreads.map((spread) => spread.standardDeviation));
          const series = key === "structural" ? "SSIM" : "|ρ|";
          const ends = { mean: middle, low: middle - deviation, high: middle + deviation };
          return { panel: method, series, layers: layers.length, ...ends };
        }),
      );
    });
    const svg = await similarityCurves(points, {
      title: `Similarity of maps as layers are made random: ${name}`,
      width: 880,
      layerNames: own[0].steps.slice(1).map(({ layers }) => layers[layers.length - 1]),
      bandName: "± one standard deviation over images, mean of the networks",
    });
    writeFileSync(join(out, "figures", `similarity-${fileName(name)}.svg`), svg);
    writeFileSync(join(out, "figures", `maps-${fileName(name)}.svg`), gallery);
  }
}

export function writePage(
  out: string,
  outcomes: readonly Outcome[],
  { names, count, provenance }: { readonly names: readonly string[]; count: number; provenance: Provenance },
): void {
  const parts = names.flatMap((name) => {
    const { text, outside, of } = outcomeTable(outcomes, name);
    const figures = [
      `![Similarity of maps as layers are made random, ${name}](figures/similarity-${fileName(name)}.svg)`,
      `![Maps of one image as layers are made random, ${name}](figures/maps-${fileName(name)}.svg)`,
    ];
    return [`## ${name}`, `${of - outside} of ${of} numbers are within ${band} of the known ones.`, text, ...figures];
  });
  const { commit, node, platform, processor } = provenance;
  const rows = Object.entries({ commit, node, platform, processor }).map(([key, value]) => `| ${key} | ${value} |`);
  const page = [
    "# Which maps depend on the network",
    "Made by `npm run results -- saliency`, which runs",
    "    node scripts/saliency-outcomes.ts --out docs/results/saliency",
    `Simple CNN of six convolutions and two linear layers on images of 16 x 16; ${count} test images. Compared are maps of the likeliest class and the least likely one, and maps of ` +
      "the trained network and of networks with layers random from the logits down to fc8, fc7, conv4 and all. Known numbers are those of " +
      "a program of its own on digits; what is beyond them, and why, is told in [saliency](../../saliency.md).",
    ...parts,
    "Every network's numbers are in [outcomes.csv](outcomes.csv).",
    ["| provenance | |", "| --- | --- |", ...rows].join("\n"),
  ];
  writeFileSync(join(out, "README.md"), `${page.join("\n\n")}\n`);
}
