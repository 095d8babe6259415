/**
 * The two small experiments on learned schedules, on Fashion-MNIST: `node scripts/hyperopt-experiments.ts [schedules|sharing] [--seeds N]`.
 *
 * "schedules" learns five rates, a momentum and a decay, beside schedules set by hand and searches at the same cost (a minute for
 * five seeds); "sharing" measures how the width of a window trades noise against bias.
 */

import { parseArgs } from "node:util";
import { InputError, mean, standardDeviation } from "../src/base/index.ts";
import { loadDataset } from "../src/data/index.ts";
import * as hyperopt from "../src/hyperopt/index.ts";
import { openEngine } from "../src/tensor/index.ts";
import { residentDataset } from "../src/train/index.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seeds: { type: "string" } } });
const engine = await openEngine();
const data = residentDataset(engine, await loadDataset("fashion-mnist"), "standard");
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const say = (text: string) => process.stdout.write(`${text}\n`);
const parts = { schedules, sharing };

for (const name of positionals.length === 0 ? (Object.keys(parts) as (keyof typeof parts)[]) : positionals) {
  if (!Object.hasOwn(parts, name))
    throw new InputError(`unknown experiment ${name}; known: ${Object.keys(parts).join(", ")}`);
  parts[name as keyof typeof parts]();
}

function schedules(): void {
  const seeds = Number(values.seeds ?? 5);
  const columns: Record<string, number[]> = {};
  const record = (name: string, accuracy: number) => (columns[name] ??= []).push(accuracy);
  for (let seed = 0; seed < seeds; seed++) {
    using _scope = engine.scope();
    const setting = new hyperopt.PerceptronSetting(engine, data, { seed });
    const started = performance.now();
    const learned = hyperopt.learnSchedules(setting);
    const seconds = (performance.now() - started) / 1000;
    const { best, rounds, cost } = learned;
    const rates = best.schedules.learningRate.map((rate) => rate.toFixed(3)).join(" ");
    say(
      `seed ${seed}: ${percent(best.testAccuracy)} in round ${best.round}, rates ${rates}, momentum ` +
        `${best.schedules.momentum[0].toFixed(2)}, decay ${best.schedules.weightDecay[0].toExponential(1)}, ${seconds.toFixed(1)} s`,
    );
    say(`        each round: ${rounds.map((round) => percent(round.testAccuracy)).join(", ")}`);
    record("learned, best by validation", best.testAccuracy);
    record("learned, last round", rounds[rounds.length - 1].testAccuracy);
    const hand = hyperopt.handSetSchedules(setting);
    record("cosine from 0.1, momentum 0.9", hand.cosineWithMomentum);
    record("cosine from 0.1", hand.cosine);
    record("constant 0.1", hand.constant);
    record("random search, 10 runs", hyperopt.searchWithoutGradients(setting, { draws: 10 }).random.testAccuracy);
    const draws = Math.floor(cost / 100);
    const without = hyperopt.searchWithoutGradients(setting, { draws });
    record(`random search, ${draws} runs (equal cost)`, without.random.testAccuracy);
    record(`the same between narrow bounds`, without.narrow.testAccuracy);
    record("successive halving (equal cost)", without.halving.testAccuracy);
  }
  say("");
  for (const [name, accuracies] of Object.entries(columns)) {
    const spread = accuracies.length > 1 ? ` ± ${(100 * standardDeviation(accuracies)).toFixed(1)}` : "";
    say(`${name.padEnd(42)} ${percent(mean(accuracies))}${spread}   (${accuracies.map(percent).join(", ")})`);
  }
}

function sharing(): void {
  const seeds = Number(values.seeds ?? 20);
  for (const learningRate of [0.1, 0.01]) {
    using _scope = engine.scope();
    const setting = new hyperopt.PerceptronSetting(engine, data, { seed: 0, train: 20_000 });
    const started = performance.now();
    const { windows, greedy } = hyperopt.windowSharing(setting, { learningRate, seeds, greedySeeds: 2 });
    const errors = windows.map(({ width, error }) => `${width}: ${error.toExponential(2)}`).join("  ");
    const least = Math.min(...windows.map(({ error }) => error)) / windows[0].error;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    say(
      `cosine from ${learningRate}, ${seeds} seeds: ${errors}; least / unshared ${least.toFixed(2)}, greedy ${greedy?.toExponential(2)}; ${seconds} s`,
    );
  }
}
