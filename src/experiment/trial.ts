/** A trial: one seeded run, its states, and what comes out of it. */

import { createHash } from "node:crypto";
import type { SettingValue } from "./kind.ts";

/**
 * The states of a trial.
 *
 *     queued -> running -> done | diverged | failed
 *                  |  lease ran out, or its process died
 *                  v
 *                stale -> running        queued | stale -> cancelled
 */
export const trialStates = ["queued", "running", "done", "diverged", "failed", "stale", "cancelled"] as const;
export type TrialState = (typeof trialStates)[number];

/** A trial as planned: fixed when the study is made, the same on every machine. */
export interface TrialSpec {
  /** Place in the design, from 0: the `trial` column, and the order of every export. */
  readonly index: number;
  /** 16 hexadecimal digits that name what is run; see `trialId`. */
  readonly id: string;
  /** Trials of one cell and seed share their pair, from 0. */
  readonly pair: number;
  /** "sparse", "dense": tells the trials of a pair apart. */
  readonly kind: string;
  readonly factors: Readonly<Record<string, SettingValue>>;
  readonly seed: number;
  /** Values of columns known before the trial runs. */
  readonly columns: Readonly<Record<string, number | string | boolean>>;
  /** What the worker needs; JSON that only the study's kind reads. */
  readonly payload: unknown;
}

export interface Divergence {
  /** Optimizer step, from 0, at which a number first was not finite. */
  readonly step: number;
  readonly layer: string;
  readonly reason: string;
}

/** What a trial comes to. */
export interface TrialResult {
  readonly status: "done" | "diverged";
  /** Measures by column name; NaN and infinities are kept as such. */
  readonly columns: Readonly<Record<string, number | string>>;
  /** Rows of epochs.csv by column name, in order. */
  readonly epochs: readonly Readonly<Record<string, number | string>>[];
  /** Rows of the kind's further tables by column name: those of `updates` go to updates.csv. */
  readonly tables?: Readonly<Record<string, TrialResult["epochs"]>>;
  /** Where it left the finite numbers; only with status "diverged". */
  readonly diverged?: Divergence;
  /** Milliseconds on the clock; the only number that may differ between two runs. */
  readonly wallMs: number;
}

/** Why a trial failed. */
export interface TrialFailure {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/**
 * The name of what is run: the first 16 hexadecimal digits of SHA-256 over the canonical JSON of study kind, trial kind,
 * factors, seed and payload. Equal wherever and whenever the design is expanded.
 */
export function trialId(study: string, trial: Pick<TrialSpec, "kind" | "factors" | "seed" | "payload">): string {
  const { kind, factors, seed, payload } = trial;
  return createHash("sha256").update(canonicalJson({ study, kind, factors, seed, payload })).digest("hex").slice(0, 16);
}

/** JSON with the keys of every object in code-unit order, so that equal values have equal texts. Non-finite numbers are kept apart. */
export function canonicalJson(value: unknown): string {
  if (typeof value === "number" && !Number.isFinite(value)) return JSON.stringify(String(value));
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}
