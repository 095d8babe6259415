import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { EnvironmentError } from "../base/index.ts";
import { designStudy } from "./design.ts";
import { csvLine, exportStudy, writeAtomically } from "./export.ts";
import { toyKind } from "./fixtures/toy-kind.ts";
import { gatherProvenance } from "./provenance.ts";
import { openStore, type TrialRecord } from "./store/index.ts";
import { parseStudy } from "./study-file.ts";
import { beginStudy } from "./study-store.ts";

const folder = mkdtempSync(join(tmpdir(), "gradientflow-export-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("one line of CSV", () => {
  test("quotes what has a comma, a quote or a line end, and doubles quotes, as RFC 4180 says", () => {
    expect(csvLine(["a,b", 'say "hi"', "two\nlines", "plain"])).toBe('"a,b","say ""hi""","two\nlines",plain\n');
  });

  test("numbers are the shortest text that reads back the same; NaN and infinities have their names", () => {
    expect(csvLine([0.1 + 0.2, 1e21, 5e-324, -0, Number.NaN, Number.NEGATIVE_INFINITY, 3])).toBe(
      "0.30000000000000004,1e+21,5e-324,0,NaN,-Infinity,3\n",
    );
  });

  test("what is missing is empty; switches and lists are written as JSON", () => {
    expect(csvLine([undefined, null, true, [8, 16]])).toBe(',,true,"[8,16]"\n');
  });
});

test("the folder is made where it is not there, as it is not when the trials are in a database", async () => {
  const store = await openStore(join(folder, "kept"));
  await beginStudy(
    store,
    designStudy(parseStudy("study: toy\n", "x.yaml", [toyKind])),
    gatherProvenance({ version: "0" }),
  );
  const { trials } = await exportStudy(store, join(folder, "not", "there"));
  expect(readFileSync(trials, "utf8")).toMatch(/^trial,pair,kind,/);
  await store.close();
});

test("every trial has a row, finished or not; measures that are missing are empty, and wall_ms stands last", async () => {
  const store = await openStore(folder);
  const text = 'study: toy\nname: s\nfactors: { variant: { NR: {}, "B,N": { batch_norm: true } } }\n';
  const { owner } = await beginStudy(
    store,
    designStudy(parseStudy(text, "x.yaml", [toyKind])),
    gatherProvenance({ version: "0" }),
  );
  for (let i = 0; i < 3; i++) await store.claim(owner, 0, 10);
  const diverged = { step: 7, layer: "fc1", reason: "the loss is NaN" };
  const epochs = [
    { epoch: 0, loss: 0.5 },
    { epoch: 1, loss: Number.NaN },
  ];
  await store.finish(0, owner, 1, {
    status: "done",
    columns: { accuracy: 0.9, loss: 0.25, note: "ok" },
    epochs,
    wallMs: 12.5,
  });
  await store.finish(1, owner, 1, {
    status: "diverged",
    columns: { loss: Number.NaN },
    epochs: [{ epoch: 0 } as never],
    diverged,
    wallMs: 3,
  });
  await store.fail(2, owner, 1, { name: "Error", message: "broke" });
  const files = await exportStudy(store, folder, { json: true });
  await store.close();
  expect(readFileSync(files.trials, "utf8")).toBe(
    [
      "trial,pair,kind,data,width,variant,seed,accuracy,loss,note,status,wall_ms",
      "0,0,sparse,made-up,4,NR,0,0.9,0.25,ok,done,12.5",
      "1,0,dense,made-up,4,NR,0,,NaN,,diverged,3",
      '2,1,sparse,made-up,4,"B,N",0,,,,failed,',
      '3,1,dense,made-up,4,"B,N",0,,,,queued,',
      "",
    ].join("\n"),
  );
  expect(readFileSync(files.epochs, "utf8")).toBe(
    "trial,pair,kind,epoch,loss\n0,0,sparse,0,0.5\n0,0,sparse,1,NaN\n1,0,dense,0,\n",
  );
  const json = JSON.parse(readFileSync(files.json!, "utf8"));
  expect(json).toMatchObject({ name: "s", kind: "toy", design: { factors: { variant: ["NR", "B,N"] } } });
  expect(json.trials).toHaveLength(4);
  expect(json.trials[0]).toMatchObject({
    trial: 0,
    variant: "NR",
    loss: 0.25,
    epochs: [
      { epoch: 0, loss: 0.5 },
      { epoch: 1, loss: "NaN" },
    ],
  });
  expect(json.trials[1]).toMatchObject({ status: "diverged", loss: "NaN", diverged });
  expect(json.trials[2]).toMatchObject({ status: "failed", failure: "broke", accuracy: null });
});

test("a kind's further tables are files of their own, NaN included, empty where a trial has none, and no cost of reading trials alone", async () => {
  const inner = join(folder, "further");
  const kind = { ...toyKind, tables: { updates: ["step", "norm"] } };
  const store = await openStore(inner);
  const design = designStudy(parseStudy("study: toy\n", "x.yaml", [kind]));
  expect(design.hash).not.toBe(designStudy(parseStudy("study: toy\n", "x.yaml", [toyKind])).hash);
  const { owner } = await beginStudy(store, design, gatherProvenance({ version: "0" }));
  for (let i = 0; i < 2; i++) await store.claim(owner, 0, 10);
  const result = { status: "done", columns: {}, epochs: [], wallMs: 1 } as const;
  const updates = [
    { step: 100, norm: 0.5 },
    { step: 200, norm: Number.NaN },
  ];
  await store.finish(0, owner, 1, { ...result, tables: { updates } });
  await store.finish(1, owner, 1, result);
  const { tables, json } = await exportStudy(store, inner, { json: true });
  const light: TrialRecord[] = [];
  for await (const record of store.records()) light.push(record);
  await store.close();
  expect(tables.map((path) => readFileSync(path, "utf8"))).toEqual([
    "trial,pair,kind,step,norm\n0,0,sparse,100,0.5\n0,0,sparse,200,NaN\n",
  ]);
  expect(JSON.parse(readFileSync(json!, "utf8")).trials[0].tables.updates[1]).toEqual({ step: 200, norm: "NaN" });
  expect(light[0].result).toEqual(result);
});

describe("writing in one step", () => {
  test("an error halfway leaves the old file and no other", async () => {
    const inner = mkdtempSync(join(folder, "atomic-"));
    const path = join(inner, "a.csv");
    writeFileSync(path, "old");
    async function* pieces() {
      yield "new ".repeat(100_000);
      throw new TypeError("halfway");
    }
    await expect(writeAtomically(path, pieces())).rejects.toThrow(/^halfway$/);
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(inner)).toEqual(["a.csv"]);
    await writeAtomically(path, ["new"]);
    expect(readFileSync(path, "utf8")).toBe("new");
  });

  test("a folder that is a file is told as such", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    await expect(writeAtomically(join(file, "a.csv"), ["x"])).rejects.toThrow(
      /: a file stands where a folder is needed/,
    );
    await expect(writeAtomically(join(file, "a.csv"), ["x"])).rejects.toThrow(EnvironmentError);
  });
});
