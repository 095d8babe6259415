/** Methods on the activations of one layer. */

import { InputError, unknownName } from "../../base/index.ts";
import { inputName, type Network } from "../../nn/index.ts";
import { gradientRules, guidedRules } from "../backward/index.ts";
import type { ChannelWeightName, ElementName } from "../maps/class-activation.ts";
import { classActivation } from "../maps/class-activation.ts";
import { combine, mapPlanes, reduceChannels } from "../maps/planes.ts";
import { upsample } from "../maps/upsample.ts";
import { shapeAt } from "../probe.ts";
import type { MethodDefinition, MethodOptions, MethodSite } from "./definition.ts";
import { inputSignal } from "./input-gradients.ts";

const layerOptions = {
  layer: undefined,
  rectifyActivations: false,
  rectifyMap: false,
  upsampling: "half-pixel",
} as const satisfies Partial<MethodOptions>;

/** The layer whose activations are used: as asked, or the last activation that is an image of more than one pixel. */
export function activationLayerOf(network: Network, asked: string | undefined): string {
  const { layers, name } = network.architecture;
  const isImage = (layer: string) => {
    const shape = shapeAt(network, layer) as readonly number[];
    return shape.length === 3 && shape[1] * shape[2] > 1;
  };
  const images = [inputName, ...layers.map((layer) => layer.name)].filter(isImage);
  if (asked !== undefined) {
    if (images.includes(asked)) return asked;
    throw unknownName("class activation map", "layer whose output is an image", asked, images);
  }
  const activations = layers.filter((layer) => layer.kind === "activation" && isImage(layer.name));
  const last = activations.at(-1)?.name ?? images.at(-1);
  if (last !== undefined && last !== inputName) return last;
  throw new InputError(
    `class activation map: ${name} has no hidden layer whose output is an image; use a method of the input's gradient`,
  );
}

/** A map of one layer's activations and gradients. */
export function byActivations(
  source: string,
  name: ChannelWeightName | ElementName,
  defaults: Partial<MethodOptions> = {},
  signed?: string,
): MethodDefinition {
  return {
    source,
    signed,
    options: { ...layerOptions, ...defaults },
    make: (site) => {
      const map = layerMap(site, name);
      return (batch) => {
        const { upsampling, rectifyMap } = site.options;
        const signedMap = map(batch);
        const maps = rectifyMap ? mapPlanes(signedMap, (value) => Math.max(value, 0)) : signedMap;
        return { maps: upsampling === "none" ? maps : upsample(maps, inputSize(site), upsampling) };
      };
    },
  };
}

function layerMap(site: MethodSite, name: ChannelWeightName | ElementName) {
  const layer = activationLayerOf(site.network, site.options.layer);
  const probe = site.probe({ rules: gradientRules, signals: [layer], values: [layer] });
  return (batch: Parameters<typeof probe.run>[0]) => {
    const readings = probe.run(batch);
    return classActivation(name, readings.value(layer), readings.signal(layer), site.options.rectifyActivations);
  };
}

export function inputSize(site: MethodSite): [number, number] {
  const [, height, width] = site.network.architecture.input;
  return [height, width];
}

export const guidedGradCam: MethodDefinition = {
  source: "guided backpropagation times Grad-CAM's positive part; Selvaraju et al. 2017, arXiv:1610.02391",
  signed: "gradient",
  options: { reduction: "sum", layer: undefined, rectifyActivations: false, upsampling: "half-pixel" },
  make: (site) => {
    const signal = inputSignal(site, guidedRules);
    const map = layerMap(site, "grad-cam");
    const { upsampling } = site.options;
    if (upsampling === "none") throw new InputError('guided-grad-cam: upsampling must be one of a size, got "none"');
    return (batch) => {
      const positive = mapPlanes(map(batch), (value) => Math.max(value, 0));
      const large = upsample(positive, inputSize(site), upsampling);
      const guided = reduceChannels(signal(batch), site.options.reduction);
      const { channels } = guided;
      const pixels = large.height * large.width;
      const spread = mapPlanes(guided, (_, place) => {
        const [plane, pixel] = [Math.floor(place / pixels), place % pixels];
        return large.values[Math.floor(plane / channels) * pixels + pixel];
      });
      return { maps: combine(guided, spread, (a, b) => a * b) };
    };
  },
};
