/** Layer-wise relevance propagation under several compositions of rules. */

import { type Composite, checkRelevanceRule, relevanceRules, WeightForms } from "../backward/index.ts";
import { sums } from "../maps/planes.ts";
import type { MethodDefinition, MethodOptions } from "./definition.ts";
import { pickLogits } from "./input-gradients.ts";

/** A method that starts at the target's logit, and hands it on by the rules that `composite` makes of the options. */
export function relevance(
  source: string,
  options: Partial<MethodOptions>,
  composite: (options: MethodOptions) => Composite,
  signed?: string,
): MethodDefinition {
  return {
    source,
    signed,
    options: { reduction: "sum", ...options },
    make: (site) => {
      const { engine, network } = site;
      const chosen = composite(site.options);
      for (const rule of [chosen.linear, chosen.convolution, chosen.first]) {
        if (rule !== undefined) checkRelevanceRule("lrp", rule);
      }
      const forms = new WeightForms(engine, network);
      const rules = relevanceRules(network.architecture, forms, chosen);
      const probe = site.probe({ rules, seed: "logit", signals: ["input"], prepare: () => forms.refresh() });
      return (batch) => {
        const readings = probe.run(batch);
        const maps = readings.signal("input");
        const expected = pickLogits(readings.logits, batch.targets, network.outputs);
        return { maps, completeness: { sums: sums(maps), expected } };
      };
    },
  };
}

const everywhere = (rule: Composite["linear"]): Composite => ({ linear: rule, convolution: rule });

const bach = "Bach et al. 2015, doi:10.1371/journal.pone.0130140";
const kohlbrenner = "Kohlbrenner et al. 2020, arXiv:1910.09840";

/** The rows of the table that are relevance propagation. */
export const relevanceMethods = {
  lrp: relevance(
    "relevance by the given composite; default EpsilonPlus",
    { composite: undefined },
    ({ composite }) => composite ?? epsilonPlus(1e-6),
    "lrp-epsilon",
  ),
  "lrp-z": relevance(`a_i w_ij / z_j; ${bach}`, {}, () => everywhere({ rule: "z" })),
  "lrp-epsilon": relevance(`a_i w_ij / (z_j + ε sign z_j); ${bach}`, { epsilon: 1e-6 }, ({ epsilon }) =>
    everywhere({ rule: "epsilon", epsilon }),
  ),
  "lrp-alpha-beta": relevance(
    `α z⁺_ij / z⁺_j - β z⁻_ij / z⁻_j; ${bach}`,
    { alpha: 2, beta: 1, bias: true },
    ({ alpha, beta, bias }) => everywhere({ rule: "alpha-beta", alpha, beta, bias }),
    "lrp-epsilon",
  ),
  "lrp-z-plus": relevance(
    "positive contributions only: α 1, β 0; Montavon et al. 2017, doi:10.1016/j.patcog.2016.11.008",
    { bias: false },
    ({ bias }) => everywhere({ rule: "alpha-beta", alpha: 1, beta: 0, bias }),
    "lrp-epsilon",
  ),
  "lrp-gamma": relevance(
    "weights w + γ w⁺; Montavon et al. 2019, doi:10.1007/978-3-030-28954-6_10",
    { gamma: 0.25 },
    ({ gamma }) => everywhere({ rule: "gamma", gamma }),
    "lrp-epsilon",
  ),
  "lrp-flat": relevance(
    `EpsilonPlus with a flat first layer; ${kohlbrenner}`,
    { epsilon: 1e-6 },
    ({ epsilon }) => ({ ...epsilonPlus(epsilon), first: { rule: "flat" } }),
    "lrp-epsilon",
  ),
  "lrp-epsilon-plus": relevance(
    `ε in linear layers, z⁺ in convolutions; ${kohlbrenner}`,
    { epsilon: 1e-6 },
    ({ epsilon }) => epsilonPlus(epsilon),
    "lrp-epsilon",
  ),
  "lrp-epsilon-alpha2-beta1": relevance(
    `ε in linear layers, α 2 β 1 in convolutions; ${kohlbrenner}`,
    { epsilon: 1e-6 },
    ({ epsilon }) => ({
      linear: { rule: "epsilon", epsilon },
      convolution: { rule: "alpha-beta", alpha: 2, beta: 1, bias: true },
    }),
    "lrp-epsilon",
  ),
  "lrp-epsilon-gamma-box": relevance(
    "ε in linear layers, γ in convolutions, z-box in the first layer; Anders et al. 2021, arXiv:2106.13200",
    { epsilon: 1e-6, gamma: 0.25, low: 0, high: 1 },
    ({ epsilon, gamma, low, high }) => ({
      linear: { rule: "epsilon", epsilon },
      convolution: { rule: "gamma", gamma },
      first: { rule: "z-box", low, high },
    }),
    "lrp-epsilon",
  ),
} as const satisfies Record<string, MethodDefinition>;

function epsilonPlus(epsilon: number): Composite {
  return {
    linear: { rule: "epsilon", epsilon },
    convolution: { rule: "alpha-beta", alpha: 1, beta: 0, bias: true },
  };
}
