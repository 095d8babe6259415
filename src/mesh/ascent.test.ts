/** The climber on functions whose tops are known. */

import { expect, test } from "vitest";
import { type AscentOptions, climb } from "./ascent.ts";

const options: AscentOptions = { memory: 8, maxSteps: 500, gain: 1e-16, firstStep: 0.1, onStep: () => true };

/** Rosenbrock's valley upside down, in pairs of variables: its top is 0 at all ones. */
function valley(x: Float64Array, g: Float64Array): number {
  let value = 0;
  for (let i = 0; i < x.length; i += 2) {
    const bend = x[i + 1] - x[i] * x[i];
    value -= 100 * bend * bend + (1 - x[i]) * (1 - x[i]);
    g[i] = 400 * bend * x[i] + 2 * (1 - x[i]);
    g[i + 1] = -200 * bend;
  }
  return value;
}

test("finds the top of Rosenbrock's valley in 10 variables within 1e-6 in fewer than 100 steps", () => {
  const x = Float64Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? -1.2 : 1));
  let steps = 0;
  const stop = climb(valley, x, {
    ...options,
    onStep: () => {
      steps++;
      return true;
    },
  });
  expect(stop).toBe("converged");
  expect(steps).toBeLessThan(100);
  for (const one of x) expect(Math.abs(one - 1)).toBeLessThan(1e-6);
});

test("stays where the function is defined: the top of x + log(1 - x) / 10 is .9", () => {
  const x = Float64Array.of(0);
  climb(
    (at, g) => {
      if (!(at[0] < 1)) return Number.NEGATIVE_INFINITY;
      g[0] = 1 - 0.1 / (1 - at[0]);
      return at[0] + 0.1 * Math.log(1 - at[0]);
    },
    x,
    { ...options, firstStep: 5 },
  );
  expect(x[0]).toBeCloseTo(0.9, 7);
});

test("no step falls, and it stops when told or after maxSteps", () => {
  const run = (more: Partial<AscentOptions>) => {
    const x = Float64Array.of(-1.2, 1);
    const values: number[] = [];
    const g = new Float64Array(2);
    const stop = climb(valley, x, {
      ...options,
      onStep: () => {
        values.push(valley(x, g));
        return values.length < 3;
      },
      ...more,
    });
    return { stop, values };
  };
  const { stop, values } = run({});
  expect(stop).toBe("stopped by caller");
  expect(values).toEqual([...values].sort((a, b) => a - b));
  expect(run({ maxSteps: 2 })).toMatchObject({ stop: "max steps", values: values.slice(0, 2) });
});
