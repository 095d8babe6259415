/** FullGrad and its variants: one probe of the input's and all biases' gradients. */

import { InputError } from "../../base/index.ts";
import type { Network } from "../../nn/index.ts";
import { batchNormAffine, gradientRules, numbersByName } from "../backward/index.ts";
import type { TermForm } from "../maps/full-gradient.ts";
import { biasTerm, termMap } from "../maps/full-gradient.ts";
import type { Planes } from "../maps/planes.ts";
import { accumulate, combine, mapPlanes, sums } from "../maps/planes.ts";
import type { Batch } from "../probe.ts";
import { shapeAt } from "../probe.ts";
import { inputSize } from "./class-activation-methods.ts";
import type { MethodDefinition, MethodOptions, MethodSite } from "./definition.ts";
import { forEachNoise, imagePlanes, noiseOptions, pickLogits } from "./input-gradients.ts";

/** A layer that adds a number of its own to each of its channels. */
interface Biased {
  readonly name: string;
  /** [C], from the network's present numbers. */
  readonly bias: () => Float64Array;
  /** Whether its output is an image, and so part of the map. */
  readonly shown: boolean;
}

/** Layers with biases: weight layers that have one, and batch norms, whose effective one is beta - gamma mean / deviation. */
function biasedLayers(network: Network): readonly Biased[] {
  return network.architecture.layers.flatMap((layer): Biased[] => {
    const { name, kind } = layer;
    const shown = (shapeAt(network, name) as readonly number[]).length === 3;
    if (kind === "batchNorm") return [{ name, shown, bias: () => batchNormAffine(network, name).shift }];
    const weighted = kind === "convolution" || kind === "linear";
    return weighted && layer.bias ? [{ name, shown, bias: () => numbersByName(network)(`${name}.bias`) }] : [];
  });
}

interface Terms {
  readonly input: Planes;
  readonly biases: ReadonlyMap<string, Planes>;
  readonly logits: Float64Array;
}

/** x ∂S/∂x and b ∂S/∂z of each biased layer. */
function termsOf(site: MethodSite, layers: readonly Biased[], weighted: boolean): (batch: Batch) => Terms {
  const names = layers.map(({ name }) => name);
  const probe = site.probe({ rules: gradientRules, signals: ["input", ...names] });
  return (batch) => {
    const readings = probe.run(batch);
    const biases = layers.map(({ name, bias }): [string, Planes] => {
      const signal = readings.signal(name);
      return [name, weighted ? biasTerm(signal, bias()) : signal];
    });
    const input = combine(readings.signal("input"), imagePlanes(site, batch), (r, x) => r * x);
    return { input, biases: new Map(biases), logits: readings.logits };
  };
}

interface Variant {
  readonly form: TermForm;
  /** Whether biases multiply their gradients. */
  readonly weighted?: boolean;
  /** Whether terms are averaged over noise first. */
  readonly smooth?: boolean;
}

/** FullGrad, in one of its forms. */
export function fullGradient(
  source: string,
  { form, weighted = true, smooth = false }: Variant,
  signed?: string,
): MethodDefinition {
  const options: Partial<MethodOptions> = { upsampling: "align-corners", ...(smooth ? noiseOptions : {}) };
  return {
    source,
    signed,
    options,
    make: (site) => {
      const { upsampling } = site.options;
      if (upsampling === "none") throw new InputError('full-grad: upsampling must be one of a size, got "none"');
      const layers = biasedLayers(site.network);
      const compute = termsOf(site, layers, weighted);
      const { network } = site;
      const images = network.architecture.input.length === 3;
      return (batch) => {
        const terms = smooth ? averaged(site, batch, compute) : compute(batch);
        const size: [number, number] = images ? inputSize(site) : [1, network.inputs];
        const maps = termMap(terms.input, size, form, upsampling);
        for (const { name, shown } of layers) {
          if (shown) accumulate(maps, termMap(terms.biases.get(name) as Planes, size, form, upsampling));
        }
        if (smooth || !weighted) return { maps };
        const total = sums(terms.input);
        for (const term of terms.biases.values()) {
          const parts = sums(term);
          for (let b = 0; b < parts.length; b++) total[b] += parts[b];
        }
        const expected = pickLogits(terms.logits, batch.targets, network.outputs);
        return { maps, completeness: { sums: total, expected } };
      };
    },
  };
}

function averaged(
  site: MethodSite,
  batch: Parameters<typeof forEachNoise>[2],
  compute: (batch: Batch) => Terms,
): Terms {
  let total: Terms | undefined;
  const count = forEachNoise(site.options, site.network.inputs, batch, (noisy) => {
    const terms = compute(noisy);
    if (total === undefined) {
      total = terms;
      return;
    }
    accumulate(total.input, terms.input);
    for (const [name, term] of terms.biases) accumulate(total.biases.get(name) as Planes, term);
  });
  const { input, biases, logits } = total as Terms;
  const mean = (planes: Planes) => mapPlanes(planes, (value) => value / count);
  return { input: mean(input), biases: new Map([...biases].map(([name, term]) => [name, mean(term)])), logits };
}
