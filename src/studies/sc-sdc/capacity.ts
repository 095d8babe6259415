/**
 * Equal capacity: how many active weights each layer of a wide sparse network gets so that it has exactly as many as its
 * narrow dense partner, layer by layer.
 *
 *     dense   inputs -> N_D -> ... -> N_D -> outputs       every weight active
 *     sparse  inputs -> N_S -> ... -> N_S -> outputs       density N_D / N_S outside, (N_D / N_S)^2 between hidden layers
 */

import { InputError } from "../../base/index.ts";

export interface CapacityOptions {
  /** Features of an example, ≥ 1. */
  readonly inputs: number;
  /** Classes, ≥ 1. */
  readonly outputs: number;
  /** Number of hidden layers, ≥ 1. */
  readonly hidden: number;
  /** Width of the dense network's hidden layers, ≥ 1. */
  readonly denseWidth: number;
  /** Width of the sparse network's hidden layers, ≥ denseWidth. */
  readonly sparseWidth: number;
  /** Whether layers have biases, which are counted apart. Default true. */
  readonly bias?: boolean;
  /** Whether hidden layers have batch norm (a scale and a shift per unit), counted apart. Default false. */
  readonly batchNorm?: boolean;
}

/** One weight layer of both networks. Shapes are [fanOut, fanIn]. */
export interface LayerCapacity {
  /** From 1. */
  readonly layer: number;
  readonly denseShape: readonly [number, number];
  readonly sparseShape: readonly [number, number];
  /** Active weights, the same number in both. */
  readonly active: number;
  /** active / positions of the sparse layer. */
  readonly density: number;
}

/** What a network trains besides its active weights: a wider one has more of it, which is reported and not matched. */
export interface ParameterTotals {
  readonly activeWeights: number;
  readonly biases: number;
  readonly batchNorm: number;
  readonly total: number;
}

export interface Capacity {
  readonly layers: readonly LayerCapacity[];
  /** Active weights of either network. */
  readonly activeWeights: number;
  readonly dense: ParameterTotals;
  readonly sparse: ParameterTotals;
}

/** Deeper networks are mistakes of typing; their tables would fill the memory. */
const mostHidden = 10_000;

/**
 * Matches a sparse network to a dense one: equal numbers of active weights in every layer.
 *
 * @throws InputError  where a width or a count is not an integer ≥ 1, or the sparse network is narrower than the dense one
 * @see Tessera, Hooker and Rosman 2021, arXiv:2102.01670: ‖a_S^l‖_0 = ‖a_D^l‖_0 for every layer l
 */
export function matchCapacity(options: CapacityOptions): Capacity {
  const { inputs, outputs, hidden, denseWidth, sparseWidth, bias = true, batchNorm = false } = options;
  for (const [name, value] of Object.entries({ inputs, outputs, hidden, denseWidth, sparseWidth })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new InputError(`matchCapacity: ${name} must be an integer ≥ 1, got ${value}`);
    }
  }
  if (hidden > mostHidden) {
    throw new InputError(`matchCapacity: hidden must be at most ${mostHidden}, got ${hidden}`);
  }
  if (sparseWidth < denseWidth) {
    throw new InputError(
      `matchCapacity: the sparse network must be at least as wide as its dense partner, got sparseWidth ${sparseWidth} ` +
        `and denseWidth ${denseWidth}; raise the first or lower the second`,
    );
  }
  const widths = (width: number) => [inputs, ...Array.from({ length: hidden }, () => width), outputs];
  const dense = widths(denseWidth);
  const sparse = widths(sparseWidth);
  const layers = Array.from({ length: hidden + 1 }, (_, l): LayerCapacity => {
    const active = dense[l] * dense[l + 1];
    return {
      layer: l + 1,
      denseShape: [dense[l + 1], dense[l]],
      sparseShape: [sparse[l + 1], sparse[l]],
      active,
      density: active / (sparse[l] * sparse[l + 1]),
    };
  });
  const activeWeights = layers.reduce((total, layer) => total + layer.active, 0);
  const totals = (width: number): ParameterTotals => {
    const biases = bias ? hidden * width + outputs : 0;
    const norm = batchNorm ? 2 * hidden * width : 0;
    return { activeWeights, biases, batchNorm: norm, total: activeWeights + biases + norm };
  };
  return { layers, activeWeights, dense: totals(denseWidth), sparse: totals(sparseWidth) };
}
