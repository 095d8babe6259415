/** A worker's data: loaded once, replaced when another is asked for, whole after a load that failed. */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { InputError } from "../../base/index.ts";
import { openEngine } from "../../tensor/index.ts";
import { studyDataHash } from "./data-hash.ts";
import { designOf } from "./fixtures/made-study.ts";
import { TrialDataCache, trialDataset } from "./trial-data.ts";

const digits = { data: "digits", data_folder: null, normalisation: "standard", train_examples: null } as const;

test("asked twice for the same, it loads once; asked for another, it gives the first one's memory back", async () => {
  const engine = await openEngine();
  const cache = new TrialDataCache(engine);
  const first = await cache.get(digits);
  const used = engine.backend.memory.usedBytes;
  expect(await cache.get({ ...digits })).toBe(first);
  expect(engine.backend.memory.usedBytes).toBe(used);
  await cache.get({ ...digits, data: "moons" });
  expect(engine.backend.memory.usedBytes).toBeLessThan(used);
  await cache.get(digits);
  expect(engine.backend.memory.usedBytes).toBe(used);
});

test("a load that fails leaves what was kept as it was, not as freed memory that others write over", async () => {
  const engine = await openEngine();
  const cache = new TrialDataCache(engine);
  const first = await cache.get(digits);
  await expect(cache.get({ ...digits, train_examples: 2000 })).rejects.toThrow(
    new InputError("train_examples: digits has 1437 training examples, got 2000; lower it, or leave it out"),
  );
  const bytes = () => [...engine.backend.memory.uint8(first.train.values.address, 64)];
  const before = bytes();
  engine.resident(new Uint8Array(100_000).fill(77));
  expect(bytes()).toEqual(before);
  expect(await cache.get(digits)).toBe(first);
});

test("the first 100 training examples, all test examples, normalised by what is trained on", async () => {
  const [whole, cut] = [await trialDataset(digits), await trialDataset({ ...digits, train_examples: 100 })];
  expect([cut.train.count, cut.test.count]).toEqual([100, whole.test.count]);
  expect([...cut.train.labels]).toEqual([...whole.train.labels.slice(0, 100)]);
  expect([...cut.train.values]).toEqual([...whole.train.values.slice(0, 6400)]);
});

test("a study's data hash is its data set's, whatever share is trained on; of two sets, both are named", async () => {
  const { sha256 } = await trialDataset(digits);
  expect(await studyDataHash(designOf({ factors: { train_examples: [100, 200] } }))).toBe(sha256);
  const moons = (await trialDataset({ ...digits, data: "moons" })).sha256;
  expect(await studyDataHash(designOf({ factors: { data: ["digits", "moons"] } }))).toBe(
    `digits ${sha256}, moons ${moons}`,
  );
});

test("a published set that is not here is fetched after saying so; without a network it is the user's to bring", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("fetch failed")));
  vi.stubEnv("GRADIENTFLOW_DATA", mkdtempSync(join(tmpdir(), "gradientflow-")));
  vi.stubEnv("XDG_CACHE_HOME", mkdtempSync(join(tmpdir(), "gradientflow-")));
  const said: string[] = [];
  const wanted = { ...digits, data: "mnist" };
  const loading = trialDataset(wanted, { fetchMissing: true, announce: (text) => said.push(text) });
  await expect(loading).rejects.toThrow(InputError);
  await expect(loading).rejects.toThrow(/^fetch mnist: .*could not be reached.*By hand: put /);
  expect(said).toEqual(["mnist is not here; fetching it from where it is published"]);
  await expect(trialDataset(wanted)).rejects.toThrow(/^mnist: its files must be in one of/);
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});
