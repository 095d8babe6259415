import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { datasetInfo, listDatasets } from "./info.ts";
import { type LoadOptions, loadDataset } from "./load.ts";
import { normalisation } from "./normalisation.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gradientflow-data-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function put(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

function idxFile(shape: number[], values: number[]): Buffer {
  const words = Uint32Array.from([0x0800 + shape.length, ...shape]);
  const header = Buffer.alloc(words.byteLength);
  words.forEach((word, i) => {
    header.writeUInt32BE(word, 4 * i);
  });
  return Buffer.concat([header, Uint8Array.from(values)]);
}

describe("names and options", () => {
  test("an unknown name is refused with the nearest known one", async () => {
    await expect(loadDataset("fashon-mnist")).rejects.toThrow(
      'loadDataset: unknown data set "fashon-mnist"; known: digits, fashion-mnist, mnist, cifar-10, cifar-100, csv:PATH, ' +
        "npy:FOLDER, idx:FOLDER, spirals, moons, circles, parity, teacher. Did you mean fashion-mnist?",
    );
  });

  test("a path belongs after csv: and nowhere else", async () => {
    await expect(loadDataset("csv:")).rejects.toThrow('loadDataset: expected csv:PATH, got "csv:"');
    await expect(loadDataset("digits:big")).rejects.toThrow('loadDataset: expected digits, got "digits:big"');
  });

  const misplaced: [string, LoadOptions, string][] = [
    ["digits", { folder: "/tmp" }, "digits: folder is of no use here; it belongs to published sets"],
    ["moons", { allowModified: true }, "moons: allowModified is of no use here"],
    ["digits", { parameters: { noise: 1 } }, "digits: parameters is of no use here; it belongs to synthetic sets"],
    ["moons", { csv: { label: "y" } }, "moons: csv is of no use here; it belongs to csv:PATH"],
    [
      "moons",
      { split: { test: 0.5 } },
      "moons: split.test must be left out, as the set has its own test examples; got 0.5",
    ],
  ];
  test.each(misplaced)("an option of another kind of set is refused: %s %j", async (name, options, message) => {
    await expect(loadDataset(name, options)).rejects.toThrow(message);
  });

  test("a validation split comes out of the training examples and leaves the hash as it was", async () => {
    const whole = await loadDataset("digits");
    const { train, test, validation, sha256 } = await loadDataset("digits", { split: { validation: 0.1 } });
    expect([train.count, validation?.count, test.count]).toEqual([1293, 144, 360]);
    expect(sha256).toBe(whole.sha256);
  });
});

