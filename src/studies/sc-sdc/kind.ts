/** The same-capacity study as the laboratory sees it: settings, the pair of trials of each cell, and their columns. */

import { InputError } from "../../base/index.ts";
import type { StudyKind } from "../../experiment/index.ts";
import { checkTraining } from "./check-training.ts";
import { widthsOf } from "./pair.ts";
import { type ScSdcSettings, scSdcSettings } from "./settings.ts";

// The worker stands beside this file, in the language this file is in.
const workerModule = new URL(import.meta.url.endsWith(".ts") ? "./trial.ts" : "./trial.js", import.meta.url);

/** Columns of epochs.csv that hold measures; layer is "all" for the network, then layer1, layer2, ... */
const epochMeasures = [
  "train_loss",
  "train_accuracy",
  "test_loss",
  "test_accuracy",
  "gf_1",
  "gf_2",
  "egf_1",
  "egf_2",
  "objective",
  "omega",
  "lambda",
  "group_sparsity",
  "norm_1",
  "norm_2",
  "unmasked_norm_1",
  "unmasked_norm_2",
  "dead_units",
] as const;

/** Sparse networks against dense ones with as many active weights in every layer. */
export const scSdc: StudyKind = {
  name: "sc-sdc",
  settings: scSdcSettings,
  trialsPerCell: 2,
  check: (settings) => checkSettings(settings as ScSdcSettings),
  expand: ({ settings }) => {
    const { data, model, hidden_layers } = settings as ScSdcSettings;
    const widths = widthsOf(settings as ScSdcSettings);
    const columns = { data, model, hidden_layers, ...widths };
    const payload = { ...settings, ...widths };
    return [
      { kind: "sparse", columns, payload },
      { kind: "dense", columns, payload },
    ];
  },
  workerModule,
  leadingColumns: ["data", "model", "hidden_layers", "dense_width", "sparse_width"],
  measureColumns: [
    "active_weights",
    "parameters",
    "test_accuracy",
    "test_loss",
    "train_accuracy",
    "train_loss",
    "gf_1",
    "gf_2",
    "egf_1",
    "egf_2",
  ],
  epochColumns: ["epoch", "layer", ...epochMeasures],
};

/** Rules between settings. @throws InputError */
export function checkSettings(settings: ScSdcSettings): void {
  const { dense_width, sparse_width } = widthsOf(settings);
  if (settings.density === null && dense_width > sparse_width) {
    throw new InputError(
      `dense_width must not exceed sparse_width, got ${dense_width} and ${sparse_width}: the sparse network is the wider one`,
    );
  }
  checkTraining(settings);
}
