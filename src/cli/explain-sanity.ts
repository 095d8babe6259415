/** `explain --sanity`: the checks of the methods that were asked for, as a page, as a table and as JSON. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Table, toMarkdown, writeReport } from "../experiment/index.ts";
import type { Network } from "../nn/index.ts";
import { imageRaster, mapRaster, type SheetRow } from "../plot/index.ts";
import {
  type CheckedMaps,
  type ClassSensitivity,
  classSensitivity,
  type LabelRandomisation,
  labelRandomisation,
  type MethodDefinition,
  type MethodName,
  parameterRandomisation,
  type RandomisationResult,
  saliencyMethods,
  type Verdict,
  verdicts,
} from "../saliency/index.ts";
import type { Engine } from "../tensor/index.ts";
import type { Examples, Explained, ExplainOptions } from "./explain.ts";
import { imageOf, mapOf } from "./explain-files.ts";
import { sanityReport, verdictTable } from "./explain-report.ts";

/** Images whose maps the page shows. */
const shownImages = 2;
/** Most networks with random layers that it shows of a deep one. */
const shownSteps = 9;

/** A network trained on shuffled labels, and how well it learned them. */
export interface ShuffledTraining {
  readonly network: Network;
  readonly trainAccuracy: number;
  readonly seed: number;
}

export interface CheckSource {
  readonly path: string;
  readonly network: Network;
  readonly examples: Examples;
  readonly explained: readonly Explained[];
  readonly shuffled: ShuffledTraining | undefined;
}

/** What the checks came to. */
export interface Checks {
  readonly verdicts: readonly Verdict[];
  readonly classes: readonly ClassSensitivity[];
  readonly randomisation: readonly RandomisationResult[];
  readonly labels: readonly LabelRandomisation[] | undefined;
}

/** The maps of one image, for the page. */
export interface ImageMaps {
  readonly index: number;
  readonly columns: readonly string[];
  readonly rows: readonly SheetRow[];
}

export interface Checked {
  readonly files: readonly string[];
  readonly page: string;
  readonly verdicts: readonly Verdict[];
  readonly table: Table;
}

/** Runs the checks over the examples and writes what they come to. */
export async function checkMethods(
  engine: Engine,
  source: CheckSource,
  { seed, out }: ExplainOptions,
): Promise<Checked> {
  const { network, examples, explained, shuffled } = source;
  const { images } = examples;
  const methods = withCounterparts(explained.map(({ method }) => method));
  const keeper = new MapKeeper(examples, methods);
  const classes = classSensitivity(engine, network, { images, methods, onMaps: keeper.listen("class") });
  const randomisation = parameterRandomisation(engine, network, {
    ...{ images, methods, seed, onMaps: keeper.listen("random") },
  });
  const labels =
    shuffled &&
    labelRandomisation(engine, network, shuffled.network, { images, methods, onMaps: keeper.listen("labels") });
  const checks: Checks = { verdicts: verdicts(methods, classes, randomisation), classes, randomisation, labels };
  const table: Table = verdictTable(checks);
  await mkdir(out, { recursive: true });
  const files = [join(out, "sanity.md"), join(out, "sanity.json")];
  await writeFile(files[0], `${toMarkdown(table).trim()}\n`);
  await writeFile(files[1], `${json(checks)}\n`);
  const galleries = keeper.galleries(randomisation, labels !== undefined);
  const { index } = await writeReport(await sanityReport(source, checks, { galleries, seed }), join(out, "sanity"));
  return { files: [...files, index], page: index, verdicts: checks.verdicts, table };
}

/** The methods, and after them those that keep the signs which these give up, so that every verdict has one beside it. */
function withCounterparts(methods: readonly MethodName[]): readonly MethodName[] {
  const signed = methods.flatMap((method) => {
    const { signed: counterpart }: MethodDefinition = saliencyMethods[method];
    return counterpart === undefined ? [] : [counterpart as MethodName];
  });
  return [...new Set([...methods, ...signed])];
}

/** The checks as JSON; numbers that JSON lacks are texts. */
function json({ verdicts: found, classes, randomisation, labels }: Checks): string {
  return JSON.stringify(
    { verdicts: found, classes, randomisation, labels },
    (_, item) => (typeof item === "number" && !Number.isFinite(item) ? String(item) : item),
    2,
  );
}

/** Keeps the maps of the first images in every state of the checks. */
class MapKeeper {
  readonly #examples: Examples;
  readonly #methods: readonly string[];
  readonly #indices: readonly number[];
  /** Cells by check, state and method, one per image. */
  readonly #cells = new Map<string, SheetRow["cells"]>();

  constructor(examples: Examples, methods: readonly string[]) {
    this.#examples = examples;
    this.#methods = methods;
    this.#indices = Array.from({ length: Math.min(shownImages, examples.count) }, (_, i) => i);
  }

  listen(check: string): (maps: CheckedMaps) => void {
    return ({ method, state, result }) => {
      const cells = this.#indices.map((i) => {
        const map = mapOf(this.#examples, result, i);
        return map === undefined ? (result.flags[i] ?? "") : mapRaster(map);
      });
      this.#cells.set(`${check} ${state} ${method}`, cells);
    };
  }

  galleries(randomisation: readonly RandomisationResult[], labels: boolean): readonly ImageMaps[] {
    const steps = randomisation[0].steps;
    const columns = [
      { name: "trained", key: "random 0" },
      { name: "other class", key: "class 1" },
      ...chosenSteps(steps.length - 1).map((step) => {
        const { layers } = steps[step];
        return { name: step === 1 ? layers[0] : `to ${layers[layers.length - 1]}`, key: `random ${step}` };
      }),
      ...(labels ? [{ name: "shuffled", key: "labels 1" }] : []),
    ];
    return this.#indices.map((index) => ({
      index,
      columns: columns.map(({ name }) => name),
      rows: [
        { label: this.#examples.name, cells: [imageRaster(imageOf(this.#examples, index))] },
        ...this.#methods.map((method) => ({
          label: method,
          cells: columns.map(({ key }) => (this.#cells.get(`${key} ${method}`) as SheetRow["cells"])[index]),
        })),
      ],
    }));
  }
}

/** Steps from 1 to the last, evenly spread where there are many. */
function chosenSteps(last: number): readonly number[] {
  const count = Math.min(last, shownSteps);
  const spread = (i: number) => (count === 1 ? last : 1 + Math.round((i * (last - 1)) / (count - 1)));
  return Array.from({ length: count }, (_, i) => spread(i));
}
