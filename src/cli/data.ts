/** `data list`, `data info`, `data fetch`: the data room at the terminal. */

import {
  type DatasetEntry,
  type DatasetInfo,
  datasetInfo,
  fetchDataset,
  listDatasets,
  loadDataset,
} from "../data/index.ts";
import { asTyped, facts, grouped, note, paint, say, sayJson } from "./output.ts";

export interface DataOptions {
  readonly folder?: string;
  readonly sha256?: boolean;
  readonly mirror?: string;
  readonly json?: boolean;
}

export async function listData({ folder, json }: DataOptions): Promise<void> {
  const entries = await Promise.all(
    listDatasets().map(async (entry) => ({ ...entry, ...(await whereabouts(entry, folder)) })),
  );
  if (json === true) {
    sayJson(entries);
    return;
  }
  const widest = Math.max(...entries.map(({ name }) => name.length));
  const rows = entries.map((entry): [string, string] => [
    `${entry.name.padEnd(widest)}  ${stateText(entry)}`,
    entry.description,
  ]);
  say(facts(rows, { indent: 0 }));
  say(asTyped("\nMore about one: gradientflow data info NAME. To get one: gradientflow data fetch NAME"));
}

/** Whether a set is here, and in which folder; of one's own files nobody knows. */
async function whereabouts({ name, kind }: DatasetEntry, folder: string | undefined): Promise<Partial<DatasetInfo>> {
  if (kind === "own") return {};
  const { found, folder: place } = await datasetInfo(name, kind === "files" ? { folder } : {});
  return { found, folder: place };
}

function stateText({ kind, found }: DatasetEntry & Partial<DatasetInfo>): string {
  switch (kind) {
    case "embedded":
      return "shipped";
    case "synthetic":
      return "drawn";
    case "own":
      return "yours";
    case "files":
      return found === true ? "here" : "not here";
    default:
      return kind satisfies never;
  }
}

export async function showData(name: string, { folder, sha256, json }: DataOptions): Promise<void> {
  const info = await datasetInfo(name, { folder });
  const hash = sha256 === true ? await hashOf(name, info, folder) : undefined;
  if (json === true) sayJson({ ...info, sha256: hash });
  else {
    say(paint("bold", name));
    say(facts(infoRows(info, hash)));
  }
}

/** The hash of the data as a study keeps it. */
async function hashOf(name: string, { kind }: DatasetEntry, folder: string | undefined): Promise<string> {
  return (await loadDataset(name, kind === "files" ? { folder } : {})).sha256;
}

function infoRows(info: DatasetInfo, hash: string | undefined): [string, string][] {
  const { counts, featureShape, classes, classNames, parameters, sizeBytes } = info;
  const rows: [string, string | undefined][] = [
    ["what", info.description],
    ["examples", counts && `${grouped(counts.train)} for training, ${grouped(counts.test)} for testing`],
    ["shape", featureShape && `${featureShape.join(" x ")}`],
    [
      "classes",
      classes === undefined ? undefined : `${classes}${classNames === undefined ? "" : `: ${classNames.join(", ")}`}`,
    ],
    ["source", info.source],
    ["licence", info.licence],
    ["size", sizeBytes === undefined ? undefined : `${(sizeBytes / 1e6).toFixed(1)} MB`],
    ["here", info.found ? (info.folder ?? "yes") : "no"],
    ["looked in", info.found ? undefined : info.lookedIn.join(", ")],
    ["to get it", info.howToGet && asTyped(info.howToGet)],
    ["sha256", hash],
  ];
  for (const [name, rule] of Object.entries(parameters ?? {})) {
    rows.push([
      name,
      `${rule.meaning}: ${rule.integer ? "an integer" : "a number"} in [${rule.min}, ${rule.max}], default ${rule.default}`,
    ]);
  }
  return rows.filter((row): row is [string, string] => row[1] !== undefined);
}

export async function fetchData(name: string, { folder, mirror, sha256, json }: DataOptions): Promise<void> {
  const live = process.stderr.isTTY === true && json !== true;
  const report = await fetchDataset(name, {
    folder,
    mirror,
    onProgress: ({ file, receivedBytes, totalBytes }) => {
      if (!live) return;
      const total = totalBytes === undefined ? "" : ` of ${(totalBytes / 1e6).toFixed(1)}`;
      process.stderr.write(`\r\x1b[K${file}  ${(receivedBytes / 1e6).toFixed(1)}${total} MB`);
    },
  });
  if (live) process.stderr.write("\r\x1b[K");
  const hash = sha256 === true ? (await loadDataset(name, { folder })).sha256 : undefined;
  if (json === true) sayJson({ ...report, sha256: hash });
  else {
    for (const file of report.files) note(`${file.action}  ${file.name}`);
    say(`${report.name} is in ${report.folder}; every file has the published SHA-256`);
    if (hash !== undefined) say(`sha256 of the data as loaded: ${hash}`);
  }
}
