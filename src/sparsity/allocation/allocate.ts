/**
 * Allocations: how many weights each layer may keep. By a rule from one density (uniform, er, erk), by SET's ε, by hand, or
 * from masks that exist.
 *
 * **Rounding.** A density d stands for Σ_l ceil(d N_l) active weights, N_l the positions of the layers that take part, which is
 * what is left where floor((1 - d) N_l) of each are removed. Uniform keeps ceil(d N_l) in each layer. Er and erk have the same
 * total: each layer's share is rounded down, and what is missing goes to those with the largest remainders. So any two rules
 * give networks of one capacity.
 */

import { InputError, sizeOf, unknownName } from "../../base/index.ts";
import type { Mask } from "../../nn/index.ts";
import type { Density } from "../density.ts";
import { density } from "../density.ts";
import { roundToTotal } from "../rounding.ts";
import type { ErdosRenyiKind } from "./erdos-renyi.ts";
import { rawDensity, solveErdosRenyi } from "./erdos-renyi.ts";
import type { LayerAllocation, LayerShape } from "./layer-counts.ts";
import { activeAt, checkLayers, layerAllocation } from "./layer-counts.ts";

interface AllocationRule {
  /** Real densities of layers that are to have `total` active weights, or counts where the rule rounds itself. */
  readonly densities: (
    layers: readonly LayerShape[],
    of: { readonly density: number; readonly total: number; readonly exponent: number },
  ) => readonly number[];
  readonly source: string;
}

/** The rules by name. */
export const allocationRules = {
  /** The same density in every layer. Its paper keeps the first convolution dense: `keepDense: "first"`. */
  uniform: {
    densities: (layers, { density }) => layers.map(() => density),
    source: "Evci et al. 2020, arXiv:1911.11134, section 3",
  },
  er: {
    densities: (layers, of) => solveErdosRenyi(layers, { kind: "er", ...of }).densities,
    source: "Mocanu et al. 2018, arXiv:1707.04780",
  },
  erk: {
    densities: (layers, of) => solveErdosRenyi(layers, { kind: "erk", ...of }).densities,
    source: "Evci et al. 2020, arXiv:1911.11134, section 3",
  },
} as const satisfies Record<string, AllocationRule>;

export type AllocationName = keyof typeof allocationRules;

/** Which layers stay dense, whatever the density: by place, or by name. */
export type KeepDense = "none" | "first" | "last" | "first-and-last" | readonly string[];

export interface AllocationOptions {
  readonly name: AllocationName;
  /** Of the layers that are not kept dense, all together. */
  readonly density: Density;
  /** Layers outside the rule and its total. Default "none". */
  readonly keepDense?: KeepDense;
  /** Er and erk: power of the raw densities, ≥ 0; below 1 the layers are more alike. Default 1. */
  readonly exponent?: number;
}

/**
 * Allocates active weights to layers by a rule.
 *
 * @returns  one line for each layer, in order; those kept dense have all their weights and do not count towards the density
 * @throws InputError  for an unknown rule or layer, a density outside [0, 1], an exponent below 0
 */
export function allocate(
  layers: readonly LayerShape[],
  { name, density, keepDense = "none", exponent = 1 }: AllocationOptions,
): LayerAllocation[] {
  if (!Object.hasOwn(allocationRules, name)) {
    throw unknownName("allocate", "allocation", name, Object.keys(allocationRules));
  }
  if (!(exponent >= 0 && exponent < Number.POSITIVE_INFINITY)) {
    throw new InputError(`allocate: exponent must be a number ≥ 0, got ${exponent}`);
  }
  const dense = denseLayers("allocate", layers, keepDense);
  const sparse = layers.filter((layer) => !dense.has(layer.name));
  const total = sparse.reduce((sum, { shape }) => sum + activeAt(density, sizeOf(shape)), 0);
  const rule: AllocationRule = allocationRules[name];
  const densities = rule.densities(sparse, { density, total, exponent });
  const counts =
    name === "uniform"
      ? sparse.map(({ shape }, i) => activeAt(densities[i] as Density, sizeOf(shape)))
      : roundToTotal(
          sparse.map(({ shape }, i) => densities[i] * sizeOf(shape)),
          total,
        );
  const counted = new Map(sparse.map((layer, i) => [layer.name, counts[i]]));
  return layers.map((layer) => layerAllocation("allocate", layer, counted.get(layer.name) ?? sizeOf(layer.shape)));
}

