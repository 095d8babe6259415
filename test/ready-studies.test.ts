/** The study files that come along: each is valid, and a small cell of those whose results are kept runs from start to end. */

import { globSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, type TestContext, test } from "vitest";
import { datasetInfo } from "../src/data/index.ts";
import {
  applyOverrides,
  beginStudy,
  designStudy,
  gatherProvenance,
  openStore,
  readStudyFile,
  runTrials,
} from "../src/experiment/index.ts";
import {
  type ScSdcSettings,
  type StudyOutputs,
  studyDataHash,
  studyKinds,
  writeStudyOutputs,
} from "../src/studies/index.ts";

describe("every study file", () => {
  test.each(globSync("studies/**/*.yaml"))("%s expands; same-capacity studies to pairs of equal settings", (file) => {
    const { study, trials } = designStudy(readStudyFile(file, studyKinds));
    expect(trials.length).toBeGreaterThan(0);
    if (study.kind.name !== "sc-sdc") return;
    for (let i = 0; i < trials.length; i += 2) {
      expect([trials[i].kind, trials[i + 1].kind]).toEqual(["sparse", "dense"]);
      expect(trials[i].payload).toEqual(trials[i + 1].payload);
    }
  });

  test("the paper's grids have five widths at 10, 30, 50, 70 and 90 % of inputs + 4", () => {
    for (const [file, widest] of [
      ["studies/tessera-2021/variants-cifar-100.yaml", 3076],
      ["studies/tessera-2021/variants-fashion-mnist.yaml", 788],
    ] as const) {
      const settings = designStudy(readStudyFile(file, studyKinds)).trials.map(
        ({ payload }) => payload as ScSdcSettings,
      );
      expect(new Set(settings.map(({ sparse_width }) => sparse_width))).toEqual(new Set([widest]));
      const widths = [0.1, 0.3, 0.5, 0.7, 0.9].map((share) => Math.round(share * widest));
      expect(new Set(settings.map(({ dense_width }) => dense_width))).toEqual(new Set(widths));
    }
  });
});

/** Cells of a same-capacity study. */
function cellsOf({ json }: StudyOutputs) {
  return (json as { readonly cells: readonly { readonly mean_sparse: number; readonly mean_dense: number }[] }).cells;
}

/** Runs a study with overrides in a new folder. */
async function runCell(file: string, overrides: readonly string[]) {
  const design = designStudy(applyOverrides(readStudyFile(file, studyKinds), overrides));
  const folder = mkdtempSync(join(tmpdir(), "gradientflow-"));
  const store = await openStore(folder);
  await beginStudy(store, design, gatherProvenance({ version: "test", dataHash: await studyDataHash(design) }));
  await runTrials(store, design.study.kind, { workers: 2 });
  const outputs = await writeStudyOutputs(store, folder);
  await store.close();
  return { folder, outputs };
}

async function needFashionMnist(context: TestContext): Promise<void> {
  const { found } = await datasetInfo("fashion-mnist");
  if (!found) context.skip("the Fashion-MNIST files are not here; on Debian: apt-get install dataset-fashion-mnist");
}

/** Lines of a table but its head. */
function rowsOf(folder: string, table: string): readonly string[] {
  return readFileSync(join(folder, table), "utf8").trim().split("\n").slice(1);
}

/** A column of trials.csv. */
function columnOf(folder: string, name: string): readonly string[] {
  const [head] = readFileSync(join(folder, "trials.csv"), "utf8").split("\n", 1);
  return rowsOf(folder, "trials.csv").map((row) => row.split(",")[head.split(",").indexOf(name)]);
}

test("a small cell of the quickstart ends with a report, and momentum learns more than chance", async () => {
  const { folder, outputs } = await runCell("studies/quickstart.yaml", [
    "dense_width=77",
    "optimizer=momentum",
    "seeds=1",
    "epochs=4",
  ]);
  expect(outputs.json).toMatchObject({ trials: { done: 4 } });
  expect(readFileSync(outputs.reportPath, "utf8")).toContain("<h1>quickstart</h1>");
  expect(rowsOf(folder, "trials.csv")).toHaveLength(4);
  // Ten classes: 0.1 is chance.
  for (const cell of cellsOf(outputs)) expect(Math.min(cell.mean_sparse, cell.mean_dense)).toBeGreaterThan(0.3);
});

test("a small cell of the Fashion-MNIST study runs on the real files", async (context) => {
  await needFashionMnist(context);
  const overrides = [
    "dense_width=79",
    "optimizer=momentum",
    "batch_norm=false",
    "seeds=1",
    "epochs=1",
    "train_examples=6000",
  ];
  const { outputs } = await runCell("studies/fashion-mnist.yaml", overrides);
  expect(outputs.json).toMatchObject({ trials: { done: 2 } });
  expect(cellsOf(outputs)[0].mean_dense).toBeGreaterThan(0.6);
});

test("a small cell of the convolutional study has rows for its 9 weight layers by name, and as many active weights in both", async (context) => {
  await needFashionMnist(context);
  const overrides = ["dense_width=4", "batch_norm=true", "seeds=1", "epochs=1", "train_examples=1500"];
  const { folder, outputs } = await runCell("studies/simple-cnn.yaml", [...overrides, "sparse_width=8"]);
  expect(outputs.json).toMatchObject({ trials: { done: 2 } });
  // By hand, for 4-8-8-16-16 channels: 3 x 3 kernels, 1 x 1 skips where channels change, and the linear layer.
  const byHand = 9 * (1 * 4 + 4 * 8 + 8 * 8 + 8 * 16 + 16 * 16) + (1 * 4 + 4 * 8 + 8 * 16) + 16 * 10;
  expect(new Set(columnOf(folder, "active_weights"))).toEqual(new Set([String(byHand)]));
  const epochs = readFileSync(join(folder, "epochs.csv"), "utf8");
  for (const layer of ["skip1", "conv1", "skip2", "conv2", "conv3", "skip4", "conv4", "conv5", "fc"]) {
    expect(epochs).toContain(`,${layer},`);
  }
});

