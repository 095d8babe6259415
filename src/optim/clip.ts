/** Gradient clipping, as part of the step's program: by value, or by the norm of all gradients together. */

import { InputError } from "../base/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { add, clamp, reciprocal, scale, scaleBy, shift, squareRoot, sumSquares } from "../tensor/index.ts";

export interface ClipOptions {
  /** Each element is clamped to ± value. > 0. */
  readonly value?: number;
  /** All gradients are scaled by min(1, norm / (their joint 2-norm + 1e-6)), PyTorch's clip_grad_norm_. > 0. */
  readonly norm?: number;
}

/** The clipped gradients; by value first where both are asked for. */
export function clipGradients(gradients: readonly Tensor[], { value, norm }: ClipOptions): Tensor[] {
  let clipped = [...gradients];
  if (value !== undefined) {
    checkLimit("value", value);
    clipped = clipped.map((g) => clamp(g, { low: -value, high: value }));
  }
  if (norm !== undefined) {
    checkLimit("norm", norm);
    const total = squareRoot(clipped.map((g) => sumSquares(g)).reduce(add));
    const factor = clamp(scale(reciprocal(shift(total, 1e-6)), norm), { low: 0, high: 1 });
    clipped = clipped.map((g) => scaleBy(g, factor));
  }
  return clipped;
}

function checkLimit(what: string, limit: number): void {
  if (!(limit > 0)) throw new InputError(`clip: the ${what} must be > 0, got ${limit}`);
}
