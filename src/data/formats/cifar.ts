/**
 * CIFAR's binary format: records of one label byte (CIFAR-10) or two (CIFAR-100: coarse, fine) and 3072 image bytes, the
 * image channel by channel (red, green, blue), each row by row: the order this project uses, [3, 32, 32].
 *
 *     <label> <1024 red> <1024 green> <1024 blue>   <label> ...
 *
 * @see Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
 */

import { InputError } from "../../base/index.ts";
import type { Split } from "../dataset.ts";

export const cifarImageBytes = 3 * 32 * 32;

/** One file of records. */
export interface CifarFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads the records of several files into one split.
 *
 * @param files       at least one, in order
 * @param labelBytes  label bytes per record; the last of them is the label
 * @param classes     labels must lie in [0, classes)
 * @throws InputError  if a file is no whole number of records, or a label is out of range
 */
export function parseCifar(files: readonly CifarFile[], labelBytes: 1 | 2, classes: number): Split {
  const recordBytes = labelBytes + cifarImageBytes;
  let count = 0;
  for (const { name, bytes } of files) {
    if (bytes.length === 0 || bytes.length % recordBytes !== 0) {
      throw new InputError(
        `${name}: must be a whole number of records of ${recordBytes} bytes, got ${bytes.length} bytes; fetch it again`,
      );
    }
    count += bytes.length / recordBytes;
  }
  const values = new Uint8Array(count * cifarImageBytes);
  const labels = new Uint8Array(count);
  let example = 0;
  for (const { name, bytes } of files) {
    for (let at = 0; at < bytes.length; at += recordBytes, example++) {
      const label = bytes[at + labelBytes - 1];
      if (label >= classes) {
        throw new InputError(
          `${name}: byte ${at + labelBytes - 1}, label of record ${at / recordBytes}, must be less than ${classes}, ` +
            `got ${label}; fetch it again, or check which CIFAR it is`,
        );
      }
      labels[example] = label;
      values.set(bytes.subarray(at + labelBytes, at + recordBytes), example * cifarImageBytes);
    }
  }
  return { count, values, labels };
}
