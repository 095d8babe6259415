/** The study of compression as the laboratory sees it: settings, one trial per cell, and their columns. */

import { InputError } from "../../base/index.ts";
import type { StudyKind } from "../../experiment/index.ts";
import { checkTraining } from "../sc-sdc/check-training.ts";
import { nominalWidth } from "../sc-sdc/pair.ts";
import { type CompressionSettings, compressionSettings, sharedOf } from "./settings.ts";

// The worker stands beside this file, in the language this file is in.
const workerModule = new URL(import.meta.url.endsWith(".ts") ? "./trial.ts" : "./trial.js", import.meta.url);

const mlpWidth = 256;

/** Compressed networks against the one they come from, sparse ones and narrow ones, on the same seeds. */
export const compression: StudyKind = {
  name: "compression",
  settings: compressionSettings,
  trialsPerCell: 1,
  check: (settings) => checkCompression(settings as CompressionSettings),
  expand: ({ settings }) => {
    const { data, model, method, target, target_of, ...rest } = settings as CompressionSettings;
    const width = rest.width ?? (model === "mlp" ? mlpWidth : nominalWidth(model));
    return [{ kind: method, columns: { data, model, width, target, target_of }, payload: { ...settings, width } }];
  },
  workerModule,
  leadingColumns: ["data", "model", "width", "target", "target_of"],
  measureColumns: [
    "test_accuracy",
    "test_loss",
    "macs",
    "parameters",
    "bytes",
    "gzip_bytes",
    "full_macs",
    "full_parameters",
    "full_bytes",
    "full_gzip_bytes",
    "groups_removed",
    "groups_removed_at_end",
    "largest_difference",
  ],
  epochColumns: ["epoch", "stretch", "loss"],
  tables: { layers: ["layer", "full_shape", "shape", "active_weights", "macs", "bytes"] },
};

/** Rules between settings. @throws InputError */
export function checkCompression(settings: CompressionSettings): void {
  checkTraining(sharedOf(settings));
  const { method, lambda, half_space, optimizer, epochs } = settings;
  for (const [name, value] of Object.entries({ lambda, half_space })) {
    if (value === null || method === "dhspg" || method === "hspg") continue;
    throw new InputError(`${name} belongs to dhspg and hspg, got ${value} with ${method}; leave it out`);
  }
  if (method === "hspg" && optimizer !== "momentum") {
    throw new InputError(
      `hspg takes steps with momentum, got the optimizer ${optimizer}; choose dhspg or hesso for it`,
    );
  }
  if (epochs < 2 && settings.dense_share > 0) {
    throw new InputError(
      `epochs must be at least 2, one before channels go and one in which they go, got ${epochs}; or take dense_share=0`,
    );
  }
}
