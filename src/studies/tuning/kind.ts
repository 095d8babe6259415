/** The study of tuning as the laboratory sees it: a search per cell, and its columns. */

import type { StudyKind } from "../../experiment/index.ts";
import { checkTraining } from "../sc-sdc/check-training.ts";
import { widthsOf } from "../sc-sdc/pair.ts";
import { rowColumns } from "./rows.ts";
import { checkSearch, settingsByHand } from "./schedules.ts";
import { type TuningSettings, tuningSettings } from "./settings.ts";

// The worker stands beside this file, in the language this file is in.
const workerModule = new URL(import.meta.url.endsWith(".ts") ? "./trial.ts" : "./trial.js", import.meta.url);

/** Schedules that are learned, searched and set by hand, on the same seeds and at the same cost. */
export const tuning: StudyKind = {
  name: "tuning",
  settings: tuningSettings,
  trialsPerCell: 1,
  check: (settings) => {
    const of = settings as TuningSettings;
    checkTraining(settingsByHand(of));
    checkSearch(of);
  },
  expand: ({ settings }) => {
    const of = settings as TuningSettings;
    const { data, model, network, search } = of;
    const width = network === "dense" ? widthsOf(of).dense_width : widthsOf(of).sparse_width;
    return [{ kind: search, columns: { data, model, network, width }, payload: settings }];
  },
  workerModule,
  leadingColumns: ["data", "model", "network", "width"],
  measureColumns: [
    "active_weights",
    "parameters",
    "cost",
    "trainings",
    "best",
    "validation_loss",
    "validation_accuracy",
    "found_rates",
    "found_momenta",
    "found_decays",
    "search_accuracy",
    "last_accuracy",
    "test_accuracy",
    "test_loss",
  ],
  epochColumns: rowColumns,
};
