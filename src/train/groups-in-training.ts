/** What a training with groups must be told and keeps in mind of them: rules, settings, lambda step by step. */

import { InputError } from "../base/index.ts";
import { isZeroing, type ScheduleOptions, schedule, zeroingNames } from "../optim/index.ts";
import type { TrainerOptions } from "./trainer.ts";

/** A lambda that a schedule has brought to or below 1e-6 is 0, as in OTO's code; factors of 0.1 miss it by a rounding. */
const leastLambda = 1e-6 * (1 + 1e-9);

/** @throws InputError for groups, or a schedule of lambda, that the optimizer has no use for; for gradients that prox-svrg would not see */
export function checkGroups({ optimizer, groups, lambdaSchedule, clip = {} }: TrainerOptions): void {
  const asked = groups !== undefined ? "groups" : lambdaSchedule !== undefined ? "a schedule of lambda" : undefined;
  if (asked !== undefined && !isZeroing(optimizer)) {
    throw new InputError(
      `train: ${asked} must be given to an optimizer that sets weights to zero, got ${optimizer}; take one of ${zeroingNames.join(", ")}`,
    );
  }
  if (optimizer === "prox-svrg" && (clip.norm !== undefined || clip.value !== undefined)) {
    throw new InputError(
      "train: prox-svrg needs gradients as they are, which clipping changes; leave clipping out, or take prox-sg",
    );
  }
}

/** The settings of groups, for checkpoints; none where there are none. */
export function groupSettings({ groups, lambdaSchedule }: Pick<TrainerOptions, "groups" | "lambdaSchedule">): object {
  const said = groups?.map(({ name, count, members, cap, halfSpace, multipleOf }) => {
    const parts = members.map(({ parameter, start = 0, length }) => `${parameter}[${start}]x${length}`);
    const own = Object.entries({ cap, halfSpace, multipleOf }).filter(([, value]) => value !== undefined);
    return [`${name}: ${count} of ${parts.join(" + ")}`, ...own.map(([key, value]) => `${key} ${value}`)].join(", ");
  });
  return {
    ...(said === undefined ? {} : { groups: said }),
    ...(lambdaSchedule === undefined ? {} : { lambdaSchedule: { name: "constant", ...lambdaSchedule } }),
  };
}

/** Lambda at a step; undefined where it is the optimizer's own throughout. */
export function lambdaOf(
  lambda: number | undefined,
  options: Omit<ScheduleOptions, "totalSteps"> | undefined,
  totalSteps: number,
): ((step: number) => number) | undefined {
  if (options === undefined || lambda === undefined) return undefined;
  const factor = schedule({ ...options, totalSteps });
  return (step) => {
    const value = lambda * factor(step);
    return factor(step) < 1 && value <= leastLambda ? 0 : value;
  };
}
