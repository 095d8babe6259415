/** The report of a study of compression: the answer first, then its evidence, then where it comes from. */

import type { Report, ReportFigure } from "../../experiment/index.ts";
import { accuracyByCost } from "../../plot/index.ts";
import { provenanceRows, type ReportSource } from "../report-source.ts";
import { divergedTrials } from "../sparse-training/tables.ts";
import { type CompressionCell, type CompressionSummary, type CostName, meanAccuracy } from "./summary.ts";
import { cellName, methodTable } from "./tables.ts";

/** Builds the report. Figures take most of the time. */
export async function buildCompressionReport(source: ReportSource, summary: CompressionSummary): Promise<Report> {
  const { study, records } = source;
  const data = [...new Set(records.map((record) => String(record.spec.columns.data)))];
  const states = Object.entries(summary.trials).map(([state, count]) => `${count} ${state}`);
  const figures = await Promise.all(
    summary.cells.flatMap((cell, index) => [
      costFigure(cell, index, "macs", "multiply-accumulates"),
      costFigure(cell, index, "bytes", "bytes"),
    ]),
  );
  return {
    title: study.name,
    subtitle: `Compression on ${data.join(", ")}: ${states.join(", ")}`,
    lead: compressionLead(summary),
    sections: [
      {
        id: "accuracy",
        title: "Accuracy and cost",
        text: "All methods of a cell see as many epochs, at the same rates, with the same seeds. Networks that lost channels give the outputs of the network they were cut from; that is checked on random inputs in every trial.",
        figures,
        tables: [methodTable(summary)],
      },
      ...(summary.diverged.length > 0
        ? [{ id: "diverged", title: "Diverged trials", tables: [divergedTrials(summary)] }]
        : []),
    ],
    provenance: provenanceRows(source),
    studyFile: study.text,
  };
}

async function costFigure(cell: CompressionCell, index: number, cost: CostName, words: string): Promise<ReportFigure> {
  const name = cellName(cell);
  const points = cell.methods.map((of) => ({
    series: of.method,
    share: 1 / of.reductions[cost],
    accuracy: meanAccuracy(of),
    low: Math.min(...of.accuracies),
    high: Math.max(...of.accuracies),
  }));
  const title = `Accuracy against ${words}${name === "" ? "" : `, ${name}`}`;
  return {
    name: `accuracy-by-${cost}${index === 0 ? "" : `-${index + 1}`}`,
    svg: await accuracyByCost(points, { title, measure: `${words}, % of the full network's` }),
    caption: `${title}: mean over seeds.`,
  };
}

/** What each cell's methods cost and keep, in a sentence. */
export function compressionLead({ cells, diverged }: CompressionSummary): string {
  const sentences = cells.flatMap((cell) => {
    const done = cell.methods.filter(({ accuracies }) => accuracies.length > 0);
    if (done.length === 0) return [];
    const name = cellName(cell);
    const said = done.map((of) => {
      const cost =
        of.reductions.macs > 1
          ? ` at ${of.reductions.macs.toFixed(1)} times fewer MACs and ${of.reductions.bytes.toFixed(1)} times fewer bytes`
          : "";
      return `${of.method} ${(100 * meanAccuracy(of)).toFixed(2)} %${cost}`;
    });
    return [`${name === "" ? "Test accuracy" : `At ${name}, test accuracy`}: ${said.join("; ")}.`];
  });
  if (sentences.length === 0) return "No trial is finished yet, so there is nothing to compare.";
  if (diverged.length > 0) {
    sentences.push(
      diverged.length === 1
        ? "1 trial diverged and is left out."
        : `${diverged.length} trials diverged and are left out.`,
    );
  }
  return sentences.join(" ");
}
