/** The page of the checks: which maps depend on the network, the maps themselves, and how alike they stay. */

import { basename } from "node:path";
import type { Column, Report, Table, TableRow } from "../experiment/index.ts";
import { mapGallery, type SimilarityPoint, similarityCurves } from "../plot/index.ts";
import type { RandomisationResult, Spread, Verdict } from "../saliency/index.ts";
import type { CheckSource, Checks, ImageMaps } from "./explain-sanity.ts";
import { counted } from "./output.ts";
import { packageVersion } from "./program.ts";

/** Means over fewer images than these move from sample to sample. */
const enoughImages = 50;

export interface PageSource {
  readonly galleries: readonly ImageMaps[];
  /** Of the random weights. */
  readonly seed: number;
}

export async function sanityReport(source: CheckSource, checks: Checks, page: PageSource): Promise<Report> {
  const { path, network, examples, shuffled } = source;
  const layers = checks.randomisation[0].steps.slice(1).map((step) => step.layers[step.layers.length - 1]);
  return {
    title: "Which maps depend on the network?",
    subtitle: `${counted(checks.verdicts.length, "method")} on ${network.architecture.name} of ${basename(path)}, ${counted(examples.count, "test image")} of ${examples.name}`,
    lead: leadOf(checks.verdicts),
    sections: [
      {
        id: "verdicts",
        title: "Verdicts",
        text:
          "Two questions are asked of every method. Does its map change with the class: that of the largest logit against that of the smallest? And does it change when " +
          "layers of the network are made random, from the logits down? A map that does neither shows the image, not what the network sees in it.",
        tables: [verdictTable(checks)],
      },
      {
        id: "maps",
        title: "The maps",
        text:
          "Each row is a method, each column a state: the trained network, the class it finds least likely, and the network with one more layer random in each column, explained " +
          `for the class that it predicted when it was whole.${checks.labels === undefined ? "" : " The last column is a second network, trained on shuffled labels."} ` +
          "Red speaks for the class and blue against it, each map scaled by its own largest magnitude.",
        figures: await Promise.all(page.galleries.map((gallery) => galleryFigure(source, gallery))),
      },
      {
        id: "curves",
        title: "How alike the maps stay",
        figures: [
          {
            name: "similarity",
            svg: await similarityCurves(curvePoints(checks.randomisation), {
              width: 880,
              layerNames: layers,
              bandName: `± one standard deviation over ${counted(examples.count, "image")}`,
            }),
            caption:
              "Similarity of each method's maps with those of the trained network: rank correlation of their magnitudes, and structural similarity.",
            data: curveData(checks.randomisation),
          },
        ],
      },
    ],
    provenance: {
      program: `gradientflow ${packageVersion()}`,
      checkpoint: path,
      data: `${examples.name}, the first ${counted(examples.count, "test image")}`,
      "random weights": `he-normal, seed ${page.seed}`,
      ...(shuffled === undefined
        ? {}
        : {
            "shuffled labels": `seed ${shuffled.seed}; the network learned ${(100 * shuffled.trainAccuracy).toFixed(1)} % of them`,
          }),
    },
  };
}

/** The methods by verdict, in words. */
export function leadOf(found: readonly Verdict[]): string {
  const named = (word: Verdict["verdict"]) =>
    found.filter(({ verdict }) => verdict === word).map(({ method }) => method);
  const sentence = (names: readonly string[], of: (count: string) => string) =>
    names.length === 0 ? [] : [`${of(`${names.length} of ${counted(found.length, "method")}`)}: ${names.join(", ")}.`];
  return [
    ...sentence(
      named("insensitive"),
      (count) =>
        `Whichever class is asked for, and with random weights in front of the logits, the maps stay much the same in ${count}`,
    ),
    ...sentence(named("weak"), (count) => `They change little in ${count}`),
    ...sentence(named("sensitive"), (count) => `They depend on the network in ${count}`),
    ...sentence(named("unknown"), (count) => `Nothing can be said of ${count}, whose maps are constant or no numbers`),
  ].join(" ");
}

const number = { format: "number", decimals: 2 } as const;

