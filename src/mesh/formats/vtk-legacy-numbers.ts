/** Names, types and values of VTK's legacy format, as text or binary (big-endian). */

import type { DataValues } from "../mesh.ts";
import { bytesPer, decodeValues, newValues, scanValues, type ValueType } from "./data-values.ts";
import { quoted, Scanner } from "./scanner.ts";
import { decodeName, legacyTypes } from "./vtk-types.ts";

export class VtkNumbers {
  readonly scanner: Scanner;
  ascii = true;

  constructor(bytes: Uint8Array, file: string) {
    this.scanner = new Scanner(bytes, file);
    this.scanner.littleEndian = false;
  }

  /** The next word as a name. */
  name(): string {
    return decodeName(this.scanner.word());
  }

  /** A count of things that take a byte at least. */
  count(what: string): number {
    return this.scanner.count(what, 1);
  }

  /** The next word as a type of numbers. */
  type(): ValueType {
    const { scanner } = this;
    const word = scanner.word();
    const type = legacyTypes.get(word.toLowerCase());
    if (type !== undefined) return type;
    throw scanner.error(
      `a number type must be one of ${[...legacyTypes.keys()].join(", ")}, got ${quoted(word)}; write the array as one of them`,
    );
  }

  /** Goes to where the numbers after a keyword begin: binary ones on the next line. */
  beginNumbers(): number {
    if (!this.ascii && this.scanner.bytes[this.scanner.at - 1] !== 10) this.scanner.line();
    return this.scanner.at;
  }

  /** Values after a keyword, no more than the file holds. */
  values(type: ValueType, length: number, what: string, start = this.beginNumbers()): DataValues {
    const { scanner } = this;
    scanner.at = start;
    if (length === 0) return newValues(type, 0);
    scanner.believe(`the number of values (${what})`, length, this.ascii ? 2 : bytesPer(type));
    if (this.ascii) return scanValues(scanner, type, length, what);
    scanner.binary = true;
    return decodeValues(type, scanner.take(length * bytesPer(type), what), false);
  }

  /** Information keys end with an empty line. */
  skipMetadata(): void {
    const { scanner } = this;
    scanner.line();
    while (scanner.left > 0 && scanner.line().trim() !== "");
  }

  /** Texts: a line each, or their lengths and characters. */
  skipStrings(count: number, name: string): void {
    const { scanner } = this;
    scanner.word();
    scanner.line();
    scanner.believe(`the number of strings of ${quoted(name)}`, count, 1);
    for (let i = 0; i < count; i++) {
      if (this.ascii) scanner.line();
      else {
        // A string's length takes 1, 2, 4 or 8 bytes, as the two highest bits of the first byte say: 3, 2, 1 or 0.
        const wide = 8 >> (scanner.take(1, "the length of a string")[0] >> 6);
        scanner.at--;
        const length = scanner.take(wide, "the length of a string");
        let value = length[0] & 63;
        for (let byte = 1; byte < wide; byte++) value = value * 256 + length[byte];
        scanner.take(value, "the characters of a string");
      }
    }
  }
}
