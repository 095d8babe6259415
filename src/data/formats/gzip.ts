/**
 * Gunzip with a bound, in Node and in browsers alike.
 *
 * The last four bytes of a gzip file state the unpacked size (modulo 2^32). The bound is tested against that statement
 * before anything is unpacked and against the truth while unpacking, so a bomb costs one chunk (64 KiB) beyond the bound.
 */

import { InputError } from "../../base/index.ts";

/** True for bytes that start as gzip does (RFC 1952, §2.3.1). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The largest gzip file worth reading for content of at most `bytes`: deflate adds 5 bytes per 16 kB at worst, and 64 KiB
 * is room for a header with a long name.
 */
export function largestPacked(bytes: number): number {
  return Math.ceil(bytes * 1.001) + 65536;
}

/**
 * Unpacks one gzip member.
 *
 * @param bytes     the whole file
 * @param file      its name, for messages
 * @param maxBytes  the largest unpacked size to accept
 * @throws InputError  for a truncated or damaged file, bytes after its end, a size over the bound or other than stated
 */
export async function gunzip(bytes: Uint8Array, file: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (!isGzip(bytes) || bytes.length < 18) {
    throw new InputError(`${file}: expected a gzip file of at least 18 bytes, got ${bytes.length}; fetch it again`);
  }
  const stated = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(bytes.length - 4, true);
  // Deflate cannot do better than 1032:1 (zlib's technical notes), so a short file cannot make us reserve much.
  if (stated > maxBytes || stated > bytes.length * 1032) {
    const bound = Math.min(maxBytes, bytes.length * 1032);
    throw new InputError(
      `${file}: must unpack to at most ${bound} bytes, its last bytes state ${stated}; it is truncated, damaged or another file: fetch it again`,
    );
  }
  const unpacked = new Uint8Array(stated);
  let length = 0;
  const reader = chunks(bytes).pipeThrough(new DecompressionStream("gzip")).getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new InputError(`${file}: the gzip stream is truncated or damaged after ${length} bytes; fetch it again`, {
        cause,
      });
    });
    if (done) break;
    if (length + value.length > stated) {
      await reader.cancel().catch(() => undefined);
      throw new InputError(`${file}: states ${stated} unpacked bytes but holds more; fetch it again`);
    }
    unpacked.set(value, length);
    length += value.length;
  }
  if (length !== stated)
    throw new InputError(`${file}: states ${stated} unpacked bytes but holds ${length}; fetch it again`);
  return unpacked;
}

/** The bytes as a stream of small pieces, so that unpacking never runs far ahead of the reader. */
function chunks(bytes: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, (at += 4096)) as Uint8Array<ArrayBuffer>);
    },
  });
}
