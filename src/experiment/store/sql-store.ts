/**
 * The store over kysely: the same statements for SQLite and PostgreSQL, which differ in one line, the lock of a claim.
 *
 * Every change of a trial is one statement that names the owner it expects, so that no interleaving of processes can record
 * a result twice or for a trial that was taken away.
 */

import { type Kysely, sql, type Transaction, type UpdateObject } from "kysely";
import { EnvironmentError } from "../../base/index.ts";
import type { TrialFailure, TrialResult, TrialSpec, TrialState } from "../trial.ts";
import { trialStates } from "../trial.ts";
import { whileBusy } from "./busy.ts";
import { decodeJson, decodeRecord, encodeJson, encodeResult } from "./record.ts";
import type { Claim, RunRecord, StateCounts, Store, StoredStudy, TrialRecord } from "./store.ts";
import { storeError } from "./store-errors.ts";
import type { Tables } from "./tables.ts";

export interface SqlStoreOptions {
  readonly db: Kysely<Tables>;
  readonly location: string;
  readonly readOnly: boolean;
  readonly warnings: readonly string[];
  /** PostgreSQL: rows under claim are locked and passed over by others. SQLite has one writer at a time and needs no lock. */
  readonly skipLocked: boolean;
  /** Runs first in the transaction that makes a study, so that of two processes one waits for the other. */
  readonly lockForCreation?: (transaction: Transaction<Tables>) => Promise<void>;
}

/** Rows per statement: 100 x 6 parameters stay far below every database's limit. */
const insertRows = 100;
const pageRows = 200;

type Changes = UpdateObject<Tables, "trial", "trial">;

const free = { owner: null, lease_until: null } as const;
const claimable: readonly TrialState[] = ["queued", "stale"];
const recordColumns = [
  "number",
  "id",
  "place",
  "state",
  "spec",
  "attempts",
  "owner",
  "lease_until",
  "started_ms",
  "finished_ms",
  "result",
  "failure",
] as const;

export class SqlStore implements Store {
  readonly location: string;
  readonly readOnly: boolean;
  readonly warnings: readonly string[];
  readonly #db: Kysely<Tables>;
  readonly #options: SqlStoreOptions;

  constructor(options: SqlStoreOptions) {
    this.#db = options.db;
    this.#options = options;
    this.location = options.location;
    this.readOnly = options.readOnly;
    this.warnings = options.warnings;
  }

