/**
 * `mnist` and `fashion-mnist`: 60,000 + 10,000 grey images of 28 x 28 in ten classes, in IDX; and `idx:FOLDER` for data
 * in the same four files.
 *
 * SHA-256 of Fashion-MNIST's files: taken of Debian's package dataset-fashion-mnist 0.0~git20200523.55506a9-1.
 * SHA-256 of MNIST's files: as several public repositories state them beside the compressed files' hashes
 * (440fcabf... for the training images) that tensorflow/datasets, url_checksums/mnist.txt, and torchvision give.
 */

import { formatShape, InputError } from "../../base/index.ts";
import type { DatasetParts, Split } from "../dataset.ts";
import { parseIdx } from "../formats/idx.ts";
import type { DataSource } from "../source.ts";
import type { ContentFile, PublishedSet } from "./published.ts";

/** The four files, in the order images and labels of train, then of test. */
export const idxFileNames = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
] as const;

const sizes = [47040016, 60008, 7840016, 10008] as const;

function contentFiles(hashes: readonly [string, string, string, string]): ContentFile[] {
  return idxFileNames.map((name, i) => ({ name, sizeBytes: sizes[i], sha256: hashes[i] }));
}

const common = {
  classes: 10,
  featureShape: [1, 28, 28],
  counts: { train: 60000, test: 10000 },
  kind: "files",
} as const;

const mnistAbout = {
  ...common,
  name: "mnist",
  classNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  description: "70,000 handwritten digits, 28 x 28 grey",
  source: "Y. LeCun, C. Cortes, C. J. C. Burges: The MNIST database of handwritten digits",
  licence: "CC BY-SA 3.0",
} as const;

const fashionAbout = {
  ...common,
  name: "fashion-mnist",
  classNames: [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
  ],
  description: "70,000 articles of clothing, 28 x 28 grey",
  source:
    "H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST, arXiv:1708.07747, https://github.com/zalandoresearch/fashion-mnist",
  licence: "MIT",
} as const;

export const mnistFiles: PublishedSet = {
  name: "mnist",
  files: contentFiles([
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
  ]),
  // The authors' own page no longer serves the files; these are the mirrors TensorFlow and PyTorch use.
  download: {
    kind: "gz-files",
    bases: ["https://storage.googleapis.com/cvdf-datasets/mnist", "https://ossci-datasets.s3.amazonaws.com/mnist"],
  },
  parse: (content) => parseFour(mnistAbout, content),
};

export const fashionMnistFiles: PublishedSet = {
  name: "fashion-mnist",
  files: contentFiles([
    "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
  ]),
  download: { kind: "gz-files", bases: ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"] },
  system: { folder: "/usr/share/datasets/fashion-mnist", install: "apt-get install dataset-fashion-mnist" },
  parse: (content) => parseFour(fashionAbout, content),
};

export const mnist: DataSource = {
  ...mnistAbout,
  load: async (request) => (await import("../files/published-files.ts")).loadPublished(mnistFiles, request),
};

export const fashionMnist: DataSource = {
  ...fashionAbout,
  load: async (request) => (await import("../files/published-files.ts")).loadPublished(fashionMnistFiles, request),
};

export const idx: DataSource = {
  name: "idx",
  argument: "FOLDER",
  kind: "own",
  description: `own grey images in MNIST's four files (${idxFileNames.join(", ")}), packed or not`,
  source: "the caller's files",
  licence: "as the files'",
  load: async (request) => {
    const { readFolder } = await import("../files/own-files.ts");
    const content = await readFolder(request.argument, idxFileNames, request.maxBytes);
    return parseFour({ name: `idx:${request.argument}`, source: request.argument, licence: "as the files'" }, content);
  },
};

type About = Pick<DatasetParts, "name" | "source" | "licence" | "classNames"> & { readonly classes?: number };

/** The four files as a data set. Classes that are not given are counted: one more than the largest training label. */
function parseFour(about: About, content: ReadonlyMap<string, Uint8Array>): DatasetParts {
  const [trainImages, trainLabels, testImages, testLabels] = idxFileNames;
  const train = parsePair(content, trainImages, trainLabels);
  const test = parsePair(content, testImages, testLabels);
  const [height, width] = train.size;
  if (height !== test.size[0] || width !== test.size[1]) {
    throw new InputError(
      `${about.name}: images of train and test must have one size, got ${formatShape(train.size)} and ${formatShape(test.size)}; ` +
        "check that the files belong together",
    );
  }
  const classes = about.classes ?? largest(train.split.labels) + 1;
  const { name, source, licence, classNames } = about;
  return {
    name,
    source,
    licence,
    classNames,
    classes,
    featureShape: [1, height, width],
    valueRange: [0, 255],
    train: train.split,
    test: test.split,
  };
}

function largest(labels: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < labels.length; i++) most = Math.max(most, labels[i]);
  return most;
}

function parsePair(
  content: ReadonlyMap<string, Uint8Array>,
  imagesName: string,
  labelsName: string,
): { split: Split; size: readonly [number, number] } {
  const images = parseIdx(content.get(imagesName) ?? new Uint8Array(), imagesName, 3);
  const labels = parseIdx(content.get(labelsName) ?? new Uint8Array(), labelsName, 1);
  const [count, height, width] = images.shape;
  if (labels.shape[0] !== count) {
    throw new InputError(
      `${labelsName}: must have one label per image, ${count}, got ${labels.shape[0]}; check that the files belong together`,
    );
  }
  return { split: { count, values: images.values, labels: labels.values }, size: [height, width] };
}
