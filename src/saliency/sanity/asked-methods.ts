/** The methods of a check, each with what reports call it, and the maps they are compared by. */

import type { Network } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { SaliencyResult } from "../explainer.ts";
import { Explainer } from "../explainer.ts";
import type { MethodOptions } from "../methods/definition.ts";
import type { MethodName } from "../methods/table.ts";
import { saliencyMethodNames } from "../methods/table.ts";
import type { SimilaritySpread } from "../similarity/compare.ts";
import { compareMaps, spreadOf } from "../similarity/compare.ts";

/** A method by name, or with options and what it is to be called. */
export type AskedMethod =
  | MethodName
  | { readonly method: MethodName; readonly options?: Partial<MethodOptions>; readonly label?: string };

/** Maps of a method in one state of a check. */
export interface CheckedMaps {
  readonly method: string;
  /** 0: what the check begins with. Of randomised parameters the step, of other checks 1 is what it is compared with. */
  readonly state: number;
  readonly result: SaliencyResult;
}

export interface CheckOptions {
  /** [count, C, H, W] or [count, F], row-major. */
  readonly images: ArrayLike<number>;
  /** Default all. */
  readonly methods?: readonly AskedMethod[];
  /** Default 64. */
  readonly batchSize?: number;
  /** Called with all maps that are compared. */
  readonly onMaps?: (maps: CheckedMaps) => void;
}

export interface LabelledExplainer {
  readonly label: string;
  readonly method: MethodName;
  readonly explainer: Explainer;
}

/** An explainer per method, in the innermost scope of the engine. */
export function explainersOf(
  engine: Engine,
  network: Network,
  { methods = saliencyMethodNames, batchSize }: CheckOptions,
): readonly LabelledExplainer[] {
  return methods.map((asked) => {
    const { method, options, label } =
      typeof asked === "string" ? { method: asked } : { label: asked.method, ...asked };
    return {
      label: label ?? method,
      method,
      explainer: new Explainer(engine, network, { method, options, batchSize }),
    };
  });
}

/** How alike the maps of two results are, image by image, and over all. */
export function compareResults(a: SaliencyResult, b: SaliencyResult): SimilaritySpread {
  const [count, channels, height, width] = a.shape;
  const size = channels * height * width;
  const map = ({ maps }: SaliencyResult, i: number) => maps.subarray(i * size, (i + 1) * size);
  return spreadOf(Array.from({ length: count }, (_, i) => compareMaps(map(a, i), map(b, i), [height, width])));
}
