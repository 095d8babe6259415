/**
 * The validation loss around what a search has found: a grid over the means of one or two families, whose values are scaled
 * together; everything else is as found. All points train on the examples, in the order and from the weights of the best training.
 */

import { mean } from "../../base/index.ts";
import type { Family, Schedules } from "../../hyperopt/index.ts";
import type { TuningPlan } from "./plan.ts";
import type { TuningRow } from "./rows.ts";
import { searchedFamilies } from "./schedules.ts";

/** The families whose means are the axes: the first two that are searched. */
export function surfaceAxes(plan: Pick<TuningPlan, "learned">): Family[] {
  return searchedFamilies(plan).slice(0, 2);
}

/** The schedules of every point, first axis fastest. @param points  along each axis, ≥ 2 */
export function surfacePoints(
  points: number,
  { plan, best, rows }: { readonly plan: TuningPlan; readonly best: TuningRow; readonly rows: readonly TuningRow[] },
): Schedules[] {
  const grids = surfaceAxes(plan).map((family) => {
    const [, highest] = plan.bounds[family];
    // As far again as from 0 to what was found, and all that the search came past.
    const reached = rows.filter(({ what }) => what === "round").map(({ schedules }) => mean(schedules[family]));
    const found = mean(best.schedules[family]);
    const end = Math.min(highest, Math.max(2 * found, ...reached, plan.firstStepOf[family]));
    return { family, values: Array.from({ length: points }, (_, i) => (end * i) / (points - 1)), highest };
  });
  return grids.reduce<Schedules[]>(
    (all, { family, values, highest }) =>
      values.flatMap((value) =>
        all.map((one) => ({ ...one, [family]: withMean(best.schedules[family], value, highest) })),
      ),
    [best.schedules],
  );
}

/** Values scaled to a mean, none above the highest; a constant where they are all 0. */
export function withMean(values: readonly number[], wanted: number, highest: number): number[] {
  const is = mean(values);
  return values.map((value) => Math.min(highest, is === 0 ? wanted : (value * wanted) / is));
}
