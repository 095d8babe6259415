/** Trials taken one by one: each once, those of the dead too, and kept while there are signs of life. */

import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { designStudy } from "./design.ts";
import { toyKind } from "./fixtures/toy-kind.ts";
import { gatherProvenance } from "./provenance.ts";
import { openStore } from "./store/index.ts";
import { parseStudy } from "./study-file.ts";
import { beginStudy } from "./study-store.ts";
import { keepTrials, takeTrial } from "./take-trial.ts";

test("two trials are taken once each; a dead process's comes back at once, one elsewhere when ten minutes passed without a sign", async () => {
  const design = designStudy(parseStudy(`study: ${toyKind.name}\nseeds: 1`, "toy.yaml", [toyKind]));
  const store = await openStore(mkdtempSync(join(tmpdir(), "gradientflow-take-")));
  const { owner } = await beginStudy(store, design, gatherProvenance({ version: "test" }));
  const { pid } = spawnSync(process.execPath, ["--version"]);
  await store.claim(`${hostname()}:${pid}:a`, 0, 1e12);
  await store.claim("elsewhere:1:b", 0, 1000);
  let now = 500;
  const clock = () => now;
  expect((await takeTrial(store, owner, clock))?.spec.index).toBe(0);
  expect(await takeTrial(store, owner, clock)).toBeUndefined();
  now = 1001;
  expect((await takeTrial(store, owner, clock))?.spec.index).toBe(1);
  now = 600_000;
  await keepTrials(store, owner, clock);
  now = 1_100_000;
  expect(await takeTrial(store, "another:1:c", clock)).toBeUndefined();
  now = 1_200_001;
  expect((await takeTrial(store, "another:1:c", clock))?.spec.index).toBe(0);
  await store.close();
});
