/**
 * Layer-wise relevance propagation: rules for weight layers, and what the other layers do.
 *
 * Every rule is a sum of terms x ∘ Wᵀ(R / z) with weights and inputs of some form, z being the sum of such products forward.
 * Activations and batch norm pass relevance through (a batch norm behind a weight layer is folded into it); a maximum pool
 * gives it to the winner; averages and sums share it by the epsilon rule.
 *
 * @see Bach et al. 2015, doi:10.1371/journal.pone.0130140; Montavon et al. 2017, 2019; Kohlbrenner et al. 2020, arXiv:1910.09840
 */

import { InputError, unknownName } from "../../base/index.ts";
import type { Architecture, Convolution, Layer, Linear } from "../../nn/index.ts";
import { inputName } from "../../nn/index.ts";
import type { Graph, Tensor } from "../../tensor/index.ts";
import { absolute, add, divide, multiply, negate, relu, scale, shift, step, subtract } from "../../tensor/index.ts";
import type { LayerRule, LayerSite, RuleChoice } from "./backward-pass.ts";
import { ordinary } from "./backward-pass.ts";
import type { Form, Product, WeightForms } from "./weight-forms.ts";
import { disfavouring, favouring, negative, none, ones, plain, positive, squares } from "./weight-forms.ts";

/** How a weight layer hands relevance on. */
export type RelevanceRule =
  /** z_ij / z_j: LRP-0. */
  | { readonly rule: "z" }
  /** z_ij / (z_j + epsilon sign(z_j)), sign(0) = 1. */
  | { readonly rule: "epsilon"; readonly epsilon: number }
  /** alpha z⁺_ij / z⁺_j - beta z⁻_ij / z⁻_j, alpha - beta = 1. The bias's positive part belongs to z⁺, its negative to z⁻. */
  | { readonly rule: "alpha-beta"; readonly alpha: number; readonly beta: number; readonly bias: boolean }
  /** The epsilon rule of 1e-6 with weights w + gamma max(w, 0) where the output is above 0, w + gamma min(w, 0) below: as Zennit. */
  | { readonly rule: "gamma"; readonly gamma: number }
  /** Every active weight 1, every input 1. */
  | { readonly rule: "flat" }
  /** Squares of the weights, every input 1. */
  | { readonly rule: "w-squared" }
  /** For inputs in [low, high]: x w - low w⁺ - high w⁻. */
  | { readonly rule: "z-box"; readonly low: number; readonly high: number };

/** A rule for linear layers, one for convolutions, and one for those that read the image. */
export interface Composite {
  readonly linear: RelevanceRule;
  readonly convolution: RelevanceRule;
  readonly first?: RelevanceRule;
}

const ruleNames = ["z", "epsilon", "alpha-beta", "gamma", "flat", "w-squared", "z-box"] as const;
/** Keeps quotients of sums that cancel finite. */
const stabiliser = 1e-6;

/** @throws InputError  for a rule that is none, or numbers outside a rule's range */
export function checkRelevanceRule(where: string, rule: RelevanceRule): void {
  if (!ruleNames.includes(rule.rule)) throw unknownName(where, "relevance rule", rule.rule, ruleNames);
  const refuse = (what: string, got: unknown) => {
    throw new InputError(`${where}: rule "${rule.rule}": ${what}, got ${got}`);
  };
  if (rule.rule === "epsilon" && !(rule.epsilon >= 0)) refuse("epsilon must be at least 0", rule.epsilon);
  if (rule.rule === "gamma" && !(rule.gamma >= 0)) refuse("gamma must be at least 0", rule.gamma);
  if (rule.rule === "z-box" && !(rule.low < rule.high)) refuse("low must be below high", `${rule.low}, ${rule.high}`);
  if (rule.rule === "alpha-beta") {
    const { alpha, beta } = rule;
    if (!(beta >= 0 && Math.abs(alpha - beta - 1) < 1e-9)) {
      refuse(
        "alpha - beta must be 1 and beta at least 0, or relevance is not handed on in full",
        `${alpha} and ${beta}`,
      );
    }
  }
}

/** The rule of each layer for a composite. */
export function relevanceRules(architecture: Architecture, forms: WeightForms, composite: Composite): RuleChoice {
  const first = firstWeightLayers(architecture);
  const positiveOutputs = nonNegativeLayers(architecture);
  return (layer) => {
    switch (layer.kind) {
      case "convolution":
      case "linear": {
        const rule = (first.has(layer.name) ? composite.first : undefined) ?? composite[layer.kind];
        return weightRule(rule, forms, layer, positiveOutputs.has(layer.inputs[0]));
      }
      case "activation":
      case "batchNorm":
        return ({ signal }) => [signal];
      case "averagePool":
      case "globalAveragePool":
      case "add":
        return share;
      default:
        return ordinary;
    }
  };
}