  create(study: StoredStudy, trials: readonly TrialSpec[], order: readonly number[]): Promise<boolean> {
    const places = new Int32Array(trials.length);
    for (const [place, index] of order.entries()) places[index] = place;
    return this.#guard(() =>
      this.#db.transaction().execute(async (transaction) => {
        await this.#options.lockForCreation?.(transaction);
        const there = await transaction
          .selectFrom("fact")
          .select("name")
          .where("name", "=", "study")
          .executeTakeFirst();
        if (there !== undefined) return false;
        await transaction
          .insertInto("fact")
          .values({ name: "study", value: encodeJson(study) })
          .execute();
        for (let first = 0; first < trials.length; first += insertRows) {
          const rows = trials.slice(first, first + insertRows).map((spec) => ({
            number: spec.index,
            id: spec.id,
            place: places[spec.index],
            state: "queued" as const,
            spec: encodeJson(spec),
            attempts: 0,
          }));
          await transaction.insertInto("trial").values(rows).execute();
        }
        return true;
      }),
    );
  }

  study(): Promise<StoredStudy | undefined> {
    return this.#guard(async () => {
      const row = await this.#db.selectFrom("fact").select("value").where("name", "=", "study").executeTakeFirst();
      return row === undefined ? undefined : decodeJson<StoredStudy>(row.value);
    });
  }

  addRun({ owner, startedMs, provenance }: RunRecord): Promise<void> {
    const row = { owner, started_ms: startedMs, provenance: encodeJson(provenance) };
    return this.#guard(async () => {
      await this.#db.insertInto("run").values(row).execute();
    });
  }

  runs(): Promise<RunRecord[]> {
    return this.#guard(async () => {
      const rows = await this.#db.selectFrom("run").selectAll().orderBy("started_ms").orderBy("owner").execute();
      return rows.map((row) => ({
        owner: row.owner,
        startedMs: row.started_ms,
        provenance: decodeJson<RunRecord["provenance"]>(row.provenance),
      }));
    });
  }

  claim(owner: string, now: number, leaseUntil: number): Promise<Claim | undefined> {
    return this.#guard(async () => {
      // One UPDATE is atomic in SQLite; in PostgreSQL the row is locked by the inner query, and others take the next.
      let next = this.#db
        .selectFrom("trial")
        .select("number")
        .where("state", "in", claimable)
        .orderBy("place")
        .limit(1);
      if (this.#options.skipLocked) next = next.forUpdate().skipLocked();
      const row = await this.#db
        .updateTable("trial")
        .set((eb) => ({
          state: "running" as const,
          owner,
          lease_until: leaseUntil,
          started_ms: now,
          attempts: eb("attempts", "+", 1),
        }))
        .where("number", "=", next)
        .where("state", "in", claimable)
        .returning(["spec", "attempts"])
        .executeTakeFirst();
      return row === undefined ? undefined : { spec: decodeJson<TrialSpec>(row.spec), attempts: row.attempts };
    });
  }

  heartbeat(owner: string, leaseUntil: number): Promise<number> {
    return this.#update({ lease_until: leaseUntil }, owner);
  }

  async finish(index: number, owner: string, now: number, result: TrialResult): Promise<boolean> {
    const changes = { ...free, ...encodeResult(result), state: result.status, finished_ms: now, failure: null };
    return (await this.#update(changes, owner, index)) === 1;
  }

  async fail(index: number, owner: string, now: number, failure: TrialFailure): Promise<boolean> {
    const changes = { ...free, state: "failed" as const, finished_ms: now, failure: encodeJson(failure) };
    return (await this.#update(changes, owner, index)) === 1;
  }

  release(owner: string, index?: number): Promise<number> {
    return this.#update(
      { ...free, state: "queued", started_ms: null, attempts: sql<number>`attempts - 1` },
      owner,
      index,
    );
  }

  sweep(now: number, isDead: (owner: string) => boolean, maxAttempts: number): Promise<number> {
    return this.#guard(async () => {
      const held = await this.#db
        .selectFrom("trial")
        .select(["number", "owner", "lease_until", "attempts"])
        .where("state", "=", "running")
        .execute();
      let swept = 0;
      for (const { number, owner, lease_until, attempts } of held) {
        if (owner === null || lease_until === null || (lease_until >= now && !isDead(owner))) continue;
        const message = `the process that ran this trial died or fell silent, ${attempts} times in a row`;
        const changes =
          attempts < maxAttempts
            ? { ...free, state: "stale" as const }
            : {
                ...free,
                state: "failed" as const,
                finished_ms: now,
                failure: encodeJson({ name: "LostError", message }),
              };
        const { numUpdatedRows } = await this.#db
          .updateTable("trial")
          .set(changes)
          .where("number", "=", number)
          .where("state", "=", "running")
          .where("owner", "=", owner)
          // Unchanged since it was read: a heartbeat in between keeps the trial with its owner.
          .where("lease_until", "=", lease_until)
          .executeTakeFirst();
        swept += Number(numUpdatedRows);
      }
      return swept;
    });
  }

  unfinishedElsewhere(owner: string): Promise<number> {
    return this.#guard(async () => {
      const row = await this.#db
        .selectFrom("trial")
        .select((eb) => eb.fn.countAll<number | string>().as("n"))
        .where((eb) =>
          eb.or([eb("state", "in", claimable), eb.and([eb("state", "=", "running"), eb("owner", "!=", owner)])]),
        )
        .executeTakeFirstOrThrow();
      return Number(row.n);
    });
  }

  requeue(states: readonly TrialState[]): Promise<number> {
    const empty = { started_ms: null, finished_ms: null, result: null, epochs: null, failure: null, attempts: 0 };
    return this.#move(states, { ...free, ...empty, state: "queued" });
  }

  cancel(): Promise<number> {
    return this.#move(claimable, { state: "cancelled" });
  }

  counts(now: number): Promise<StateCounts> {
    return this.#guard(async () => {
      const rows = await this.#db
        .selectFrom("trial")
        .select((eb) => ["state", eb.fn.countAll<number | string>().as("n")])
        .select(
          sql<number | string>`sum(case when state = 'running' and lease_until < ${now} then 1 else 0 end)`.as("late"),
        )
        .groupBy("state")
        .execute();
      const counts = Object.fromEntries(trialStates.map((state) => [state, 0])) as Record<TrialState, number>;
      for (const { state, n, late } of rows) {
        counts[state] += Number(n) - Number(late);
        counts.stale += Number(late);
      }
      return counts;
    });
  }

  async *records(options: { epochs?: boolean; states?: readonly TrialState[] } = {}): AsyncGenerator<TrialRecord> {
    const { epochs = false, states } = options;
    for (let last = -1; ; ) {
      const page = await this.#guard(() =>
        this.#db
          .selectFrom("trial")
          .select(recordColumns)
          .$if(epochs, (query) => query.select("epochs"))
          .where("number", ">", last)
          // As an expression, so that pages are walked by number: the index over states would be sorted anew for each page.
          .$if(states !== undefined, (query) => query.where(sql<TrialState>`(state || '')`, "in", states!))
          .orderBy("number")
          .limit(pageRows)
          .execute(),
      );
      for (const row of page) yield decodeRecord(row);
      if (page.length < pageRows) return;
      last = page[page.length - 1].number;
    }
  }

  async close(): Promise<void> {
    await this.#db.destroy();
  }

  /** Changes running trials of one owner; all, or one. */
  #update(changes: Changes, owner: string, index?: number): Promise<number> {
    return this.#guard(async () => {
      const { numUpdatedRows } = await this.#db
        .updateTable("trial")
        .set(changes)
        .where("state", "=", "running")
        .where("owner", "=", owner)
        .$if(index !== undefined, (query) => query.where("number", "=", index!))
        .executeTakeFirst();
      return Number(numUpdatedRows);
    });
  }

  #move(states: readonly TrialState[], changes: Changes): Promise<number> {
    return this.#guard(async () => {
      const { numUpdatedRows } = await this.#db
        .updateTable("trial")
        .set(changes)
        .where("state", "in", states)
        .executeTakeFirst();
      return Number(numUpdatedRows);
    });
  }

  async #guard<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await whileBusy(action);
    } catch (error) {
      const meant = storeError(error, this.location);
      if (this.readOnly && meant === error && /readonly|read-only/i.test(String(error))) {
        throw new EnvironmentError(`${this.location}: was opened to be read only`, { cause: error });
      }
      throw meant;
    }
  }
}
