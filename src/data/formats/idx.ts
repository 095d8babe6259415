/**
 * IDX, the format of MNIST and its successors: a type, a rank, the lengths (big-endian), then the values.
 *
 *     0 0 8 3 | 60000 | 28 | 28 | bytes ...        8 = unsigned byte, 3 = three axes
 *
 * @see LeCun, Cortes, Burges, "The MNIST database of handwritten digits", section on file formats.
 */

import { formatShape, InputError, type Shape, sizeOf } from "../../base/index.ts";

/** An array of bytes with its shape. */
export interface ByteArray {
  readonly shape: Shape;
  readonly values: Uint8Array;
}

/**
 * Reads an IDX file of unsigned bytes; the values are a view of `bytes`, not a copy.
 *
 * @param bytes  the whole file, unpacked
 * @param file   its name, for messages
 * @param rank   the number of axes expected: 3 for images, 1 for labels
 * @throws InputError  if the header is not that of such a file, or its lengths do not give the file's size exactly
 */
export function parseIdx(bytes: Uint8Array, file: string, rank: number): ByteArray {
  const headerBytes = 4 + 4 * rank;
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0) {
    throw new InputError(
      `${file}: an IDX file starts with two zero bytes, got ${hex(bytes.subarray(0, 4))}; check the file`,
    );
  }
  if (bytes[2] !== 0x08) {
    throw new InputError(
      `${file}: byte 2 must be 0x08 (unsigned bytes), got ${hex(bytes.subarray(2, 3))}; save it as uint8`,
    );
  }
  if (bytes[3] !== rank) {
    throw new InputError(`${file}: byte 3 must be ${rank} (axes), got ${bytes[3]}; are images and labels swapped?`);
  }
  if (bytes.length < headerBytes) {
    throw new InputError(
      `${file}: the header of ${rank} axes takes ${headerBytes} bytes, got ${bytes.length}; fetch it again`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) shape.push(view.getUint32(4 + 4 * axis));
  const size = sizeOf(shape);
  // Lengths up to 2^32 each may give a product beyond 2^53; it then differs from any file's size all the same.
  if (size !== bytes.length - headerBytes) {
    throw new InputError(
      `${file}: the header says ${formatShape(shape)}, ${size} bytes, and ${bytes.length - headerBytes} follow; ` +
        "the file is truncated, overlong or damaged: fetch it again",
    );
  }
  return { shape, values: bytes.subarray(headerBytes) };
}

function hex(bytes: Uint8Array): string {
  return bytes.length === 0 ? "nothing" : Array.from(bytes, (b) => `0x${b.toString(16).padStart(2, "0")}`).join(" ");
}
