/** Worked numbers of every optimizer that sets weights to zero, in float64 to 1e-12 and in float32 to 4e-7 of values up to 4. */

import { describe, expect, test } from "vitest";
import { createReference, Engine, openEngine } from "../../tensor/index.ts";
import type { OptimizerName, OptimizerSettings } from "../optimizer.ts";
import { capOf, underCap } from "./cap.ts";
import { groupLambda } from "./dhspg.ts";
import { equalGroups, stepper } from "./fixtures/take-steps.ts";
import { groupShrink, softThreshold, sparseGroupShrink } from "./proximal.ts";

const wasm = await openEngine();

function near(values: ArrayLike<number>, expected: readonly number[], tolerance = 1e-12): void {
  expect(values.length).toBe(expected.length);
  expected.forEach((value, i) => {
    // Zeros are exact, whatever the tolerance.
    if (value === 0) expect(Object.is(values[i], 0), `element ${i} is ${values[i]}`).toBe(true);
    else expect(Math.abs(values[i] - value), `element ${i} is ${values[i]}, not ${value}`).toBeLessThan(tolerance);
  });
}

describe("proximal operators", () => {
  test("soft threshold at 0.5 takes (3, -0.5, 0.5, -2, 0) to (2.5, 0, 0, -1.5, 0)", () => {
    near(
      [3, -0.5, 0.5, -2, 0].map((value) => softThreshold(value, 0.5)),
      [2.5, 0, 0, -1.5, 0],
    );
  });

  test.each([
    [[3, 4], 1, [2.4, 3.2]],
    [[3, 4], 5, [0, 0]],
    [[3, 4], 6, [0, 0]],
    [[0, 0], 1, [0, 0]],
    [[1, -2, 2], 1.5, [0.5, -1, 1]],
    [[-0.75], 0.25, [-0.5]],
  ])("group soft threshold of %j at %d is %j", (values, threshold, expected) => {
    near(groupShrink(values, threshold), expected);
  });

  test("of both norms: (3, -4, 0.5) at 1 and 2 is softened first, then shrunk", () => {
    near(sparseGroupShrink([3, -4, 0.5], { element: 1, group: 2 }), [0.89059960755, -1.335899411324, 0]);
  });

  test("what is no number stays none", () => {
    expect(softThreshold(Number.NaN, 1)).toBeNaN();
    expect(groupShrink([Number.NaN, 1], 9)[1]).toBeNaN();
  });
});

const three = { x: [3, 4, 0.5, 0, 0, 0], gradient: [1, 2, 4, 3, -1, 2] };
const region = { x: [1, 1], gradient: [6, 8] };
const halfSpace = (epsilon: number): OptimizerSettings => ({
  lambda: 0.5,
  startStep: 0,
  halfSpace: epsilon,
  momentum: 0,
});

interface OneStep {
  readonly title: string;
  readonly name: OptimizerName;
  readonly settings: OptimizerSettings;
  readonly from: { readonly x: readonly number[]; readonly gradient: readonly number[] };
  readonly rate: number;
  readonly expected: readonly number[];
}

const oneSteps: OneStep[] = [
  {
    title: "Prox-SG brings a zero group back",
    name: "prox-sg",
    settings: { lambda: 0.5 },
    from: three,
    rate: 0.1,
    expected: [2.869666334032, 3.760252437698, 0.084188611699, -0.252565835097, 0.077639320225, -0.15527864045],
  },
  {
    title: "Prox-SG at twice the rate",
    name: "prox-sg",
    settings: { lambda: 0.5 },
    from: three,
    rate: 0.2,
    expected: [2.738605938649, 3.521064778262, -0.25527864045, -0.5105572809, 0.15527864045, -0.3105572809],
  },
  {
    title: "half-space at ε 0 keeps both groups that are not zero, and leaves the third alone",
    name: "hspg",
    settings: halfSpace(0),
    from: three,
    rate: 0.1,
    expected: [2.87, 3.76, 0.05, -0.3, 0, 0],
  },
  {
    title: "half-space at ε 0.5 drops the second",
    name: "hspg",
    settings: halfSpace(0.5),
    from: three,
    rate: 0.1,
    expected: [2.87, 3.76, 0, 0, 0, 0],
  },
  {
    title: "half-space at ε 0.95 drops the first too",
    name: "hspg",
    settings: halfSpace(0.95),
    from: three,
    rate: 0.1,
    expected: [0, 0, 0, 0, 0, 0],
  },
  {
    title: "half-space at ε 0 and twice the rate drops the second, whose trial turned round",
    name: "hspg",
    settings: halfSpace(0),
    from: three,
    rate: 0.2,
    expected: [2.74, 3.52, 0, 0, 0, 0],
  },
  {
    title: "Prox-SG leaves a group outside its ball",
    name: "prox-sg",
    settings: { lambda: 0.4 },
    from: region,
    rate: 0.25,
    expected: [-0.45527864045, -0.9105572809],
  },
  {
    title: "the half-space step sets the same group to zero",
    name: "hspg",
    settings: { ...halfSpace(0), lambda: 0.4 },
    from: region,
    rate: 0.25,
    expected: [0, 0],
  },
];

