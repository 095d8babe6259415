/** The report of a same-capacity study: the answer first, then its evidence, then where it comes from. */

import type { Report } from "../../experiment/index.ts";
import { provenanceRows, type ReportSource } from "../report-source.ts";
import {
  accuracyFigures,
  correlationFigure,
  differenceFigure,
  egfFigures,
  flowFigure,
  pValueFigure,
} from "./figures.ts";
import { leadParagraph } from "./lead.ts";
import type { StudySummary } from "./summary.ts";
import { cellTable, correlationTable, divergedTable, pValueTable } from "./tables.ts";

export interface ReportInput extends ReportSource {
  readonly summary: StudySummary;
}

/** Builds the report. Figures take most of the time. */
export async function buildReport({ study, records, summary, provenance }: ReportInput): Promise<Report> {
  const data = [...new Set(records.map((record) => String(record.spec.columns.data)))];
  const states = Object.entries(summary.trials).map(([state, count]) => `${count} ${state}`);
  return {
    title: study.name,
    subtitle: `Sparse against dense networks of the same capacity on ${data.join(", ")}: ${states.join(", ")}`,
    lead: leadParagraph(summary),
    sections: [
      {
        id: "accuracy",
        title: "Accuracy against width",
        text: "Each sparse network has as many active weights in every layer as its dense partner, but the width of the widest. Both draw their initial weights from one distribution per layer, see the examples in the same order and train equally long.",
        figures: [...(await accuracyFigures(records)), await differenceFigure(summary)],
      },
      {
        id: "tests",
        title: "Is sparse better than dense?",
        figures: [await pValueFigure(summary)],
        tables: [pValueTable(summary), cellTable(summary)],
        notes: [
          "Pairs at the same width share the data and differ by seed; they are pooled over widths, as the p-values of the paper suggest.",
        ],
      },
      {
        id: "flow",
        title: "Do the gradients flow?",
        text: "Effective gradient flow (EGF) looks at the gradient of the active weights only and gives every layer the same say. It is measured on a fixed sample of training examples, at the start and at the end of ten further epochs evenly spread over training.",
        figures: [...(await egfFigures(records)), await flowFigure(records)],
      },
      {
        id: "correlations",
        title: "Which measure of gradient flow goes with performance?",
        figures: [await correlationFigure(summary)],
        tables: [correlationTable(summary)],
        notes: [
          "Trials of all factors are pooled, per data set and kind of network. A correlation says nothing about cause.",
        ],
      },
      ...(summary.diverged.length > 0
        ? [{ id: "diverged", title: "Diverged trials", tables: [divergedTable(summary)] }]
        : []),
    ],
    provenance: provenanceRows({ study, records, provenance }),
    studyFile: study.text,
  };
}
