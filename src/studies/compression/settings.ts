/** The settings of a study of compression: those of any training that it takes, and what becomes of the trained network. */

import { z } from "zod";
import { costKinds } from "../../compress/index.ts";
import { baseNames } from "../../optim/index.ts";
import { type SharedSettings, sharedSettings } from "../sc-sdc/settings.ts";

/** Ways to a cheaper network, and the networks they are held against. */
export const compressionMethods = [
  "hesso",
  "dhspg",
  "hspg",
  "magnitude",
  "dense",
  "small-dense",
  "gmp",
  "rigl",
] as const;
export type CompressionMethod = (typeof compressionMethods)[number];

/** Settings of any training that mean the same here. Rates have a schedule of their own. */
const { shape: training } = sharedSettings.pick({
  data: true,
  data_folder: true,
  normalisation: true,
  train_examples: true,
  model: true,
  hidden_layers: true,
  depth: true,
  widening: true,
  activation: true,
  batch_norm: true,
  skip_connections: true,
  dropout: true,
  bias: true,
  initial: true,
  learning_rate: true,
  momentum: true,
  weight_decay: true,
  decoupled_decay: true,
  clip_norm: true,
  clip_value: true,
  augmentation: true,
  epochs: true,
  batch_size: true,
});

export const compressionSettings = z.strictObject({
  method: z
    .enum(compressionMethods)
    .default("hesso")
    .describe(
      "What takes channels to zero during training: hesso, dhspg or hspg; magnitude, those of smallest norm at once, trained " +
        "further without them; or what that is held against: dense, small-dense (narrower from the start, same cost), and gmp " +
        "and rigl, whose single weights are zero, in the bytes of small-dense",
    ),
  target: z.number().positive().max(1).default(0.3).describe("Share of the full network's cost that is left"),
  target_of: z
    .enum(costKinds)
    .default("macs")
    .describe("Which cost: multiply-accumulates, parameters, or groups, the channels that can go"),
  width: z
    .int()
    .min(1)
    .max(2 ** 24)
    .nullable()
    .default(null)
    .describe("Width of an mlp's hidden layers (null: 256), or of another model's first layer (null: the model's own)"),
  dense_share: z
    .number()
    .min(0)
    .lt(1)
    .default(0.4)
    .describe(
      "Share of the epochs that train the full network, at a constant rate, before channels go; the rate then falls to 0 as a cosine",
    ),
  finetune_epochs: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(0)
    .describe("Epochs that train the small network further, from a tenth of the rate"),
  multiple_of: z
    .int()
    .min(1)
    .max(1024)
    .default(1)
    .describe("Widths that are left are multiples of this where they can be"),
  keep: z
    .array(z.string().min(1))
    .max(1024)
    .default([])
    .describe("Layers that lose no channels, by name; those tied to them lose none either"),
  lambda: z
    .number()
    .min(0)
    .nullable()
    .default(null)
    .describe("dhspg and hspg: factor of the groups' norms; null: the optimizer's default"),
  half_space: z
    .number()
    .min(0)
    .lt(1)
    .nullable()
    .default(null)
    .describe("dhspg and hspg: ε of the half-space step, more zeros the larger; null: the optimizer's default"),
  ...training,
  optimizer: z
    .enum(baseNames)
    .default("momentum")
    .describe(
      "Update rule of every method; hspg has momentum's, which is that of dhspg and hesso unless said otherwise",
    ),
});

export type CompressionSettings = z.infer<typeof compressionSettings>;

/** The settings of a training as other rooms of the laboratory take them. */
export function sharedOf(settings: CompressionSettings): SharedSettings {
  const shared = Object.fromEntries(
    Object.keys(training).map((name) => [name, settings[name as keyof typeof training]]),
  );
  return sharedSettings.parse({ ...shared, optimizer: settings.optimizer });
}
