/**
 * The data room: labelled examples by name, checked and with provenance; their normalisation, order and augmentation.
 *
 * Files are read and fetched in Node alone, by modules under `files/` that are loaded when first needed; `digits` and the
 * synthetic sets work in a browser.
 */

export { type Augmentation, type AugmentationStream, augment } from "./augment.ts";
export { contentHash, sha256 } from "./content-hash.ts";
export { type Dataset, type DatasetParts, makeDataset, type Split } from "./dataset.ts";
export { type FetchOptions, type FetchProgress, type FetchReport, fetchDataset } from "./fetch.ts";
export { parseCifar } from "./formats/cifar.ts";
export { gunzip } from "./formats/gzip.ts";
export { parseIdx } from "./formats/idx.ts";
export { type NpyArray, parseNpy } from "./formats/npy.ts";
export {
  parseSafetensors,
  type Safetensors,
  type SafetensorsTensor,
  type SafetensorsType,
  type SafetensorsValues,
  type WritableTensor,
  writeSafetensors,
} from "./formats/safetensors.ts";
export { parseTable, type Table, type TableOptions } from "./formats/table.ts";
export { readTar } from "./formats/tar.ts";
export { type DatasetEntry, type DatasetInfo, datasetInfo, listDatasets } from "./info.ts";
export { defaultTestFraction, type LoadOptions, loadDataset } from "./load.ts";
export { type Normalisation, normalisation, normalisations, type ScaleAndShift } from "./normalisation.ts";
export { type BatchRange, batches, shuffledIndices } from "./shuffle.ts";
export type { CsvOptions, ParameterRule } from "./source.ts";
export { splitTest, splitValidation, takeExamples } from "./split.ts";
