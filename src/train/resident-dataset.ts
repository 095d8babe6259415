/** A data set in an engine's memory: values as they are, and the scale and shift that normalise them where they are gathered. */

import { InputError } from "../base/index.ts";
import type { Dataset, Normalisation, Split } from "../data/index.ts";
import { normalisation } from "../data/index.ts";
import type { Engine, Graph, Resident, Tensor, Variable } from "../tensor/index.ts";
import { gather, gatherLabels } from "../tensor/index.ts";

export interface ResidentSplit {
  readonly count: number;
  readonly values: Resident;
  readonly labels: Resident;
}

export interface ResidentDataset {
  readonly dataset: Dataset;
  readonly features: number;
  readonly classes: number;
  readonly scale: Resident;
  readonly shift: Resident;
  readonly train: ResidentSplit;
  readonly test: ResidentSplit;
}

/** Copies a data set into the engine's memory. Bytes stay bytes. */
export function residentDataset(engine: Engine, dataset: Dataset, kind: Normalisation): ResidentDataset {
  const split = ({ count, values, labels }: Split): ResidentSplit => ({
    count,
    values: engine.resident(values),
    labels: engine.resident(Int32Array.from(labels)),
  });
  const { scale, shift } = normalisation(dataset, kind);
  return {
    dataset,
    features: dataset.features,
    classes: dataset.classes,
    scale: engine.resident(scale),
    shift: engine.resident(shift),
    train: split(dataset.train),
    test: split(dataset.test),
  };
}

/** A batch's input and labels as nodes: the examples that the int32 variable `indices` names. */
export function batchNodes(
  graph: Graph,
  data: ResidentDataset,
  { values, labels }: { readonly values: Resident; readonly labels: Resident },
  indices: Variable,
  labelIndices: Variable = indices,
): { readonly x: Tensor; readonly labels: Tensor } {
  const { features, scale, shift } = data;
  return {
    x: gather(graph, { data: values, indices, features, scale, shift }),
    labels: gatherLabels(graph, { data: labels, indices: labelIndices }),
  };
}

/** @throws InputError unless the network fits the data */
export function checkFits(network: { readonly inputs: number; readonly outputs: number }, data: ResidentDataset): void {
  if (network.inputs !== data.features || network.outputs !== data.classes) {
    throw new InputError(
      `train: ${data.dataset.name} has ${data.features} features and ${data.classes} classes, ` +
        `the network ${network.inputs} inputs and ${network.outputs} outputs`,
    );
  }
}
