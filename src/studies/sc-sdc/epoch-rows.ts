/** A measurement under the names that every export gives its numbers. */

import { mean } from "../../base/index.ts";
import type { GroupReport } from "../../optim/index.ts";
import type { Evaluation } from "../../train/index.ts";
import type { Measurement } from "./run.ts";

/** The measures of the whole network, by column name. Losses are means per example, accuracies fractions. */
export function networkMeasures({ train, test, flow, groups }: Measurement): Record<string, number> {
  return {
    train_loss: train.loss,
    train_accuracy: train.accuracy,
    test_loss: test.loss,
    test_accuracy: test.accuracy,
    gf_1: flow.gf1,
    gf_2: flow.gf2,
    egf_1: flow.egf1,
    egf_2: flow.egf2,
    ...(groups === undefined ? {} : groupMeasures(train.loss, groups)),
  };
}

/** Psi = f + lambda Omega, and what it is made of, of an optimizer that sets weights to zero. */
function groupMeasures(loss: number, { lambda, omega, groupSparsity }: GroupReport): Record<string, number> {
  return { objective: loss + lambda * omega, omega, lambda, group_sparsity: groupSparsity };
}

/** Rows of epochs.csv: one for the network ("all"), then one per weight layer. */
export function epochRows(measured: Measurement): Record<string, number | string>[] {
  const { epoch, train, flow } = measured;
  const dead = train.deadUnits.map(({ share }) => share);
  const units = dead.length === 0 ? Number.NaN : mean(dead);
  const layers = flow.layers.map((layer, index) => ({
    epoch,
    layer: layer.name,
    norm_1: layer.norm1,
    norm_2: layer.norm2,
    unmasked_norm_1: layer.unmasked1,
    unmasked_norm_2: layer.unmasked2,
    ...deadAfter(train, index + 1),
  }));
  return [{ epoch, layer: "all", ...networkMeasures(measured), dead_units: units }, ...layers];
}

/** The dead units of the last activation that follows a weight layer, where one does before the next. */
function deadAfter({ deadUnits }: Evaluation, layer: number): { dead_units?: number } {
  const found = deadUnits.findLast((unit) => unit.layer === layer);
  return found === undefined ? {} : { dead_units: found.share };
}
