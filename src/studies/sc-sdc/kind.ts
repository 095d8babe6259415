/** The same-capacity study as the laboratory sees it: settings, the pair of trials of each cell, and their columns. */

import { InputError } from "../../base/index.ts";
import type { StudyKind } from "../../experiment/index.ts";
import { optimizerNames } from "../../optim/index.ts";
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
  const { model, depth, optimizer, momentum, warm_up_epochs, epochs } = settings;
  const { dense_width, sparse_width } = widthsOf(settings);
  const { batch_norm, batch_size, measure_examples } = settings;
  if (settings.density === null && dense_width > sparse_width) {
    throw new InputError(
      `dense_width must not exceed sparse_width, got ${dense_width} and ${sparse_width}: the sparse network is the wider one`,
    );
  }
  if (!optimizerNames.includes(optimizer as (typeof optimizerNames)[number])) {
    throw new InputError(`optimizer must be one of ${optimizerNames.join(", ")}, got ${optimizer}`);
  }
  if (optimizer === "nesterov" && momentum === 0) {
    throw new InputError("momentum must be > 0 for nesterov, got 0");
  }
  if (model === "wide-resnet" && depth % 6 !== 4) {
    throw new InputError(`depth must be 6 n + 4 for wide-resnet, such as 10, 16, 22 or 28, got ${depth}`);
  }
  if (batch_norm === true && (batch_size < 2 || measure_examples < 2)) {
    const name = batch_size < 2 ? "batch_size" : "measure_examples";
    throw new InputError(`${name} must be at least 2 with batch_norm, got 1: one example has no variance`);
  }
  if (warm_up_epochs > epochs) {
    throw new InputError(`warm_up_epochs must not exceed epochs, got ${warm_up_epochs} and ${epochs}`);
  }
}
