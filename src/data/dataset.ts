/**
 * What a data set is: labelled examples, feature by feature in the order the network reads them, with their provenance.
 *
 * Bytes stay bytes: Fashion-MNIST costs 47 MB as it is and 188 MB as float32. What a network should see instead of the
 * raw values is a scale and a shift per feature (`normalisation.ts`), applied where a batch is gathered.
 *
 *     values  | example 0: feature 0 .. F-1 | example 1: ... |      images: feature = (channel * H + y) * W + x
 */

import { formatShape, InputError, type Shape, sizeOf } from "../base/index.ts";
import { contentHash } from "./content-hash.ts";

/** Examples with their labels. `values` is [count, F] example-major, `labels` is [count] in [0, classes). */
export interface Split {
  readonly count: number;
  readonly values: Uint8Array | Float32Array;
  readonly labels: Uint8Array | Uint16Array | Int32Array;
}

/** What a source hands over. Where it has no test examples of its own, `test` is left out and the loader splits. */
export interface DatasetParts {
  readonly name: string;
  readonly classes: number;
  /** One name per class where they are known. */
  readonly classNames?: readonly string[];
  /** One name per feature where they are known (tables with a header). */
  readonly featureNames?: readonly string[];
  /** [C, H, W] for images, [F] for tables. */
  readonly featureShape: Shape;
  /** Smallest and largest value that can occur, where the format says so: [0, 255] for bytes of an image. */
  readonly valueRange?: readonly [number, number];
  readonly train: Split;
  readonly test?: Split;
  /** Where the data come from: a citation or an address. */
  readonly source: string;
  readonly licence: string;
}

/** A data set, checked. Nothing in it is to be written to. */
export interface Dataset extends DatasetParts {
  /** F, the product of `featureShape`. */
  readonly features: number;
  readonly test: Split;
  /** Examples held out of the training split, where the caller asked for them. */
  readonly validation?: Split;
  /** SHA-256 of train and test as loaded, before a validation split: see `content-hash.ts` for the bytes hashed. */
  readonly sha256: string;
}

/** Labels in the smallest of the three types that holds `classes` different ones. */
export function labelArray(count: number, classes: number): Uint8Array | Uint16Array | Int32Array {
  if (classes <= 256) return new Uint8Array(count);
  return classes <= 65536 ? new Uint16Array(count) : new Int32Array(count);
}

/**
 * Checks what a source handed over and adds what follows from it.
 *
 * @throws InputError  if a split is empty, has a length that is not count x F, a label outside [0, classes) or a value
 *                     that is not a finite number; the message names the example
 */
export async function makeDataset(parts: DatasetParts & { readonly test: Split }): Promise<Dataset> {
  const features = sizeOf(parts.featureShape);
  if (!Number.isInteger(parts.classes) || parts.classes < 2) {
    throw new InputError(
      `${parts.name}: a classifier needs at least 2 classes, got ${parts.classes}; check the labels`,
    );
  }
  if (features < 1) {
    throw new InputError(
      `${parts.name}: examples must have at least one feature, got ${formatShape(parts.featureShape)}`,
    );
  }
  checkSplit(`${parts.name}, train`, parts.train, features, parts.classes);
  checkSplit(`${parts.name}, test`, parts.test, features, parts.classes);
  return { ...parts, features, sha256: await contentHash(parts.featureShape, parts.classes, parts.train, parts.test) };
}

function checkSplit(where: string, split: Split, features: number, classes: number): void {
  const { count, values, labels } = split;
  if (count < 1) throw new InputError(`${where}: must have at least one example, got none`);
  if (values.length !== count * features || labels.length !== count) {
    throw new InputError(
      `${where}: ${count} examples of ${features} features need ${count * features} values and ${count} labels, ` +
        `got ${values.length} and ${labels.length}`,
    );
  }
  for (let example = 0; example < count; example++) {
    const label = labels[example];
    if (label < 0 || label >= classes) {
      throw new InputError(
        `${where}: the label of example ${example} must be an integer in [0, ${classes}), got ${label}; ` +
          "number the classes from 0 without gaps",
      );
    }
  }
  if (values instanceof Float32Array) checkFinite(where, values, features);
}

function checkFinite(where: string, values: Float32Array, features: number): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    throw new InputError(
      `${where}: every value must be a finite float32, got ${values[i]} at example ${Math.floor(i / features)}, ` +
        `feature ${i % features}; fill in or leave out missing values first`,
    );
  }
}
