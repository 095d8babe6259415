/**
 * What `compress` is to do, from words and options: settings of a compression, those of a file and of a checkpoint that it takes
 * over, and the targets.
 */

import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { InputError } from "../base/index.ts";
import { parseSafetensors } from "../data/index.ts";
import {
  applyOverrides,
  countTrials,
  designStudy,
  parseStudy,
  readStudyFile,
  type Study,
} from "../experiment/index.ts";
import { baseNames } from "../optim/index.ts";
import {
  type CompressionSettings,
  compression,
  compressionSettings,
  isPruning,
  type PruningMethod,
  pruningMethods,
  studyKinds,
} from "../studies/index.ts";
import { note } from "./output.ts";

export interface CompressWords {
  readonly targetMacs?: number;
  readonly targetParameters?: number;
  readonly groupSparsity?: number;
  /** Several shares of the same cost, for a curve. */
  readonly targets?: readonly number[];
  readonly keep?: readonly string[];
  readonly multipleOf?: number;
  readonly finetuneEpochs?: number;
  readonly seed?: number;
  /** A trained network to start from. */
  readonly from?: string;
}

export interface CompressPlan {
  readonly settings: CompressionSettings & { readonly method: PruningMethod };
  /** Shares of the cost that are left, in the order given. */
  readonly targets: readonly number[];
  readonly seed: number;
}

/** @param words  a file, where the first has no "=", and settings. @throws InputError for any mistake in them */
export async function compressPlan(words: readonly string[], options: CompressWords): Promise<CompressPlan> {
  const file = words[0]?.includes("=") === false ? words[0] : undefined;
  const overrides = file === undefined ? words : words.slice(1);
  const wrong = overrides.find((text) => /^(seeds|order|name)=|^factors\./.test(text));
  if (wrong !== undefined) {
    throw new InputError(
      `compress: expected settings, got ${JSON.stringify(wrong)}, which belongs to studies; the seed is --seed N`,
    );
  }
  const trained = options.from === undefined ? undefined : settingsOfTraining(options.from);
  const source = studyOf(file, trained?.settings ?? {});
  const asked = [...asOverrides(options), ...overrides];
  const study = applyOverrides(source, asked);
  requireOneCell(study);
  const seed = options.seed ?? trained?.seed ?? 0;
  const [{ payload }] = worded(() => designStudy({ ...study, seeds: { count: 1, at: () => seed } })).trials;
  const settings = compressionSettings.parse(payload);
  const { method } = settings;
  if (!isPruning(method)) {
    throw new InputError(
      `compress: method must be one that removes channels, ${pruningMethods.join(", ")}, got ${method}; studies of compression hold them against it`,
    );
  }
  const targets = [...new Set(options.targets ?? [settings.target])];
  return { settings: { ...settings, method, target: targets[0] }, targets, seed };
}

/** A file of compression as it stands; of other kinds what they say of the training of a dense network. */
function studyOf(file: string | undefined, settings: Readonly<Record<string, unknown>>): Study {
  const source = file === undefined ? undefined : readStudyFile(file, studyKinds);
  if (source?.kind === compression) return source;
  if (source !== undefined) {
    const crossed = source.factors.find(({ levels }) => levels.length > 1);
    if (crossed !== undefined) {
      throw new InputError(
        `compress: one network needs one value of every setting, but ${source.file} crosses ${crossed.name} (${crossed.levels.length} ` +
          "levels); give a file of one training, as train --config takes, or a study of compression",
      );
    }
  }
  const levels = Object.assign({}, ...(source?.factors ?? []).map(({ levels: [only] }) => only.sets));
  const all = { ...settings, ...source?.settings, ...levels };
  // The ending says how to read the text; no message names the file, since nothing can be wrong in it.
  const text = JSON.stringify({ study: compression.name, settings: takenOver(all, file) });
  return { ...parseStudy(text, "compress.json", studyKinds), file: file === undefined ? "compress" : basename(file) };
}

