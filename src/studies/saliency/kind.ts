/** The study of saliency as the laboratory sees it: a trial trains a network, or opens one, and asks which maps depend on it. */

import type { StudyKind } from "../../experiment/index.ts";
import { checkMethod } from "../sparse-training/kind.ts";
import { widthOf } from "../sparse-training/networks.ts";
import { sparsityGroup } from "../sparse-training/settings.ts";
import { checkChannels, removesChannels, type SaliencySettings, saliencySettings, trainingOf } from "./settings.ts";

// The worker stands beside this file, in the language this file is in.
const workerModule = new URL(import.meta.url.endsWith(".ts") ? "./trial.ts" : "./trial.js", import.meta.url);

/** Columns of maps.csv: similarities of a method's maps, means over images. */
export const mapColumns = [
  "method",
  "check",
  "random_layers",
  "layer",
  "images",
  "spearman",
  "absolute_spearman",
  "structural",
  "oriented_gradients",
] as const;

function checkSaliency(settings: SaliencySettings): void {
  checkMethod(trainingOf(settings));
  if (settings.checkpoint === null && removesChannels(settings)) checkChannels(settings);
}

/** Which maps depend on the network: dense, sparse and compressed networks against each other, on the same seeds. */
export const saliencyStudy: StudyKind = {
  name: "saliency",
  settings: saliencySettings,
  groups: { sparsity: sparsityGroup },
  trialsPerCell: 1,
  check: (settings) => checkSaliency(settings as SaliencySettings),
  expand: ({ settings }) => {
    const of = settings as SaliencySettings;
    const method = of.checkpoint === null ? of.method : "checkpoint";
    const columns = { data: of.data, model: of.model, method };
    return [{ kind: method, columns, payload: { ...settings, width: widthOf(trainingOf(of)) } }];
  },
  workerModule,
  leadingColumns: ["data", "model", "method"],
  measureColumns: ["active_weights", "parameters", "test_accuracy", "checkpoint_sha256"],
  epochColumns: ["epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy"],
  tables: { maps: mapColumns },
};
