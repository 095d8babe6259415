/**
 * The header of a safetensors file: JSON of one shape, read by hand, since JSON.parse would keep the last of two equal names.
 *
 *     {"__metadata__":{"step":"20"},"layer1.weight":{"dtype":"F32","shape":[3,2],"data_offsets":[0,24]}}
 *
 * Names go into maps, so that none of them ("__proto__") means anything to an object.
 */

import { InputError, type Shape } from "../../base/index.ts";

/** A tensor as the header tells of it; nothing in it is checked against the rest of the file. */
export interface HeaderEntry {
  readonly dtype: string;
  readonly shape: Shape;
  /** First byte, and the one after the last, counted from the end of the header. */
  readonly offsets: readonly [begin: number, end: number];
}

export interface Header {
  readonly metadata: ReadonlyMap<string, string>;
  readonly entries: ReadonlyMap<string, HeaderEntry>;
}

export const metadataName = "__metadata__";
const fields = ["dtype", "shape", "data_offsets"] as const;
const maxAxes = 32;

/**
 * Reads a header.
 *
 * @param text  the JSON, with the spaces that pad it
 * @throws InputError  for anything else than the JSON described above, a name given twice, a number that is no integer in
 *                     [0, 2^53); the message says at which character
 */
export function parseHeader(text: string, file: string): Header {
  const reader = new HeaderReader(text, file);
  const entries = new Map<string, HeaderEntry>();
  let metadata: Map<string, string> | undefined;
  reader.object("a tensor", (name) => {
    if (name === metadataName) {
      const texts = new Map<string, string>();
      reader.object("an entry of the metadata", (key) => texts.set(key, reader.string()));
      metadata = texts;
    } else {
      entries.set(name, readEntry(reader, name));
    }
  });
  reader.end();
  return { metadata: metadata ?? new Map(), entries };
}

function readEntry(reader: HeaderReader, name: string): HeaderEntry {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  reader.object(`a field of ${JSON.stringify(name)}`, (field) => {
    if (field === "dtype") dtype = reader.string();
    else if (field === "shape") shape = reader.integers(maxAxes);
    else if (field === "data_offsets") offsets = reader.integers(2);
    else reader.refuse(`a tensor has the fields ${fields.join(", ")}`, JSON.stringify(field));
  });
  if (dtype === undefined || shape === undefined || offsets?.length !== 2) {
    return reader.refuse(`${JSON.stringify(name)} needs dtype, shape and two data_offsets`, "fewer");
  }
  return { dtype, shape, offsets: [offsets[0], offsets[1]] };
}

/** A place in the text, and the few things that can stand there. */
class HeaderReader {
  readonly #text: string;
  readonly #file: string;
  #at = 0;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  /** `{"key": value, ...}`, where `onKey` reads the value. */
  object(what: string, onKey: (key: string) => void): void {
    const seen = new Set<string>();
    this.#expect("{");
    if (this.#take("}")) return;
    do {
      const key = this.string();
      if (seen.has(key)) this.refuse(`${what} may be given once`, `${JSON.stringify(key)} twice`);
      seen.add(key);
      this.#expect(":");
      onKey(key);
    } while (this.#take(","));
    this.#expect("}");
  }

  /** `[1, 2]`, at most `most` of them. */
  integers(most: number): number[] {
    const values: number[] = [];
    this.#expect("[");
    if (this.#take("]")) return values;
    do {
      if (values.length === most) this.refuse(`at most ${most} integers may stand here`, "more");
      values.push(this.#integer());
    } while (this.#take(","));
    this.#expect("]");
    return values;
  }

  string(): string {
    this.#skipSpace();
    const start = this.#at;
    if (this.#text[start] !== '"') this.refuse("expected a text in double quotes", this.#here());
    let end = start + 1;
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === "\\" ? 2 : 1;
    try {
      const value: unknown = JSON.parse(this.#text.slice(start, end + 1));
      this.#at = end + 1;
      return value as string;
    } catch {
      return this.refuse("expected a text as JSON writes it", this.#here());
    }
  }

  end(): void {
    this.#skipSpace();
    if (this.#at !== this.#text.length) this.refuse("expected nothing but spaces after the header", this.#here());
  }

  refuse(rule: string, got: string): never {
    throw new InputError(
      `${this.#file}: header, character ${this.#at}: ${rule}, got ${got}; the file is damaged or no safetensors file: save it again`,
    );
  }

  #integer(): number {
    this.#skipSpace();
    const pattern = /-?\d+(?![\d.eE])/y;
    pattern.lastIndex = this.#at;
    const digits = pattern.exec(this.#text)?.[0] ?? "";
    const value = Number(digits);
    if (digits === "" || !Number.isSafeInteger(value) || digits.startsWith("-") || /^0\d/.test(digits)) {
      this.refuse("expected an integer in [0, 2^53)", this.#here());
    }
    this.#at += digits.length;
    return value;
  }

  #expect(sign: string): void {
    if (!this.#take(sign)) this.refuse(`expected ${sign}`, this.#here());
  }

  #take(sign: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    while (/[ \t\n\r]/.test(this.#text[this.#at] ?? "")) this.#at += 1;
  }

  #here(): string {
    return this.#at >= this.#text.length ? "the end" : JSON.stringify(this.#text.slice(this.#at, this.#at + 20));
  }
}
