/** Trials of a second's fraction: what they leave, and that a network from a file gives what its training gave. */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { designStudy, parseStudy, type TrialSpec } from "../../experiment/index.ts";
import { openEngine } from "../../tensor/index.ts";
import { residentDataset, saveWeights } from "../../train/index.ts";
import { trialDataset } from "../sc-sdc/trial-data.ts";
import { sparseTrainingSettings } from "../sparse-training/settings.ts";
import { endedTraining } from "./ended-training.ts";
import { mapColumns, saliencyStudy } from "./kind.ts";
import { runTrial } from "./trial.ts";

const small = {
  ...{ data: "digits", train_examples: 200, epochs: 2, batch_size: 32, width: 4, learning_rate: 0.01, density: 0.3 },
  ...{ update_every: 4, optimizer: "adam", measure_examples: 32 },
};

function trialOf(settings: object): TrialSpec {
  const text = JSON.stringify({ study: "saliency", name: "small", settings: { ...small, ...settings }, seeds: [3] });
  return designStudy(parseStudy(text, "small.json", [saliencyStudy])).trials[0];
}
const run = (settings: object) => runTrial(trialOf({ saliency_images: 6, ...settings }), { progress: () => {} });

describe("a trial", () => {
  test.each(["small-dense", "rigl", "gmp"])(
    "of %s asks both checks of each method, with 1 to 8 layers random",
    async (method) => {
      const asked = { method, saliency_methods: ["gradient", "lrp-z-plus"] };
      const { status, columns, tables, epochs } = await run(asked);
      expect(status).toBe("done");
      expect(epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
      const rows = tables?.maps ?? [];
      expect(rows.map(({ method: of, random_layers }) => `${of} ${random_layers}`)).toEqual(
        ["gradient", "lrp-z-plus"].flatMap((of) => [0, 1, 2, 3, 4, 5, 6, 7, 8].map((layers) => `${of} ${layers}`)),
      );
      expect(Object.keys(rows[0])).toEqual([...mapColumns]);
      // Relevance by positive rules cannot tell classes apart; 6 images suffice to see it.
      expect(Number(rows[9].absolute_spearman)).toBeGreaterThan(0.9);
      expect(rows[9]).toMatchObject({ method: "lrp-z-plus", check: "class", random_layers: 0 });
      expect(Number(columns.test_accuracy)).toBeGreaterThan(0.05);
      expect(columns.checkpoint_sha256).toBe("");
    },
  );

  test("of hesso has a network whose channels are gone, of the share of parameters that density says", async () => {
    const { status, columns, tables, epochs } = await run({ method: "hesso", saliency_methods: ["gradient"] });
    expect(status).toBe("done");
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(epochs.every(({ train_loss }) => Number(train_loss) > 0)).toBe(true);
    const full = await run({ method: "dense", saliency_methods: ["gradient"] });
    expect(columns.parameters).toBeLessThanOrEqual(0.3 * Number(full.columns.parameters));
    expect(columns.parameters).toBeGreaterThan(0.2 * Number(full.columns.parameters));
    expect(tables?.maps).toHaveLength(9);
    expect(tables?.maps).not.toEqual(full.tables?.maps);
  });

  test("gives the same numbers from the file of its network, {seed} being the seed, and says which file it was", async () => {
    const engine = await openEngine();
    const settings = sparseTrainingSettings.parse({ ...small, model: "saliency-cnn", method: "rigl" });
    const data = residentDataset(engine, await trialDataset(settings), settings.normalisation);
    const folder = mkdtempSync(join(tmpdir(), "gradientflow-"));
    using ended = endedTraining(engine, settings, { seed: 3, data });
    if (ended.network === undefined) throw new Error("diverged");
    await saveWeights(join(folder, "net-3.safetensors"), ended.network);
    const methods = { saliency_methods: ["gradient", "grad-cam"] };
    const fromFile = await run({ ...methods, checkpoint: join(folder, "net-{seed}.safetensors") });
    const trained = await run({ ...methods, method: "rigl" });
    expect(fromFile.tables).toEqual(trained.tables);
    expect(fromFile.columns).toMatchObject({ active_weights: trained.columns.active_weights });
    expect(fromFile.columns.checkpoint_sha256).toMatch(/^[0-9a-f]{64}$/);
    await expect(run({ checkpoint: join(folder, "none.safetensors") })).rejects.toThrow(
      /^checkpoint: .*none\.safetensors cannot be read; \{seed\} in the setting stands for the seed$/,
    );
    await expect(run({ checkpoint: join(folder, "net-3.safetensors"), data: "spirals" })).rejects.toThrow(
      /must fit spirals, 2 features and \d+ classes, got 64 and 10; use the data it was trained on$/,
    );
  });
});

test("a method that is none is refused with the ones there are", () => {
  expect(() => trialOf({ saliency_methods: ["gradcam"] })).toThrow(
    /saliency_methods must be a list of 1 or more, each one of gradient, .* got \["gradcam"\]/,
  );
});

test.each([
  [
    { schedule: "cosine" },
    /schedule must be "constant" for hesso, got "cosine": its rates are those of a study of comp/,
  ],
  [{ optimizer: "rda" }, /hesso sets channels to zero in steps of one of sgd, .*, got rda/],
])("channels are not removed with %o", (settings, message) => {
  expect(() => trialOf({ method: "hesso", ...settings })).toThrow(message);
  expect(() => trialOf({ method: "static", ...settings })).not.toThrow();
});