/**
 * SET's own allocation: ε (n_in + n_out) weights in each layer, times the kernel's positions for convolutions (er), rounded to
 * the nearest integer and at most all of them.
 *
 * @param epsilon  ≥ 0; the paper's networks have 20
 * @see Mocanu et al. 2018, arXiv:1707.04780, eq. 1; their expected number, which ours is exactly
 */
export function allocateByEpsilon(
  layers: readonly LayerShape[],
  {
    epsilon,
    kind = "er",
    keepDense = "none",
  }: { readonly epsilon: number; readonly kind?: ErdosRenyiKind; readonly keepDense?: KeepDense },
): LayerAllocation[] {
  if (!(epsilon >= 0 && epsilon < Number.POSITIVE_INFINITY)) {
    throw new InputError(`allocateByEpsilon: epsilon must be a number ≥ 0, got ${epsilon}`);
  }
  const dense = denseLayers("allocateByEpsilon", layers, keepDense);
  return layers.map((layer) => {
    const positions = sizeOf(layer.shape);
    const active = Math.min(positions, Math.round(epsilon * rawDensity(layer, kind) * positions));
    return layerAllocation("allocateByEpsilon", layer, dense.has(layer.name) ? positions : active);
  });
}

/**
 * An allocation given by hand, or by equal capacity (`matchArchitectures(...).layers`): active weights by layer name; layers
 * left out are dense.
 *
 * @throws InputError  for a name that is no layer's, or a count that is no integer in [0, positions]
 */
export function allocateActive(
  layers: readonly LayerShape[],
  active: Readonly<Record<string, number>>,
): LayerAllocation[] {
  checkLayers("allocateActive", layers, Object.keys(active));
  return layers.map((layer) => {
    const given = Object.hasOwn(active, layer.name) ? active[layer.name] : sizeOf(layer.shape);
    return layerAllocation("allocateActive", layer, given);
  });
}

/** An allocation given by hand as densities by layer name: ceil(d N) weights each; layers left out are dense. */
export function allocateDensities(
  layers: readonly LayerShape[],
  densities: Readonly<Record<string, Density>>,
): LayerAllocation[] {
  checkLayers("allocateDensities", layers, Object.keys(densities));
  return layers.map((layer) => {
    const given = Object.hasOwn(densities, layer.name) ? densities[layer.name] : density(1);
    return layerAllocation("allocateDensities", layer, activeAt(given, sizeOf(layer.shape)));
  });
}

/**
 * The allocation that masks have, such as those of a checkpoint.
 *
 * @param masks  by layer name; layers left out are dense
 * @throws InputError  for a name that is no layer's, or a mask that is not shaped like its weight
 */
export function allocationOfMasks(
  layers: readonly LayerShape[],
  masks: Readonly<Record<string, Mask>>,
): LayerAllocation[] {
  checkLayers("allocationOfMasks", layers, Object.keys(masks));
  return layers.map((layer) => {
    if (!Object.hasOwn(masks, layer.name)) return layerAllocation("allocationOfMasks", layer, sizeOf(layer.shape));
    const { fanOut, fanIn, columnIndices } = masks[layer.name];
    const columns = sizeOf(layer.shape.slice(1));
    if (fanOut !== layer.shape[0] || fanIn !== columns) {
      throw new InputError(
        `allocationOfMasks: layer "${layer.name}": the mask is [${fanOut}, ${fanIn}], the weight [${layer.shape[0]}, ${columns}]; ` +
          "masks are [outputs, inputs of one output]",
      );
    }
    return layerAllocation("allocationOfMasks", layer, columnIndices.length);
  });
}

function denseLayers(where: string, layers: readonly LayerShape[], keep: KeepDense): ReadonlySet<string> {
  checkLayers(where, layers, typeof keep === "string" ? [] : keep);
  if (layers.length === 0) return new Set();
  const [first, last] = [layers[0].name, layers[layers.length - 1].name];
  if (typeof keep !== "string") return new Set(keep);
  switch (keep) {
    case "none":
      return new Set();
    case "first":
      return new Set([first]);
    case "last":
      return new Set([last]);
    case "first-and-last":
      return new Set([first, last]);
    default:
      throw unknownName(where, "choice of dense layers", keep satisfies never, [
        "none",
        "first",
        "last",
        "first-and-last",
      ]);
  }
}
