/**
 * `digits`: 1,797 handwritten digits of 8 x 8 pixels in 0..16, shipped with the package.
 *
 * They are the test set of UCI's "Optical Recognition of Handwritten Digits" as scikit-learn carries it. NIST's programs
 * extracted 32 x 32 bitmaps; each pixel counts the ink in a block of 4 x 4. They come as one set: by default the loader
 * cuts off a fifth (360 examples, stratified, seed 0) for testing and leaves 1,437 for training.
 *
 * @see Alpaydin and Kaynak 1998, https://doi.org/10.24432/C50P49. Facts from sklearn/datasets/descr/digits.rst.
 */

import type { DatasetParts } from "../dataset.ts";
import { gunzip } from "../formats/gzip.ts";
import type { DataSource } from "../source.ts";

const count = 1797;
const pixels = 64;

const about = {
  name: "digits",
  classes: 10,
  classNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  featureShape: [1, 8, 8],
  source:
    "E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits (1998), UCI Machine Learning Repository, " +
    "doi:10.24432/C50P49; the test set, as in scikit-learn 1.2.1",
  licence: "CC BY 4.0",
} as const;

export const digits: DataSource = {
  ...about,
  kind: "embedded",
  description: "1,797 handwritten digits, 8 x 8 pixels in 0..16; shipped with the package",
  counts: { train: 1437, test: 360 },
  load: loadDigits,
};

async function loadDigits(): Promise<DatasetParts> {
  const { digitsPacked } = await import("./digits-data.ts");
  const packed = Uint8Array.from(atob(digitsPacked), (character) => character.charCodeAt(0));
  const columns = await gunzip(packed, "digits", count * (pixels + 1));
  const values = new Uint8Array(count * pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let example = 0; example < count; example++)
      values[example * pixels + pixel] = columns[pixel * count + example];
  }
  return { ...about, valueRange: [0, 16], train: { count, values, labels: columns.slice(pixels * count) } };
}
