/** The report of a study of sparse training: the answer first, then its evidence, then where it comes from. */

import type { Report } from "../../experiment/index.ts";
import { provenanceRows, type ReportSource } from "../report-source.ts";
import { accuracyFigure, differencesFigure, gradientFigures, lineFigures, updateFigures } from "./figures.ts";
import type { SparseSummary } from "./summary.ts";
import { cellName, comparisonTable, divergedTrials, methodTable } from "./tables.ts";
import { ticketTables } from "./tickets.ts";
import { updateTables } from "./updates.ts";

/** Builds the report. Figures take most of the time. */
export async function buildSparseReport(source: ReportSource, summary: SparseSummary): Promise<Report> {
  const { study, records } = source;
  const data = [...new Set(records.map((record) => String(record.spec.columns.data)))];
  const tickets = ticketTables(summary);
  const states = Object.entries(summary.trials).map(([state, count]) => `${count} ${state}`);
  return {
    title: study.name,
    subtitle: `Methods of sparse training on ${data.join(", ")}: ${states.join(", ")}`,
    lead: sparseLead(summary),
    sections: [
      {
        id: "accuracy",
        title: "Accuracy by method",
        text: "All methods of a cell see the same examples in the same order for each seed, for as many epochs, and end with the same number of active weights unless the table says otherwise.",
        figures: [await accuracyFigure(summary), await differencesFigure(summary)],
        tables: [methodTable(summary)],
      },
      {
        id: "flow",
        title: "Do the gradients flow?",
        figures: [...(await gradientFigures(records)), ...(await updateFigures(records))],
        tables: updateTables(summary),
        notes: ["The gradient is that of the mean cross-entropy, without the weight decay's term."],
      },
      ...(tickets.length > 0
        ? [
            {
              id: "tickets",
              title: "Where do lottery tickets end?",
              text: "A training whose straight line to the pruned solution has no barrier of the loss has ended in that solution's basin.",
              figures: await lineFigures(records),
              tables: tickets,
            },
          ]
        : []),
      { id: "comparisons", title: "Every two methods", tables: [comparisonTable(summary)] },
      ...(summary.diverged.length > 0
        ? [{ id: "diverged", title: "Diverged trials", tables: [divergedTrials(summary)] }]
        : []),
    ],
    provenance: provenanceRows(source),
    studyFile: study.text,
  };
}

/** The methods of each cell by their mean accuracy, in a sentence. */
export function sparseLead({ cells, diverged }: SparseSummary): string {
  const sentences = cells.flatMap((cell) => {
    const ranked = cell.methods.filter(({ n }) => n > 0).sort((a, b) => b.accuracy - a.accuracy);
    if (ranked.length === 0) return [];
    const name = cellName(cell);
    const said = ranked.map(({ method, accuracy }) => `${method} ${(100 * accuracy).toFixed(2)} %`).join(", ");
    return [`${name === "" ? "From the highest mean test accuracy to the lowest" : `At ${name}`}: ${said}.`];
  });
  if (sentences.length === 0) return "No trial is finished yet, so there is nothing to compare.";
  if (diverged.length > 0) {
    const count = diverged.length;
    sentences.push(count === 1 ? "1 trial diverged and is left out." : `${count} trials diverged and are left out.`);
  }
  return sentences.join(" ");
}