const engines = [
  ["float64", new Engine(createReference("float64")), 1e-12],
  ["float32, reference", new Engine(createReference("float32")), 4e-7],
  ["WebAssembly", wasm, 4e-7],
] as const;

describe.each(engines)("one step in %s:", (_, engine, tolerance) => {
  test.each(oneSteps)("$title", ({ name, settings, from, rate, expected }) => {
    using __ = engine.scope();
    const groups = equalGroups(from.x.length / 2, 2);
    const { step, values } = stepper(engine, name, { x: from.x }, { settings, groups });
    step({ x: from.gradient }, rate);
    near(values().x, expected, tolerance);
  });

  test("OBProx-SG: the proximal step of the 1-norm, and the orthant step at margins 0 and 0.05", () => {
    using __ = engine.scope();
    const take = (settings: OptimizerSettings, name: OptimizerName = "obprox-sg") => {
      const { step, values } = stepper(
        engine,
        name,
        { x: [0.3, -0.2, 0, 0.05, -0.6] },
        { settings: { lambda: 0.2, ...settings }, groups: equalGroups(5, 1) },
      );
      step({ x: [1, -4, 2, 0.3, 1] }, 0.1);
      return values().x;
    };
    near(take({ proxSteps: 1, orthantSteps: 1 }), [0.18, 0.18, -0.18, 0, -0.68], tolerance);
    for (const orthantMargin of [0, 0.05]) {
      near(take({ proxSteps: 0, orthantSteps: 1, orthantMargin }), [0.18, 0, 0, 0, -0.68], tolerance);
      near(take({ startStep: 0, orthantMargin }, "obprox-sg-plus"), [0.18, 0, 0, 0, -0.68], tolerance);
    }
  });

  test("a linear layer's rows and biases are groups: ε 0 keeps both, ε 0.5 drops the second, ε 0 at twice the rate too", () => {
    using __ = engine.scope();
    const groups = [
      {
        name: "fc",
        count: 2,
        members: [
          { parameter: "W", length: 2 },
          { parameter: "b", length: 1 },
        ],
      },
    ];
    const take = (epsilon: number, rate: number) => {
      const settings = { lambda: 0.1, startStep: 0, halfSpace: epsilon, momentum: 0 };
      const start = { W: [3, 0, 0.6, 0.8], b: [4, 0] };
      const { step, values } = stepper(engine, "hspg", start, { settings, groups, shapes: { W: [2, 2] } });
      step({ W: [1, -1, 5, 5], b: [2, 0] }, rate);
      return [...values().W, ...values().b];
    };
    near(take(0, 0.1), [2.894, 0.1, 0.094, 0.292, 3.792, 0], tolerance);
    near(take(0.5, 0.1), [2.894, 0.1, 0, 0, 3.792, 0], tolerance);
    near(take(0, 0.2), [2.788, 0.2, 0, 0, 3.584, 0], tolerance);
  });
});

describe.each(engines)("RDA in %s, after 1, 2 and 3 gradients:", (_, engine, tolerance) => {
  const gradients = [
    [2, -1, 0.5],
    [1, -2, -0.5],
    [3, 0, 0.75],
  ];
  const path = (settings: OptimizerSettings, start: readonly number[], size: number) => {
    using __ = engine.scope();
    const { step, values } = stepper(
      engine,
      "rda",
      { x: start },
      { settings: { lambda: 0.5, ...settings }, groups: equalGroups(3 / size, size) },
    );
    return gradients.map((gradient) => {
      step({ x: gradient }, 1 / 4);
      return values().x;
    });
  };

  test("of the 1-norm, about 0", () => {
    const [one, two, three] = path({ centre: "zero" }, [7, 7, 7], 1);
    near(one, [-0.375, 0.125, 0], tolerance);
    near(two, [-0.353553390593, 0.353553390593, 0], tolerance);
    near(three, [-0.649519052838, 0.216506350946, 0], tolerance);
  });

  test("as one group", () => {
    const [one, , three] = path({ centre: "zero" }, [7, 7, 7], 3);
    near(one, [-0.390891054882, 0.195445527441, -0.097722763721], tolerance);
    near(three, [-0.673575314055, 0.336787657027, -0.084196914257], tolerance);
  });

  test("about the weights it starts with", () => {
    const [one, two, three] = path({}, [1, -1, 0], 1);
    near(one, [0.375, -0.625, 0], tolerance);
    near(two, [0.292893218813, -0.292893218813, 0], tolerance);
    near(three, [0, -0.350480947162, 0], tolerance);
  });
});