test("a small cell of the study of sparse training ends with a report: pruning, RigL and a static mask of one size", async (context) => {
  await needFashionMnist(context);
  const overrides = ["network=scratch+,RigL+,pruning", "seeds=1", "epochs=2", "train_examples=6000", "update_every=10"];
  const { folder, outputs } = await runCell("studies/sparse-training.yaml", overrides);
  expect(outputs.json).toMatchObject({ trials: { done: 3 } });
  // 2 % of 266,200 weights, each layer's share rounded up before ERK shares out the sum.
  expect(columnOf(folder, "active_weights")).toEqual(["5324", "5324", "5324"]);
  expect(Math.min(...columnOf(folder, "test_accuracy").map(Number))).toBeGreaterThan(0.5);
  expect(readFileSync(outputs.reportPath, "utf8")).toContain("Do the gradients flow?");
});

test("a small cell of the study of initial weights: sparsity-aware ones raise LeNet-5's gradient more than tenfold", async (context) => {
  await needFashionMnist(context);
  const { folder } = await runCell("studies/sparse-start.yaml", ["seeds=2", "epochs=1", "train_examples=1000"]);
  const start = columnOf(folder, "gradient_norm_start").map(Number);
  const drawn = columnOf(folder, "sparse_initial");
  const of = (name: string) => start.filter((_, i) => drawn[i] === name);
  const [masked, liu, unit] = ["masked-dense", "liu", "unit-fan-in-normal"].map(of);
  expect([masked.length, liu.length, unit.length]).toEqual([2, 2, 2]);
  expect(Math.min(...liu, ...unit)).toBeGreaterThan(10 * Math.max(...masked));
});

test("a small cell after Evci et al. ends with tickets, their lines to pruned solutions, and updates that were measured", async (context) => {
  await needFashionMnist(context);
  const overrides = ["network=RigL+,lottery ticket", "seeds=1", "epochs=2", "train_examples=25600"];
  const { folder, outputs } = await runCell("studies/evci-2022/lenet-5-fashion-mnist.yaml", overrides);
  expect(outputs.json).toMatchObject({ trials: { done: 2 } });
  expect(columnOf(folder, "active_weights")).toEqual(["2210", "2210"]);
  expect(Number(columnOf(folder, "barrier")[1])).toBeGreaterThanOrEqual(0);
  // 15 points from -0.2 to 1.2 on each of two lines.
  expect(rowsOf(folder, "lines.csv")).toHaveLength(30);
  // RigL's, at steps 100, 200 and 300 of 400; a lottery's first training is not measured.
  expect(rowsOf(folder, "updates.csv")).toHaveLength(3);
});

test("a small cell of the study of compression: 60 % of LeNet-5's multiply-accumulates are left, or fewer", async (context) => {
  await needFashionMnist(context);
  const overrides = ["model=lenet-5", "method=dense,hesso,gmp", "seeds=1", "epochs=2", "train_examples=1500"];
  const { folder, outputs } = await runCell("studies/compression.yaml", overrides);
  expect(outputs.json).toMatchObject({ trials: { done: 3 } });
  const [dense, hesso, gmp] = columnOf(folder, "macs").map(Number);
  expect(dense).toBe(281640);
  expect(Math.max(hesso, gmp)).toBeLessThanOrEqual(0.6 * dense);
  expect(Math.min(...columnOf(folder, "test_accuracy").map(Number))).toBeGreaterThan(0.2);
  expect(rowsOf(folder, "layers.csv")).toHaveLength(15);
});

test("a small cell of the study of schedules learns some and trains by hand-set ones", async (context) => {
  await needFashionMnist(context);
  const overrides = ["by=learned,cosine", "seeds=1", "search_steps=10", "search_examples=1000", "rounds=2"];
  const { folder, outputs } = await runCell("studies/learned-schedules.yaml", [
    ...overrides,
    "validation_examples=200",
    "train_examples=2000",
  ]);
  expect(outputs.json).toMatchObject({ trials: { done: 2 } });
  expect(Math.min(...columnOf(folder, "test_accuracy").map(Number))).toBeGreaterThan(0.2);
});

test("a small cell of the study of saliency: dense, sparse and compressed networks of nearly as many weights, and maps of all", async (context) => {
  await needFashionMnist(context);
  const overrides = [
    "network=dense,sparse,compressed",
    "seeds=2",
    "epochs=2",
    "train_examples=500",
    "saliency_images=4",
  ];
  const { folder, outputs } = await runCell("studies/saliency-sparsity.yaml", overrides);
  expect(outputs.json).toMatchObject({ trials: { done: 6 } });
  const active = columnOf(folder, "active_weights").map(Number);
  expect(active.slice(0, 4)).toEqual([11295, 11295, 11298, 11298]);
  expect(Math.min(...active)).toBeGreaterThan(9000);
  expect(Math.max(...active)).toBe(11298);
  // Of each network seven methods: two classes, and 1 to 5 layers random.
  expect(rowsOf(folder, "maps.csv")).toHaveLength(6 * 7 * 6);
  expect(readFileSync(outputs.reportPath, "utf8")).toContain("Which maps depend on the network?");
});
