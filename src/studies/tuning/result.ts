/** What a search comes to, as the laboratory keeps it. */

import type { TrialResult } from "../../experiment/index.ts";
import { encodeRow } from "./rows.ts";
import type { TuningOutcome } from "./run.ts";

/** Columns and rows of a search; diverged where every one of its trainings was. */
export function tuningResult(outcome: TuningOutcome, wallMs: number): TrialResult {
  const { rows, found, test } = outcome;
  const best = found === undefined ? undefined : encodeRow(found.best);
  const searched = rows.filter(({ what }) => what !== "surface");
  const columns: TrialResult["columns"] = {
    active_weights: outcome.activeWeights,
    parameters: outcome.parameters,
    cost: searched.at(-1)?.cost ?? 0,
    trainings: searched.length,
    best: found?.best.index ?? Number.NaN,
    validation_loss: found?.best.validationLoss ?? Number.NaN,
    validation_accuracy: found?.best.validationAccuracy ?? Number.NaN,
    found_rates: best?.learning_rates ?? "",
    found_momenta: best?.momenta ?? "",
    found_decays: best?.weight_decays ?? "",
    search_accuracy: outcome.searchAccuracy,
    last_accuracy: outcome.lastAccuracy,
    test_accuracy: test.accuracy,
    test_loss: test.loss,
  };
  const epochs = rows.map(encodeRow);
  if (found !== undefined) return { status: "done", columns, epochs, wallMs };
  const reason = `each of the ${rows.length} trainings of the search diverged`;
  return { status: "diverged", columns, epochs, wallMs, diverged: { step: 0, layer: "loss", reason } };
}
