/**
 * Equal capacity of multilayer perceptrons: how many active weights each layer of a wide sparse network gets so that it has
 * exactly as many as its narrow dense partner, layer by layer. Other networks are matched by `matchArchitectures`.
 *
 *     dense   inputs -> N_D -> ... -> N_D -> outputs       every weight active
 *     sparse  inputs -> N_S -> ... -> N_S -> outputs       density N_D / N_S outside, (N_D / N_S)^2 between hidden layers
 */

import { InputError } from "../../base/index.ts";
import { type ArchitectureMatch, matchArchitectures, mlpArchitecture } from "../../nn/index.ts";

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

/** Deeper networks are mistakes of typing; their tables would fill the memory. */
const mostHidden = 10_000;

/**
 * Matches a sparse network to a dense one: equal numbers of active weights in every layer.
 *
 * @throws InputError  where a width or a count is not an integer ≥ 1, or the sparse network is narrower than the dense one
 * @see Tessera, Hooker and Rosman 2021, arXiv:2102.01670: ‖a_S^l‖_0 = ‖a_D^l‖_0 for every layer l
 */
export function matchCapacity(options: CapacityOptions): ArchitectureMatch {
  const { inputs, outputs, hidden, denseWidth, sparseWidth, bias, batchNorm } = options;
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
  const of = (width: number) => {
    const widths = Array.from({ length: hidden }, () => width);
    return mlpArchitecture({ input: [inputs], hidden: widths, classes: outputs, bias, batchNorm });
  };
  return matchArchitectures(of(denseWidth), of(sparseWidth));
}
