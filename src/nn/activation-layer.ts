/** Activations by name: a table. Those with parameters of their own start them where their papers do. */

import { unknownName } from "../base/index.ts";
import type { Engine, Graph, Tensor } from "../tensor/index.ts";
import { elu, fillFrom, prelu, relu, sigmoid, srelu, swish, tanh } from "../tensor/index.ts";
import type { Parameter } from "./parameter.ts";
import { filledParameter } from "./parameter.ts";

export interface ActivationLayer {
  readonly parameters: readonly Parameter[];
  /** @param x  [F, B] or [F, H, W, B]. @returns its shape */
  apply(graph: Graph, x: Tensor): Tensor;
}

interface Site {
  /** Opens the names of its parameters. */
  readonly name: string;
  /** Units, or channels. */
  readonly features: number;
  /** The weight layer it belongs to, from 1. */
  readonly layer: number;
}

type Make = (engine: Engine, site: Site) => ActivationLayer;

const plain =
  (f: (x: Tensor) => Tensor): Make =>
  () => ({ parameters: [], apply: (_, x) => f(x) });

/** One learned slope per layer, starting at 0.25: PyTorch's default (He et al. 2015, arXiv:1502.01852). */
const makePrelu: Make = (engine, { features, name, layer }) => {
  const slope = filledParameter(engine, { name: `${name}.slope`, layer, role: "activation" }, [], 0.25);
  const spec = { shape: [features], batched: false };
  return {
    parameters: [slope],
    apply: (graph, x) => prelu(x, fillFrom(graph.read(slope.variable), spec)),
  };
};

/** Four learned numbers per unit or channel, starting at t_r = 0.4, a_r = 2, t_l = -0.4, a_l = 0.4, as SET's code starts them. */
const makeSrelu: Make = (engine, { features, name, layer }) => {
  const one = (which: string, start: number) =>
    filledParameter(engine, { name: `${name}.${which}`, layer, role: "activation" }, [features], start);
  const upperThreshold = one("upperThreshold", 0.4);
  const upperSlope = one("upperSlope", 2);
  const lowerThreshold = one("lowerThreshold", -0.4);
  const lowerSlope = one("lowerSlope", 0.4);
  return {
    parameters: [upperThreshold, upperSlope, lowerThreshold, lowerSlope],
    apply: (graph, x) =>
      srelu(x, {
        upperThreshold: graph.read(upperThreshold.variable),
        upperSlope: graph.read(upperSlope.variable),
        lowerThreshold: graph.read(lowerThreshold.variable),
        lowerSlope: graph.read(lowerSlope.variable),
      }),
  };
};

const table = {
  relu: plain(relu),
  prelu: makePrelu,
  elu: plain((x) => elu(x)),
  srelu: makeSrelu,
  swish: plain(swish),
  sigmoid: plain(sigmoid),
  tanh: plain(tanh),
} as const satisfies Record<string, Make>;

export type ActivationName = keyof typeof table;
/** Every activation a network can be given. */
export const activationNames = Object.keys(table) as readonly ActivationName[];

/** Makes an activation layer of `features` units or channels. */
export function activationLayer(
  engine: Engine,
  { function: f, ...site }: Site & { readonly function: ActivationName },
): ActivationLayer {
  const make: Make | undefined = Object.hasOwn(table, f) ? table[f] : undefined;
  if (make === undefined) throw unknownName(`layer "${site.name}"`, "activation", f, activationNames);
  return make(engine, site);
}
