/**
 * Runs the studies whose results are kept in docs/results and keeps them: `npm run results [-- NAME ...]`.
 *
 * Each is the command a reader would type, in a temporary folder; what is kept is the table of trials, the summary, the
 * figures, and a page with the p-values and where they come from.
 */

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openStore, readStudy, type Store, type Table, type TrialRecord, toMarkdown } from "../src/experiment/index.ts";
import { cellTable, divergedTable, pValueTable, summariseStudy, writeStudyOutputs } from "../src/studies/index.ts";
import { keepWindowSharing } from "./window-sharing.ts";

interface Kept {
  readonly name: string;
  readonly title: string;
  readonly arguments: readonly string[];
  /** Figures on the page by name, and what each shows. */
  readonly figures: Readonly<Record<string, string>>;
  /** Further tables of the study that are kept. */
  readonly tables?: readonly string[];
  /** Measures what no study does, writes into the folder, and gives blocks of the page. */
  readonly measure?: (target: string) => Promise<readonly string[]>;
}

const sameCapacity = {
  "accuracy-by-width": "Test accuracy of sparse and dense networks against width",
  "egf-over-training": "Norm of each layer's gradient over training",
};
const sparseTraining = {
  accuracy: "Test accuracy by method, with intervals",
  differences: "Differences in test accuracy between methods, with intervals",
  "gradient-norm": "Gradient norm over training, by method",
};
const tickets = { interpolation: "Training loss between lottery tickets and their pruned solutions" };
const updates = { "topology-updates": "Change of the gradient norm by each change of the topology, by method" };
const compressed = {
  "accuracy-by-macs": "Test accuracy against multiply-accumulates",
  "accuracy-by-bytes": "Test accuracy against bytes",
};

const kept: readonly Kept[] = [
  { name: "quickstart", title: "Quickstart: digits", arguments: ["studies/quickstart.yaml"], figures: sameCapacity },
  {
    name: "fashion-mnist",
    title: "Fashion-MNIST, a reduced grid",
    arguments: ["studies/fashion-mnist.yaml", "dense_width=79,256", "optimizer=momentum", "seeds=2", "epochs=10"],
    figures: sameCapacity,
  },
  {
    name: "simple-cnn",
    title: "A small convolutional network",
    arguments: ["studies/simple-cnn.yaml"],
    figures: sameCapacity,
  },
  {
    name: "sparse-training",
    title: "Methods of sparse training, 98 % sparse",
    arguments: ["studies/sparse-training.yaml"],
    figures: { ...sparseTraining, ...tickets },
  },
  {
    name: "sparse-training-20-seeds",
    title: "Static, SET, RigL and pruning, 98 % sparse, on 20 seeds",
    arguments: ["studies/sparse-training.yaml", "network=scratch+,SET+,RigL+,pruning", "seeds=20"],
    figures: sparseTraining,
  },
  {
    name: "sparse-start",
    title: "Initial weights of a sparse network",
    arguments: ["studies/sparse-start.yaml"],
    figures: sparseTraining,
  },
  {
    name: "evci-2022-lenet-300-100",
    title: "LeNet-300-100 after Evci et al. 2022",
    arguments: ["studies/evci-2022/lenet-300-100-fashion-mnist.yaml"],
    figures: { ...sparseTraining, ...updates, ...tickets },
  },
  {
    name: "evci-2022-lenet-5",
    title: "LeNet-5 after Evci et al. 2022",
    arguments: ["studies/evci-2022/lenet-5-fashion-mnist.yaml", "epochs=10", "seeds=3"],
    figures: { ...sparseTraining, ...updates, ...tickets },
  },
  {
    name: "compression",
    title: "Compressed networks beside dense, narrow and sparse ones",
    arguments: ["studies/compression.yaml"],
    figures: {
      "accuracy-by-macs": "Test accuracy against multiply-accumulates, LeNet-5",
      "accuracy-by-macs-2": "Test accuracy against multiply-accumulates, the LeNet-5 of Caffe",
      "accuracy-by-macs-3": "Test accuracy against multiply-accumulates, a small VGG",
      "accuracy-by-bytes": "Test accuracy against bytes, LeNet-5",
      "accuracy-by-bytes-2": "Test accuracy against bytes, the LeNet-5 of Caffe",
      "accuracy-by-bytes-3": "Test accuracy against bytes, a small VGG",
    },
    tables: ["layers.csv"],
  },
  {
    name: "compression-lenet-5",
    title: "LeNet-5, compressed in a longer training",
    arguments: ["studies/compression.yaml", "model=lenet-5", "train_examples=20000", "epochs=15"],
    figures: compressed,
  },
  {
    name: "compression-vgg",
    title: "A small VGG, compressed in a longer training",
    arguments: ["studies/compression.yaml", "model=vgg-small", "train_examples=12000", "epochs=14"],
    figures: compressed,
  },
  {
    name: "saliency-sparsity",
    title: "Saliency maps of dense, sparse and compressed networks",
    arguments: ["studies/saliency-sparsity.yaml"],
    figures: { similarity: "Similarity of maps by method and network, with intervals" },
    tables: ["maps.csv"],
  },
  {
    name: "learned-schedules",
    title: "Learned schedules beside searches at the same cost",
    arguments: ["studies/learned-schedules.yaml"],
    figures: {
      "differences-search": "Test accuracy of each search less that of the learned schedules, after 100 steps",
      "differences-everything": "The same after an epoch of all 60,000 examples",
      schedules: "Learned learning rates of five seeds, of the best and of the last round",
      progress: "Validation loss and its best so far, against gradients computed",
      signs: "Values and signs of hypergradients over ten rounds",
      surface: "Validation loss around what was found",
    },
    measure: keepWindowSharing,
  },
];

