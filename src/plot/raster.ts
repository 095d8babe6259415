/** Pixels as PNG, without a renderer: 8-bit RGB, each row unfiltered. */

import { InputError } from "../base/index.ts";

/** Red, green and blue of each pixel, 0 to 255, row-major. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] */
  readonly rgb: Uint8Array;
}

/** Encodes pixels. Node only, for its zlib. @throws InputError where the numbers are not width x height x 3 */
export async function rasterPng({ width, height, rgb }: Raster): Promise<Uint8Array> {
  if (rgb.length !== width * height * 3 || rgb.length === 0) {
    throw new InputError(`rasterPng: ${width} x ${height} pixels need ${width * height * 3} bytes, got ${rgb.length}`);
  }
  const { crc32, deflateSync } = await import("node:zlib");
  const rows = new Uint8Array(height * (1 + width * 3));
  for (let y = 0; y < height; y++) {
    rows.set(rgb.subarray(y * width * 3, (y + 1) * width * 3), y * (1 + width * 3) + 1);
  }
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits, RGB; deflate, the one filter method, not interlaced.
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
