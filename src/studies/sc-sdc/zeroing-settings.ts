/** Settings of optimizers that set weights to zero, in epochs where the optimizer counts steps, and what they ask for. */

import { z } from "zod";
import { InputError } from "../../base/index.ts";
import { pruningGroups } from "../../compress/index.ts";
import type { Architecture } from "../../nn/index.ts";
import {
  type BaseName,
  baseNames,
  isZeroing,
  takersOf,
  type ZeroingName,
  type ZeroingSettings,
  zeroingNames,
} from "../../optim/index.ts";
import type { TrainerOptions } from "../../train/index.ts";

const epochs = (description: string) => z.number().min(0).nullable().default(null).describe(description);
const share = (description: string) => z.number().min(0).lt(1).nullable().default(null).describe(description);

/** Null leaves each to the optimizer. Those that an optimizer has not may not be given to it. */
export const zeroingFields = {
  groups: z
    .enum(["channels", "weights"])
    .nullable()
    .default(null)
    .describe(
      `${zeroingNames.join(", ")}: what becomes zero together, channels with all that belongs to them, or each weight ` +
        "alone; null: channels for hspg, dhspg and hesso, else weights",
    ),
  keep_channels: z
    .array(z.string())
    .min(1)
    .nullable()
    .default(null)
    .describe("groups=channels: weight layers that keep all their channels, and with them those tied to them"),
  lambda: z
    .number()
    .min(0)
    .nullable()
    .default(null)
    .describe("Regulariser: factor of the sum of the groups' 2-norms (null: 1e-4; hspg and dhspg 1e-3)"),
  lambda_drops: z
    .array(z.number().min(0))
    .min(1)
    .nullable()
    .default(null)
    .describe("Epochs after which lambda is divided by 10; at 1e-6 and below it is 0 (null: it stays)"),
  initial_stage: z
    .enum(["prox", "sgd"])
    .nullable()
    .default(null)
    .describe("hspg: proximal or subgradient steps before `start_epoch` (null: prox)"),
  start_epoch: epochs(
    "Epochs before zeros are for good: hspg's half-space steps (null: half the training), the choice of dhspg's and hesso's " +
      "groups, obprox-sg-plus's orthant steps (null: a tenth)",
  ),
  half_space: share("hspg, dhspg: ε, the larger the more groups become zero (null: 0)"),
  group_cap: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(null)
    .describe("Largest share of a layer's groups that may be zero (null: 1)"),
  adapt_every: z
    .int()
    .min(0)
    .nullable()
    .default(null)
    .describe(
      "hspg: steps between two looks at whether `half_space` must grow for groups to become zero (null: never)",
    ),
  target_sparsity: share("dhspg, hesso: share of all groups that is to be zero (null: 0.5)"),
  target_tolerance: share("dhspg: share of the groups that is penalised beyond the target (null: 0.1)"),
  group_divisible: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe("dhspg, hesso: channels that stay are a multiple of it (null: 1)"),
  zeroing_periods: z.int().min(1).nullable().default(null).describe("hesso: turns in which groups go (null: 10)"),
  zeroing_epochs: epochs("hesso: epochs from the first group that goes to the last (null: until half the training)"),
  prox_epochs: epochs("obprox-sg: epochs of proximal steps in turn with `orthant_epochs` (null: 5)"),
  orthant_epochs: epochs("obprox-sg: epochs of orthant steps, in which zeros stay zero (null: 5)"),
  base_optimizer: z
    .enum(baseNames)
    .nullable()
    .default(null)
    .describe("dhspg, hesso: whose steps they take (null: momentum)"),
};

type Fields = { readonly [Name in keyof typeof zeroingFields]: z.infer<(typeof zeroingFields)[Name]> };
/** What is needed of a training's settings. */
export type ZeroingFields = Fields & { readonly optimizer: string; readonly epochs: number };

/** The optimizer's setting that each one becomes; undefined where it belongs to all that set weights to zero. */
const becomes = {
  groups: undefined,
  keep_channels: undefined,
  lambda: "lambda",
  lambda_drops: "lambda",
  initial_stage: "initialStage",
  start_epoch: "startStep",
  half_space: "halfSpace",
  group_cap: "cap",
  adapt_every: "adaptEvery",
  target_sparsity: "targetSparsity",
  target_tolerance: "tolerance",
  group_divisible: "groupDivisible",
  zeroing_periods: "periods",
  zeroing_epochs: "periodSteps",
  prox_epochs: "proxSteps",
  orthant_epochs: "orthantSteps",
  base_optimizer: "base",
} as const satisfies Record<keyof Fields, keyof ZeroingSettings | undefined>;

