/** The texts of a checkpoint's file: JSON that is checked on the way out, so that nothing is lost, and on the way in. */

import { InputError } from "../../base/index.ts";

/** JSON of a value, every number of which is finite. @throws InputError where JSON would change it; `what` opens the message */
export function toJson(what: string, value: unknown): string {
  const text = JSON.stringify(value, (key, item) => {
    if (typeof item === "number" && !Number.isFinite(item)) {
      throw new InputError(
        `${what}: numbers must be finite, got ${item} at ${JSON.stringify(key)}; write it as a text`,
      );
    }
    return item;
  });
  if (text === undefined)
    throw new InputError(`${what}: must be a value that JSON holds, got ${typeof value}; use null`);
  return text;
}

/** A file's texts, each asked for with what it must be. */
export class Metadata {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #file: string;

  constructor(texts: ReadonlyMap<string, string>, file: string) {
    this.#texts = texts;
    this.#file = file;
  }

  has(key: string): boolean {
    return this.#texts.has(key);
  }

  text(key: string): string {
    const text = this.#texts.get(key);
    if (text === undefined) this.refuse(key, "must be there", "nothing");
    return text as string;
  }

  json(key: string): unknown {
    try {
      return JSON.parse(this.text(key));
    } catch (error) {
      if (error instanceof InputError) throw error;
      return this.refuse(key, "must be JSON", JSON.stringify(this.text(key).slice(0, 40)));
    }
  }

  /** JSON of an object, whose entries `field` picks. */
  table(key: string): Readonly<Record<string, unknown>> {
    const value = this.json(key);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return this.refuse(key, "must be an object", JSON.stringify(value).slice(0, 40));
    }
    return value as Record<string, unknown>;
  }

  /** An entry of a table that is a number of the kind asked for. */
  number(key: string, name: string, kind: "count" | "finite"): number {
    const value = this.#entry(key, name);
    const good = kind === "count" ? Number.isSafeInteger(value) && (value as number) >= 0 : Number.isFinite(value);
    const rule = kind === "count" ? "an integer ≥ 0" : "a finite number";
    return good ? (value as number) : this.refuse(key, `${name} must be ${rule}`, JSON.stringify(value) ?? "nothing");
  }

  string(key: string, name: string): string {
    const value = this.#entry(key, name);
    return typeof value === "string"
      ? value
      : this.refuse(key, `${name} must be a text`, JSON.stringify(value) ?? "nothing");
  }

  refuse(key: string, rule: string, got: string): never {
    throw new InputError(
      `${this.#file}: metadata ${JSON.stringify(key)}: ${rule}, got ${got}; the file is damaged: use another checkpoint`,
    );
  }

  #entry(key: string, name: string): unknown {
    const table = this.table(key);
    return Object.hasOwn(table, name) ? table[name] : undefined;
  }
}
