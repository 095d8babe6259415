/**
 * A report on disk: `index.html`, `figures/*.svg` and `*.csv`, `tables/*.csv` and `*.tex`, `views/NAME/*`, `report.json`.
 *
 * Every file is written under another name and renamed, so that a reader never meets half a file; `index.html` comes
 * last. Files that an earlier report listed in its `report.json` and this one lacks are removed; nothing else is.
 */

import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EnvironmentError } from "../../base/index.ts";
import { toCsv } from "./csv.ts";
import { renderHtml, reportData } from "./html.ts";
import { toLatex } from "./latex.ts";
import { figuresOf, type Report, tablesOf, viewsOf } from "./model.ts";

/** Where the report lies. */
export interface WrittenReport {
  /** Path of the page. */
  readonly index: string;
  /** All files, relative to the folder, in the order written. */
  readonly files: readonly string[];
}

/**
 * Writes the report into `folder`, which is made if need be.
 *
 * @throws InputError as `renderHtml`, before anything is written
 * @throws EnvironmentError if the folder cannot be written or the disk is full; earlier files stay whole
 */
export async function writeReport(report: Report, folder: string): Promise<WrittenReport> {
  const page = renderHtml(report);
  const contents = new Map<string, string>();
  for (const { name, svg, data } of figuresOf(report)) {
    contents.set(`figures/${name}.svg`, svg);
    if (data !== undefined) contents.set(`figures/${name}.csv`, toCsv(data));
  }
  for (const table of tablesOf(report)) {
    contents.set(`tables/${table.name}.csv`, toCsv(table));
    contents.set(`tables/${table.name}.tex`, toLatex(table));
  }
  for (const { name, files = {} } of viewsOf(report)) {
    for (const [file, text] of Object.entries(files)) contents.set(`views/${name}/${file}`, text);
  }
  const files = [...contents.keys(), "report.json", "index.html"];
  contents.set("report.json", `${JSON.stringify({ files, ...reportData(report) }, null, 1)}\n`);
  contents.set("index.html", page);
  const earlier = await filesOfEarlier(folder);
  for (const [file, text] of contents) await writeWhole(join(folder, file), text);
  for (const file of earlier) if (!contents.has(file)) await rm(join(folder, file), { force: true });
  return { index: join(folder, "index.html"), files };
}

async function writeWhole(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${process.pid}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(unfinished, text);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw new EnvironmentError(
      `report: cannot write ${path}: ${(error as Error).message}; free space or choose another folder, then run the report again`,
      { cause: error },
    );
  }
}

/** What an earlier report left in the folder, by its own list; only names that a report would write. */
async function filesOfEarlier(folder: string): Promise<readonly string[]> {
  try {
    const { files } = JSON.parse(await readFile(join(folder, "report.json"), "utf8"));
    const ours =
      /^(?:figures\/[A-Za-z0-9][A-Za-z0-9._-]*\.(?:svg|csv)|tables\/[A-Za-z0-9][A-Za-z0-9._-]*\.(?:csv|tex)|views\/[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*)$/;
    return files.filter((file: unknown) => typeof file === "string" && ours.test(file));
  } catch {
    // No earlier report, or one that cannot be read: there is nothing known to remove.
    return [];
  }
}
