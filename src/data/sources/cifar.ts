/**
 * `cifar-10` and `cifar-100`: 50,000 + 10,000 colour images of 32 x 32 in ten or a hundred classes, in the binary format.
 *
 * Size and SHA-256 of the archives: tensorflow/datasets, url_checksums/cifar10.txt and cifar100.txt. SHA-256 of the files
 * in them: ankane/torchvision-ruby, lib/torchvision/datasets/cifar10.rb and cifar100.rb. CIFAR-100's label is the fine one.
 */

import type { DatasetParts } from "../dataset.ts";
import { cifarImageBytes, parseCifar } from "../formats/cifar.ts";
import type { DataSource } from "../source.ts";
import { cifar10Classes, cifar100Classes } from "./cifar-classes.ts";
import type { ContentFile, PublishedSet } from "./published.ts";

const common = {
  featureShape: [3, 32, 32],
  counts: { train: 50000, test: 10000 },
  kind: "files",
  source:
    "A. Krizhevsky: Learning Multiple Layers of Features from Tiny Images (2009), https://www.cs.toronto.edu/~kriz/cifar.html",
  licence: "none stated by the authors, who ask to be cited",
} as const;

const about10 = {
  ...common,
  name: "cifar-10",
  classes: 10,
  classNames: cifar10Classes,
  description: "60,000 photographs in 10 classes, 32 x 32 in colour",
} as const;

const about100 = {
  ...common,
  name: "cifar-100",
  classes: 100,
  classNames: cifar100Classes,
  description: "60,000 photographs in 100 classes, 32 x 32 in colour",
} as const;

function recordFile(name: string, records: number, labelBytes: number, sha256: string): ContentFile {
  return { name, sizeBytes: records * (labelBytes + cifarImageBytes), sha256 };
}

export const cifar10Files: PublishedSet = {
  name: "cifar-10",
  files: [
    recordFile("data_batch_1.bin", 10000, 1, "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
    recordFile("data_batch_2.bin", 10000, 1, "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
    recordFile("data_batch_3.bin", 10000, 1, "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
    recordFile("data_batch_4.bin", 10000, 1, "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
    recordFile("data_batch_5.bin", 10000, 1, "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
    recordFile("test_batch.bin", 10000, 1, "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
  ],
  download: {
    kind: "archive",
    url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    sizeBytes: 170052171,
    sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    inside: "cifar-10-batches-bin",
  },
  parse: (content) => parse(about10, content, cifar10Files.files, 1),
};

export const cifar100Files: PublishedSet = {
  name: "cifar-100",
  files: [
    recordFile("train.bin", 50000, 2, "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29"),
    recordFile("test.bin", 10000, 2, "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"),
  ],
  download: {
    kind: "archive",
    url: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
    sizeBytes: 168513733,
    sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
    inside: "cifar-100-binary",
  },
  parse: (content) => parse(about100, content, cifar100Files.files, 2),
};

export const cifar10: DataSource = {
  ...about10,
  load: async (request) => (await import("../files/published-files.ts")).loadPublished(cifar10Files, request),
};

export const cifar100: DataSource = {
  ...about100,
  load: async (request) => (await import("../files/published-files.ts")).loadPublished(cifar100Files, request),
};

/** All files but the last are training examples. */
function parse(
  { name, classes, classNames, featureShape, source, licence }: typeof about10 | typeof about100,
  content: ReadonlyMap<string, Uint8Array>,
  files: readonly ContentFile[],
  labelBytes: 1 | 2,
): DatasetParts {
  const named = files.map((file) => ({ name: file.name, bytes: content.get(file.name) ?? new Uint8Array() }));
  return {
    name,
    classes,
    classNames,
    featureShape,
    source,
    licence,
    valueRange: [0, 255],
    train: parseCifar(named.slice(0, -1), labelBytes, classes),
    test: parseCifar(named.slice(-1), labelBytes, classes),
  };
}
