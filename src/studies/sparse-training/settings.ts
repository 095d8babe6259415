/** The settings of a study of sparse training: those of any training, and what the methods can be told. */

import { z } from "zod";
import { initialDistributions } from "../../nn/index.ts";
import {
  type AllocationName,
  allocationRules,
  dynamicMethods,
  type MaskedInitialName,
  maskedInitials,
  pruningMethods,
  type TicketName,
  tickets,
} from "../../sparsity/index.ts";
import { sharedSettings } from "../sc-sdc/settings.ts";

const names = <Name extends string>(table: Readonly<Record<Name, unknown>>) => Object.keys(table) as [Name, ...Name[]];
const share = (standard: number, description: string) =>
  z.number().min(0).max(1).default(standard).describe(description);
const shareOrNull = (description: string) => z.number().min(0).max(1).nullable().default(null).describe(description);

/** Every way of coming to a sparse network, and the two dense ones it is held against. */
export const methodNames = [
  "dense",
  "small-dense",
  "static",
  ...names(dynamicMethods),
  ...names(pruningMethods),
  "lottery",
] as const;
export type MethodName = (typeof methodNames)[number];

/** What a study, or one training, can be told of its method. */
const own = {
  method: z
    .enum(methodNames)
    .default("rigl")
    .describe(
      "dense; small-dense, a dense network with as many weights; static, a fixed random mask; during training set, set-original, " +
        "rigl, rigl-inverted, snfs and gmp (gradual magnitude pruning); before it random, magnitude, snip, grasp and synflow; " +
        "or lottery: prune, rewind, train again",
    ),
  width: z
    .int()
    .min(1)
    .max(2 ** 24)
    .nullable()
    .default(null)
    .describe("Width of an mlp's hidden layers (null: 256), or of another model's first layer (null: the model's own)"),
  density: z
    .number()
    .positive()
    .max(1)
    .default(0.1)
    .describe("Share of the weights that stay active, over all sparse layers"),
  allocation: z
    .enum(names<AllocationName>(allocationRules))
    .nullable()
    .default(null)
    .describe(
      "How the density is shared among the layers; null: as the method is published, erk where it does not say",
    ),
  keep_dense: z
    .enum(["none", "first", "last", "first-and-last"])
    .nullable()
    .default(null)
    .describe("Layers that stay dense and do not count towards the density; null: none, and the last for set-original"),
  sparse_initial: z
    .enum(names<MaskedInitialName>(maskedInitials))
    .default("unit-fan-in-normal")
    .describe("Initial weights of networks that start sparse: masked-dense and liu draw from `initial`"),
  gain: z.number().positive().default(2).describe("Of unit-fan and orthogonal initial weights: factor of the variance"),
  update_every: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe("Steps between two changes of the topology; null: the method's"),
  drop_fraction: shareOrNull("Share of the weights replaced by the first update; null: the method's"),
  update_until: shareOrNull("Share of training after which the topology stays; null: the method's"),
  prune_from: share(0.25, "gmp and lottery: share of training at which pruning begins"),
  prune_until: share(0.6, "gmp and lottery: share of training at which the density is reached"),
  prune_scope: z
    .enum(["global", "layer"])
    .nullable()
    .default(null)
    .describe(
      "Pruning before training: to the density over all layers, or to the allocation in each; null: the method's",
    ),
  prune_rounds: z
    .int()
    .min(1)
    .max(10_000)
    .nullable()
    .default(null)
    .describe("synflow: rounds of pruning; null: the method's"),
  score_examples: z
    .int()
    .min(1)
    .max(65536)
    .default(512)
    .describe("snip, grasp: training examples the scores are computed on"),
  ticket: z
    .enum(names<TicketName>(tickets))
    .default("weights")
    .describe(
      "What a pruned network starts its training with: its own weights, their signs, or the mask with fresh weights",
    ),
  shuffle_mask: z
    .enum(["none", "layer", "rows"])
    .default("none")
    .describe(
      "Masks found by pruning before training or by a lottery: permuted in each layer, in each row, or as found",
    ),
  ticket_rounds: z
    .int()
    .min(0)
    .max(100)
    .default(0)
    .describe("lottery: trainings that each prune the same share of what is left; 0: the mask of one gradual pruning"),
  rewind: share(0, "lottery: share of training whose weights the ticket is rewound to"),
  measure_updates: z
    .boolean()
    .default(false)
    .describe("Measure the gradient norm before and after each change of the topology"),
};

const { initial, ...shared } = sharedSettings.shape;

export const sparseTrainingSettings = z.strictObject({
  ...own,
  ...shared,
  initial: z
    .enum(names(initialDistributions))
    .default("he-normal")
    .describe("Initial distribution of dense weights, with the layer's nominal fans"),
});

export type SparseTrainingSettings = z.infer<typeof sparseTrainingSettings>;
/** The settings that methods alone have: factors of these names tell methods apart. */
export const methodSettings: ReadonlySet<string> = new Set(
  Object.keys(own).filter((name) => name !== "density" && name !== "width"),
);
/** What a study file may gather under `sparsity:`. */
export const sparsityGroup: readonly string[] = Object.keys(own).filter((name) => name !== "width");
