/** The settings of a study of saliency: those of any training by a method, and what is asked of the maps. */

import { z } from "zod";
import { type MethodName, saliencyMethodNames } from "../../saliency/index.ts";
import { sparseTrainingSettings } from "../sparse-training/settings.ts";

const { model, ...training } = sparseTrainingSettings.shape;

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
  model: model.unwrap().default("saliency-cnn").describe("Architecture; class activation maps need one of images"),
});

export type SaliencySettings = z.infer<typeof saliencySettings>;
