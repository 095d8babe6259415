/** What every report is made from, and where its numbers come from. */

import type { Provenance, StoredStudy, TrialRecord } from "../experiment/index.ts";

export interface ReportSource {
  readonly study: StoredStudy;
  readonly records: readonly TrialRecord[];
  /** Of the first process that worked on the study. */
  readonly provenance: Provenance | undefined;
}

/** Rows of a report's table of provenance. */
export function provenanceRows({ study, records, provenance }: ReportSource): Record<string, string> {
  const seeds = [...new Set(records.map((record) => record.spec.seed))].sort((a, b) => a - b);
  const rows: Record<string, string> = { study: study.file };
  if (study.overrides.length > 0) rows.overrides = study.overrides.join(" ");
  rows.design = `SHA-256 ${study.hash}`;
  rows.seeds = seeds.join(", ");
  for (const [name, value] of Object.entries(provenance ?? {})) {
    if (value !== null && value !== undefined)
      rows[name] = typeof value === "object" ? JSON.stringify(value) : String(value);
  }
  return rows;
}
