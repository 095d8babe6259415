/** Base64 (RFC 4648) between bytes and bytes: a wanted number of bytes, padding between runs, blanks in between. */

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const sextets = new Uint8Array(256).fill(255);
for (let i = 0; i < 64; i++) sextets[alphabet.charCodeAt(i)] = i;

/**
 * The first `length` bytes that the text in [start, end) stands for, or undefined if it is shorter or no base64.
 *
 * Padding may come anywhere after 2 or 3 characters of a group of 4: VTK encodes the sizes of compressed blocks as a run
 * of its own before the run of the blocks.
 */
export function decodeBase64(text: Uint8Array, start: number, end: number, length: number): Uint8Array | undefined {
  if (length > Math.ceil((end - start) / 4) * 3) return undefined;
  const bytes = new Uint8Array(length);
  let filled = 0;
  let group = 0;
  let characters = 0;
  for (let at = start; at < end && filled < length; at++) {
    const code = text[at];
    if (code <= 32) continue;
    if (code === 61) {
      // One = stands for each missing character; the bits before it are whole bytes.
      if (characters === 3) bytes[filled++] = group >> 10;
      if (characters === 3 && filled < length) bytes[filled++] = (group >> 2) & 255;
      if (characters === 2) bytes[filled++] = group >> 4;
      if (characters === 1) return undefined;
      group = characters = 0;
      continue;
    }
    const value = sextets[code];
    if (value === 255) return undefined;
    group = group * 64 + value;
    if (++characters < 4) continue;
    bytes[filled++] = group >> 16;
    if (filled < length) bytes[filled++] = (group >> 8) & 255;
    if (filled < length) bytes[filled++] = group & 255;
    group = characters = 0;
  }
  return filled === length ? bytes : undefined;
}

/** Bytes as one run of base64 with padding. */
export function encodeBase64(bytes: Uint8Array): Uint8Array {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  let out = 0;
  for (let at = 0; at < bytes.length; at += 3) {
    const group = (bytes[at] << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const present = Math.min(3, bytes.length - at);
    for (let i = 0; i < 4; i++) {
      text[out++] = i <= present ? alphabet.charCodeAt((group >> (18 - 6 * i)) & 63) : 61;
    }
  }
  return text;
}
