/** Checkpoints in files: replaced as a whole, found again, and what is said where the disk refuses. */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { InputError } from "../../base/index.ts";
import { openEngine } from "../../tensor/index.ts";
import { smallTraining, takeSteps } from "../fixtures/small-training.ts";
import { takeCheckpoint } from "./checkpoint.ts";
import { encodeCheckpoint } from "./encoding.ts";
import { restoreTraining } from "./restore.ts";
import { loadCheckpoint, saveCheckpoint } from "./save.ts";

const engine = await openEngine();
const folder = mkdtempSync(join(tmpdir(), "gradientflow-checkpoint-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a file that is saved twice is the second, and nothing else is left in its folder", async () => {
  using _ = engine.scope();
  const path = join(folder, "run.safetensors");
  const { trainer } = smallTraining(engine);
  await saveCheckpoint(path, trainer);
  takeSteps(trainer, 5);
  await saveCheckpoint(path, trainer, { model: "m" });
  expect(readdirSync(folder)).toEqual(["run.safetensors"]);
  const checkpoint = await loadCheckpoint(path);
  expect([checkpoint.position.step, checkpoint.model, checkpoint.source]).toEqual([5, "m", path]);
  const again = smallTraining(engine).trainer;
  restoreTraining(again, checkpoint);
  expect(encodeCheckpoint(takeCheckpoint(again))).toEqual(encodeCheckpoint(takeCheckpoint(trainer)));
});

test("what is saved is the training at the call: a step taken while the file is written is not in it", async () => {
  using _ = engine.scope();
  const path = join(folder, "during.safetensors");
  const { trainer } = smallTraining(engine);
  const bytes = encodeCheckpoint(takeCheckpoint(trainer));
  const saving = saveCheckpoint(path, trainer);
  takeSteps(trainer, 1);
  await saving;
  expect(readFileSync(path).equals(bytes)).toBe(true);
});

test("a function takes the bytes of the file, and what it throws comes through", async () => {
  using _ = engine.scope();
  const { trainer } = smallTraining(engine);
  const taken: Uint8Array[] = [];
  await saveCheckpoint((bytes) => void taken.push(bytes), trainer);
  expect(taken).toEqual([encodeCheckpoint(takeCheckpoint(trainer))]);
  const full = () => Promise.reject(new Error("storage is full"));
  await expect(saveCheckpoint(full, trainer)).rejects.toThrow("storage is full");
});

test("folders that are not there, folders in place of files and other files are refused by name", async () => {
  using _ = engine.scope();
  const { trainer } = smallTraining(engine);
  const at = (name: string) => join(folder, name);
  mkdirSync(at("inner"));
  writeFileSync(at("other.txt"), "not a checkpoint");
  const refusals: [() => Promise<unknown>, string][] = [
    [() => saveCheckpoint(at("none/run"), trainer), `${at("none/run")}: its folder is not there; make it first`],
    [
      () => saveCheckpoint(at("inner"), trainer),
      `${at("inner")}: must be a file, got a folder; give the path of a file in it`,
    ],
    [() => loadCheckpoint(at("none")), `${at("none")}: there is no such file; check the path`],
    [() => loadCheckpoint(at("inner")), `${at("inner")}: must be a regular file; give the path of a checkpoint`],
    [() => loadCheckpoint(at("other.txt")), `${at("other.txt")}: byte 0: the header must have at most 8 bytes`],
  ];
  for (const [refused, message] of refusals) {
    await expect(refused()).rejects.toThrow(InputError);
    await expect(refused()).rejects.toThrow(message);
  }
  expect(existsSync(at("inner.partial"))).toBe(false);
});

test("where the bytes cannot be written, the checkpoint that was there still is", async () => {
  using _ = engine.scope();
  const path = join(folder, "kept.safetensors");
  const { trainer } = smallTraining(engine);
  await saveCheckpoint(path, trainer);
  takeSteps(trainer, 1);
  // In the place of what is written first.
  mkdirSync(`${path}.partial`);
  await expect(saveCheckpoint(path, trainer)).rejects.toThrow(path);
  expect((await loadCheckpoint(path)).position.step).toBe(0);
});

test("a page that imports this room gets no module of Node: only files.ts has any, and it is imported when called", () => {
  const room = join(import.meta.dirname, "..");
  const names = readdirSync(room, { recursive: true, encoding: "utf8" });
  const sources = names.filter((name) => /\.ts$/.test(name) && !/\.test\.ts$|fixtures/.test(name));
  const having = (pattern: RegExp) => sources.filter((name) => pattern.test(readFileSync(join(room, name), "utf8")));
  expect(having(/from "node:/)).toEqual(["checkpoint/files.ts"]);
  expect(having(/from "[^"]*\/files\.ts"/)).toEqual([]);
  expect(having(/import\("\.\/files\.ts"\)/)).toEqual(["checkpoint/save.ts"]);
});
