/** What the legacy format of VTK calls number types, and how it writes names. */

import type { ValueType } from "./data-values.ts";

/**
 * Types by their names in lower case. `vtkidtype` lies in files as 32 bits whatever its size in memory; `long` has the
 * 64 bits of Linux.
 */
export const legacyTypes: ReadonlyMap<string, ValueType> = new Map([
  ["double", "Float64"],
  ["float", "Float32"],
  ["long", "Int64"],
  ["unsigned_long", "UInt64"],
  ["vtktypeint64", "Int64"],
  ["vtktypeuint64", "UInt64"],
  ["int", "Int32"],
  ["unsigned_int", "UInt32"],
  ["vtkidtype", "Int32"],
  ["short", "Int16"],
  ["unsigned_short", "UInt16"],
  ["char", "Int8"],
  ["signed_char", "Int8"],
  ["unsigned_char", "UInt8"],
]);

/** The name to write for a type; 64-bit integers have a name of their own from version 5 on. */
export function legacyType(type: ValueType, version: number): string {
  switch (type) {
    case "Int64":
      return version >= 5 ? "vtktypeint64" : "long";
    case "UInt64":
      return version >= 5 ? "vtktypeuint64" : "unsigned_long";
    case "Int8":
      return version >= 5 ? "signed_char" : "char";
    default:
      for (const [name, known] of legacyTypes) if (known === type) return name;
      throw new Error(`internal: no legacy name for ${type}`);
  }
}

/** A name as one word: bytes that are no printable ASCII, and % and ", become %XX of their UTF-8. */
export function encodeName(name: string): string {
  let word = "";
  for (const byte of new TextEncoder().encode(name)) {
    const plain = byte >= 33 && byte <= 126 && byte !== 34 && byte !== 37;
    word += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return word;
}

/** The name that a word of the file stands for; a % that starts no byte is itself. */
export function decodeName(word: string): string {
  const bytes: number[] = [];
  for (let i = 0; i < word.length; i++) {
    const escaped = word[i] === "%" && /^[0-9a-fA-F]{2}$/.test(word.slice(i + 1, i + 3));
    bytes.push(escaped ? Number.parseInt(word.slice(i + 1, i + 3), 16) : word.charCodeAt(i));
    if (escaped) i += 2;
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
