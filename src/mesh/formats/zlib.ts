/** Zlib streams (RFC 1950) by the platform's own streams, in Node and in browsers alike, bounded by the size expected. */

/**
 * Unpacks a zlib stream that must hold `length` bytes exactly.
 *
 * @returns  the bytes, or a word on what is wrong
 */
export async function inflate(packed: Uint8Array, length: number): Promise<Uint8Array | string> {
  // Deflate cannot do better than 1032:1 (zlib's technical notes), so few bytes cannot make us reserve many.
  if (length > packed.length * 1032) return `${packed.length} bytes cannot hold the ${length} stated`;
  const unpacked = new Uint8Array(length);
  let filled = 0;
  const reader = chunks(packed).pipeThrough(new DecompressionStream("deflate")).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (filled + value.length > length) {
        await reader.cancel().catch(() => undefined);
        return `it holds more than the ${length} bytes stated`;
      }
      unpacked.set(value, filled);
      filled += value.length;
    }
  } catch {
    return `it is damaged after ${filled} bytes`;
  }
  return filled === length ? unpacked : `it holds ${filled} of the ${length} bytes stated`;
}

/** Packs bytes into a zlib stream. */
export async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const packed = chunks(bytes).pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
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