/** Settings that say nothing of a compression: of sparse networks, and of what is measured on the way. */
const passedOver =
  /^(measure_|sparse_|kind$|network$|unmasked$|density$|allocation$|method$|initial$|gain$|keep_dense$|prune_|ticket|rewind|update_|drop_fraction|score_|shuffle_mask)/;

function takenOver(settings: Readonly<Record<string, unknown>>, file: string | undefined): Record<string, unknown> {
  const { dense_width, ...rest } = settings;
  const known: Record<string, unknown> = dense_width === undefined ? {} : { width: dense_width };
  const left: string[] = [];
  for (const [name, value] of Object.entries(rest)) {
    // An optimizer that sets weights to zero is what the compression itself is.
    const leave = name === "method" || (name === "optimizer" && !(baseNames as readonly unknown[]).includes(value));
    if (Object.hasOwn(compressionSettings.shape, name) && !leave) known[name] = value;
    else if (!passedOver.test(name) && value !== null) left.push(name);
  }
  if (left.length > 0 && file !== undefined) {
    note(
      `${file}: ${left.join(", ")} not taken over: rates stay constant until channels go, then fall to 0 as a cosine`,
    );
  }
  return known;
}

/** Settings and seed of a network that this program has trained, checkpoint or saved weights; none where the file does not say. */
function settingsOfTraining(path: string) {
  const { metadata } = parseSafetensors(readBytes(path), path);
  const notes = parsed(metadata.get("notes"));
  const { settings, seed } = (notes ?? {}) as { readonly settings?: unknown; readonly seed?: unknown };
  if (typeof settings !== "object" || settings === null) return undefined;
  return { settings: settings as Readonly<Record<string, unknown>>, seed: typeof seed === "number" ? seed : undefined };
}

/** Text that is no JSON is told of where the network is read. */
function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return undefined;
  }
}

function readBytes(path: string): Uint8Array {
  if (existsSync(path)) return new Uint8Array(readFileSync(path));
  throw new InputError(`compress: --from ${path}: there is no such file; check the path`);
}

/** Options as the words that they stand for. */
function asOverrides(options: CompressWords): string[] {
  const { targetMacs, targetParameters, groupSparsity, keep, multipleOf, finetuneEpochs } = options;
  // A given network is trained: all epochs are those in which channels go, unless settings say otherwise.
  const words: string[] = options.from === undefined ? [] : ["dense_share=0"];
  const costs = [
    ["macs", targetMacs, "--target-macs"],
    ["parameters", targetParameters, "--target-parameters"],
    ["groups", groupSparsity === undefined ? undefined : 1 - groupSparsity, "--group-sparsity"],
  ] as const;
  const given = costs.filter(([, share]) => share !== undefined);
  if (given.length > 1) {
    throw new InputError(
      `compress: a target is of one cost, got ${given.map(([, , option]) => option).join(" and ")}; give one of them`,
    );
  }
  for (const [of, share] of given) words.push(`target_of=${of}`, `target=${share}`);
  if (keep !== undefined) words.push(`keep=${JSON.stringify(keep)}`);
  if (multipleOf !== undefined) words.push(`multiple_of=${multipleOf}`);
  if (finetuneEpochs !== undefined) words.push(`finetune_epochs=${finetuneEpochs}`);
  return words;
}

function requireOneCell(study: Study): void {
  const open = countTrials(study).axes.filter(({ levels }) => levels > 1);
  if (open.length === 0) return;
  const levels = open.map(({ name, levels: count }) => `${name} (${count} levels)`).join(", ");
  const [{ name, levels: first }] = study.factors.filter(({ levels: of }) => of.length > 1);
  throw new InputError(
    `compress: one network needs one value of every setting, but ${study.file} crosses ${levels}; choose one of each, as in ` +
      `${name}=${String(first[0].label)}`,
  );
}

/** Runs what checks a study; its complaints are worded for one network. */
function worded<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.message.replace(": cell (no factors)", ""), { cause: error });
  }
}
