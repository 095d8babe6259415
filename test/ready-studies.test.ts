/** The study files that come along: each is valid, and a small cell of those whose results are kept runs from start to end. */

import { globSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
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

test("a small cell of the quickstart ends with a report, and momentum learns more than chance", async () => {
  const { folder, outputs } = await runCell("studies/quickstart.yaml", [
    "dense_width=77",
    "optimizer=momentum",
    "seeds=1",
    "epochs=4",
  ]);
  expect(outputs.json).toMatchObject({ trials: { done: 4 } });
  expect(readFileSync(outputs.reportPath, "utf8")).toContain("<h1>quickstart</h1>");
  const [, ...rows] = readFileSync(join(folder, "trials.csv"), "utf8").trim().split("\n");
  expect(rows).toHaveLength(4);
  // Ten classes: 0.1 is chance.
  for (const cell of cellsOf(outputs)) expect(Math.min(cell.mean_sparse, cell.mean_dense)).toBeGreaterThan(0.3);
});

test("a small cell of the Fashion-MNIST study runs on the real files", async (context) => {
  const { found } = await datasetInfo("fashion-mnist");
  if (!found) context.skip("the Fashion-MNIST files are not here; on Debian: apt-get install dataset-fashion-mnist");
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
  const { found } = await datasetInfo("fashion-mnist");
  if (!found) context.skip("the Fashion-MNIST files are not here; on Debian: apt-get install dataset-fashion-mnist");
  const overrides = ["dense_width=4", "batch_norm=true", "seeds=1", "epochs=1", "train_examples=1500"];
  const { folder, outputs } = await runCell("studies/simple-cnn.yaml", [...overrides, "sparse_width=8"]);
  expect(outputs.json).toMatchObject({ trials: { done: 2 } });
  const [head, ...rows] = readFileSync(join(folder, "trials.csv"), "utf8").trim().split("\n");
  const active = rows.map((row) => row.split(",")[head.split(",").indexOf("active_weights")]);
  // By hand, for 4-8-8-16-16 channels: 3 x 3 kernels, 1 x 1 skips where channels change, and the linear layer.
  const byHand = 9 * (1 * 4 + 4 * 8 + 8 * 8 + 8 * 16 + 16 * 16) + (1 * 4 + 4 * 8 + 8 * 16) + 16 * 10;
  expect(new Set(active)).toEqual(new Set([String(byHand)]));
  const epochs = readFileSync(join(folder, "epochs.csv"), "utf8");
  for (const layer of ["skip1", "conv1", "skip2", "conv2", "conv3", "skip4", "conv4", "conv5", "fc"]) {
    expect(epochs).toContain(`,${layer},`);
  }
});

test("a small cell of the study of sparse training ends with a report: pruning, RigL and a static mask of one size", async (context) => {
  const { found } = await datasetInfo("fashion-mnist");
  if (!found) context.skip("the Fashion-MNIST files are not here; on Debian: apt-get install dataset-fashion-mnist");
  const overrides = ["network=scratch+,RigL+,pruning", "seeds=1", "epochs=2", "train_examples=6000", "update_every=10"];
  const { folder, outputs } = await runCell("studies/sparse-training.yaml", overrides);
  expect(outputs.json).toMatchObject({ trials: { done: 3 } });
  const [head, ...rows] = readFileSync(join(folder, "trials.csv"), "utf8").trim().split("\n");
  const column = (name: string) => rows.map((row) => row.split(",")[head.split(",").indexOf(name)]);
  // 2 % of 266,200 weights, each layer's share rounded up before ERK shares out the sum.
  expect(column("active_weights")).toEqual(["5324", "5324", "5324"]);
  expect(Math.min(...column("test_accuracy").map(Number))).toBeGreaterThan(0.5);
  expect(readFileSync(outputs.reportPath, "utf8")).toContain("Do the gradients flow?");
});

test("a small cell of the study of saliency: dense and sparse networks of as many weights but for 3, and maps of both", async (context) => {
  const { found } = await datasetInfo("fashion-mnist");
  if (!found) context.skip("the Fashion-MNIST files are not here; on Debian: apt-get install dataset-fashion-mnist");
  const overrides = ["network=dense,sparse", "seeds=2", "epochs=1", "train_examples=500", "saliency_images=4"];
  const { folder, outputs } = await runCell("studies/saliency-sparsity.yaml", overrides);
  expect(outputs.json).toMatchObject({ trials: { done: 4 } });
  const [head, ...rows] = readFileSync(join(folder, "trials.csv"), "utf8").trim().split("\n");
  const active = rows.map((row) => row.split(",")[head.split(",").indexOf("active_weights")]);
  expect(new Set(active)).toEqual(new Set(["11295", "11298"]));
  // Of each network seven methods: two classes, and 1 to 5 layers random.
  expect(readFileSync(join(folder, "maps.csv"), "utf8").trim().split("\n")).toHaveLength(1 + 4 * 7 * 6);
  expect(readFileSync(outputs.reportPath, "utf8")).toContain("Which maps depend on the network?");
});
