/** The settings of a study of saliency: those of any training by a method, and what is asked of the maps. */

import { z } from "zod";
import { InputError } from "../../base/index.ts";
import { baseNames } from "../../optim/index.ts";
import { type MethodName, saliencyMethodNames } from "../../saliency/index.ts";
import {
  methodNames,
  type SparseTrainingSettings,
  sparseTrainingSettings,
  type MethodName as TrainingMethod,
} from "../sparse-training/settings.ts";

const { model, method, ...training } = sparseTrainingSettings.shape;

/** Ways to a small dense network: optimizers that take whole channels to zero. */
const channelMethods = ["hesso", "dhspg", "hspg"] as const;
type ChannelMethod = (typeof channelMethods)[number];

const own = {
  checkpoint: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      "File of a trained network, opened in place of a training; {seed} stands for the seed, and settings of trainings have no effect",
    ),
  saliency_methods: z
    .array(z.enum(saliencyMethodNames as [MethodName, ...MethodName[]]))
    .min(1)
    .default([
      ...(["gradient", "input-x-gradient", "guided-backprop", "lrp-z-plus"] as const),
      ...(["grad-cam", "grad-cam-plus-plus", "full-grad"] as const),
    ])
    .describe("Methods whose maps are checked"),
  saliency_images: z.int().min(2).max(65536).default(64).describe("Test images, from the first, that are explained"),
};

export const saliencySettings = z.strictObject({
  ...own,
  ...training,
  method: z
    .enum<readonly (TrainingMethod | ChannelMethod)[]>([...methodNames, ...channelMethods])
    .default("rigl")
    .describe(
      `${method.description}; or hesso, dhspg, hspg, which remove channels as in a study of compression until the share ` +
        "`density` of the parameters is left",
    ),
  model: model.unwrap().default("saliency-cnn").describe("Architecture; class activation maps need one of images"),
});

export type SaliencySettings = z.infer<typeof saliencySettings>;

function isChannelMethod(method: string): method is ChannelMethod {
  return (channelMethods as readonly string[]).includes(method);
}

/** Settings whose method removes channels. */
export type ChannelSettings = SaliencySettings & { readonly method: ChannelMethod };

export function removesChannels(settings: SaliencySettings): settings is ChannelSettings {
  return isChannelMethod(settings.method);
}

/** What a study of compression knows nothing of: its rates are constant, then a cosine. */
const ratesOfOthers = ["schedule", "warm_up_epochs", "learning_rates", "momenta", "weight_decays"] as const;

/** @throws InputError for settings that such a training does not have */
export function checkChannels(settings: ChannelSettings): void {
  const { method, optimizer } = settings;
  if (!(baseNames as readonly string[]).includes(optimizer)) {
    throw new InputError(
      `${method} sets channels to zero in steps of one of ${baseNames.join(", ")}, got ${optimizer}`,
    );
  }
  const standard = saliencySettings.parse({});
  for (const name of ratesOfOthers) {
    const [given, usual] = [settings[name], standard[name]].map((value) => JSON.stringify(value));
    if (given !== usual) {
      throw new InputError(
        `${name} must be ${usual} for ${method}, got ${given}: its rates are those of a study of compression; set it in the levels of other methods alone`,
      );
    }
  }
}

/** The settings as sparse training takes them; a network whose channels go begins as a dense one. */
export function trainingOf({ method, ...settings }: SaliencySettings): SparseTrainingSettings {
  return { ...settings, method: isChannelMethod(method) ? "dense" : method };
}
