/** What must hold of every step that sets groups to zero, on drawn numbers. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createReference, Engine } from "../../tensor/index.ts";
import type { OptimizerName, OptimizerSettings } from "../optimizer.ts";
import { wholeShare } from "./cap.ts";
import { equalGroups, stepper } from "./fixtures/take-steps.ts";
import { groupShrink, softThreshold } from "./proximal.ts";

const engine = new Engine(createReference("float64"));
const number = fc.integer({ min: -400, max: 400 }).map((n) => n / 100);
const vector = (length: number) => fc.array(number, { minLength: length, maxLength: length });
const size = 3;
const count = 6;
const weights = vector(size * count);
const epsilon = fc.integer({ min: 0, max: 99 }).map((n) => n / 100);

/** Where sums in another order decide between near ties, drawn numbers are the same in every run. */
const drawnOnce = { numRuns: 40, seed: 8 } as const;

const zeroGroupsOf = (x: readonly number[], length = size): number[] =>
  Array.from({ length: x.length / length }, (_, k) => k).filter((k) =>
    x.slice(k * length, (k + 1) * length).every((value) => value === 0),
  );

/** The weights after each step. */
function path(
  name: OptimizerName,
  settings: OptimizerSettings,
  of: { readonly x: readonly number[]; readonly gradients: readonly (readonly number[])[]; readonly size?: number },
): number[][] {
  using _ = engine.scope();
  const length = of.size ?? size;
  const { step, values } = stepper(
    engine,
    name,
    { x: of.x },
    { settings, groups: equalGroups(of.x.length / length, length) },
  );
  return of.gradients.map((gradient) => {
    step({ x: gradient }, 0.1);
    return values().x;
  });
}

const halfSpaceOnly = (halfSpace: number, more: OptimizerSettings = {}): OptimizerSettings => ({
  lambda: 0.5,
  startStep: 0,
  momentum: 0,
  halfSpace,
  ...more,
});

describe("half-space steps", () => {
  test("a group that is zero stays zero, whatever the gradients and the momentum", () => {
    fc.assert(
      fc.property(weights, fc.array(weights, { minLength: 5, maxLength: 5 }), epsilon, (x, gradients, eps) => {
        const states = [x, ...path("hspg", halfSpaceOnly(eps, { momentum: 0.9 }), { x, gradients })];
        states.slice(1).forEach((state, k) => {
          expect(zeroGroupsOf(state)).toEqual(expect.arrayContaining(zeroGroupsOf(states[k])));
        });
      }),
    );
  });

  test("what a smaller ε sets to zero in a step, a larger one does too", () => {
    fc.assert(
      fc.property(weights, weights, epsilon, epsilon, (x, gradient, one, other) => {
        const zeros = (eps: number) => zeroGroupsOf(path("hspg", halfSpaceOnly(eps), { x, gradients: [gradient] })[0]);
        expect(zeros(Math.max(one, other))).toEqual(expect.arrayContaining(zeros(Math.min(one, other))));
      }),
    );
  });

  test("without a gradient a group is multiplied by 1 - αλ / ‖x‖, and kept where that is ≥ ε", () => {
    fc.assert(
      fc.property(vector(size), epsilon, (x, eps) => {
        const norm = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
        const factor = 1 - 0.05 / norm;
        fc.pre(norm > 0.06 && Math.abs(factor - eps) > 1e-9);
        const [after] = path("hspg", halfSpaceOnly(eps), { x, gradients: [[0, 0, 0]] });
        after.forEach((value, i) => {
          expect(value).toBeCloseTo(factor >= eps ? factor * x[i] : 0, 12);
        });
        expect(zeroGroupsOf(after)).toEqual(factor >= eps ? [] : [0]);
      }),
    );
  });

  test("at <y, x> = ε ‖x‖² exactly the group is kept", () => {
    // λ 0, x = (2, 0), gradient (10, 0) at rate 0.1: y = (1, 0), <y, x> = 2 = 0.5 * 4.
    const [after] = path("hspg", halfSpaceOnly(0.5, { lambda: 0 }), { x: [2, 0], gradients: [[10, 0]], size: 2 });
    expect(after).toEqual([1, 0]);
  });

  test("a block never has more zeros than its cap allows, and reaches the cap where the candidates suffice", () => {
    const cap = fc.integer({ min: 0, max: 100 }).map((n) => n / 100);
    const positive = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: size * count, maxLength: size * count });
    fc.assert(
      fc.property(positive, cap, fc.constantFrom("prox", "sgd"), (raw, share, initialStage) => {
        const x = raw.map((n) => n / 100);
        const turned = x.map((value) => 20 * value);
        const settings = halfSpaceOnly(0, { cap: share, startStep: 1, initialStage, lambda: 0.1 });
        const states = path("hspg", settings, { x, gradients: [x.map(() => 0), turned, turned] });
        for (const state of states) expect(zeroGroupsOf(state).length).toBeLessThanOrEqual(wholeShare(share, count));
        expect(zeroGroupsOf(states[1]).length).toBe(wholeShare(share, count));
      }),
    );
  });
});

