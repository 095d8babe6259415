/** The study of sparse training as the laboratory sees it: settings, one trial per cell, and their columns. */

import { InputError } from "../../base/index.ts";
import type { StudyKind } from "../../experiment/index.ts";
import { isZeroing } from "../../optim/index.ts";
import { checkTraining } from "../sc-sdc/check-training.ts";
import { dynamicMethodOf, widthOf } from "./networks.ts";
import { type SparseTrainingSettings, sparseTrainingSettings, sparsityGroup } from "./settings.ts";

// The worker stands beside this file, in the language this file is in.
const workerModule = new URL(import.meta.url.endsWith(".ts") ? "./trial.ts" : "./trial.js", import.meta.url);

/** Methods of sparse training against each other, and against dense networks, on the same seeds. */
export const sparseTraining: StudyKind = {
  name: "sparse-training",
  settings: sparseTrainingSettings,
  groups: { sparsity: sparsityGroup },
  trialsPerCell: 1,
  check: (settings) => checkMethod(settings as SparseTrainingSettings),
  expand: ({ settings }) => {
    const of = settings as SparseTrainingSettings;
    const { data, model, method, density } = of;
    const width = widthOf(of);
    return [{ kind: method, columns: { data, model, width, method, density }, payload: { ...settings, width } }];
  },
  workerModule,
  leadingColumns: ["data", "model", "width", "method", "density"],
  measureColumns: [
    "active_weights",
    "parameters",
    "test_accuracy",
    "test_loss",
    "train_accuracy",
    "train_loss",
    "gradient_norm_start",
    "gradient_norm_end",
    "egf_2",
    "steps",
    "changes",
    "pruned_accuracy",
    "pruned_disagreement",
    "pruned_distance_start",
    "pruned_distance_end",
    "barrier",
  ],
  epochColumns: [
    "epoch",
    "layer",
    "train_loss",
    "train_accuracy",
    "test_loss",
    "test_accuracy",
    "gradient_norm",
    "gain_of_updates",
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
  ],
  tables: {
    updates: ["step", "gradient_norm_before", "gradient_norm_after"],
    lines: ["from", "alpha", "train_loss", "train_accuracy"],
  },
};

/** Rules between settings. @throws InputError */
export function checkMethod(settings: SparseTrainingSettings): void {
  checkTraining(settings);
  const { method, prune_from, prune_until, rewind, ticket_rounds, optimizer, momentum } = settings;
  if ((method === "gmp" || method === "lottery") && prune_from >= prune_until) {
    throw new InputError(`prune_from must be below prune_until, got ${prune_from} and ${prune_until}`);
  }
  if (method === "lottery" && ticket_rounds === 0 && rewind > prune_from) {
    throw new InputError(
      `rewind must not exceed prune_from, got ${rewind} and ${prune_from}: a ticket is rewound to weights that are not yet pruned`,
    );
  }
  if (method === "lottery" && rewind === 1)
    throw new InputError("rewind must be below 1, got 1: no training would be left");
  if (isZeroing(optimizer) && (dynamicMethodOf(settings) !== undefined || method === "gmp" || method === "lottery")) {
    throw new InputError(
      `${method} chooses which weights are zero, and so does ${optimizer}; take another optimizer, or method=dense or static`,
    );
  }
  const hasMomentum = ["nesterov", "adam", "adamw"].includes(optimizer) || (optimizer === "momentum" && momentum > 0);
  if (method === "snfs" && !hasMomentum) {
    throw new InputError(
      `snfs grows by momentum: optimizer must be momentum, nesterov, adam or adamw, got ${optimizer}`,
    );
  }
}