function weightRule(
  rule: RelevanceRule,
  forms: WeightForms,
  layer: Convolution | Linear,
  inputsPositive: boolean,
): LayerRule {
  const product = (graph: Graph, form: Form) => forms.product(graph, layer, form);
  switch (rule.rule) {
    case "z":
      return simple(forms, layer, plain, 0);
    case "epsilon":
      return simple(forms, layer, plain, rule.epsilon);
    case "flat":
    case "w-squared":
      return ({ inputs: [a], signal }) => {
        const weights = product(a.graph, rule.rule === "flat" ? ones : squares);
        const one = a.graph.full(a, 1);
        return [weights.transposed(quotient(signal, weights.forward(one, none)), a)];
      };
    case "z-box":
      return ({ inputs: [a], signal }) => {
        const parts = [
          { weights: product(a.graph, plain), x: a },
          { weights: product(a.graph, positive), x: a.graph.full(a, -rule.low) },
          { weights: product(a.graph, negative), x: a.graph.full(a, -rule.high) },
        ];
        const z = parts.map(({ weights, x }) => weights.forward(x, none)).reduce(add);
        const q = divide(signal, stabilised(z, stabiliser));
        return [parts.map(({ weights, x }) => multiply(x, weights.transposed(q, x))).reduce(add)];
      };
    case "alpha-beta":
      return ({ inputs: [a], signal }) => {
        const [up, down] = [product(a.graph, positive), product(a.graph, negative)];
        const parts = partsOf(a, inputsPositive);
        const bias = (form: Form) => (rule.bias ? form : none);
        const contributing = scale(
          half(parts, up, down, bias(positive), (z) => quotient(signal, z)),
          rule.alpha,
        );
        if (rule.beta === 0) return [contributing];
        const opposing = half(parts, down, up, bias(negative), (z) => quotient(signal, z));
        return [subtract(contributing, scale(opposing, rule.beta))];
      };
    case "gamma":
      return ({ inputs: [a], signal }) => {
        const [more, less] = [favouring(rule.gamma), disfavouring(rule.gamma)];
        const [up, down] = [product(a.graph, more), product(a.graph, less)];
        const parts = partsOf(a, inputsPositive);
        const z = product(a.graph, plain).forward(a, plain);
        // What made an output what it is counts for more: positive shares of one above 0, negative shares of one below.
        const where = (chosen: Tensor) => (sum: Tensor) =>
          divide(multiply(signal, chosen), stabilised(sum, stabiliser));
        return [add(half(parts, up, down, more, where(step(z))), half(parts, down, up, less, where(step(negate(z)))))];
      };
    default:
      return rule satisfies never;
  }
}

/** max(a, 0), and min(a, 0) where there is any. */
interface Parts {
  readonly above: Tensor;
  readonly below?: Tensor;
}

function partsOf(a: Tensor, positive: boolean): Parts {
  if (positive) return { above: a };
  const above = relu(a);
  return { above, below: subtract(a, above) };
}

/** One product for positive inputs, the other for negative ones: a ∘ Wᵀ q(z) of both, z being their sum. */
function half(parts: Parts, same: Product, other: Product, bias: Form, q: (z: Tensor) => Tensor): Tensor {
  const { above, below } = parts;
  const z = same.forward(above, bias);
  const share = q(below === undefined ? z : add(z, other.forward(below, none)));
  const ofAbove = multiply(above, same.transposed(share, above));
  return below === undefined ? ofAbove : add(ofAbove, multiply(below, other.transposed(share, below)));
}

/** a ∘ Wᵀ(R / z) with one form of the weights and of the bias. */
function simple(forms: WeightForms, layer: Convolution | Linear, form: Form, epsilon: number): LayerRule {
  return ({ inputs: [a], signal }) => {
    const weights = forms.product(a.graph, layer, form);
    const z = weights.forward(a, form);
    const q = epsilon === 0 ? quotient(signal, z) : divide(signal, stabilised(z, epsilon));
    return [multiply(a, weights.transposed(q, a))];
  };
}

/** The epsilon rule for fixed linear maps: averages and sums. */
function share(site: LayerSite): readonly Tensor[] {
  const { output, inputs, signal } = site;
  const q = divide(signal, stabilised(output, stabiliser));
  return ordinary({ ...site, signal: q }).map((part, i) => multiply(inputs[i], part));
}

/** r / z, and 0 where z is. */
function quotient(r: Tensor, z: Tensor): Tensor {
  const there = step(absolute(z));
  return divide(multiply(r, there), add(z, shift(negate(there), 1)));
}

/** z + epsilon sign(z), sign(0) = 1. */
function stabilised(z: Tensor, epsilon: number): Tensor {
  return add(z, shift(scale(step(negate(z)), -2 * epsilon), epsilon));
}

/** Weight layers that read the image through no other weight layer. */
function firstWeightLayers({ layers }: Architecture): ReadonlySet<string> {
  const bare = new Set<string>([inputName]);
  const first = new Set<string>();
  for (const { kind, name, inputs } of layers) {
    if (!inputs.every((input) => bare.has(input))) continue;
    if (kind === "convolution" || kind === "linear") first.add(name);
    else bare.add(name);
  }
  return first;
}

const keepsSign: readonly Layer["kind"][] = [
  "maxPool",
  "averagePool",
  "globalAveragePool",
  "flatten",
  "add",
  "concatenate",
  "zeroPad",
  "upsample",
  "dropout",
];

/** Layers whose outputs are never negative. */
function nonNegativeLayers({ layers }: Architecture): ReadonlySet<string> {
  const found = new Set<string>();
  for (const layer of layers) {
    const rectified = layer.kind === "activation" && (layer.function === "relu" || layer.function === "sigmoid");
    const kept = keepsSign.includes(layer.kind) && layer.inputs.every((input) => found.has(input));
    if (rectified || kept) found.add(layer.name);
  }
  return found;
}