describe.each(engines)("HSPG on f = ‖x - c‖² / 2 in %s:", (_, engine, tolerance) => {
  const c = [2, 0, 0.3, -0.1, -0.05, 0.02];
  const run = (epsilon: number) => {
    using __ = engine.scope();
    const settings = { lambda: 0.2, startStep: 2, halfSpace: epsilon, momentum: 0 };
    const { optimizer, step, values } = stepper(
      engine,
      "hspg",
      { x: [1, 1, 0.5, 0.5, 0.2, -0.2] },
      { settings, groups: equalGroups(3, 2) },
    );
    const seen = () => {
      const { x } = values();
      const f = 0.5 * x.reduce((sum, value, i) => sum + (value - c[i]) * (value - c[i]), 0);
      return { x, psi: f + 0.2 * (optimizer.groupReport()?.omega as number) };
    };
    const path = [seen()];
    for (let k = 0; k < 60; k++) {
      step({ x: values().x.map((value, i) => value - c[i]) }, 0.5);
      path.push(seen());
    }
    return path;
  };

  test("two proximal steps find one zero group, half-space steps go on to the minimiser", () => {
    const path = run(0);
    const states: [number, number, number[] | undefined][] = [
      [0, 1.736282611207, undefined],
      [1, 0.6907730919, [1.405131670195, 0.468377223398, 0.3105572809, 0.15527864045, 0.010981560034, -0.01317787204]],
      [2, 0.480888448557, [1.603498625031, 0.220561877324, 0.205685994355, 0.01862240036, 0, 0]],
      [3, 0.435659051605, [1.70268210245, 0.096654204288, 0.153250351083, -0.049705719685, 0, 0]],
      [5, 0.425250413492, [1.775780538131, 0.018894938819, 0.120919417303, -0.040269700178, 0, 0]],
    ];
    for (const [k, psi, x] of states) {
      expect(Math.abs(path[k].psi - psi), `step ${k}`).toBeLessThan(tolerance);
      if (x !== undefined) near(path[k].x, x, tolerance);
    }
    const { x } = path[60];
    [1.8, 0, 0.11026334039, -0.036754446797, 0, 0].forEach((value, i) => {
      expect(Math.abs(x[i] - value)).toBeLessThan(Math.max(tolerance, 1e-11));
    });
  });

  test("ε = 0.8 drops a group that the optimum keeps", () => {
    const path = run(0.8);
    near(path[3].x.slice(2, 4), [0, 0]);
    expect(Math.abs(path[3].psi - 0.441404628754)).toBeLessThan(tolerance);
    expect(Math.abs(path[5].psi - 0.431941904843)).toBeLessThan(tolerance);
  });
});

test.each([
  { gradient: [-1, -2], lambda: 1e-3, expected: 0.01 },
  { gradient: [-1, -2], lambda: 1, expected: 2.236363636364 },
  { gradient: [1, 2], lambda: 1e-3, expected: 1e-3 },
  { gradient: [-0.0015, -0.002], lambda: 1e-3, expected: 0.0025 },
])("DHSPG's lambda of weights (3, 4) under the gradient $gradient at lambda $lambda is $expected", (of) => {
  const [a, b] = of.gradient;
  const numbers = { product: 3 * a + 4 * b, norm: 5, gradient: Math.sqrt(a * a + b * b) };
  const found = groupLambda(numbers, { lambda: of.lambda, amplify: 2, ceiling: 10 });
  expect(Math.abs(found - of.expected)).toBeLessThan(1e-12);
});

test.each([
  [10, 0, 6, 0.5, 5],
  [10, 0, 9, 0.5, 5],
  [10, 0, 10, 0.3, 3],
  [10, 2, 5, 0.5, 3],
  [10, 5, 3, 0.5, 0],
  [100, 0, 40, 0.29, 29],
])(
  "of %d groups with %d zeros and %d candidates under a cap of %d, %d are dropped",
  (n, zeros, candidates, cap, drops) => {
    const all = Array.from({ length: candidates }, (_, k) => k);
    const most = capOf({ cap: undefined, count: n }, cap);
    expect(underCap(all, new Float64Array(n), { zeros, most })).toEqual(all.slice(0, drops));
  },
);
