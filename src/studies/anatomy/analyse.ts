/** The anatomy of trained networks on a data set: each part of it, network by network and pair by pair. */

import { InputError } from "../../base/index.ts";
import {
  accuracyOf,
  checkSameArchitecture,
  classicalScaling,
  type Distances,
  disagreement,
  type Examples,
  ensemble,
  type GradientNorm,
  gradientNorm,
  hessianSpectrum,
  type Interpolation,
  interpolate,
  type LayerSignal,
  type LineMask,
  LossSurface,
  predict,
  type Scaling,
  type Spectrum,
  type SpectrumOptions,
  signalPropagation,
  solutionDistances,
  solutionOf,
  type UpdateEffect,
} from "../../flow/index.ts";
import type { Network } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import { batchNodes, checkFits, type ResidentDataset } from "../../train/index.ts";

/** What can be asked for. Distances and interpolation need two networks. */
export const anatomyParts = ["norms", "signal", "distances", "interpolation", "spectrum"] as const;
export type AnatomyPart = (typeof anatomyParts)[number];

/** A network to look at. */
export interface Specimen {
  /** Unique among those looked at. */
  readonly name: string;
  readonly network: Network;
  /** Where in its training it was taken, if known. */
  readonly step?: number;
  /** Which training it is of: specimens of one are joined by a line over steps. Default its name. */
  readonly training?: string;
  /** What changes of the topology did to the gradient's norm in its training, where that was measured. */
  readonly updates?: readonly UpdateEffect[];
}

export interface AnatomyOptions {
  readonly parts: readonly AnatomyPart[];
  /** The first so many training examples, ≥ 1; capped by what there is. Default 1000. */
  readonly examples?: number;
  readonly seed?: number;
  readonly mask?: LineMask;
  readonly spectrum?: Omit<SpectrumOptions, "seed" | "onProduct">;
  /** What is being done, and how far that is. */
  readonly onProgress?: (doing: string, done: number, total: number) => void;
}

/** What all networks say of the test split. */
export interface Agreement {
  /** [n] */
  readonly accuracy: readonly number[];
  /** [n, n] */
  readonly disagreement: readonly (readonly number[])[];
  readonly ensembleAccuracy: number;
}

export interface Anatomy {
  readonly specimens: readonly Specimen[];
  /** Training examples looked at. */
  readonly examples: number;
  /** One per specimen, where asked for. */
  readonly norms?: readonly GradientNorm[];
  readonly signals?: readonly (readonly LayerSignal[])[];
  readonly spectra?: readonly Spectrum[];
  readonly distances?: Distances & { readonly map: Scaling; readonly agreement: Agreement };
  /** From each specimen but the last to the last. */
  readonly lines?: readonly Interpolation[];
}

/** The first examples of a split, as the anatomy reads them. */
export function examplesOf(data: ResidentDataset, which: "train" | "test", count = Number.POSITIVE_INFINITY): Examples {
  const split = data[which];
  return {
    count: Math.min(count, split.count),
    nodes: (graph, indices) => batchNodes(graph, data, split, indices),
  };
}

/**
 * Looks at networks on a data set. All of them on one engine; its memory is given back but for the networks.
 *
 * @throws InputError  where a network does not fit the data, or where networks are compared that are not of one architecture
 */
export function analyse(
  engine: Engine,
  specimens: readonly Specimen[],
  data: ResidentDataset,
  options: AnatomyOptions,
): Anatomy {
  const { parts, examples: wanted = 1000, seed = 0, mask, onProgress } = options;
  const asked = (part: AnatomyPart) => parts.includes(part);
  const pairwise = parts.filter((part) => part === "distances" || part === "interpolation");
  if (pairwise.length > 0 && specimens.length < 2) {
    throw new InputError(
      `analyze: ${pairwise.join(" and ")} ${pairwise.length === 1 ? "takes" : "take"} two networks or more, got ${specimens.length}; name another, or leave that part out`,
    );
  }
  for (const { name, network } of specimens) checkFitsAs(name, network, data);
  const examples = examplesOf(data, "train", wanted);
  const each = <T>(doing: string, look: (specimen: Specimen) => T): T[] =>
    specimens.map((specimen, i) => {
      onProgress?.(`${doing} of ${specimen.name}`, i, specimens.length);
      return look(specimen);
    });
  const solutions = pairwise.length > 0 ? specimens.map(({ name, network }) => solutionOf(network, name)) : [];
  // What is refused is refused before the long work.
  for (const solution of solutions) checkSameArchitecture("analyze", solutions[0], solution);
  const apart = pairwise.length > 0 ? solutionDistances(solutions) : undefined;
  const last = solutions[solutions.length - 1];
  return {
    specimens,
    examples: examples.count,
    norms: asked("norms")
      ? each("gradient norm", ({ network, step }) => gradientNorm(engine, network, { examples, step }))
      : undefined,
    signals: asked("signal")
      ? each("signal", ({ network }) => signalPropagation(engine, network, { seed }))
      : undefined,
    distances:
      asked("distances") && apart !== undefined
        ? { ...apart, map: classicalScaling(apart.l2), agreement: agreementOf(engine, each, data) }
        : undefined,
    lines: asked("interpolation")
      ? solutions.slice(0, -1).map((start) =>
          interpolate(engine, [start, last], examples, {
            mask,
            onPoint: (done, total) => onProgress?.(`line from ${start.name} to ${last.name}`, done, total),
          }),
        )
      : undefined,
    spectra: asked("spectrum")
      ? specimens.map(({ name, network }) => {
          using surface = new LossSurface(engine, network, examples);
          return hessianSpectrum(surface, {
            ...options.spectrum,
            seed,
            onProduct: (done, total) => onProgress?.(`spectrum of ${name}`, done, total),
          });
        })
      : undefined,
  };
}

function agreementOf(
  engine: Engine,
  each: <T>(doing: string, look: (specimen: Specimen) => T) => T[],
  data: ResidentDataset,
): Agreement {
  const test = examplesOf(data, "test");
  const { labels } = data.dataset.test;
  const predictions = each("predictions", ({ name, network }) => predict(engine, network, test, name));
  return {
    accuracy: predictions.map((own) => accuracyOf(own, labels)),
    disagreement: disagreement(predictions),
    ensembleAccuracy: accuracyOf(ensemble(predictions), labels),
  };
}

function checkFitsAs(name: string, network: Network, data: ResidentDataset): void {
  try {
    checkFits(network, data);
  } catch {
    throw new InputError(
      `analyze: ${data.dataset.name} has ${data.features} features and ${data.classes} classes, ${name} takes ` +
        `${network.inputs} and tells ${network.outputs} apart; give the data set it was trained on: --data NAME`,
    );
  }
}
