/** Does a map change with the class it is said to explain? Maps of the likeliest class are compared with those of another. */

import { InputError, Rng } from "../../base/index.ts";
import type { Network } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import { largest } from "../explainer.ts";
import type { SimilaritySpread } from "../similarity/compare.ts";
import type { CheckOptions } from "./asked-methods.ts";
import { compareResults, explainersOf } from "./asked-methods.ts";

export interface ClassSensitivityOptions extends CheckOptions {
  /** The class of the smallest logit, or any other than that of the largest. Default "smallest". */
  readonly against?: "smallest" | "random";
  /** Of the random classes. Default 0. */
  readonly seed?: number;
}

export interface ClassSensitivity {
  readonly method: string;
  readonly similarity: SimilaritySpread;
}

/**
 * Similarity of each image's maps for two classes.
 *
 * @returns  one entry per method, in their order
 * @throws InputError  for a network of one class
 */
export function classSensitivity(
  engine: Engine,
  network: Network,
  options: ClassSensitivityOptions,
): readonly ClassSensitivity[] {
  const { images, against = "smallest", seed = 0, onMaps } = options;
  const classes = network.outputs;
  if (classes < 2) throw new InputError(`class sensitivity: the network must tell two classes apart, got ${classes}`);
  using _ = engine.scope();
  return explainersOf(engine, network, options).map(({ label, explainer }) => {
    const logits = explainer.logits(images);
    const top = largest(logits, classes);
    const bottom = largest(
      logits.map((value) => -value),
      classes,
    );
    const other =
      against === "smallest"
        ? bottom
        : top.map((best, i) => (best + 1 + new Rng(seed, "permutation", 0, i).integer(classes - 1)) % classes);
    const [a, b] = [explainer.maps({ images, targets: top }), explainer.maps({ images, targets: other })];
    [a, b].forEach((result, state) => {
      onMaps?.({ method: label, state, result });
    });
    return { method: label, similarity: compareResults(a, b) };
  });
}
