/**
 * Trials as rows of text and back, losing nothing: JSON has no NaN or infinity, so those are written as `{"$": "NaN"}`, and
 * epochs and further tables are kept as one list of columns and one of rows, a third of the size of a list of objects.
 */

import type { TrialFailure, TrialResult, TrialSpec } from "../trial.ts";
import type { TrialRecord } from "./store.ts";
import type { TrialTable } from "./tables.ts";

/** JSON that keeps NaN and the infinities. */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value, (_, item) =>
    typeof item === "number" && !Number.isFinite(item) ? { $: String(item) } : item,
  );
}

export function decodeJson<T>(text: string): T {
  if (!text.includes('"$"')) return JSON.parse(text) as T;
  return JSON.parse(text, (_, item) => {
    const isNumber =
      typeof item === "object" && item !== null && typeof item.$ === "string" && Object.keys(item).length === 1;
    return isNumber ? Number(item.$) : item;
  }) as T;
}

type EpochRow = TrialResult["epochs"][number];

interface EpochTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (number | string | null)[])[];
}

type Rows = Pick<TrialResult, "epochs" | "tables">;

/** Epochs, and the further tables beside them. */
export function encodeEpochs({ epochs, tables }: Rows): string {
  const further = Object.entries(tables ?? {}).map(([name, rows]) => [name, tableOf(rows)] as const);
  return encodeJson({ ...tableOf(epochs), tables: tables && Object.fromEntries(further) });
}

export function decodeEpochs(text: string): Rows {
  const { tables, ...epochs } = decodeJson<EpochTable & { tables?: Readonly<Record<string, EpochTable>> }>(text);
  if (tables === undefined) return { epochs: rowsOf(epochs) };
  const further = Object.entries(tables).map(([name, table]) => [name, rowsOf(table)] as const);
  return { epochs: rowsOf(epochs), tables: Object.fromEntries(further) };
}

function tableOf(rows: readonly EpochRow[]): EpochTable {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return { columns, rows: rows.map((row) => columns.map((name) => row[name] ?? null)) };
}

function rowsOf({ columns, rows }: EpochTable): EpochRow[] {
  return rows.map((row) => {
    const entries = columns.map((name, i) => [name, row[i]] as const).filter(([, value]) => value !== null);
    return Object.fromEntries(entries) as EpochRow;
  });
}

/** The columns of a row that hold a result. */
export function encodeResult(result: TrialResult): { result: string; epochs: string } {
  const { epochs, tables, ...rest } = result;
  return { result: encodeJson(rest), epochs: encodeEpochs({ epochs, tables }) };
}

/** A row as a record; its epochs are read only if the row has them. */
export function decodeRecord(row: Omit<TrialTable, "epochs"> & { epochs?: string | null }): TrialRecord {
  const result = row.result === null ? null : decodeJson<Omit<TrialResult, "epochs" | "tables">>(row.result);
  return {
    spec: decodeJson<TrialSpec>(row.spec),
    state: row.state,
    attempts: row.attempts,
    owner: row.owner,
    leaseUntil: row.lease_until,
    startedMs: row.started_ms,
    finishedMs: row.finished_ms,
    result: result === null ? null : { ...result, ...(row.epochs ? decodeEpochs(row.epochs) : { epochs: [] }) },
    failure: row.failure === null ? null : decodeJson<TrialFailure>(row.failure),
  };
}
