/**
 * `csv:PATH`: an own table, one example a row, the label in one column and numbers in the others.
 *
 * Test examples come from `csv.testPath`, else the loader cuts a seeded, stratified fifth off.
 */

import { InputError } from "../../base/index.ts";
import type { DatasetParts } from "../dataset.ts";
import { classesOf, parseTable, type Table, tableSplit } from "../formats/table.ts";
import type { DataSource, LoadRequest } from "../source.ts";

export const csv: DataSource = {
  name: "csv",
  argument: "PATH",
  kind: "own",
  description: "an own table: a label and numbers, with or without a header",
  source: "the caller's file",
  licence: "as the file's",
  load: loadCsv,
};

async function loadCsv({ argument: path, csv: options, maxBytes }: LoadRequest): Promise<DatasetParts> {
  const { readText } = await import("../files/own-files.ts");
  const { testPath, ...table } = options;
  const train = parseTable(await readText(path, maxBytes), path, table);
  const classNames = classesOf(train.labels, path);
  let test: Table | undefined;
  if (testPath !== undefined) {
    test = parseTable(await readText(testPath, maxBytes), testPath, table);
    checkSameColumns(train, path, test, testPath);
  }
  return {
    name: `csv:${path}`,
    classes: classNames.length,
    classNames,
    featureNames: train.featureNames,
    featureShape: [train.features],
    train: tableSplit(train, classNames, path),
    test: test === undefined ? undefined : tableSplit(test, classNames, testPath ?? path),
    source: testPath === undefined ? path : `${path}, ${testPath}`,
    licence: "as the file's",
  };
}

function checkSameColumns(train: Table, path: string, test: Table, testPath: string): void {
  if (train.features !== test.features) {
    throw new InputError(
      `${testPath}: must have the ${train.features} features of ${path}, got ${test.features}; give both files the same columns`,
    );
  }
  const place =
    train.featureNames?.findIndex((name, i) => test.featureNames !== undefined && test.featureNames[i] !== name) ?? -1;
  if (place !== -1) {
    throw new InputError(
      `${testPath}: feature ${place} must be ${JSON.stringify(train.featureNames?.[place])} as in ${path}, ` +
        `got ${JSON.stringify(test.featureNames?.[place])}; give both files the same columns in the same order`,
    );
  }
}
