/**
 * As much XML as VTU files are made of: elements, attributes, and where their text lies in the bytes.
 *
 * Entities other than the five of XML and character numbers are refused, and so are document types: nothing is expanded
 * and nothing is fetched. Bytes after `_` in <AppendedData> may be anything, so reading ends there.
 */

import { latin1, utf8 } from "./byte-text.ts";
import { quoted, type Scanner } from "./scanner.ts";

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Ranges of bytes of its own text between tags, those of blanks alone left out: start, end, start, end, ... */
  readonly text: readonly number[];
  /** Where its tag begins. */
  readonly at: number;
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  readonly text: number[];
}

/** Deeper than any VTU file goes. */
const deepest = 32;

const tagPattern = /^<([A-Za-z_:][\w:.-]*)((?:\s+[A-Za-z_:][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>$/;

/**
 * The root element. Where there is an element named `raw`, its text is from after its tag to the end of the file, and
 * elements around it are closed there.
 */
export function parseXml(scanner: Scanner, raw: string): XmlElement {
  const { bytes } = scanner;
  const open: OpenElement[] = [];
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  for (;;) {
    const tag = bytes.indexOf(60, at);
    if (tag < 0) throw scanner.error("the XML ends within an element; the file is truncated: write it again", at);
    addText(bytes, open.at(-1), at, tag);
    if (startsWith(bytes, tag, "<!--")) at = after(scanner, tag, "-->");
    else if (startsWith(bytes, tag, "<?")) at = after(scanner, tag, "?>");
    else if (startsWith(bytes, tag, "<!")) {
      throw scanner.error("document types and CDATA are not read; write the file without them", tag);
    } else {
      at = after(scanner, tag, ">");
      const done = startsWith(bytes, tag, "</") ? close(scanner, open, tag, at) : begin(scanner, open, tag, at);
      if (done !== undefined) return done;
      if (open.at(-1)?.name === raw) {
        open.at(-1)?.text.push(at, bytes.length);
        while (open.length > 1) open.at(-2)?.children.push(open.pop() as OpenElement);
        return open[0];
      }
    }
  }
}

/** Opens an element, or adds it if it has no content; gives the root if that is all of it. */
function begin(scanner: Scanner, open: OpenElement[], at: number, end: number): XmlElement | undefined {
  // Tags of VTU are some hundred characters long; a longer one is no tag.
  const match = end - at > 65536 ? null : tagPattern.exec(latin1(scanner.bytes, at, end));
  if (match === null) {
    const start = quoted(latin1(scanner.bytes, at, Math.min(end, at + 60)));
    throw scanner.error(`an XML tag must be a name and attributes in quotes, got ${start}; the file is damaged`, at);
  }
  const [, name, list, slash] = match;
  const attributes = new Map<string, string>();
  for (const [, key, double, single] of list.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    attributes.set(key, decodeText(scanner, double ?? single, at));
  }
  const element: OpenElement = { name, attributes, children: [], text: [], at };
  if (slash !== "/") {
    if (open.length === deepest) throw scanner.error(`elements must nest at most ${deepest} deep`, at);
    open.push(element);
    return undefined;
  }
  open.at(-1)?.children.push(element);
  return open.length === 0 ? element : undefined;
}

/** Closes an element; gives the root when it is closed. */
function close(scanner: Scanner, open: OpenElement[], at: number, end: number): XmlElement | undefined {
  const name = latin1(scanner.bytes, at + 2, Math.min(end - 1, at + 60)).trim();
  const element = open.pop();
  if (element === undefined || element.name !== name) {
    throw scanner.error(
      `the XML must close ${element === undefined ? "nothing" : `<${element.name}>`} here, got ${quoted(`</${name}>`)}; the file is damaged`,
      at,
    );
  }
  if (open.length === 0) return element;
  open.at(-1)?.children.push(element);
  return undefined;
}

function addText(bytes: Uint8Array, element: OpenElement | undefined, start: number, end: number): void {
  let first = start;
  while (first < end && bytes[first] <= 32) first++;
  if (first < end) element?.text.push(first, end);
}

/** Where `mark` ends, searched from `start`. */
function after(scanner: Scanner, start: number, mark: string): number {
  const { bytes } = scanner;
  for (let at = start; (at = bytes.indexOf(mark.charCodeAt(0), at)) >= 0; at++) {
    if (startsWith(bytes, at, mark)) return at + mark.length;
  }
  throw scanner.error(`the XML must have ${quoted(mark)} after this; the file is truncated: write it again`, start);
}

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** Bytes as UTF-8 with entities replaced. */
function decodeText(scanner: Scanner, text: string, at: number): string {
  return utf8(text).replace(/&([^;&]{0,12});?/g, (whole, name: string) => {
    const known = Object.hasOwn(entities, name) ? entities[name] : undefined;
    const code = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
    const point = code === null ? Number.NaN : Number.parseInt(code[1] ?? code[2], code[1] === undefined ? 10 : 16);
    if (known !== undefined) return known;
    if (point > 0 && point <= 0x10ffff) return String.fromCodePoint(point);
    throw scanner.error(`entities must be XML's own five or numbers, got ${quoted(whole)}; write the character`, at);
  });
}

/** Text as the value of an attribute in double quotes. */
export function encodeAttribute(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not stand in an attribute
    /[<>&"\u0000-\u001f]/g,
    (character) => `&#${character.charCodeAt(0)};`,
  );
}
