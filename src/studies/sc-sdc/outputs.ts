/** What a same-capacity study leaves in its folder beside the exports. */

import type { ReportSource } from "../report-source.ts";
import { type StudySummary, summariseStudy } from "./summary.ts";
import { divergedTable, pValueTable } from "./tables.ts";

/** The answer in the forms that a folder and a terminal take: the p-values, and the diverged trials if there are any. */
export function scSdcAnswer(source: ReportSource) {
  const summary = summariseStudy(source.study, source.records);
  return {
    summary,
    json: summaryJson(summary),
    tables: [pValueTable(summary), ...(summary.diverged.length > 0 ? [divergedTable(summary)] : [])],
    // Loaded when asked for, since it brings the plotting libraries along, which no other command needs.
    report: async () => (await import("./report.ts")).buildReport({ ...source, summary }),
  };
}

/** The summary with the names of the exports; numbers that are not finite become null. */
export function summaryJson(summary: StudySummary): object {
  return {
    study: summary.study,
    name: summary.name,
    trials: summary.trials,
    test: summary.test,
    cells: summary.cells.map((cell) => ({
      factors: cell.factors,
      n: cell.n,
      left_out: cell.leftOut,
      mean_sparse: cell.meanSparse,
      mean_dense: cell.meanDense,
      mean_difference: cell.meanDifference,
      interval: { low: cell.low, high: cell.high, confidence: 0.95, method: "bootstrap BCa" },
      statistic: cell.statistic,
      p: cell.pGreater,
      p_holm: cell.pGreaterHolm,
      p_less: cell.pLess,
      p_less_holm: cell.pLessHolm,
      alternative: "greater",
      method: cell.method,
      egf_2_sparse: cell.egf2Sparse,
      egf_2_dense: cell.egf2Dense,
      warnings: cell.warnings,
    })),
    correlations: summary.correlations.map(({ absoluteTau, ...rest }) => ({ ...rest, absolute_tau: absoluteTau })),
    diverged: summary.diverged,
  };
}
