/**
 * A place in a file and the ways on from it: words, lines and numbers of text, integers and doubles of binary.
 *
 * Every refusal names the file, the line or byte, the rule and the value. No count is believed before it is compared with
 * the bytes left, so a lying header reserves nothing.
 */

import { InputError } from "../../base/index.ts";
import { latin1 } from "./byte-text.ts";
import { parseInteger, parseNumber } from "./number-text.ts";

const damaged = "the file is damaged or truncated: write it again";

export class Scanner {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at = 0;
  /** Whether numbers are binary: places are then told in bytes. */
  binary = false;
  littleEndian = true;

  constructor(bytes: Uint8Array, file: string) {
    this.file = file;
    // A Buffer of Node is a Uint8Array whose slice() does not copy: decoding in place would change the caller's file.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes of arrays that the file asks for without filling them, so far. */
  private reserved = 0;

  /** Bytes not yet read. */
  get left(): number {
    return this.bytes.length - this.at;
  }

  /** Where the next number begins: after blanks in text. */
  get next(): number {
    if (!this.binary) this.skipSpace();
    return this.at;
  }

  /** "line 12" of a text, "byte 340" of a binary file. */
  place(at = this.at): string {
    if (this.binary) return `byte ${at}`;
    let line = 1;
    const end = Math.min(at, this.bytes.length);
    for (let i = 0; i < end; i++) if (this.bytes[i] === 10) line++;
    return `line ${line}`;
  }

  /** The error to throw: `file: place: message`. */
  error(message: string, at = this.at, cause?: unknown): InputError {
    return new InputError(`${this.file}: ${this.place(at)}: ${message}`, { cause });
  }

  skipSpace(): void {
    while (this.at < this.bytes.length && this.bytes[this.at] <= 32) this.at++;
  }

  /** The next word, or "" at the end. */
  word(): string {
    const start = this.wordStart();
    return latin1(this.bytes, start, this.at);
  }

  /** The next word without going past it, or "" at the end. */
  peek(): string {
    const before = this.at;
    const word = this.word();
    this.at = before;
    return word;
  }

  /** Goes past the next word and gives where it starts. */
  private wordStart(): number {
    this.skipSpace();
    const start = this.at;
    while (this.at < this.bytes.length && this.bytes[this.at] > 32) this.at++;
    return start;
  }

  /** The rest of this line, without its end; the place is then the next line. */
  line(): string {
    const start = this.at;
    let end = this.bytes.indexOf(10, start);
    if (end < 0) end = this.bytes.length;
    this.at = Math.min(end + 1, this.bytes.length);
    return latin1(this.bytes, start, end).replace(/\r$/, "");
  }

  /** A whole number of text in [least, most]. */
  integer(what: string, least = -(2 ** 31), most = 2 ** 31 - 1): number {
    const start = this.wordStart();
    const value = parseInteger(this.bytes, start, this.at);
    if (value === undefined || value < least || value > most) {
      throw this.error(
        `${what} must be a whole number from ${least} to ${most}, got ${this.quote(start)}; ${damaged}`,
        start,
      );
    }
    return value;
  }

  /** A number of text, nan and inf among them. */
  number(what: string): number {
    const start = this.wordStart();
    const value = parseNumber(this.bytes, start, this.at);
    if (value === undefined) throw this.error(`${what} must be a number, got ${this.quote(start)}; ${damaged}`, start);
    return value;
  }

  /** A finite number of text. */
  coordinate(what: string): number {
    const start = this.at;
    const value = this.number(what);
    if (!Number.isFinite(value)) {
      throw this.error(`${what} must be finite, got ${value}; mend it in the program that wrote the file`, start);
    }
    return value;
  }

  /** A whole number of text that counts things of at least `bytesEach` bytes; more than fit in the rest are refused. */
  count(what: string, bytesEach: number): number {
    this.skipSpace();
    const start = this.at;
    const value = this.integer(what, 0, Number.MAX_SAFE_INTEGER);
    this.believe(what, value, bytesEach, start);
    return value;
  }

  /** Refuses a count of more things than the rest of the file can hold. */
  believe(what: string, count: number, bytesEach: number, at = this.at): void {
    // The last number of a text needs no space after it.
    const most = Math.floor((this.left + 1) / bytesEach);
    if (count > most || count > 2 ** 31 - 1) {
      const limit = Math.min(most, 2 ** 31 - 1);
      throw this.error(`${what} is ${count}, but the ${this.left} bytes left hold at most ${limit}; ${damaged}`, at);
    }
  }

  /**
   * Accounts for an array that a few bytes of the file ask for (a set, a field of few values), before it is made. All of
   * them together may be 16 times as large as the file and 16 MiB.
   */
  reserve(what: string, bytes: number): void {
    this.reserved += bytes;
    const most = 16 * this.bytes.length + 2 ** 24;
    if (this.reserved > most) {
      throw this.error(`${what} and those before it need more than ${most} bytes of memory; remove what is not needed`);
    }
  }

  /** The next `length` bytes as they lie in the file. */
  take(length: number, what: string): Uint8Array {
    if (length > this.left) {
      throw this.error(`${what} need ${length} bytes, the file has ${this.left} left; ${damaged}`);
    }
    return this.bytes.subarray(this.at, (this.at += length));
  }

  int32(what: string): number {
    this.need(4, what);
    return this.view.getInt32((this.at += 4) - 4, this.littleEndian);
  }

  /** A 64-bit unsigned integer that a double holds exactly. */
  uint64(what: string): number {
    this.need(8, what);
    const value = this.view.getBigUint64((this.at += 8) - 8, this.littleEndian);
    if (value > Number.MAX_SAFE_INTEGER) {
      throw this.error(`${what} must be at most 2^53 - 1, got ${value}; ${damaged}`, this.at - 8);
    }
    return Number(value);
  }

  float64(what: string): number {
    this.need(8, what);
    return this.view.getFloat64((this.at += 8) - 8, this.littleEndian);
  }

  private need(length: number, what: string): void {
    if (length > this.left) {
      throw this.error(`${what} needs ${length} bytes, the file has ${this.left} left; ${damaged}`);
    }
  }

  /** The bytes from `start` to here in quotes, shortened, for messages. */
  private quote(start: number): string {
    return quoted(latin1(this.bytes, start, Math.min(this.at, start + 60)));
  }
}

/** A foreign word in quotes, at most 40 characters of it; the end of the file has none. */
export function quoted(word: string): string {
  if (word === "") return "the end of the file";
  return JSON.stringify(word.length > 40 ? `${word.slice(0, 40)}...` : word);
}
