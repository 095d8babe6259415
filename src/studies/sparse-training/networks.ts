/** The architecture of a method's network, its allocation, and which of its layers are sparse. */

import { sizeOf } from "../../base/index.ts";
import { type Architecture, weightLayers } from "../../nn/index.ts";
import {
  allocate,
  type DynamicMethod,
  density,
  dynamicMethods,
  type KeepDense,
  type LayerAllocation,
} from "../../sparsity/index.ts";
import { architectureOf, type DataShape, nominalWidth } from "../sc-sdc/pair.ts";
import type { SparseTrainingSettings } from "./settings.ts";

const mlpWidth = 256;

/** The dynamic method that settings name, with their numbers in place of its own; undefined for other methods. */
export function dynamicMethodOf(settings: SparseTrainingSettings): DynamicMethod | undefined {
  const { method, update_every, drop_fraction, update_until } = settings;
  if (!Object.hasOwn(dynamicMethods, method)) return undefined;
  const row: DynamicMethod = dynamicMethods[method as keyof typeof dynamicMethods];
  const initial = drop_fraction ?? row.fraction.initial;
  const final = Math.min(initial, row.fraction.final ?? 0);
  return {
    ...row,
    every: update_every ?? row.every,
    until: update_until ?? row.until,
    fraction: { ...row.fraction, initial, final },
  };
}

/** The width in force: of an mlp's hidden layers, or of another model's first layer. */
export function widthOf({ width, model }: SparseTrainingSettings): number {
  return width ?? (model === "mlp" ? mlpWidth : nominalWidth(model));
}

/** The network of a method: for `small-dense` the widest narrower one with at most the sparse network's active weights. */
export function networkOf(settings: SparseTrainingSettings, data: DataShape): Architecture {
  const width = widthOf(settings);
  const full = architectureOf(settings, data, width);
  if (settings.method !== "small-dense") return full;
  const wanted = allocationOf(settings, full).reduce((sum, { active }) => sum + active, 0);
  let [low, high] = [1, width];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (weightsOf(architectureOf(settings, data, middle)) <= wanted) low = middle;
    else high = middle - 1;
  }
  return architectureOf(settings, data, low);
}

function weightsOf(architecture: Architecture): number {
  return weightLayers(architecture).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** The layers that settings keep dense. */
export function keptDense({ keep_dense, method }: SparseTrainingSettings): KeepDense {
  return keep_dense ?? (method === "set-original" ? "last" : "none");
}

/** Active weights of each layer, at the settings' density. */
export function allocationOf(settings: SparseTrainingSettings, architecture: Architecture): LayerAllocation[] {
  const name = settings.allocation ?? dynamicMethodOf(settings)?.allocation ?? "erk";
  return allocate(weightLayers(architecture), {
    name,
    density: density(settings.density),
    keepDense: keptDense(settings),
  });
}

/** For each weight layer whether it is sparse, or to be pruned. */
export function sparseLayersOf(settings: SparseTrainingSettings, architecture: Architecture): boolean[] {
  const last = weightLayers(architecture).length - 1;
  const keep = keptDense(settings);
  return weightLayers(architecture).map(
    (_, l) =>
      !(l === 0 && (keep === "first" || keep === "first-and-last")) &&
      !(l === last && (keep === "last" || keep === "first-and-last")),
  );
}
