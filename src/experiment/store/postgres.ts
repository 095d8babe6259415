/**
 * The store in PostgreSQL, for several machines: the same tables, in a schema of their own so that studies can share a
 * database. `pg` is loaded only here.
 */

import { Kysely, PostgresDialect, sql } from "kysely";
import { InputError } from "../../base/index.ts";
import { SqlStore } from "./sql-store.ts";
import type { OpenStoreOptions, Store } from "./store.ts";
import { storeError } from "./store-errors.ts";
import { checkVersion, migrate, readVersion, type Tables } from "./tables.ts";

/** Names the advisory lock that makes one process wait while another makes tables or a study: "gradient" in ASCII. */
const creationLock = 0x67726164;

const defaultSchema = "gradientflow";

/** Opens the store at an address `postgres://user:password@host:port/database?schema=NAME`; see `openStore`. */
export async function openPostgres(address: string, { readOnly = false }: OpenStoreOptions = {}): Promise<Store> {
  const { connectionString, schema, location } = readAddress(address);
  const { default: pg } = await import("pg");
  const options = `-c search_path=${schema}${readOnly ? " -c default_transaction_read_only=on" : ""}`;
  const pool = new pg.Pool({ connectionString, options, max: 4, connectionTimeoutMillis: 15_000 });
  // An idle connection that the server closes is not an error until it is used; without a listener it would end the process.
  pool.on("error", () => {});
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    if (readOnly) checkVersion(await readVersion(db), location);
    else {
      await db.transaction().execute(async (transaction) => {
        await sql`select pg_advisory_xact_lock(${creationLock})`.execute(transaction);
        await sql`create schema if not exists ${sql.id(schema)}`.execute(transaction);
        await migrate(transaction, location);
      });
    }
  } catch (error) {
    await db.destroy();
    if (readOnly && (error as { code?: string }).code === "42P01") {
      throw new InputError(
        `${location}: holds no study; start one with gradientflow study run FILE --store ${location}`,
      );
    }
    throw storeError(error, location);
  }
  return new SqlStore({
    db,
    location,
    readOnly,
    warnings: [],
    skipLocked: true,
    lockForCreation: async (transaction) => {
      await sql`select pg_advisory_xact_lock(${creationLock})`.execute(transaction);
    },
  });
}

/** The parts of an address; the location is the address without its password, fit to be shown. */
export function readAddress(address: string): { connectionString: string; schema: string; location: string } {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new InputError(
      "store: the address must be postgres://user@host:port/database?schema=NAME, and cannot be read as one",
    );
  }
  const schema = url.searchParams.get("schema") ?? defaultSchema;
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw new InputError(
      `store: schema must be lower-case letters, digits and _ (at most 63), got ${JSON.stringify(schema)}`,
    );
  }
  url.searchParams.delete("schema");
  const connectionString = url.href;
  url.password = "";
  url.searchParams.set("schema", schema);
  return { connectionString, schema, location: url.href };
}