/** Names of the settings, for what tells trainings with and without them apart. */
export const zeroingFieldNames = Object.keys(becomes) as readonly (keyof Fields)[];

/** @throws InputError  for settings of another optimizer, and those that contradict each other */
export function checkZeroing(settings: ZeroingFields): void {
  const { optimizer, epochs: total } = settings;
  for (const name of zeroingFieldNames) {
    if (settings[name] === null) continue;
    const setting = becomes[name];
    const takers: readonly string[] = setting === undefined ? zeroingNames : takersOf(setting);
    if (takers.includes(optimizer)) continue;
    throw new InputError(
      `${name} needs the optimizer ${listed(takers)}, got ${optimizer}; leave it out, or take that optimizer`,
    );
  }
  if (!isZeroing(optimizer)) return;
  for (const name of ["start_epoch", "zeroing_epochs"] as const) {
    const at = settings[name];
    if (at !== null && at > total) throw new InputError(`${name} must not exceed epochs, got ${at} and ${total}`);
  }
  if (settings.keep_channels !== null && groupsOf(settings, optimizer) === "weights") {
    throw new InputError("keep_channels needs groups=channels, got weights; leave it out");
  }
}

function listed(names: readonly string[]): string {
  return names.length === 1 ? names[0] : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

function groupsOf({ groups }: Fields, optimizer: ZeroingName): "channels" | "weights" {
  return groups ?? (["hspg", "dhspg", "hesso"].includes(optimizer) ? "channels" : "weights");
}

/** What a trainer is told of them; nothing for an optimizer that sets no weights to zero. */
export function zeroingOptions(
  settings: ZeroingFields,
  { architecture, stepsPerEpoch }: { readonly architecture: Architecture; readonly stepsPerEpoch: number },
): Pick<TrainerOptions, "groups" | "lambdaSchedule"> & { readonly settings: ZeroingSettings } {
  const { optimizer, lambda_drops, keep_channels } = settings;
  if (!isZeroing(optimizer)) return { settings: {} };
  const inSteps = (count: number | null) => (count === null ? undefined : Math.round(count * stepsPerEpoch));
  const groups =
    groupsOf(settings, optimizer) === "weights"
      ? undefined
      : pruningGroups(architecture, { keep: keep_channels ?? [] }).blocks;
  return {
    settings: {
      lambda: settings.lambda ?? undefined,
      initialStage: settings.initial_stage ?? undefined,
      startStep: inSteps(settings.start_epoch),
      halfSpace: settings.half_space ?? undefined,
      cap: settings.group_cap ?? undefined,
      adaptEvery: settings.adapt_every ?? undefined,
      targetSparsity: settings.target_sparsity ?? undefined,
      tolerance: settings.target_tolerance ?? undefined,
      groupDivisible: settings.group_divisible ?? undefined,
      periods: settings.zeroing_periods ?? undefined,
      periodSteps: periodSteps(settings, stepsPerEpoch),
      proxSteps: inSteps(settings.prox_epochs),
      orthantSteps: inSteps(settings.orthant_epochs),
      base: (settings.base_optimizer as BaseName | null) ?? undefined,
    },
    ...(groups === undefined ? {} : { groups }),
    ...(lambda_drops === null
      ? {}
      : { lambdaSchedule: { name: "milestones", at: lambda_drops.map((at) => Math.round(at * stepsPerEpoch)) } }),
  };
}

function periodSteps({ zeroing_epochs, zeroing_periods }: Fields, stepsPerEpoch: number): number | undefined {
  if (zeroing_epochs === null) return undefined;
  return Math.max(1, Math.floor((zeroing_epochs * stepsPerEpoch) / (zeroing_periods ?? 10)));
}

/** Why other epochs would be another training from the start; undefined where they would not. */
export function zeroingByLength({ optimizer, start_epoch, zeroing_epochs }: ZeroingFields): string | undefined {
  const fixed = start_epoch !== null && (optimizer !== "hesso" || zeroing_epochs !== null);
  const takes = (setting: "startStep") => takersOf(setting).includes(optimizer as ZeroingName);
  return takes("startStep") && !fixed ? `${optimizer} begins after a share of all epochs` : undefined;
}
