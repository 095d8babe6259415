/** `study capacity`: the table of a pair's weights, layer by layer. */

import { InputError } from "../base/index.ts";
import { toText } from "../experiment/index.ts";
import { type CapacityOptions, capacityJson, capacityTable, matchCapacity } from "../studies/index.ts";
import { canStyle, say, sayJson } from "./output.ts";

export async function showCapacity({ json, ...options }: CapacityOptions & { json?: boolean }): Promise<void> {
  const { denseWidth, sparseWidth } = options;
  if (sparseWidth < denseWidth) {
    throw new InputError(
      `--sparse-width: must be at least --dense-width ${denseWidth}, since the sparse network is the wider one, got ${sparseWidth}`,
    );
  }
  const capacity = matchCapacity(options);
  if (json === true) sayJson(capacityJson(capacity));
  else say(toText(capacityTable(capacity), { styled: canStyle() }).trimEnd());
}
