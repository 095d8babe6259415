/** The settings of a study of tuning: those of a training, and what its schedules are searched by. */

import { z } from "zod";
import { scSdcSettings } from "../sc-sdc/settings.ts";
import { sparseTrainingSettings } from "../sparse-training/settings.ts";

/** The ways of coming to schedules. */
export const searchNames = ["forward", "random", "halving", "cosine", "given"] as const;
export type SearchName = (typeof searchNames)[number];

/** The networks whose schedules can be searched: their masks stay while they train. */
export const tunedNetworks = ["dense", "sparse", "static"] as const;

const countOrNull = (least: number, description: string) =>
  z.int().min(least).nullable().default(null).describe(description);
const windows = (standard: number, description: string) =>
  z.int().min(0).max(1000).default(standard).describe(description);
const stepOrNull = (description: string) => z.number().positive().nullable().default(null).describe(description);

const own = {
  search: z
    .enum(searchNames)
    .default("forward")
    .describe(
      "forward: learned by differentiating through trainings; random search and successive halving at the same cost; cosine from " +
        "`learning_rate` (null: 0.1); given: what the settings say",
    ),
  network: z
    .enum(tunedNetworks)
    .default("dense")
    .describe("The dense or the sparse network of a pair, or a static mask as sparse training draws it"),
  learned_rates: windows(5, "Learning rates to search, one per window; 0: as the settings say"),
  learned_momenta: windows(1, "Momenta to search, one per window; 0: as the settings say"),
  learned_decays: windows(1, "Weight decays to search, one per window; 0: as the settings say"),
  rounds: z.int().min(1).max(2047).default(10).describe("forward: trainings that are differentiated through"),
  budget: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe("Gradients that a search may compute; null: what forward needs for its rounds"),
  product_cost: z.number().min(0).default(1).describe("Gradients that one Hessian-vector product of forward counts as"),
  search_steps: countOrNull(1, "Steps of each training of the search; null: `epochs` over the search's examples"),
  search_examples: countOrNull(1, "Examples the search trains on, others in each round; null: all that are left"),
  validation_examples: countOrNull(1, "Examples its trainings are judged by, never trained on; null: a tenth"),
  start: z
    .enum(["zero", "given"])
    .default("zero")
    .describe("forward: where values start, at 0 or at what the settings say"),
  rate_step: stepOrNull("forward: first step of a rate; null: 0.05, with batch norm 0.1"),
  momentum_step: stepOrNull("forward: first step of a momentum; null: 0.2, with batch norm 0.3"),
  decay_step: stepOrNull("forward: first step of a decay; null: 4e-4"),
  highest_rate: z.number().positive().default(1).describe("Highest learning rate that a search may try"),
  highest_momentum: z.number().positive().max(0.999).default(0.99).describe("Highest momentum that a search may try"),
  highest_decay: z.number().positive().default(5e-3).describe("Highest weight decay that a search may try"),
  clip_tangent: z
    .number()
    .min(0)
    .nullable()
    .default(null)
    .describe("forward: clamp each element of a product to ± this, 0 for no clamp; null: 1, with batch norm none"),
  mode: z
    .enum(["auto", "forward", "adjoint"])
    .default("auto")
    .describe("forward: how it differentiates; auto: the cheaper one, forward where products are clamped"),
  surface: z
    .int()
    .min(0)
    .max(101)
    .default(0)
    .describe("Points along each axis of the loss surface around what was found; 0: none"),
};

/** Settings of sparse training that a static mask reads besides those of a pair. */
const { keep_dense, sparse_initial, gain } = sparseTrainingSettings.shape;

export const tuningSettings = z.strictObject({ ...own, keep_dense, sparse_initial, gain, ...scSdcSettings.shape });
export type TuningSettings = z.infer<typeof tuningSettings>;

/** The settings of the search alone: factors of these names tell searches apart. */
export const searchSettings: ReadonlySet<string> = new Set(Object.keys(own).filter((name) => name !== "network"));
