/**
 * Initial weights of sparse layers, by name: as if dense, scaled by the layer's density, scaled for each unit, orthogonal.
 *
 * The variance of a pre-activation is the sum of its unit's weights' variances (times that of its inputs), so weights drawn as
 * for the dense layer lose signal as the density falls. Liu et al. make up for it by one factor a layer; sparsity-aware
 * weights by each unit's own number of inputs. Where all units of a layer have equally many, both agree.
 *
 * @see Evci et al. 2022, arXiv:2010.03533, section 3.1
 */

import type { Rng } from "../../base/index.ts";
import { InputError, unknownName } from "../../base/index.ts";
import type { Fans, InitialDistribution, Mask } from "../../nn/index.ts";
import { initialWeights } from "../../nn/index.ts";
import type { KernelShape } from "../mask/unit-fans.ts";
import { unitFans } from "../mask/unit-fans.ts";
import { orthogonalWeights } from "./orthogonal.ts";

export interface MaskedWeightsOptions {
  readonly mask: Mask;
  /** Nominal fans of the layer; `WeightLayer` has them. For "masked-dense" and "liu". */
  readonly fans: Fans;
  /** For fan-outs of convolutions: their kernel's positions and groups. */
  readonly kernel?: KernelShape;
  /** The layer's stream. */
  readonly rng: Rng;
  /** "masked-dense" and "liu": the dense layer's distribution. Default "he-normal". */
  readonly initial?: InitialDistribution;
  /** The others: what the variance is multiplied by, > 0. 2 suits ReLU, 1 linear units. Default 2. */
  readonly gain?: number;
}

interface MaskedInitial {
  readonly draw: (options: Required<MaskedWeightsOptions>) => Float64Array;
  readonly source: string;
}

const evci = "Evci et al. 2022, arXiv:2010.03533, section 3.1";
const evciCode = `${evci}; the authors' code`;

/** The initialisations by name. Uniform ones span ± sqrt(3 variance). */
export const maskedInitials = {
  /** As the dense layer, then masked. */
  "masked-dense": { draw: (options) => dense(options, 1), source: evci },
  /** As the dense layer, divided by sqrt(density of the layer). */
  liu: {
    draw: (options) => {
      const { fanOut, fanIn, columnIndices } = options.mask;
      return dense(options, Math.sqrt((fanOut * fanIn) / columnIndices.length));
    },
    source: "Liu et al. 2019, arXiv:1810.05270; as read by arXiv:2010.03533",
  },
  /** N(0, gain / fan-in of the weight's output unit). */
  "unit-fan-in-normal": { draw: (options) => perUnit(options, "in", "normal"), source: evci },
  "unit-fan-in-uniform": { draw: (options) => perUnit(options, "in", "uniform"), source: evciCode },
  /** N(0, gain / fan-out of the weight's input unit). */
  "unit-fan-out-normal": { draw: (options) => perUnit(options, "out", "normal"), source: evciCode },
  "unit-fan-out-uniform": { draw: (options) => perUnit(options, "out", "uniform"), source: evciCode },
  /** N(0, gain / mean of the two). */
  "unit-fan-average-normal": { draw: (options) => perUnit(options, "average", "normal"), source: evciCode },
  "unit-fan-average-uniform": { draw: (options) => perUnit(options, "average", "uniform"), source: evciCode },
  /** Full blocks of orthonormal rows or columns, times sqrt(gain); refuses other masks. */
  orthogonal: {
    draw: ({ mask, rng, gain }) => orthogonalWeights(mask, rng, gain),
    source: "Saxe, McClelland, Ganguli 2014, arXiv:1312.6120, for each full block",
  },
} as const satisfies Record<string, MaskedInitial>;

export type MaskedInitialName = keyof typeof maskedInitials;

/**
 * Draws the active weights of a sparse layer. Memory O(active + fanOut + fanIn).
 *
 * @returns  [active], in the order of the mask
 * @throws InputError  for an unknown name, a gain not above 0, or orthogonal weights on a mask that has none
 */
export function maskedWeights(name: MaskedInitialName, options: MaskedWeightsOptions): Float64Array {
  if (!Object.hasOwn(maskedInitials, name)) {
    throw unknownName("maskedWeights", "initialisation", name, Object.keys(maskedInitials));
  }
  const { gain = 2, initial = "he-normal", kernel = {} } = options;
  if (!(gain > 0 && gain < Number.POSITIVE_INFINITY)) {
    throw new InputError(`maskedWeights: gain must be a number above 0, got ${gain}`);
  }
  return maskedInitials[name].draw({ ...options, gain, initial, kernel });
}

function dense({ mask, fans, rng, initial }: Required<MaskedWeightsOptions>, factor: number): Float64Array {
  const values = initialWeights(initial, mask.columnIndices.length, fans, rng);
  return factor === 1 ? values : values.map((value) => factor * value);
}

function perUnit(
  { mask, kernel, rng, gain }: Required<MaskedWeightsOptions>,
  fan: "in" | "out" | "average",
  kind: "normal" | "uniform",
): Float64Array {
  const { fanOut, fanIn, rowPointers, columnIndices } = mask;
  const { field = 1, groups = 1 } = kernel;
  const { fanIns, fanOuts } = unitFans(mask, kernel);
  const values = new Float64Array(columnIndices.length);
  for (let row = 0; row < fanOut; row++) {
    const firstChannel = Math.floor(row / (fanOut / groups)) * (fanIn / field);
    for (let k = rowPointers[row]; k < rowPointers[row + 1]; k++) {
      // Both fans count this weight, so neither is 0.
      const [ins, outs] = [fanIns[row], fanOuts[firstChannel + Math.floor(columnIndices[k] / field)]];
      const divisor = fan === "in" ? ins : fan === "out" ? outs : (ins + outs) / 2;
      const variance = gain / divisor;
      values[k] =
        kind === "normal" ? Math.sqrt(variance) * rng.normal() : Math.sqrt(3 * variance) * (2 * rng.uniform() - 1);
    }
  }
  return values;
}
