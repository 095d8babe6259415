/** Studies: what the laboratory does with networks. */

import type { StudyKind } from "../experiment/index.ts";
import { scSdc } from "./sc-sdc/kind.ts";

/** Every kind of study a file can ask for. */
export const studyKinds: readonly StudyKind[] = [scSdc];

export * from "./sc-sdc/capacity.ts";
export * from "./sc-sdc/data-hash.ts";
export { networkMeasures } from "./sc-sdc/epoch-rows.ts";
export { checkSettings, scSdc } from "./sc-sdc/kind.ts";
export * from "./sc-sdc/measure-epochs.ts";
export * from "./sc-sdc/model.ts";
export * from "./sc-sdc/outputs.ts";
export * from "./sc-sdc/pair.ts";
export * from "./sc-sdc/preview.ts";
export * from "./sc-sdc/run.ts";
export * from "./sc-sdc/settings.ts";
export * from "./sc-sdc/summary.ts";
export {
  capacityJson,
  capacityTable,
  cellTable,
  correlationTable,
  divergedTable,
  pValueTable,
} from "./sc-sdc/tables.ts";
export * from "./sc-sdc/trial-data.ts";
