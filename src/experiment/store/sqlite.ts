/**
 * The store in a folder: `study.sqlite`, written by node:sqlite.
 *
 * WAL lets readers look on while a study runs. synchronous is NORMAL: killing the process loses nothing, since the log is
 * in the system's hands; after a power cut the last commits may be gone, which leaves their trials running with a lease
 * that ends, so they run again to the same numbers. FULL would cost one fsync per claim, heartbeat and result for that.
 */

import { existsSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { pathToFileURL } from "node:url";
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
} from "kysely";
import { InputError } from "../../base/index.ts";
import { busyTimeoutMs, whileBusy } from "./busy.ts";
import { makeFolder } from "./folder.ts";
import { SqlStore } from "./sql-store.ts";
import { type OpenStoreOptions, type Store, storeFileName } from "./store.ts";
import { storeError } from "./store-errors.ts";
import { checkVersion, migrate, readVersion, type Tables } from "./tables.ts";

/** node:sqlite as kysely wants a database: the shim. */
function shim(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (text) => {
      const statement = database.prepare(text);
      const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...values(parameters)),
        run: (parameters) => statement.run(...values(parameters)),
        iterate: (parameters) => statement.iterate(...values(parameters)),
      };
    },
  };
}

/** Takes the write lock at the start: a transaction that reads first and writes later could otherwise fail halfway. */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }

  /** On a full disk SQLite has rolled back by itself; refusing to do it again would hide the error that matters. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.rollbackTransaction(connection);
    } catch (error) {
      if (!/no transaction is active/.test(String(error))) throw error;
    }
  }
}

class ImmediateDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;
  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }
  override createDriver(): SqliteDriver {
    return new ImmediateDriver(this.#config);
  }
}

/** Opens the store of a folder, which is made if it is not there; see `openStore`. */
export async function openSqlite(folder: string, { readOnly = false }: OpenStoreOptions = {}): Promise<Store> {
  const location = join(folder, storeFileName);
  if (readOnly && !existsSync(location)) {
    throw new InputError(
      `${folder}: no study here (no ${storeFileName}); start one with gradientflow study run FILE --out ${folder}`,
    );
  }
  const database = readOnly ? openForReading(location) : await openForWriting(folder, location);
  const db = new Kysely<Tables>({ dialect: new ImmediateDialect({ database: shim(database) }) });
  try {
    if (readOnly) checkVersion(await readVersion(db), location);
    else await whileBusy(() => db.transaction().execute((transaction) => migrate(transaction, location)));
  } catch (error) {
    await db.destroy();
    if (readOnly && /no such table/.test(String(error))) {
      throw new InputError(`${location}: holds no study; start one with gradientflow study run FILE --out ${folder}`);
    }
    throw storeError(error, location);
  }
  return new SqlStore({ db, location, readOnly, warnings: networkWarnings(folder), skipLocked: false });
}

async function openForWriting(folder: string, location: string): Promise<DatabaseSync> {
  makeFolder(folder);
  try {
    const database = new DatabaseSync(location, { timeout: busyTimeoutMs });
    await whileBusy(() => database.exec("pragma journal_mode = wal; pragma synchronous = normal;"));
    return database;
  } catch (error) {
    throw storeError(error, location);
  }
}

function openForReading(location: string): DatabaseSync {
  const open = (place: string | URL) => {
    const database = new DatabaseSync(place, { readOnly: true, timeout: busyTimeoutMs });
    // Opening reads nothing yet: the first statement tells whether it can.
    database.prepare("select count(*) from sqlite_schema").get();
    return database;
  };
  try {
    return open(location);
  } catch {
    // A WAL store on a read-only disk cannot make its index; nobody can be writing there, so it may be read as it stands.
    try {
      const address = pathToFileURL(location);
      address.search = "immutable=1";
      return open(address);
    } catch (error) {
      throw storeError(error, location);
    }
  }
}

/** Numbers that statfs gives for file systems shared between machines, where SQLite's locks cannot be relied on. */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x19830326, "BeeGFS"],
  [0x00c36400, "CephFS"],
  [0x5346414f, "AFS"],
]);

/** What to tell the user of a folder on such a file system; nothing elsewhere. */
export function networkWarnings(folder: string, type: number = fileSystemType(folder)): string[] {
  const name = networkFileSystems.get(type >>> 0);
  if (name === undefined) return [];
  return [
    `${folder} is on a network file system (${name}). One machine may work there; several at once may damage the store: use --store postgres://... for that`,
  ];
}

function fileSystemType(folder: string): number {
  try {
    return statfsSync(folder).type;
  } catch {
    return 0;
  }
}
