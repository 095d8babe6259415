/** Methods that change the backward pass of ReLU and read the signal at the input. */

import { InputError } from "../../base/index.ts";
import type { Activation, Layer } from "../../nn/index.ts";
import type { Variable } from "../../tensor/index.ts";
import { rectifiedRules } from "../backward/index.ts";
import { combine, example, type Planes, sizeOfOne } from "../maps/planes.ts";
import { batchInnermost, shapeAt } from "../probe.ts";
import type { MethodDefinition, MethodSite, NumberedBatch } from "./definition.ts";
import { imagePlanes } from "./input-gradients.ts";

/** Rectified gradients: x R, or R where `timesInput` is false. */
export const rectifiedGradients: MethodDefinition = {
  source: "R 1[a R > τ] at every ReLU, times x; Kim et al. 2019, arXiv:1902.04893",
  signed: "input-x-gradient",
  options: {
    reduction: "sum",
    threshold: 0,
    percentile: undefined,
    padding: false,
    proportional: false,
    timesInput: true,
  },
  make: (site) => {
    const { threshold, percentile, timesInput } = site.options;
    if (!(threshold >= 0)) throw new InputError(`rect-grad: the threshold must be at least 0, got ${threshold}`);
    const signal = percentile === undefined ? byThreshold(site) : byPercentile(site, percentile);
    return (batch) => {
      const maps = signal(batch);
      return { maps: timesInput ? combine(maps, imagePlanes(site, batch), (r, x) => r * x) : maps };
    };
  },
};

function byThreshold(site: MethodSite): (batch: NumberedBatch) => Planes {
  const { threshold, padding, proportional } = site.options;
  const rules = rectifiedRules({ keep: { threshold }, padding, proportional });
  const probe = site.probe({ rules, signals: ["input"] });
  return (batch) => probe.run(batch).signal("input");
}

/**
 * The threshold of a layer is a percentile of what arrives there, which depends on the layers behind it: one run per
 * activation, from the last to the first, each finding a mask, and a run with all of them.
 */
function byPercentile(site: MethodSite, percentile: number): (batch: NumberedBatch) => Planes {
  if (!(percentile >= 0 && percentile <= 100)) {
    throw new InputError(`rect-grad: the percentile must be in [0, 100], got ${percentile}`);
  }
  const { engine, network, options } = site;
  const layers = network.architecture.layers.filter((layer): layer is Activation => layer.kind === "activation");
  const masks = new Map<string, Variable>();
  const maskOf = (layer: Layer, count: number): Variable => {
    const key = `${layer.name} of ${count}`;
    let made = masks.get(key);
    if (made === undefined) {
      const shape = shapeAt(network, layer.name) as readonly number[];
      made = engine.variable(`mask of ${layer.name}`, [...shape, count], { batched: true });
      masks.set(key, made);
    }
    return made;
  };
  const rules = rectifiedRules({
    ...options,
    keep: { masks: (layer, output) => output.graph.read(maskOf(layer, output.batch)) },
  });
  const finders = [...layers].reverse().map((layer) => ({
    layer,
    probe: site.probe({ rules, signals: [layer.name], values: [layer.name] }),
  }));
  const last = site.probe({ rules, signals: ["input"] });
  return (batch) => {
    for (const { layer, probe } of finders) {
      const readings = probe.run(batch);
      const a = readings.value(layer.name);
      const products = combine(a, readings.signal(layer.name), (value, r) => value * r);
      for (let b = 0; b < products.count; b++) {
        const values = example(products, b);
        const tau = percentileOf(values, percentile);
        values.forEach((value, i) => {
          values[i] = value > tau ? 1 : 0;
        });
      }
      const { count } = products;
      maskOf(layer, count).set(batchInnermost(products.values, count, sizeOfOne(products)));
    }
    return last.run(batch).signal("input");
  };
}

/** The q-th percentile, interpolated linearly between the two values next to it: NumPy's default. */
export function percentileOf(values: Float64Array, q: number): number {
  const sorted = values.slice().sort();
  const place = (q / 100) * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(sorted.length - 1, low + 1);
  return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
}