describe("own files", () => {
  test("csv: one file is split into four fifths and a fifth, stratified by its label column", async () => {
    const lines = Array.from({ length: 50 }, (_, i) => `${i},${i % 3},${i % 2 === 0 ? "even" : "odd"}`);
    const path = await put("t.csv", `\uFEFFn,third,kind\n${lines.join("\n")}\n`);
    const set = await loadDataset(`csv:${path}`);
    expect([set.train.count, set.test.count, set.classNames, set.featureNames]).toEqual([
      40,
      10,
      ["even", "odd"],
      ["n", "third"],
    ]);
    expect([...set.test.labels].filter((label) => label === 0)).toHaveLength(5);
  });

  test("csv: a test file is used as it is, packed or not, and must have the same columns", async () => {
    const path = await put("train.csv", "a,b,y\n1,2,0\n3,4,1\n");
    const testPath = await put("test.csv.gz", gzipSync("a,b,y\n5,6,1\n"));
    const set = await loadDataset(`csv:${path}`, { csv: { testPath } });
    expect([[...set.train.values], [...set.test.values], [...set.test.labels]]).toEqual([[1, 2, 3, 4], [5, 6], [1]]);
    const other = await put("other.csv", "b,a,y\n5,6,1\n");
    await expect(loadDataset(`csv:${path}`, { csv: { testPath: other } })).rejects.toThrow(
      `${other}: feature 0 must be "a" as in ${path}, got "b"`,
    );
    const narrow = await put("narrow.csv", "a,y\n5,1\n");
    await expect(loadDataset(`csv:${path}`, { csv: { testPath: narrow } })).rejects.toThrow(
      "must have the 2 features of",
    );
  });

  test("csv: a missing file, a folder, bytes that are no UTF-8 and a file over maxBytes are refused by name", async () => {
    await expect(loadDataset(`csv:${folder}/none.csv`)).rejects.toThrow(`${folder}/none.csv: there is no such file`);
    await expect(loadDataset(`csv:${folder}`)).rejects.toThrow(`${folder}: must be a regular file`);
    const latin = await put("latin.csv", Uint8Array.of(0x61, 0xe9, 0x2c, 0x31));
    await expect(loadDataset(`csv:${latin}`)).rejects.toThrow(`${latin}: must be text in UTF-8`);
    await expect(loadDataset(`csv:${latin}`, { maxBytes: 3 })).rejects.toThrow("must have at most 3 bytes, got 4");
    const bomb = await put("bomb.csv", gzipSync(new Uint8Array(10_000_000)));
    await expect(loadDataset(`csv:${bomb}`, { maxBytes: 1e6 })).rejects.toThrow("must unpack to at most 1000000 bytes");
  });

  test("idx: four files of 2 x 2 images, one of them packed, give [1, 2, 2] in bytes", async () => {
    const images = idxFile([3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    await put("train-images-idx3-ubyte", images);
    await put("train-labels-idx1-ubyte.gz", gzipSync(idxFile([3], [0, 2, 1])));
    await put("t10k-images-idx3-ubyte", idxFile([1, 2, 2], [0, 0, 0, 9]));
    await expect(loadDataset(`idx:${folder}`)).rejects.toThrow(
      "must have a file t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz",
    );
    await put("t10k-labels-idx1-ubyte", idxFile([1], [1]));
    const set = await loadDataset(`idx:${folder}`);
    expect([set.classes, set.featureShape, set.train.values[11], [...set.train.labels]]).toEqual([
      3,
      [1, 2, 2],
      12,
      [0, 2, 1],
    ]);
    await put("t10k-labels-idx1-ubyte", idxFile([2], [1, 1]));
    await expect(loadDataset(`idx:${folder}`)).rejects.toThrow(
      "t10k-labels-idx1-ubyte: must have one label per image, 1, got 2",
    );
    await put("t10k-labels-idx1-ubyte", idxFile([1], [3]));
    await expect(loadDataset(`idx:${folder}`)).rejects.toThrow(
      "the label of example 0 must be an integer in [0, 3), got 3",
    );
  });

  test("files under a published name that are not the published ones are refused, unless allowed", async () => {
    await put("t10k-labels-idx1-ubyte", idxFile([1], [1]));
    const message = "must be the published train-images-idx3-ubyte of 47040016 bytes with SHA-256 ba891046";
    await expect(loadDataset("mnist", { folder })).rejects.toThrow(message);
    expect((await loadDataset("mnist", { folder, allowModified: true })).train.count).toBe(3);
  });

  test("npy: images of bytes stay bytes, labels may be a column, and half a test pair is refused", async () => {
    const npy = (descr: string, shape: string, data: Uint8Array): Buffer => {
      const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }\n`;
      return Buffer.concat([
        Buffer.from(`\x93NUMPY\x01\0${String.fromCharCode(text.length)}\0${text}`, "latin1"),
        data,
      ]);
    };
    await put(
      "train_x.npy",
      npy(
        "|u1",
        "(10, 2, 3)",
        Uint8Array.from({ length: 60 }, (_, i) => i),
      ),
    );
    await put(
      "train_y.npy",
      npy("<i8", "(10, 1)", new Uint8Array(BigInt64Array.from({ length: 10 }, (_, i) => BigInt(i % 2)).buffer)),
    );
    const set = await loadDataset(`npy:${folder}`);
    expect([set.featureShape, set.train.values instanceof Uint8Array, set.train.count, set.test.count]).toEqual([
      [1, 2, 3],
      true,
      8,
      2,
    ]);
    await put("test_x.npy", npy("|u1", "(1, 3, 2)", new Uint8Array(6)));
    await expect(loadDataset(`npy:${folder}`)).rejects.toThrow("must have a file test_y.npy or test_y.npy.gz");
    await put("test_y.npy", npy("|u1", "(1,)", Uint8Array.of(2)));
    await expect(loadDataset(`npy:${folder}`)).rejects.toThrow(
      "test_x.npy: examples must have the training examples' shape [1, 2, 3], got [3, 2]",
    );
    await put("test_x.npy", npy("|u1", "(1, 2, 3)", new Uint8Array(6)));
    await expect(loadDataset(`npy:${folder}`)).rejects.toThrow(
      "test_y.npy: label 0 must lie in [0, 2), the training labels' range, got 2",
    );
    await put("test_y.npy", npy("<f4", "(1,)", new Uint8Array(4)));
    await expect(loadDataset(`npy:${folder}`)).rejects.toThrow(
      "labels must be integers, got f4; save labels.astype(np.int64)",
    );
    await put("test_y.npy", npy("|u1", "(1, 2)", new Uint8Array(2)));
    await expect(loadDataset(`npy:${folder}`)).rejects.toThrow(
      "test_y.npy: must be [1] or [1, 1], one label per example, got [1, 2]",
    );
    await put("train_y.npy", npy("|i1", "(10,)", Uint8Array.of(0, 1, 0, 1, 0, 1, 0, 1, 0, 255)));
    await expect(loadDataset(`npy:${folder}`)).rejects.toThrow("label 9 must lie in [0, 2)");
  });

  test("npy: a NaN feature is refused with its place", async () => {
    const own = await mkdtemp(join(folder, "nan-"));
    const header = (shape: string, descr: string): string => {
      const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }\n`;
      return `\x93NUMPY\x01\0${String.fromCharCode(text.length)}\0${text}`;
    };
    const x = new Uint8Array(Float32Array.of(1, 2, 3, Number.NaN).buffer);
    for (const part of ["train", "test"]) {
      await writeFile(join(own, `${part}_x.npy`), Buffer.concat([Buffer.from(header("(2, 2)", "<f4"), "latin1"), x]));
      await writeFile(
        join(own, `${part}_y.npy`),
        Buffer.concat([Buffer.from(header("(2,)", "|u1"), "latin1"), Uint8Array.of(0, 1)]),
      );
    }
    await expect(loadDataset(`npy:${own}`)).rejects.toThrow(
      "train: every value must be a finite float32, got NaN at example 1, feature 1",
    );
  });
});

describe("published sets", () => {
  test("a missing set says where it was looked for, the command, the address and the folder", async () => {
    const error = await loadDataset("cifar-10", { folder: join(folder, "empty") }).catch((e: Error) => e);
    expect(error).toMatchObject({ name: "InputError" });
    expect(String(error)).toContain(`cifar-10: its files must be in one of ${folder}/empty/cifar-10, `);
    expect(String(error)).toContain('Run "gradientflow data fetch cifar-10"');
    expect(String(error)).toContain(
      `put cifar-10-binary.tar.gz from https://www.cs.toronto.edu/~kriz into ${folder}/empty/cifar-10`,
    );
    await expect(loadDataset("fashion-mnist", { folder: join(folder, "empty") })).rejects.toThrow(
      "On Debian or Ubuntu: apt-get install dataset-fashion-mnist.",
    );
  });

  test("cifar-10: six files of records with one label byte give [3, 32, 32] and five parts of training", async () => {
    const own = await mkdtemp(join(folder, "cifar-"));
    const record = (label: number): Buffer => Buffer.concat([Uint8Array.of(label), new Uint8Array(3072).fill(label)]);
    for (let i = 1; i <= 5; i++) await writeFile(join(own, `data_batch_${i}.bin`), record(i));
    await writeFile(join(own, "test_batch.bin"), record(9));
    const set = await loadDataset("cifar-10", { folder: own, allowModified: true });
    expect([set.featureShape, [...set.train.labels], [...set.test.labels]]).toEqual([
      [3, 32, 32],
      [1, 2, 3, 4, 5],
      [9],
    ]);
    await expect(loadDataset("cifar-10", { folder: own })).rejects.toThrow(
      "must be the published data_batch_1.bin of 30730000 bytes",
    );
  });

  test("the list has 13 rows, and what is shipped or drawn is found", async () => {
    expect(listDatasets().map(({ name }) => name)).toHaveLength(13);
    for (const { name, kind } of listDatasets()) {
      if (kind === "embedded" || kind === "synthetic") expect((await datasetInfo(name)).found).toBe(true);
    }
    expect((await datasetInfo("csv:/nowhere.csv")).found).toBe(false);
    const info = await datasetInfo("mnist", { folder: join(folder, "empty") });
    expect(info).toMatchObject({
      found: false,
      sizeBytes: 54950048,
      counts: { train: 60000, test: 10000 },
      licence: "CC BY-SA 3.0",
    });
    expect(info.howToGet).toContain("gradientflow data fetch mnist");
  });
});

const fashion = await datasetInfo("fashion-mnist");
// Skipped where Debian's package dataset-fashion-mnist is not installed and the files were not fetched.
describe.skipIf(!fashion.found)("Fashion-MNIST, the real files", () => {
  test("60,000 + 10,000 images of 28 x 28 bytes, 6,000 and 1,000 of each class, first label 9 (an ankle boot)", async () => {
    const { train, test, featureShape, classNames, sha256 } = await loadDataset("fashion-mnist");
    expect([train.count, test.count, featureShape]).toEqual([60000, 10000, [1, 28, 28]]);
    expect(train.values).toBeInstanceOf(Uint8Array);
    expect(train.values.byteLength).toBe(47040000);
    const counts = (labels: ArrayLike<number>): number[] => {
      const found = new Array<number>(10).fill(0);
      for (let i = 0; i < labels.length; i++) found[labels[i]] += 1;
      return found;
    };
    expect(counts(train.labels)).toEqual(new Array(10).fill(6000));
    expect(counts(test.labels)).toEqual(new Array(10).fill(1000));
    expect(classNames?.[train.labels[0]]).toBe("Ankle boot");
    expect(sha256).toBe("688e9088cb711d925238d54773962e84feaf866e23071d01faeb6b24a613aac6");
  });

  test("its training mean and deviation are the 0.2860 and 0.3530 that are used for it everywhere", async () => {
    const { scale, shift } = normalisation(await loadDataset("fashion-mnist"), "standard");
    expect(1 / scale[0] / 255).toBeCloseTo(0.353, 4);
    expect(-shift[0] / scale[0] / 255).toBeCloseTo(0.286, 4);
  });
});
