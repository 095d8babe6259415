/** The tables, as kysely types them, and the migrations that make them: plain SQL that SQLite and PostgreSQL both take. */

import { type Kysely, sql } from "kysely";
import { InputError } from "../../base/index.ts";
import type { TrialState } from "../trial.ts";

export interface Tables {
  migration: { version: number };
  /** Facts about the study: one row per key, JSON values. */
  fact: { name: string; value: string };
  run: { owner: string; started_ms: number; provenance: string };
  trial: TrialTable;
}

export interface TrialTable {
  /** The trial's index in the design. */
  number: number;
  id: string;
  /** Place in the queue. */
  place: number;
  state: TrialState;
  /** JSON of the TrialSpec. */
  spec: string;
  attempts: number;
  owner: string | null;
  lease_until: number | null;
  started_ms: number | null;
  finished_ms: number | null;
  /** JSON of the result without its epochs, of the epochs as columns and rows, of the failure. */
  result: string | null;
  epochs: string | null;
  failure: string | null;
}

/** Each step leads from one version to the next; a step that was released is never changed. */
const migrations: readonly ((db: Kysely<Tables>) => Promise<void>)[] = [
  async (db) => {
    await sql`create table fact (name text primary key, value text not null)`.execute(db);
    await sql`create table run (owner text primary key, started_ms double precision not null, provenance text not null)`.execute(
      db,
    );
    await sql`create table trial (
      number integer primary key, id text not null unique, place integer not null, state text not null, spec text not null,
      attempts integer not null default 0, owner text, lease_until double precision, started_ms double precision,
      finished_ms double precision, result text, epochs text, failure text)`.execute(db);
    await sql`create index trial_by_state on trial (state, place)`.execute(db);
  },
];

/** The version that this program writes. */
export const storeVersion = migrations.length;

/**
 * Brings a store to this program's version, all steps in the caller's transaction.
 *
 * @throws InputError for a store of a later version
 */
export async function migrate(db: Kysely<Tables>, location: string): Promise<void> {
  await sql`create table if not exists migration (version integer primary key)`.execute(db);
  const version = await readVersion(db);
  checkVersion(version, location);
  for (let step = version; step < storeVersion; step++) {
    await migrations[step](db);
    await db
      .insertInto("migration")
      .values({ version: step + 1 })
      .execute();
  }
}

/** The version of a store; 0 when it has no tables yet. */
export async function readVersion(db: Kysely<Tables>): Promise<number> {
  const row = await db
    .selectFrom("migration")
    .select((eb) => eb.fn.max<number | null>("version").as("version"))
    .executeTakeFirst();
  return row?.version ?? 0;
}

/** @throws InputError for a store of a later version than this program knows */
export function checkVersion(version: number, location: string): void {
  if (version <= storeVersion) return;
  throw new InputError(
    `${location}: written by a later version of gradientflow (store version ${version}, this program knows ${storeVersion}); update gradientflow`,
  );
}