const equivariant: [OptimizerName, OptimizerSettings][] = [
  ["prox-sg", { lambda: 3 }],
  ["rda", { lambda: 3 }],
  ["hspg", { lambda: 1, startStep: 2, halfSpace: 0.7 }],
  ["hspg", { lambda: 1, startStep: 0, initialStage: "sgd", halfSpace: 0.7, adaptEvery: 1 }],
  ["dhspg", { lambda: 1, startStep: 1, halfSpace: 0.9, targetSparsity: 0.5, momentum: 0.5 }],
  ["hesso", { startStep: 0, periods: 2, periodSteps: 2, targetSparsity: 0.5 }],
];

test.each(equivariant)("%s with %o: groups in another order end in that order", (name, settings) => {
  const order = fc.shuffledSubarray(
    Array.from({ length: count }, (_, k) => k),
    { minLength: count, maxLength: count },
  );
  // Groups that tie are taken by index, so that drawn ones must differ.
  const distinct = weights.filter(
    (x) => new Set(Array.from({ length: count }, (_, k) => x.slice(k * size, (k + 1) * size).join())).size === count,
  );
  fc.assert(
    fc.property(distinct, fc.array(distinct, { minLength: 4, maxLength: 4 }), order, (x, gradients, places) => {
      const moved = (values: readonly number[]) => places.flatMap((k) => values.slice(k * size, (k + 1) * size));
      const plain = path(name, settings, { x, gradients }).map(moved);
      const other = path(name, settings, { x: moved(x), gradients: gradients.map(moved) });
      // The sums of scores over groups are in another order: to rounding.
      other.forEach((state, k) => {
        state.forEach((value, i) => {
          expect(value).toBeCloseTo(plain[k][i], 9);
        });
      });
    }),
    drawnOnce,
  );
});

test.each([
  ["prox-sg", "sgd", {}],
  ["obprox-sg", "sgd", { proxSteps: 1, orthantSteps: 0 }],
  ["hspg", "momentum", { startStep: 9, initialStage: "prox" }],
  ["hspg", "momentum", { startStep: 9, initialStage: "sgd" }],
  ["dhspg", "adam", { startStep: 9, base: "adam" }],
  ["hesso", "adamw", { startStep: 9, periodSteps: 1, base: "adamw" }],
] as [OptimizerName, OptimizerName, OptimizerSettings][])(
  "at lambda 0 %s has the bits of %s: %o",
  (name, base, settings) => {
    const lambda = name === "hesso" ? {} : { lambda: 0 };
    fc.assert(
      fc.property(weights, fc.array(weights, { minLength: 3, maxLength: 3 }), (x, gradients) => {
        using _ = engine.scope();
        const plain = stepper(engine, base, { x });
        const states = path(name, { ...settings, ...lambda }, { x, gradients });
        gradients.forEach((gradient, k) => {
          plain.step({ x: gradient }, 0.1);
          expect(states[k]).toEqual(plain.values().x);
        });
      }),
      { numRuns: 20 },
    );
  },
);

describe("proximal operators", () => {
  const threshold = fc.integer({ min: 0, max: 500 }).map((n) => n / 100);

  test("prox of t ‖u‖ and the projection onto the ball of radius t add up to u", () => {
    fc.assert(
      fc.property(vector(4), threshold, (u, t) => {
        const norm = Math.sqrt(u.reduce((sum, value) => sum + value * value, 0));
        const shrunk = groupShrink(u, t);
        u.forEach((value, i) => {
          const projected = norm <= t ? value : (t / norm) * value;
          expect(shrunk[i] + projected).toBeCloseTo(value, 12);
        });
      }),
    );
  });

  test("of a group of one element it is the soft threshold", () => {
    fc.assert(
      fc.property(number, threshold, (u, t) => {
        expect(groupShrink([u], t)[0]).toBeCloseTo(softThreshold(u, t), 12);
      }),
    );
  });
});