const root = fileURLToPath(new URL("..", import.meta.url));
const wanted = process.argv.slice(2);
const chosen = kept.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
// All runs come before any writing, so that each is made by the commit it names and no changes beside it.
const folders = chosen.map((study) => {
  const folder = join(mkdtempSync(join(tmpdir(), "gradientflow-results-")), study.name);
  const command = ["bin/gradientflow.js", "study", "run", ...study.arguments, "--out", folder];
  execFileSync(process.execPath, command, { cwd: root, stdio: "inherit" });
  return folder;
});
const outcomes = join(mkdtempSync(join(tmpdir(), "gradientflow-results-")), "saliency");
const withOutcomes = wanted.length === 0 || wanted.includes("saliency");
if (withOutcomes) {
  const command = ["scripts/saliency-outcomes.ts", "--out", outcomes];
  execFileSync(process.execPath, command, { cwd: root, stdio: "inherit" });
}
for (const [i, study] of chosen.entries()) await keep(study, folders[i]);
if (withOutcomes) {
  const target = join(root, "docs", "results", "saliency");
  rmSync(target, { recursive: true, force: true });
  cpSync(outcomes, target, { recursive: true });
}

async function keep(
  { name, title, arguments: words, figures, tables: further = [], measure = async () => [] }: Kept,
  folder: string,
): Promise<void> {
  const target = join(root, "docs", "results", name);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const file of ["trials.csv", "summary.json", ...further]) cpSync(join(folder, file), join(target, file));
  cpSync(join(folder, "report", "figures"), join(target, "figures"), {
    recursive: true,
    filter: (source) => !source.endsWith(".csv"),
  });
  const { lead, provenance } = JSON.parse(readFileSync(join(folder, "report", "report.json"), "utf8")) as {
    readonly lead: string;
    readonly provenance: Readonly<Record<string, string>>;
  };
  const store = await openStore(folder);
  const tables = await tablesOf(store, folder);
  await store.close();
  const rows = Object.entries(provenance).map(([key, value]) => `| ${key} | ${value} |`);
  const page = [
    `# ${title}`,
    lead,
    `Made by \`npm run results -- ${name}\`, which runs`,
    `    npx gradientflow study run ${words.join(" ")}`,
    ...tables.map((table) => toMarkdown(table)),
    ...Object.entries(figures).map(([figure, alternative]) => `![${alternative}](figures/${figure}.svg)`),
    ...(await measure(target)),
    "Every trial is in [trials.csv](trials.csv), every test in [summary.json](summary.json).",
    ["| provenance | |", "| --- | --- |", ...rows].join("\n"),
    "All columns but `wall_ms` come out the same on any machine.",
  ];
  writeFileSync(join(target, "README.md"), `${page.join("\n\n")}\n`);
}

/** The tables of the page: of a same-capacity study p-values and every cell in full, of others what the terminal shows. */
async function tablesOf(store: Store, folder: string): Promise<readonly Table[]> {
  const study = await readStudy(store);
  if (study.kind !== "sc-sdc") return (await writeStudyOutputs(store, folder)).tables;
  const records: TrialRecord[] = [];
  for await (const record of store.records()) records.push(record);
  const summary = summariseStudy(study, records);
  return [pValueTable(summary), cellTable(summary), ...(summary.diverged.length > 0 ? [divergedTable(summary)] : [])];
}
