/** Maps of a few images in one call. */

import type { Network } from "../nn/index.ts";
import type { Engine } from "../tensor/index.ts";
import type { ExplainerOptions, Question, SaliencyResult } from "./explainer.ts";
import { Explainer } from "./explainer.ts";

/**
 * Explains a network's classes by one method; who asks more than once keeps an `Explainer`.
 *
 *     saliencyMaps(engine, network, { images, method: "grad-cam" }).maps
 *
 * @throws InputError  for an unknown method, an option it does not take, images that are not the network's, or classes that are none
 */
export function saliencyMaps(
  engine: Engine,
  network: Network,
  { images, targets, ...options }: Question & ExplainerOptions,
): SaliencyResult {
  using _ = engine.scope();
  return new Explainer(engine, network, options).maps({ images, targets });
}
