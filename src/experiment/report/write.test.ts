import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Report } from "./model.ts";
import { writeReport } from "./write.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "report-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const table = { name: "cells", caption: "Cells", columns: [{ key: "a", title: "A" }], rows: [{ a: 1 }] };
const figure = { name: "accuracy", svg: "<svg></svg>", caption: "Accuracy", data: table };
const report = (section: object): Report => ({
  title: "t",
  lead: "l",
  sections: [{ id: "s", title: "S", ...section }],
  provenance: {},
});

const listing = async () => (await readdir(folder, { recursive: true })).filter((name) => /\./.test(name)).sort();

test("one figure with data and one table make six files, the page last, and leave nothing half-written", async () => {
  const written = await writeReport(report({ figures: [figure], tables: [table] }), folder);
  expect(written.files.at(-1)).toBe("index.html");
  expect(await listing()).toEqual([
    "figures/accuracy.csv",
    "figures/accuracy.svg",
    "index.html",
    "report.json",
    "tables/cells.csv",
    "tables/cells.tex",
  ]);
  expect(await readFile(join(folder, "tables/cells.csv"), "utf8")).toBe("a\r\n1\r\n");
  expect(await readFile(written.index, "utf8")).toMatch(/^<!doctype html>/);
});

test("a second report removes what the first alone had written, and nothing that others put there", async () => {
  await writeReport(report({ figures: [figure], tables: [table] }), folder);
  await writeFile(join(folder, "figures/mine.svg"), "mine");
  await writeReport(report({ tables: [table] }), folder);
  expect(await listing()).toEqual([
    "figures/mine.svg",
    "index.html",
    "report.json",
    "tables/cells.csv",
    "tables/cells.tex",
  ]);
});

test("a view's files lie in views/NAME, and go when a later report has no view", async () => {
  const view = { name: "turn", html: "<p>v</p>", script: "1", files: { "a.js": "2" } };
  await writeReport(report({ view }), folder);
  expect(await readFile(join(folder, "views/turn/a.js"), "utf8")).toBe("2");
  await writeReport(report({}), folder);
  expect(await listing()).toEqual(["index.html", "report.json"]);
});

test("a list of earlier files that points outside the folder removes nothing", async () => {
  const inner = join(folder, "report");
  await writeReport(report({}), inner);
  await writeFile(join(folder, "outside.svg"), "kept");
  await writeFile(
    join(inner, "report.json"),
    JSON.stringify({ files: ["../outside.svg", "figures/../../outside.svg"] }),
  );
  await writeReport(report({}), inner);
  expect(await readFile(join(folder, "outside.svg"), "utf8")).toBe("kept");
});

test("a file in the folder's place is told with its path and a cure", async () => {
  const path = join(folder, "taken");
  await writeFile(path, "");
  await expect(writeReport(report({ tables: [table] }), path)).rejects.toThrow(
    /^report: cannot write .*taken.*free space or choose another folder/,
  );
});

test("a report that cannot be rendered writes nothing", async () => {
  await expect(writeReport(report({ figures: [{ ...figure, svg: "no" }] }), folder)).rejects.toThrow(
    "must be the text of an <svg>",
  );
  expect(await listing()).toEqual([]);
});
