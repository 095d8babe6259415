/** `mesh quality`: the elements of a mesh in figures. */

import { freePoints, meshQuality, type QualityName } from "../mesh/index.ts";
import { type InputOptions, openMesh } from "./mesh-files.ts";
import {
  kindTable,
  meshInWords,
  qualityTitles,
  summaryTable,
  tableText,
  textHistogram,
  worstElements,
  worstTable,
} from "./mesh-text.ts";
import { paint, say, sayJson } from "./output.ts";

export interface QualityOptions extends InputOptions {
  readonly quality: QualityName;
  readonly worst: number;
  readonly report?: string;
  readonly json?: boolean;
}

export async function showQuality(file: string, options: QualityOptions): Promise<void> {
  const { quality, worst, report, json } = options;
  const mesh = await openMesh(file, options);
  const { summary } = meshQuality(mesh, { quality, worst: Math.max(1, worst), free: freePoints(mesh) });
  const shown = { ...summary, worst: summary.worst.slice(0, worst) };
  let page: string | undefined;
  if (report !== undefined) {
    const { writeMeshReport } = await import("./mesh-report.ts");
    page = await writeMeshReport({ file, states: [{ label: "", mesh, summary: shown }], folder: report });
  }
  if (json === true) {
    sayJson({ file, points: mesh.points.length / 3, ...shown, worst: worstElements(mesh, shown), report: page });
    return;
  }
  const states = [{ label: qualityTitles[quality], summary: shown }];
  say(`${paint("bold", file)}  ${meshInWords(mesh)}\n`);
  say(`${tableText(summaryTable(states))}\n`);
  say(`${textHistogram([{ label: "elements", summary: shown }])}\n`);
  if (Object.keys(summary.byKind).length > 1) say(`${tableText(kindTable([{ label: "", summary: shown }]))}\n`);
  if (worst > 0) say(tableText(worstTable(mesh, shown)));
  if (page !== undefined) say(`\nreport: ${page}`);
}
