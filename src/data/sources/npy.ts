/**
 * `npy:FOLDER`: own arrays in train_x.npy, train_y.npy, test_x.npy and test_y.npy.
 *
 * Features are [N, F], [N, H, W] (one channel) or [N, C, H, W]; labels are integers [N] or [N, 1] in 0 .. classes - 1.
 * Unsigned bytes stay bytes, everything else becomes float32. Without test files the loader cuts a fifth off.
 */

import { formatShape, InputError, type Shape, sameShape } from "../../base/index.ts";
import { type DatasetParts, labelArray, type Split } from "../dataset.ts";
import { type NpyArray, parseNpy } from "../formats/npy.ts";
import type { DataSource, LoadRequest } from "../source.ts";

const trainNames = ["train_x.npy", "train_y.npy"] as const;
const testNames = ["test_x.npy", "test_y.npy"] as const;

export const npy: DataSource = {
  name: "npy",
  argument: "FOLDER",
  kind: "own",
  description: `own NumPy arrays: ${trainNames.join(", ")}, ${testNames.join(", ")}`,
  source: "the caller's files",
  licence: "as the files'",
  load: loadNpy,
};

async function loadNpy({ argument: folder, maxBytes }: LoadRequest): Promise<DatasetParts> {
  const { hasAnyFile, readFolder } = await import("../files/own-files.ts");
  const hasTest = await hasAnyFile(folder, testNames);
  const content = await readFolder(folder, hasTest ? [...trainNames, ...testNames] : trainNames, maxBytes);
  const read = (name: string): NpyArray => parseNpy(content.get(name) ?? new Uint8Array(), `${folder}/${name}`);
  const trainX = read("train_x.npy");
  const trainY = read("train_y.npy");
  const featureShape = imageOrTable(trainX.shape, `${folder}/train_x.npy`);
  const classes = countClasses(trainY, `${folder}/train_y.npy`);
  const testX = hasTest ? read("test_x.npy") : undefined;
  if (testX !== undefined && !sameShape(imageOrTable(testX.shape, `${folder}/test_x.npy`), featureShape)) {
    throw new InputError(
      `${folder}/test_x.npy: examples must have the training examples' shape ${formatShape(featureShape)}, ` +
        `got ${formatShape(testX.shape.slice(1))}; save them alike`,
    );
  }
  return {
    name: `npy:${folder}`,
    classes,
    featureShape,
    valueRange: trainX.type === "u1" ? [0, 255] : undefined,
    train: toSplit(trainX, trainY, classes, `${folder}/train_y.npy`),
    test: testX === undefined ? undefined : toSplit(testX, read("test_y.npy"), classes, `${folder}/test_y.npy`),
    source: folder,
    licence: "as the files'",
  };
}

function imageOrTable(shape: Shape, file: string): Shape {
  if (shape.length === 2) return shape.slice(1);
  if (shape.length === 3) return [1, ...shape.slice(1)];
  if (shape.length === 4) return shape.slice(1);
  throw new InputError(
    `${file}: must be [N, F], [N, H, W] or [N, C, H, W], got ${formatShape(shape)}; reshape it first`,
  );
}

/** One more than the largest label; that every label is a class is checked in `toSplit`. */
function countClasses({ values }: NpyArray, file: string): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) if (values[i] > largest) largest = values[i];
  if (largest >= 65536) {
    throw new InputError(
      `${file}: labels must lie in [0, 65536), got ${largest}; number the classes from 0 without gaps`,
    );
  }
  return Math.floor(largest) + 1;
}

function toSplit(x: NpyArray, y: NpyArray, classes: number, labelsFile: string): Split {
  const count = x.shape[0];
  const isColumn = y.shape.length === 1 || (y.shape.length === 2 && y.shape[1] === 1);
  if (!isColumn || y.shape[0] !== count) {
    throw new InputError(
      `${labelsFile}: must be [${count}] or [${count}, 1], one label per example, got ${formatShape(y.shape)}; ` +
        "save class numbers, not one-hot rows",
    );
  }
  if (y.type === "f4" || y.type === "f8") {
    throw new InputError(`${labelsFile}: labels must be integers, got ${y.type}; save labels.astype(np.int64)`);
  }
  const labels = labelArray(count, classes);
  for (let i = 0; i < count; i++) {
    const label = y.values[i];
    if (label < 0 || label >= classes) {
      throw new InputError(
        `${labelsFile}: label ${i} must lie in [0, ${classes}), the training labels' range, got ${label}; number the classes from 0`,
      );
    }
    labels[i] = label;
  }
  const values =
    x.values instanceof Uint8Array || x.values instanceof Float32Array ? x.values : Float32Array.from(x.values);
  return { count, values, labels };
}
