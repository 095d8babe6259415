/** The result of a search as a train file: what `train --config FILE` trains by, and nothing that is a default. */

import { Document, visit } from "yaml";
import type { TrialRecord } from "../../experiment/index.ts";
import { perFamily } from "../../hyperopt/index.ts";
import { scSdcSettings } from "../sc-sdc/settings.ts";
import { sparseTrainingSettings } from "../sparse-training/settings.ts";
import { pairSettings, staticSettings } from "./networks.ts";
import { learnedOf } from "./plan.ts";
import { settingsWith } from "./schedules.ts";
import type { TuningSettings } from "./settings.ts";

/** A file, and the words after `train` that use it. */
export interface TrainFile {
  readonly text: string;
  readonly words: (file: string) => string[];
}

const numbers = (text: unknown) => (String(text) === "" ? [] : String(text).split(" ").map(Number));

/** The train file of a finished search; undefined where it found nothing. */
export function trainFile({ spec, state, result }: TrialRecord): TrainFile | undefined {
  if (state !== "done" || result === null) return undefined;
  const settings = spec.payload as TuningSettings;
  const { found_rates, found_momenta, found_decays, validation_loss } = result.columns;
  const texts = { learningRate: found_rates, momentum: found_momenta, weightDecay: found_decays };
  const found = perFamily((family) => numbers(texts[family]));
  const trained = withScalars(settingsWith(settings, found, { learned: learnedOf(settings) }));
  const isStatic = settings.network === "static";
  const [of, defaults] = isStatic
    ? [staticSettings(trained), sparseTrainingSettings.parse({})]
    : [pairSettings(trained), scSdcSettings.parse({})];
  const differing = Object.entries(of).filter(
    ([name, value]) =>
      name === "method" || JSON.stringify(value) !== JSON.stringify((defaults as Record<string, unknown>)[name]),
  );
  const document = {
    study: isStatic ? "sparse-training" : "sc-sdc",
    name: trainFileName(spec),
    settings: Object.fromEntries(differing),
  };
  const words = (file: string) => [
    "train",
    "--config",
    file,
    ...(settings.network === "sparse" ? ["--kind", "sparse"] : []),
    ...(spec.seed === 0 ? [] : ["--seed", String(spec.seed)]),
  ];
  const how = `gradientflow ${words("FILE").join(" ")}`;
  const written = new Document(document);
  visit(written, { Seq: (_, list) => void (list.flow = true) });
  const head = `Schedules by the search "${settings.search}", seed ${spec.seed}: validation loss ${Number(validation_loss).toFixed(4)}`;
  const text = `# ${head}\n# ${how}\n${written.toString({ flowCollectionPadding: false, lineWidth: 0 })}`;
  return { text, words };
}

/** The name of a search's file, without its ending: factors and seed. */
export function trainFileName({ factors, kind, seed }: TrialRecord["spec"]): string {
  const words = [
    ...Object.entries(factors).map(([name, value]) => (typeof value === "string" ? value : `${name}-${value}`)),
  ];
  const label = words.length === 0 ? kind : words.join("-");
  return `${label.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[-.]+|[-.]+$/g, "")}-seed-${seed}`;
}

/** One value is a constant, which files say in the constant's own name where it may have that value. */
function withScalars(settings: TuningSettings): TuningSettings {
  const { momenta, weight_decays, optimizer } = settings;
  const constantMomentum = momenta?.length === 1 && (optimizer !== "nesterov" || momenta[0] > 0);
  return {
    ...settings,
    ...(constantMomentum ? { momentum: momenta[0], momenta: null } : {}),
    ...(weight_decays?.length === 1 ? { weight_decay: weight_decays[0], weight_decays: null } : {}),
  };
}
