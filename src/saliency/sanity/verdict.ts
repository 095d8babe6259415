/** What the checks come to for a method, and for the one that keeps the signs it gives up. */

import type { MethodName } from "../methods/table.ts";
import { saliencyMethods } from "../methods/table.ts";
import type { Similarity, SimilaritySpread } from "../similarity/compare.ts";
import type { AskedMethod, CheckOptions } from "./asked-methods.ts";
import type { ClassSensitivity } from "./class-sensitivity.ts";
import type { RandomisationResult } from "./parameter-randomisation.ts";

/** Of the smaller similarity of the two checks: from 0.9 insensitive, from 0.7 weak. Unknown where a map said nothing. */
export type VerdictWord = "sensitive" | "weak" | "insensitive" | "unknown";

export interface Verdict {
  readonly method: string;
  readonly verdict: VerdictWord;
  /** Means over images: of the maps of two classes. */
  readonly classes: Similarity;
  /** Means over images: with the layer before the logits random. */
  readonly topRandom: Similarity;
  /**
   * True where magnitudes of two classes' maps agree, 0.7 or more, and signs do not: a bright pixel is a bright pixel of every
   * map that is multiplied by the image.
   */
  readonly onlyMagnitudesAgree: boolean;
  /** The method that keeps signs, and its verdict where it was checked too. */
  readonly signed?: { readonly method: string; readonly verdict?: VerdictWord };
}

/** The verdict of two rank correlations of magnitudes: between two classes, and with the top layer random. */
export function verdictWord(classes: number, topRandom: number): VerdictWord {
  const similarity = Math.min(classes, topRandom);
  if (Number.isNaN(similarity)) return "unknown";
  if (similarity >= 0.9) return "insensitive";
  return similarity >= 0.7 ? "weak" : "sensitive";
}

/**
 * Verdicts from the results of `classSensitivity` and `parameterRandomisation` for the same methods in one order. Similarity is the rank
 * correlation of magnitudes.
 *
 * @param methods  as the checks were asked; by their names and labels counterparts are found
 */
export function verdicts(
  methods: NonNullable<CheckOptions["methods"]>,
  classes: readonly ClassSensitivity[],
  randomisation: readonly RandomisationResult[],
): readonly Verdict[] {
  const words = new Map<string, VerdictWord>();
  const found = classes.map(({ method, similarity }, place): Verdict => {
    const top = randomisation[place].steps[1].similarity;
    const [ofClasses, ofTop] = [means(similarity), means(top)];
    const verdict = verdictWord(ofClasses.absoluteSpearman, ofTop.absoluteSpearman);
    words.set(method, verdict);
    const onlyMagnitudesAgree = ofClasses.absoluteSpearman >= 0.7 && Math.abs(ofClasses.spearman) < 0.7;
    return { method, verdict, classes: ofClasses, topRandom: ofTop, onlyMagnitudesAgree };
  });
  return found.map((one, place) => {
    const signed: string | undefined = saliencyMethods[nameOf(methods[place])].signed;
    return signed === undefined ? one : { ...one, signed: { method: signed, verdict: words.get(signed) } };
  });
}

function nameOf(asked: AskedMethod): MethodName {
  return typeof asked === "string" ? asked : asked.method;
}

function means(spread: SimilaritySpread): Similarity {
  return {
    spearman: spread.spearman.mean,
    absoluteSpearman: spread.absoluteSpearman.mean,
    structural: spread.structural.mean,
    orientedGradients: spread.orientedGradients.mean,
  };
}