/** A line per method, the verdict of the one that keeps signs beside it. */
export function verdictTable({ verdicts: found, randomisation, labels }: Checks): Table {
  const last = randomisation[0].steps.length - 1;
  const columns: Column[] = [
    { key: "method", title: "method" },
    { key: "verdict", title: "verdict" },
    { key: "signed", title: "signed counterpart" },
    { key: "signed_verdict", title: "its verdict" },
    { key: "class_rho", title: "class ρ", ...number },
    { key: "class_abs", title: "class |ρ|", ...number },
    { key: "class_ssim", title: "class SSIM", ...number },
    { key: "top_abs", title: "top |ρ|", ...number },
    { key: "top_ssim", title: "top SSIM", ...number },
    { key: "all_ssim", title: "all SSIM", ...number },
    ...(labels === undefined ? [] : [{ key: "labels_abs", title: "labels |ρ|", ...number }]),
  ];
  const rows = found.map((one, place): TableRow => {
    const { method, verdict, classes, topRandom, signed, onlyMagnitudesAgree } = one;
    return {
      method,
      verdict: `${verdict}${onlyMagnitudesAgree ? " (magnitudes only)" : ""}`,
      signed: signed?.method ?? null,
      signed_verdict: signed?.verdict ?? null,
      class_rho: classes.spearman,
      class_abs: classes.absoluteSpearman,
      class_ssim: classes.structural,
      top_abs: topRandom.absoluteSpearman,
      top_ssim: topRandom.structural,
      all_ssim: randomisation[place].steps[last].similarity.structural.mean,
      labels_abs: labels?.[place].similarity.absoluteSpearman.mean,
    };
  });
  return {
    name: "verdicts",
    caption: "Similarity of maps, means over images",
    columns,
    rows,
    bold: (row, key) => key === "verdict" && String(row.verdict).startsWith("insensitive"),
    notes: [
      "Insensitive: rank correlations of magnitudes of 0.9 or more both between the two classes and with the top layer random; weak: 0.7 or more. " +
        "The signed counterpart keeps the signs that a method gives up.",
      "ρ: Spearman's; |ρ|: of magnitudes; SSIM: structural similarity of magnitudes. Top: the layer of the logits is random; all: every layer is." +
        (labels === undefined ? "" : " Labels: against a network trained on shuffled labels."),
      "Magnitudes only: magnitudes agree while signs do not, as in maps that are multiplied by the image.",
      ...(found.some(({ classes }) => Number.isNaN(classes.structural))
        ? ["–: maps were constant or no numbers, or too small for the measure."]
        : []),
    ],
  };
}

async function galleryFigure({ examples }: CheckSource, { index, columns, rows }: ImageMaps) {
  const label = examples.labels[index];
  const name = examples.classNames?.[label] ?? String(label);
  const title = `Image ${index}: ${name === String(label) ? `class ${label}` : name}`;
  const flagged = rows.flatMap(({ label, cells }) =>
    cells.some((cell) => cell === "zero" || cell === "constant" || cell === "nan") ? [label] : [],
  );
  const few = examples.count < enoughImages;
  return {
    name: `maps-of-image-${index}`,
    svg: await mapGallery(
      {
        columns,
        rows,
        description: `Maps of one image by ${rows.length - 1} methods in ${columns.length} states: ${columns.join(", ")}. The table of verdicts says in numbers how alike they are.`,
        subtitle: "trained, for the least likely class, and with layers random from the logits down",
        notes: [
          ...(flagged.length > 0
            ? [`A word in place of a map: it is 0, constant or no number. ${flagged.join(", ")}.`]
            : []),
          ...(few && index === 0
            ? [
                `Checks over ${counted(examples.count, "image")} move from sample to sample; ${enoughImages} or more are steady.`,
              ]
            : []),
        ],
      },
      { title, width: 880 },
    ),
    caption: `${title}. Rows that look alike from left to right show the image, not the network.`,
  };
}

const measures = [
  { name: "|ρ|", key: "absoluteSpearman" },
  { name: "SSIM", key: "structural" },
] as const;

function curvePoints(randomisation: readonly RandomisationResult[]): SimilarityPoint[] {
  return randomisation.flatMap(({ method, steps }) =>
    measures.flatMap(({ name, key }) =>
      steps.map(({ layers, similarity }) => ({
        ...{ panel: method, series: name, layers: layers.length },
        ...bandOf(similarity[key]),
      })),
    ),
  );
}

function bandOf({ mean, standardDeviation }: Spread) {
  return { mean, low: mean - standardDeviation, high: mean + standardDeviation };
}

function curveData(randomisation: readonly RandomisationResult[]): Pick<Table, "columns" | "rows"> {
  return {
    columns: [
      { key: "method", title: "method" },
      { key: "layers", title: "random layers", format: "integer" },
      { key: "names", title: "which" },
      ...measures.flatMap(({ name, key }) => [
        { key, title: `${name}, mean`, format: "number" as const },
        { key: `${key}_deviation`, title: `${name}, standard deviation`, format: "number" as const },
        { key: `${key}_images`, title: `${name}, images`, format: "integer" as const },
      ]),
    ],
    rows: randomisation.flatMap(({ method, steps }) =>
      steps.map(
        ({ layers, similarity }): TableRow => ({
          ...{ method, layers: layers.length, names: layers.join(" ") },
          ...Object.fromEntries(
            measures.flatMap(({ key }) => [
              [key, similarity[key].mean],
              [`${key}_deviation`, similarity[key].standardDeviation],
              [`${key}_images`, similarity[key].count],
            ]),
          ),
        }),
      ),
    ),
  };
}
