/** `sparsity:` in a study file, and what it refuses. */

import { expect, test } from "vitest";
import { designStudy, parseStudy } from "../../experiment/index.ts";
import { sparseTraining } from "./kind.ts";

const designed = (text: string) => designStudy(parseStudy(text, "x.yaml", [sparseTraining]));

test("sparsity: { method, density, allocation, update_every } is what the four say beside the other settings", () => {
  const gathered = designed(
    "study: sparse-training\nsettings:\n  sparsity: { method: rigl, density: 0.05, allocation: erk, update_every: 100 }\n",
  );
  const flat = designed(
    "study: sparse-training\nsettings: { method: rigl, density: 0.05, allocation: erk, update_every: 100 }\n",
  );
  expect(gathered.hash).toBe(flat.hash);
  expect(gathered.trials[0].payload).toMatchObject({ method: "rigl", density: 0.05, update_every: 100 });
});

test("a level's sparsity adds to that of the settings, one setting at a time", () => {
  const { trials } = designed(
    "study: sparse-training\nsettings:\n  sparsity: { density: 0.02 }\nfactors:\n  network:\n    SET: { sparsity: { method: set } }\n    RigL: { method: rigl }\n",
  );
  expect(trials.map(({ payload }) => payload)).toMatchObject([
    { method: "set", density: 0.02 },
    { method: "rigl", density: 0.02 },
  ]);
});

test("a misspelt setting of a level's sparsity is told with its line and its path", () => {
  const text =
    "study: sparse-training\nfactors:\n  network:\n    SET: { method: set }\n    RigL:\n      sparsity: { methd: rigl }\n";
  expect(() => designed(text)).toThrow(
    /^x\.yaml:6:19: unknown setting of factors\.network\.RigL\.sparsity "methd"; known: method, density, .*\. Did you mean method\?$/,
  );
});

test("epochs are no setting of sparsity", () => {
  expect(() => designed("study: sparse-training\nsettings: { sparsity: { epochs: 3 } }\n")).toThrow(
    "x.yaml:2:25: settings.sparsity.epochs: epochs is no setting of sparsity; write it beside sparsity, not in it",
  );
});
