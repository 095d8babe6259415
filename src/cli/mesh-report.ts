/** The page of a mesh: tables, histograms and the 3-D view, before and after smoothing. */

import { basename } from "node:path";
import { type Report, type ReportSection, writeReport } from "../experiment/index.ts";
import type { Mesh, QualitySummary, SmoothResult } from "../mesh/index.ts";
import { qualityHistogram } from "../plot/index.ts";
import { stageTable } from "./mesh-smooth.ts";
import { fourDecimals, kindTable, meshInWords, qualityTitles, summaryTable, worstTable } from "./mesh-text.ts";
import { meshView, mostViewed } from "./mesh-view.ts";
import { counted, grouped } from "./output.ts";
import { packageVersion } from "./program.ts";

export interface ReportState {
  /** "before", "after"; empty for a mesh that was only looked at. */
  readonly label: string;
  readonly mesh: Mesh;
  readonly summary: QualitySummary;
}

export interface MeshReportInput {
  readonly file: string;
  readonly states: readonly [ReportState, ...ReportState[]];
  readonly stages?: SmoothResult["stages"];
  readonly stop?: SmoothResult["stop"];
  readonly folder: string;
}

/** Writes the page. @returns its path */
export async function writeMeshReport(input: MeshReportInput): Promise<string> {
  const { index } = await writeReport(await meshReport(input), input.folder);
  return index;
}

export async function meshReport({ file, states, stages, stop }: MeshReportInput): Promise<Report> {
  const named = states.map(({ label, ...rest }) => ({ label: label || "quality", ...rest }));
  const last = states[states.length - 1];
  const quality = qualityTitles[last.summary.quality];
  const svg = await qualityHistogram(
    named.map(({ label, summary }) => ({ label: states.length === 1 ? "elements" : label, counts: summary.histogram })),
    { title: states.length === 1 ? "Quality of elements" : "Quality of elements before and after", quality },
  );
  const kinds = Object.keys(last.summary.byKind).length > 1 ? [kindTable(states)] : [];
  const sections: ReportSection[] = [
    {
      id: "quality",
      title: "Quality",
      text: `The ${quality} is 1 for a regular element and 0 for one that is flat or turned inside out.`,
      figures: [{ name: "quality", svg, caption: figureCaption(states), data: histogramData(named) }],
      tables: [summaryTable(named), ...kinds],
    },
    await viewSection(states),
    {
      id: "worst",
      title: "The worst elements",
      tables: states
        .toReversed()
        .filter(({ summary }) => summary.worst.length > 0)
        .map(({ label, mesh, summary }) =>
          worstTable(mesh, summary, { name: `worst${label && `-${label}`}`, when: label && `, ${label}` }),
        ),
    },
    ...(stages === undefined ? [] : [{ id: "stages", title: "Stages", tables: [stageTable({ stages })] }]),
  ];
  return {
    title: `${states.length > 1 ? "Smoothing of" : "Quality of"} ${basename(file)}`,
    subtitle: meshInWords(last.mesh),
    lead: leadOf(states, quality),
    sections,
    provenance: { program: `gradientflow ${packageVersion()}`, file, ...(stop === undefined ? {} : { ended: stop }) },
  };
}

function leadOf(states: readonly ReportState[], quality: string): string {
  const [first, last] = [states[0].summary, states[states.length - 1].summary];
  const invalid =
    last.invalid === 0
      ? `None of ${counted(last.count, "element")} is invalid`
      : `${grouped(last.invalid)} of ${counted(last.count, "element")} ${last.invalid === 1 ? "is" : "are"} invalid`;
  if (states.length === 1) {
    return `${invalid}; the least ${quality} is ${fourDecimals(last.min)}, the mean ${fourDecimals(last.mean)}.`;
  }
  const least = `from ${fourDecimals(first.minFree)} to ${fourDecimals(last.minFree)}`;
  const mean = `from ${fourDecimals(first.mean)} to ${fourDecimals(last.mean)}`;
  return `${invalid}, where ${grouped(first.invalid)} ${first.invalid === 1 ? "was" : "were"}. The least ${quality} of those that can move went ${least}, the mean ${mean}.`;
}

function figureCaption(states: readonly ReportState[]): string {
  const bins = states[0].summary.histogram.length;
  const told = states.length === 1 ? "" : " Filled: before; line: after.";
  return `Elements by quality, in ${bins} bins of width ${1 / bins}.${told}`;
}

function histogramData(states: readonly ReportState[]) {
  const bins = states[0].summary.histogram.length;
  return {
    columns: [
      { key: "from", title: "from" },
      { key: "to", title: "to" },
      ...states.map(({ label }) => ({ key: label, title: label, format: "integer" as const })),
    ],
    rows: Array.from({ length: bins }, (_, i) => ({
      from: i / bins,
      to: (i + 1) / bins,
      ...Object.fromEntries(states.map(({ label, summary }) => [label, summary.histogram[i]])),
    })),
  };
}

async function viewSection(states: readonly ReportState[]): Promise<ReportSection> {
  const head = { id: "view", title: "The mesh in space" };
  const { count } = states[0].summary;
  if (count > mostViewed) {
    return {
      ...head,
      text: `The view is left out: ${grouped(count)} elements are more than the ${grouped(mostViewed)} that a page can carry.`,
    };
  }
  return {
    ...head,
    text: "Elements are coloured by their mean ratio. Cut the mesh to look inside, or keep only its worst elements.",
    view: await meshView(states.map(({ label, mesh }) => ({ label: label || "mesh", mesh }))),
  };
}
