/** Activations and other functions of single elements, as calls of the map kernels. */

import type { ActivationOperation, ScaleShiftOperation } from "./bundle.ts";
import { channelCodes, mapCodes } from "./kernels.ts";

/** A function of one number, and two numbers it takes. */
export interface PlainMap {
  readonly code: number;
  readonly p: number;
  readonly q: number;
}

/** A function of one number and up to four of its channel. */
export interface ChannelMap {
  readonly code: number;
  readonly numbers: readonly Float32Array[];
}

const seluAlpha = 1.6732632423543772;
const seluScale = 1.0507009873554805;

const plain = (code: number, p = 0, q = 0): PlainMap => ({ code, p, q });

/** What computes the operation. */
export function mapOf(operation: ActivationOperation | ScaleShiftOperation): PlainMap | ChannelMap {
  if (operation.kind === "scaleShift") {
    return { code: channelCodes.scaleShift, numbers: [operation.scale, operation.shift] };
  }
  switch (operation.function) {
    case "relu":
      return plain(mapCodes.clamp, 0, Number.POSITIVE_INFINITY);
    case "relu6":
      return plain(mapCodes.clamp, 0, 6);
    case "sigmoid":
    case "tanh":
    case "swish":
    case "gelu":
    case "softplus":
    case "hardSigmoid":
    case "hardSwish":
      return plain(mapCodes[operation.function]);
    case "selu":
      return plain(mapCodes.elu, seluAlpha * seluScale, seluScale);
    case "elu":
      return plain(mapCodes.elu, operation.alpha, 1);
    case "leakyRelu":
      return plain(mapCodes.leaky, operation.slope);
    case "prelu":
      if (operation.slope.length === 1) return plain(mapCodes.leaky, operation.slope[0]);
      return { code: channelCodes.leaky, numbers: [operation.slope] };
    case "srelu": {
      const { upperThreshold, upperSlope, lowerThreshold, lowerSlope } = operation;
      return { code: channelCodes.srelu, numbers: [upperThreshold, upperSlope, lowerThreshold, lowerSlope] };
    }
    default:
      return operation satisfies never;
  }
}