describe("targets", () => {
  const positive = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 40, maxLength: 40 });

  test("HESSO has floor((p + 1) / P of the target) zero groups after period p, and the target after the last, exactly", () => {
    fc.assert(
      fc.property(
        positive,
        fc.integer({ min: 0, max: 95 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        (x, percent, periods, periodSteps) => {
          const targetSparsity = percent / 100;
          const settings: OptimizerSettings = { startStep: 1, periods, periodSteps, targetSparsity, base: "sgd" };
          const gradients = Array.from({ length: 2 + periods * periodSteps }, (_, k) =>
            x.map((v, i) => (v * (i + k)) % 3),
          );
          const zeros = path("hesso", settings, { x, gradients, size: 2 }).map(
            (state) => zeroGroupsOf(state, 2).length,
          );
          const target = wholeShare(targetSparsity, 20);
          for (let p = 0; p < periods; p++) {
            expect(zeros[(p + 1) * periodSteps]).toBe(Math.floor((target * (p + 1)) / periods));
          }
          expect(zeros.at(-1)).toBe(target);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("with group_divisible the groups that stay are a multiple of it, as near above the target as they can be", () => {
    fc.assert(
      fc.property(
        positive,
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 60 }),
        (x, divisible, percent) => {
          const targetSparsity = percent / 100;
          const settings: OptimizerSettings = {
            startStep: 0,
            periods: 1,
            periodSteps: 1,
            targetSparsity,
            groupDivisible: divisible,
            base: "sgd",
          };
          const most = 20 - divisible * Math.ceil((20 - wholeShare(targetSparsity, 20)) / divisible);
          const [state] = path("hesso", settings, { x, gradients: [x.map(() => 0.1)], size: 2 });
          expect(zeroGroupsOf(state, 2).length).toBe(Math.max(0, most));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("DHSPG penalises the target and its tolerance, and stops at the target", () => {
    const x = Array.from({ length: 40 }, (_, i) => 1 + (i % 7));
    const settings: OptimizerSettings = {
      lambda: 20,
      startStep: 2,
      targetSparsity: 0.5,
      tolerance: 0.1,
      halfSpace: 0.999,
      base: "sgd",
    };
    const states = path("dhspg", settings, { x, gradients: Array(6).fill(x.map(() => 0.01)), size: 2 });
    const zeros = states.map((state) => zeroGroupsOf(state, 2).length);
    // All twelve that are penalised shrink below ε at once.
    expect(zeros).toEqual([0, 0, 12, 12, 12, 12]);
    const kept = (k: number) => states[k].filter((value) => value !== 0);
    kept(5).forEach((value, i) => {
      expect(value).toBeCloseTo(kept(2)[i] - 3 * 0.1 * 0.01, 12);
    });
  });
});

test("groups of a sparse layer are its active weights: the path of the dense layer whose masked gradients are 0", () => {
  const mask = [
    [1, 0, 1],
    [0, 0, 1],
    [1, 1, 1],
    [0, 0, 0],
  ];
  const active = mask.flat().flatMap((bit, i) => (bit === 1 ? [i] : []));
  const groups = [
    {
      name: "fc",
      count: 4,
      members: [
        { parameter: "w", length: 3 },
        { parameter: "b", length: 1 },
      ],
    },
  ];
  const settings: OptimizerSettings = { lambda: 2, startStep: 2, halfSpace: 0.9 };
  fc.assert(
    fc.property(vector(12), vector(4), fc.array(vector(16), { minLength: 4, maxLength: 4 }), (w, b, gradients) => {
      using _ = engine.scope();
      const masked = w.map((value, i) => (mask.flat()[i] === 1 ? value : 0));
      const pick = (values: readonly number[]) => active.map((i) => values[i]);
      const dense = stepper(engine, "hspg", { w: masked, b }, { settings, groups, shapes: { w: [4, 3] } });
      const sparse = stepper(engine, "hspg", { w: pick(w), b }, { settings, groups, masks: { w: mask } });
      for (const gradient of gradients) {
        const ofW = gradient.slice(0, 12).map((value, i) => (mask.flat()[i] === 1 ? value : 0));
        dense.step({ w: ofW, b: gradient.slice(12) }, 0.1);
        sparse.step({ w: pick(ofW), b: gradient.slice(12) }, 0.1);
        const expected = [...pick(dense.values().w), ...dense.values().b];
        // Sums over a row are in other fours.
        [...sparse.values().w, ...sparse.values().b].forEach((value, i) => {
          expect(value).toBeCloseTo(expected[i], 11);
        });
      }
    }),
    drawnOnce,
  );
});

test("HSPG under float32 leaves exact zeros of the sign of +0", () => {
  const single = new Engine(createReference("float32"));
  const { step, values } = stepper(
    single,
    "hspg",
    { x: [-1, -2] },
    {
      settings: halfSpaceOnly(0.99),
      groups: equalGroups(1, 2),
    },
  );
  step({ x: [-30, -40] }, 0.1);
  expect(values().x.every((value) => Object.is(value, 0))).toBe(true);
});
