/** The network of a training in words: what it is, and how many of its weights are active. */

import { sizeOf } from "../base/index.ts";
import type { Dataset } from "../data/index.ts";
import { weightLayers } from "../nn/index.ts";
import {
  allocationOf,
  architecturePair,
  capacityOf,
  type NetworkKind,
  networkOf,
  type ScSdcSettings,
  type SparseTrainingSettings,
} from "../studies/index.ts";
import { grouped } from "./output.ts";

export interface NetworkText {
  readonly name: string;
  readonly size: string;
}

/** A network of a pair. */
export function describePair(settings: ScSdcSettings, kind: NetworkKind, dataset: Dataset): NetworkText {
  const { layers, [kind]: totals } = capacityOf(settings, dataset);
  const { activeWeights } = totals;
  const shapes = layers.map((layer) => (kind === "sparse" ? layer.sparseShape : layer.denseShape));
  const name = architecturePair(settings, dataset)[kind].name;
  const positions = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  const density = kind === "sparse" ? share(activeWeights, positions) : "";
  return {
    name: `${kind} ${shapeName(settings.model, name, dataset, shapes)}`,
    size: `${grouped(activeWeights)} active weights${density}, ${grouped(totals.total)} parameters`,
  };
}

/** The network of a method, as it ends. */
export function describeMethod(settings: SparseTrainingSettings, dataset: Dataset): NetworkText {
  const architecture = networkOf(settings, dataset);
  const shapes = weightLayers(architecture).map(({ shape }) => shape);
  const positions = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  const dense = settings.method === "dense" || settings.method === "small-dense";
  const active = dense ? positions : allocationOf(settings, architecture).reduce((sum, layer) => sum + layer.active, 0);
  return {
    name: `${settings.method} ${shapeName(settings.model, architecture.name, dataset, shapes)}`,
    size: `${grouped(active)} active weights${dense ? "" : share(active, positions)}`,
  };
}

/** "64-16-16-10" of an mlp; the name and the first width of another model. */
function shapeName(model: string, name: string, { features }: Dataset, shapes: readonly (readonly number[])[]): string {
  const units = shapes.map(([of]) => of);
  if (model === "mlp") return [features, ...units].join("-");
  return `${name}, ${units[0]} ${shapes[0].length === 4 ? "channels" : "units"} first`;
}

const share = (active: number, positions: number) =>
  ` of ${grouped(positions)} (${((100 * active) / positions).toFixed(2)} %)`;
