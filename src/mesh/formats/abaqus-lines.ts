/** Lines of an Abaqus input file: keywords with parameters, and numbers with commas between. */

import { utf8 } from "./byte-text.ts";
import { parseNumber } from "./number-text.ts";
import { quoted, type Scanner } from "./scanner.ts";

/** A keyword line: its name and parameters in upper case, values as written. */
export interface Keyword {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly at: number;
}

/** The keyword line that begins here, its continuation lines with it; undefined on a line of data, name "" on a comment. */
export function readKeyword(scanner: Scanner): Keyword | undefined {
  while (scanner.left > 0 && (scanner.bytes[scanner.at] === 32 || scanner.bytes[scanner.at] === 9)) scanner.at++;
  const at = scanner.at;
  if (scanner.bytes[at] !== 42) return undefined;
  let line = scanner.line().trim();
  if (line.startsWith("**")) return { name: "", parameters: new Map(), at };
  while (line.endsWith(",") && scanner.left > 0) line += scanner.line().trim();
  const [head, ...rest] = line.slice(1).split(",");
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const [key, ...value] = parameter.split("=");
    const label = utf8(value.join("=").trim());
    parameters.set(key.trim().toUpperCase(), label.replace(/^"(.*)"$/, "$1"));
  }
  return { name: head.trim().toUpperCase().replace(/\s+/g, " "), parameters, at };
}

/** The numbers of the data line that begins here, or undefined at a keyword or the end. */
export function readNumbers(scanner: Scanner, what: string): number[] | undefined {
  const { bytes } = scanner;
  for (;;) {
    scanner.skipSpace();
    if (scanner.left === 0) return undefined;
    if (bytes[scanner.at] !== 42) break;
    if (bytes[scanner.at + 1] !== 42) return undefined;
    scanner.line();
  }
  let end = bytes.indexOf(10, scanner.at);
  if (end < 0) end = bytes.length;
  const numbers: number[] = [];
  let start = scanner.at;
  while (start < end) {
    let stop = start;
    while (stop < end && bytes[stop] !== 44) stop++;
    let [first, last] = [start, stop];
    while (first < last && bytes[first] <= 32) first++;
    while (last > first && bytes[last - 1] <= 32) last--;
    // A comma may end a line.
    if (first < last || stop < end) {
      const value = first === last ? 0 : parseNumber(bytes, first, last);
      if (value === undefined) {
        scanner.at = first;
        throw scanner.error(`${what} must be numbers with commas between, got ${quoted(scanner.peek())}`, first);
      }
      numbers.push(value);
    }
    start = stop + 1;
  }
  scanner.at = end;
  return numbers;
}
