/** Bytes as text: one character for each, to look at them, and as UTF-8, to show a name. */

/** Bytes as characters of the same codes, for markup and messages. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + 8192)));
  }
  return text;
}

/** What characters of one byte each say as UTF-8. */
export function utf8(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(text, (character) => character.charCodeAt(0)));
}
