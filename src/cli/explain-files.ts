/** What `explain` writes: a sheet of all maps, an overlay per image and method, and the numbers as NPY and JSON. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { enlarge, imageRaster, mapRaster, type Picture, png, rasterPng, type SheetRow, sheet } from "../plot/index.ts";
import type { SaliencyResult } from "../saliency/index.ts";
import type { Examples, Explained } from "./explain.ts";

/** Most columns of the sheet; the rest is in the folders of the methods. */
const columns = 16;

/** The image as the data set has it. */
export function imageOf({ shape, raw }: Examples, index: number): Picture {
  const [channels, height, width] = shape;
  const size = channels * height * width;
  return { channels, height, width, values: raw.subarray(index * size, (index + 1) * size) };
}

/** One map, a picture where the image is one; undefined where nothing is to be seen in it. */
export function mapOf({ shape: image }: Examples, result: SaliencyResult, index: number): Picture | undefined {
  const [, channels, height, width] = result.shape;
  if (result.flags[index] !== undefined) return undefined;
  const size = channels * height * width;
  const values = result.maps.subarray(index * size, (index + 1) * size);
  const [, imageHeight, imageWidth] = image;
  // A network of features has maps of one row.
  const flat = height === 1 && size === imageHeight * imageWidth;
  return flat
    ? { channels: 1, height: imageHeight, width: imageWidth, values }
    : { channels: 1, height, width, values };
}

/** A row of images, and one of maps for each method. @returns the file */
export async function writeSheet(folder: string, examples: Examples, explained: readonly Explained[]): Promise<string> {
  const shown = Array.from({ length: Math.min(columns, examples.count) }, (_, i) => i);
  const rows: SheetRow[] = [
    { label: examples.name, cells: shown.map((i) => imageRaster(imageOf(examples, i))) },
    ...explained.map((one) => ({
      label: one.method,
      cells: shown.map((i) => {
        const map = mapOf(examples, one.result, i);
        return map === undefined ? (one.result.flags[i] ?? "") : mapRaster(map);
      }),
    })),
  ];
  const path = join(folder, "maps.png");
  await writeFile(path, await png(await sheet(rows)));
  return path;
}

/** Overlays, and the maps as numbers. @returns the files */
export async function writeMaps(folder: string, examples: Examples, one: Explained): Promise<string[]> {
  const { method, result } = one;
  const own = join(folder, method);
  await mkdir(own, { recursive: true });
  const files = [join(own, "maps.npy"), join(own, "maps.json")];
  const { shape, maps, targets, flags, completeness } = result;
  await writeFile(files[0], npy(maps, shape));
  const about = {
    method,
    shape,
    labels: examples.labels,
    targets: [...targets],
    flags: flags.map((flag) => flag ?? null),
    completeness: completeness && {
      sums: [...completeness.sums].map(finite),
      expected: [...completeness.expected].map(finite),
      relativeError: [...completeness.relativeError].map(finite),
    },
  };
  await writeFile(files[1], `${JSON.stringify(about, null, 2)}\n`);
  for (let i = 0; i < examples.count; i++) {
    const map = mapOf(examples, result, i);
    if (map === undefined) continue;
    const path = join(own, `${String(i).padStart(5, "0")}-label-${examples.labels[i]}-target-${targets[i]}.png`);
    const factor = Math.max(1, Math.ceil(224 / map.width));
    await writeFile(path, await rasterPng(enlarge(mapRaster(map, imageOf(examples, i)), factor)));
    files.push(path);
  }
  return files;
}

const finite = (value: number) => (Number.isFinite(value) ? value : String(value));

/** float64 in C order as NPY 1.0, whose header is padded so that values begin at a multiple of 64 bytes. */
function npy(values: Float64Array, shape: readonly number[]): Uint8Array {
  const dictionary = `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`;
  const header = `${dictionary.padEnd(Math.ceil((dictionary.length + 11) / 64) * 64 - 11)}\n`;
  const start = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length & 255, header.length >> 8]);
  const numbers = Buffer.alloc(values.length * 8);
  values.forEach((value, i) => {
    numbers.writeDoubleLE(value, i * 8);
  });
  return Buffer.concat([start, Buffer.from(header, "latin1"), numbers]);
}
