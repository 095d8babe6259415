/** The settings of a same-capacity study: one flat table, with its defaults, ranges and meanings. */

import { z } from "zod";
import { normalisations } from "../../data/index.ts";
import {
  type ArchitectureName,
  activationNames,
  architectureNames,
  type InitialDistribution,
  initialDistributions,
} from "../../nn/index.ts";
import { optimizerNames, scheduleNames } from "../../optim/index.ts";
import { type AllocationName, allocationRules } from "../../sparsity/index.ts";
import { zeroingFields } from "./zeroing-settings.ts";

const count = (description: string) => z.int().min(1).describe(description);
const width = (description: string) =>
  z
    .int()
    .min(1)
    .max(2 ** 24)
    .nullable()
    .default(null)
    .describe(description);
const windows = (value: z.ZodNumber, description: string) =>
  z
    .array(value)
    .min(1)
    .nullable()
    .default(null)
    .describe(`${description}; null: constant. Of N values the k-th holds for the k-th N-th of all steps`);
const share = (description: string) => z.number().min(0).lt(1).describe(description);

/** What a study, or one training, can be told. Keys are the columns' names. */
export const scSdcSettings = z.strictObject({
  data: z
    .string()
    .default("digits")
    .describe("Data set: digits, fashion-mnist, mnist, cifar-10, cifar-100, csv:PATH, npy:FOLDER, or a synthetic one"),
  data_folder: z.string().nullable().default(null).describe("Folder to look for the data set in, and nowhere else"),
  normalisation: z
    .enum(normalisations)
    .default("standard")
    .describe("How inputs are scaled, from the training split alone"),
  train_examples: z.int().min(2).nullable().default(null).describe("Train on the first so many examples only"),
  model: z
    .enum(architectureNames as [ArchitectureName, ...ArchitectureName[]])
    .default("mlp")
    .describe("Architecture of both networks; all but mlp and lenet-300-100 read images"),
  hidden_layers: z.int().min(1).max(1000).default(2).describe("mlp: number of hidden layers"),
  depth: z.int().min(10).max(1000).default(16).describe("wide-resnet: convolutions on the way, 6 n + 4"),
  widening: z.int().min(1).max(1024).default(2).describe("wide-resnet: its factor k, which leaves the stem as it is"),
  dense_width: width(
    "Width of the dense network: of an mlp's hidden layers (null: 64), or of the first layer of another model, the rest " +
      "in proportion (null: the model's own)",
  ),
  sparse_width: width(
    "Width of the sparse network, the wider one (null: the dense width with a `density`, else 256 for an mlp and 4 times the dense width for others)",
  ),
  density: z
    .number()
    .positive()
    .max(1)
    .nullable()
    .default(null)
    .describe(
      "Density of the sparse network over all layers; null: as many active weights in every layer as the dense partner has, " +
        "which is what a same-capacity study compares",
    ),
  allocation: z
    .enum(Object.keys(allocationRules) as [AllocationName, ...AllocationName[]])
    .default("erk")
    .describe("How `density` is shared among the layers"),
  activation: z
    .enum(activationNames as [string, ...string[]])
    .default("relu")
    .describe("Activation of hidden units"),
  batch_norm: z
    .boolean()
    .nullable()
    .default(null)
    .describe("Batch normalisation before each activation; null: as the model is published, without for an mlp"),
  skip_connections: z
    .boolean()
    .nullable()
    .default(null)
    .describe("Adds a layer's input before its activation: mlp (null: without) and simple-cnn (null: with)"),
  dropout: share("Probability of dropping a hidden unit in training").default(0),
  bias: z.boolean().default(true).describe("Biases in every layer"),
  initial: z
    .enum(Object.keys(initialDistributions) as [InitialDistribution, ...InitialDistribution[]])
    .default("he-normal")
    .describe("Initial distribution of the weights, with the dense partner's fans in both networks"),
  optimizer: z
    .enum(optimizerNames as [string, ...string[]])
    .default("momentum")
    .describe("Update rule"),
  learning_rate: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe("Base learning rate; null takes the optimizer's default"),
  momentum: share("Momentum of `momentum` and `nesterov`").default(0.9),
  weight_decay: z.number().min(0).default(0).describe("Coupled L2: added to the gradient times the weight"),
  decoupled_decay: z
    .number()
    .min(0)
    .nullable()
    .default(null)
    .describe("Decoupled weight decay; null takes the optimizer's default (0.01 for adamw, else 0)"),
  ...zeroingFields,
  schedule: z.enum(scheduleNames).default("constant").describe("Learning-rate schedule"),
  schedule_every: count("`step` schedule: epochs between two drops").default(30),
  schedule_at: z
    .array(z.number().min(0))
    .min(1)
    .nullable()
    .default(null)
    .describe("`milestones` schedule: the epochs after which the rate drops"),
  schedule_factor: z
    .number()
    .positive()
    .max(1)
    .default(0.1)
    .describe("`step` and `milestones` schedules: factor of each drop"),
  warm_up_epochs: z.int().min(0).default(0).describe("Epochs of linear warm-up"),
  learning_rates: windows(
    z.number().min(0),
    "Learning rates by windows of the training, in place of `learning_rate` and `schedule`",
  ),
  momenta: windows(z.number().min(0).lt(1), "Values by windows in place of `momentum`"),
  weight_decays: windows(z.number().min(0), "Values by windows in place of `weight_decay`"),
  clip_norm: z.number().positive().nullable().default(null).describe("Clip the joint 2-norm of all gradients"),
  clip_value: z.number().positive().nullable().default(null).describe("Clip each gradient element to ± this"),
  augmentation: z.boolean().default(false).describe("Images: random crop after padding by 4, and horizontal flip"),
  epochs: z.int().min(1).max(1_000_000).default(10).describe("Passes over the training split"),
  batch_size: count("Examples per step").max(65536).default(128),
  measure_every: z
    .int()
    .min(0)
    .default(0)
    .describe("Measure every so many epochs; 0 measures at 11 epochs evenly spread over training"),
  measure_examples: count("Training examples whose gradient is measured").max(65536).default(256),
  unmasked: z
    .boolean()
    .default(true)
    .describe("Also measure gradients at masked positions, which gf needs; costs a dense product per measurement"),
});

export type ScSdcSettings = z.infer<typeof scSdcSettings>;

const { dense_width: _, sparse_width: __, density: ___, allocation: ____, ...shared } = scSdcSettings.shape;

/** The settings that any study of trainings has: data, architecture, optimizer, schedule, measures. */
export const sharedSettings = z.strictObject(shared);
export type SharedSettings = z.infer<typeof sharedSettings>;
