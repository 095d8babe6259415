/**
 * What `tune` runs, as a study of tuning: from words alone, from a train file or a study of networks, whose settings and factors
 * it takes over, or from a study of tuning as it stands.
 */

import { basename } from "node:path";
import { stringify } from "yaml";
import { InputError } from "../base/index.ts";
import { applyOverrides, parseStudy, readStudyFile, type Study } from "../experiment/index.ts";
import { type SearchName, scSdc, sparseTraining, studyKinds, tuning } from "../studies/index.ts";

/** Options of the command that say what is searched and how. */
export interface TuneWords {
  readonly kind?: "dense" | "sparse";
  readonly search?: readonly SearchName[];
  readonly rates?: number;
  readonly momenta?: number;
  readonly decays?: number;
  readonly rounds?: number;
  readonly budget?: number;
  readonly surface?: number;
  readonly seeds?: number;
  readonly each?: boolean;
}

/** @param words  a file, where the first has no "=", and settings. @throws InputError for any mistake in them */
export function tuneStudy(words: readonly string[], options: TuneWords): Study {
  const file = words[0]?.includes("=") === false ? words[0] : undefined;
  const overrides = file === undefined ? words : words.slice(1);
  const source = file === undefined ? undefined : readStudyFile(file, studyKinds);
  if (source?.kind === tuning) return applyOverrides(source, [...asOverrides(options), ...overrides]);
  const [first, rest] = source === undefined ? [[], overrides] : splitOverrides(overrides);
  const document = source === undefined ? bareDocument(options) : documentOf(applyOverrides(source, first), options);
  const name = source === undefined ? "tune.yaml" : `${basename(source.file).replace(/\.[^.]*$/, "")}-tuned.yaml`;
  const study = parseStudy(stringify(document, { lineWidth: 0 }), name, studyKinds);
  const made = applyOverrides(study, [...asOverrides(options), ...rest]);
  if (options.each !== true) requireOneCell(made);
  return made;
}

function bareDocument({ kind = "dense" }: TuneWords) {
  return { study: tuning.name, name: "tune", settings: { network: kind } };
}

/** Words that only the file's own kind of study knows change the file; the others speak of the search, or of both. */
function splitOverrides(overrides: readonly string[]): [string[], string[]] {
  const own = overrides.filter((text) => {
    const key = text
      .split("=")[0]
      .trim()
      .replace(/^(settings|factors)\./, "");
    return !Object.hasOwn(tuning.settings.shape, key) && !["seeds", "name", "order"].includes(key);
  });
  return [own, overrides.filter((text) => !own.includes(text))];
}

/** Settings and factors of another study as a study of tuning. */
function documentOf(study: Study, { kind = "dense" }: TuneWords): Record<string, unknown> {
  const { name, settings, factors, zip, exclude, when, kind: of } = study;
  const shared = {
    study: tuning.name,
    name: `${name}-tuned`,
    settings: of === sparseTraining ? staticSettings(study, kind) : { network: kind, ...settings },
    factors: Object.fromEntries(
      factors.map((factor) => [
        factor.name,
        factor.named
          ? Object.fromEntries(factor.levels.map(({ label, sets }) => [String(label), sets]))
          : factor.levels.map(({ label }) => label),
      ]),
    ),
  };
  if (of !== scSdc && of !== sparseTraining) {
    throw new InputError(`${study.file}: tune takes studies of trainings, got one of kind ${of.name}`);
  }
  return {
    ...shared,
    ...(zip.length === 0 ? {} : { zip }),
    ...(exclude.length === 0 ? {} : { exclude: exclude.map(({ matches }) => matches) }),
    ...(when.length === 0 ? {} : { when: when.map((rule) => ({ if: rule.if.matches, set: rule.set })) }),
  };
}

/** Settings of sparse training: of a dense network or a static mask; other methods change or find their masks by training. */
function staticSettings({ file, settings, factors }: Study, kind: "dense" | "sparse"): Record<string, unknown> {
  const { method = "rigl", width, density = 0.1, allocation, ...rest } = settings;
  const loose = factors.find(({ levels }) => levels.some(({ sets }) => "method" in sets || "width" in sets));
  if (loose !== undefined || (method !== "dense" && method !== "static")) {
    const got = loose === undefined ? `method ${String(method)}` : `the factor ${loose.name}`;
    throw new InputError(
      `${file}: schedules are searched for networks whose masks stay: method dense or static, got ${got}; take method=static, or method=dense`,
    );
  }
  if (kind === "sparse") {
    throw new InputError(`${file}: --kind chooses a network of a pair, and a method trains one network; leave it out`);
  }
  const known = Object.entries(rest).filter(([name]) => Object.hasOwn(tuning.settings.shape, name));
  const wide = width ?? (settings.model === undefined || settings.model === "mlp" ? 256 : null);
  return {
    ...Object.fromEntries(known),
    network: method,
    ...(method === "dense" ? { dense_width: wide } : { sparse_width: wide, density }),
    ...(method === "dense" || allocation === undefined || allocation === null ? {} : { allocation }),
  };
}

/** Options as the words that they stand for. */
function asOverrides(options: TuneWords): string[] {
  const { search, rates, momenta, decays, rounds, budget, surface, seeds } = options;
  const words: [string, number | undefined][] = [
    ["learned_rates", rates],
    ["learned_momenta", momenta],
    ["learned_decays", decays],
    ["rounds", rounds],
    ["budget", budget],
    ["surface", surface],
    ["seeds", seeds],
  ];
  const said = words.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  if (search === undefined) return said;
  return [...said, search.length === 1 ? `search=${search[0]}` : `factors.search=${search.join(",")}`];
}

/** One network, unless each is asked for. Levels that tell searches apart are no other network. */
function requireOneCell(study: Study): void {
  const open = study.factors.filter(({ name, levels }) => levels.length > 1 && name !== "search");
  if (open.length === 0) return;
  const levels = open.map(({ name, levels: of }) => `${name} (${of.length} levels)`).join(", ");
  const { name, levels: first } = open[0];
  throw new InputError(
    `tune: one network needs one value of every setting, but the study crosses ${levels}; choose one of each, as in ` +
      `${name}=${String(first[0].label)}, or tune every cell with --each`,
  );
}
