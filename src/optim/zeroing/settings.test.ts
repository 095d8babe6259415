/** Settings of the optimizers that set weights to zero, their groups, and the words of errors and warnings. */

import { describe, expect, test } from "vitest";
import { createReference, Engine } from "../../tensor/index.ts";
import { type GroupBlock, placeGroups } from "../groups.ts";
import { defaultLearningRates, Optimizer, type OptimizerName, type OptimizerSettings } from "../optimizer.ts";
import { equalGroups, stepper } from "./fixtures/take-steps.ts";
import { type GroupReport, groupWarning } from "./group-report.ts";
import { stepsInTraining, zeroingNames } from "./settings.ts";

const engine = new Engine(createReference("float64"));
const make = (name: OptimizerName, settings: OptimizerSettings, groups: readonly GroupBlock[] = equalGroups(4, 2)) =>
  stepper(engine, name, { x: [1, 2, 3, 4, 5, 6, 7, 8] }, { settings, groups }).optimizer;

describe("defaults", () => {
  test("are the papers', and DHSPG's follow its base", () => {
    expect(make("prox-sg", {}).settings).toMatchObject({ lambda: 1e-4, cap: 1 });
    expect(make("hspg", { startStep: 1 }).settings).toMatchObject({ lambda: 1e-3, initialStage: "prox", halfSpace: 0 });
    const dhspg = (base?: "adam") => make("dhspg", { startStep: 1, base }).settings;
    expect(dhspg()).toMatchObject({ base: "momentum", lambda: 1e-3, amplify: 2, ceiling: 10, targetSparsity: 0.5 });
    expect(dhspg("adam")).toMatchObject({ base: "adam", lambda: 1e-2, amplify: 20, ceiling: 1000 });
    expect(make("dhspg", { startStep: 1, base: "adam", lambda: 0.5 }).settings.lambda).toBe(0.5);
  });

  test("every one has a learning rate", () => {
    for (const name of zeroingNames) expect(defaultLearningRates[name]).toBeGreaterThan(0);
  });

  test("steps follow from the length of the training where they are not given", () => {
    const lengths = { totalSteps: 1000, stepsPerEpoch: 50 };
    expect(stepsInTraining("hspg", {}, lengths)).toEqual({ startStep: 500 });
    expect(stepsInTraining("dhspg", {}, lengths)).toEqual({ startStep: 100 });
    expect(stepsInTraining("hesso", {}, lengths)).toEqual({ startStep: 100, periods: 10, periodSteps: 40 });
    expect(stepsInTraining("hesso", {}, { totalSteps: 8, stepsPerEpoch: 2 })).toEqual({
      startStep: 0,
      periods: 4,
      periodSteps: 1,
    });
    expect(stepsInTraining("hesso", { startStep: 0, periods: 4 }, lengths)).toMatchObject({ periodSteps: 125 });
    expect(stepsInTraining("obprox-sg", {}, lengths)).toEqual({ proxSteps: 250, orthantSteps: 250 });
    expect(stepsInTraining("obprox-sg-plus", {}, lengths)).toEqual({ startStep: 100 });
    expect(stepsInTraining("hspg", { startStep: 3 }, lengths)).toEqual({ startStep: 3 });
    expect(stepsInTraining("adam", {}, lengths)).toEqual({});
  });
});

describe("refused, with what came:", () => {
  test.each<[OptimizerName, OptimizerSettings, string]>([
    ["prox-sg", { lambda: -1 }, "optimizer prox-sg: lambda must be a finite number ≥ 0, got -1"],
    [
      "prox-sg",
      { lambda: Number.POSITIVE_INFINITY },
      "optimizer prox-sg: lambda must be a finite number ≥ 0, got Infinity",
    ],
    [
      "sgd",
      { lambda: 0.1 },
      "optimizer sgd: has no lambda, got 0.1; it belongs to prox-sg, rda, prox-svrg, obprox-sg, obprox-sg-plus, hspg, dhspg",
    ],
    [
      "hesso",
      { startStep: 0, periodSteps: 1, lambda: 1 },
      "optimizer hesso: has no lambda, got 1; it belongs to prox-sg,",
    ],
    ["hspg", {}, "optimizer hspg: startStep must be given, an integer ≥ 0, got nothing"],
    ["hspg", { startStep: 1, halfSpace: 1 }, "optimizer hspg: halfSpace must be in [0, 1), got 1"],
    ["hspg", { startStep: 1, cap: 1.5 }, "optimizer hspg: cap must be in [0, 1], got 1.5"],
    [
      "hspg",
      { startStep: 1, initialStage: "rda" as "sgd" },
      "optimizer hspg: initialStage must be one of prox, sgd, got rda",
    ],
    ["hspg", { startStep: 1, momentum: 1 }, "optimizer hspg: momentum must be in [0, 1), got 1"],
    ["dhspg", { startStep: 1, targetSparsity: 1 }, "optimizer dhspg: targetSparsity must be in [0, 1), got 1"],
    [
      "dhspg",
      { startStep: 1, base: "hspg" as "sgd" },
      "optimizer dhspg: base must be one of sgd, momentum, nesterov, adam, adamw, rmsprop, adagrad, got hspg",
    ],
    ["hesso", { startStep: 1, periodSteps: 0 }, "optimizer hesso: periodSteps must be an integer ≥ 1, got 0"],
    [
      "obprox-sg",
      { proxSteps: 0, orthantSteps: 0 },
      "optimizer obprox-sg: proxSteps and orthantSteps must not both be 0; give one of them",
    ],
    [
      "hesso",
      { startStep: 1, periodSteps: 1, targetSparsity: 0.9, cap: 0.5 },
      "optimizer hesso: targetSparsity 0.9 asks for 3 of 4 groups to be zero, but 2 can be: each of the 1 blocks keeps one at least and loses no more than its cap, 0.5; ask for less",
    ],
    [
      "dhspg",
      { startStep: 1, targetSparsity: 0.9, groupDivisible: 3 },
      "optimizer dhspg: targetSparsity 0.9 asks for 3 of 4 groups to be zero, but 1 can be: each of the 1 blocks keeps a multiple of 3 at least; ask for less",
    ],
  ])("%s with %o", (name, settings, message) => {
    expect(() => make(name, settings)).toThrow(message);
  });

  test("an optimizer of groups without the parameters, and one in a network without groups", () => {
    expect(() => new Optimizer(engine, "prox-sg")).toThrow(
      "optimizer prox-sg: must be given the network's parameters, got none; make it with { parameters, groups }",
    );
    expect(() => make("prox-sg", {}, [])).toThrow(
      "optimizer prox-sg: must have a group at least, got a network without any that can go; choose another optimizer",
    );
  });

  test("HESSO in a training that ends before its last group is zero", () => {
    expect(() =>
      stepsInTraining("hesso", { startStep: 90, periods: 2, periodSteps: 6 }, { totalSteps: 100, stepsPerEpoch: 10 }),
    ).toThrow(
      "optimizer hesso: its groups must be zero by the end, step 100, but 2 periods of 6 steps from step 90 on end at step 102; start earlier, or take fewer or shorter periods",
    );
  });
});

describe("groups", () => {
  const variable = engine.variable("w", [4, 6]);
  const place = (...blocks: GroupBlock[]) => placeGroups(blocks, [{ variable }]);
  const rows = (more: Partial<GroupBlock> = {}): GroupBlock => ({
    name: "fc",
    count: 4,
    members: [{ parameter: "w", length: 6 }],
    ...more,
  });

  test("are runs of elements", () => {
    const [{ members }] = place({ name: "a", count: 3, members: [{ parameter: "w", start: 6, length: 2 }] });
    expect([...members[0].bounds]).toEqual([6, 8, 10, 12]);
  });

  test("are refused, and named, where elements are missing, shared or out of range", () => {
    const of = (parameter: string) => rows({ members: [{ parameter, length: 6 }] });
    expect(() => place(of("v"))).toThrow(
      'groups "fc": its members must be parameters of the network, got "v"; rename it',
    );
    expect(() => place(rows({ count: 5 }))).toThrow(
      'groups "fc": 5 groups of 6 from element 0 on end at 30, but w has 24 elements; correct the member',
    );
    expect(() =>
      place(rows(), { name: "other", count: 1, members: [{ parameter: "w", start: 23, length: 1 }] }),
    ).toThrow(
      'groups "other": an element belongs to one group, but w has elements from 23 on in "fc" too; give them to one of the two',
    );
    expect(() => place(rows(), rows())).toThrow('groups "fc": names must be unique, got it twice; rename one');
    expect(() => place(rows({ count: 0 }))).toThrow('groups "fc": count must be an integer ≥ 1, got 0');
    expect(() => place(rows({ members: [] }))).toThrow('groups "fc": members must be one at least, got none');
    expect(() => place(rows({ cap: -1 }))).toThrow('groups "fc": cap must be in [0, 1], got -1');
    expect(() => place(rows({ halfSpace: 1 }))).toThrow('groups "fc": halfSpace must be in [0, 1), got 1');
    expect(() => place(rows({ multipleOf: 5 }))).toThrow(
      'groups "fc": multipleOf must be an integer from 1 to its 4 groups, got 5',
    );
    expect(() => place({ name: "a", count: 1, members: [{ parameter: "w", start: -1, length: 1 }] })).toThrow(
      'groups "a": start must be an integer ≥ 0 and length one ≥ 1, got -1 and 1 for w',
    );
  });

  test("of a sparse parameter must be whole rows", () => {
    const groups = [{ name: "fc", count: 4, members: [{ parameter: "x", length: 1 }] }];
    const masks = {
      x: [
        [1, 0],
        [1, 1],
      ],
    };
    expect(() => stepper(engine, "prox-sg", { x: [1, 2, 3] }, { groups, masks })).toThrow(
      'groups "fc": groups of the sparse x must be whole rows of 2, got 1 elements from 0 on; make it dense',
    );
  });

  test("without them each weight is one, of a sparse layer each active one; biases are not", () => {
    const given = { x: [1, 2, 3], w: [4, 5, 6, 7], b: [8, 9] };
    const { optimizer } = stepper(engine, "prox-sg", given, {
      shapes: { w: [2, 2] },
      masks: {
        x: [
          [1, 0],
          [1, 1],
        ],
      },
    });
    const report = optimizer.groupReport() as GroupReport;
    expect(report.blocks.map(({ name, groups }) => [name, groups])).toEqual([
      ["x", 3],
      ["w", 4],
    ]);
    expect(report.omega).toBe(28);
  });

  test("of obprox-sg are taken apart into weights", () => {
    const report = make("obprox-sg", { proxSteps: 1, orthantSteps: 1 }).groupReport() as GroupReport;
    expect([report.groups, report.omega]).toEqual([8, 36]);
  });
});

describe("a report", () => {
  test("has Ω as the sum of norms and counts exact zeros block by block", () => {
    const groups = [...equalGroups(2, 2), { name: "y", count: 2, members: [{ parameter: "y", length: 1 }] }];
    const { optimizer } = stepper(
      engine,
      "hspg",
      { x: [3, 4, 0, 0], y: [1e-300, 0] },
      { settings: { startStep: 0 }, groups },
    );
    expect(optimizer.groupReport()).toMatchObject({
      lambda: 1e-3,
      groups: 4,
      zeroGroups: 2,
      groupSparsity: 0.5,
      begun: false,
      blocks: [
        { name: "x", groups: 2, zeroGroups: 1 },
        { name: "y", groups: 2, zeroGroups: 1 },
      ],
    });
    expect(optimizer.groupReport()?.omega).toBeCloseTo(5, 12);
  });

  const report = (more: Partial<GroupReport>): GroupReport => ({
    lambda: 1e-3,
    omega: 10,
    groups: 20,
    zeroGroups: 0,
    groupSparsity: 0,
    begun: true,
    blocks: [],
    ...more,
  });

  test("of groups that shrink and never vanish is warned of, once half-space steps have begun", () => {
    const start = report({ begun: false });
    expect(groupWarning([start, report({ omega: 8 })])).toBe(
      "none of 20 groups is zero, the sum of their norms fell by 20 %: a larger lambda, a higher learning rate or more epochs " +
        "shrink them further, an ε of the half-space step above 0 lets them go earlier, and hesso meets a target exactly",
    );
    expect(groupWarning([start, report({ omega: 8, begun: false })])).toBeUndefined();
    expect(groupWarning([start, report({ omega: 8, zeroGroups: 1 })])).toBeUndefined();
    expect(groupWarning([])).toBeUndefined();
  });

  test("below its target is warned of", () => {
    expect(groupWarning([report({ zeroGroups: 7, targetSparsity: 0.5 })])).toContain(
      "7 of 20 groups are zero, which is less than the target, 10: ",
    );
    expect(groupWarning([report({ zeroGroups: 10, targetSparsity: 0.5 })])).toBeUndefined();
  });
});

test("DHSPG's and HESSO's blocks keep one group each, however redundant all of a block are", () => {
  const groups = [
    { name: "small", count: 4, members: [{ parameter: "x", length: 1 }] },
    { name: "large", count: 4, members: [{ parameter: "x", start: 4, length: 1 }] },
  ];
  const x = [0.01, 0.02, 0.03, 0.04, 5, 6, 7, 8];
  const settings = { startStep: 0, periods: 1, periodSteps: 1, targetSparsity: 0.5, base: "sgd" } as const;
  const { step, values } = stepper(engine, "hesso", { x }, { settings, groups });
  step({ x: x.map(() => 0) }, 0.1);
  expect(values().x).toEqual([0, 0, 0, 0.04, 0, 6, 7, 8]);
});

test("a block's own cap stands before the optimizer's, and its half-space before the optimizer's ε", () => {
  const groups = [
    { name: "a", count: 2, members: [{ parameter: "x", length: 1 }], halfSpace: 0.9 },
    { name: "b", count: 2, members: [{ parameter: "x", start: 2, length: 1 }] },
    { name: "c", count: 2, members: [{ parameter: "x", start: 4, length: 1 }], halfSpace: 0.9, cap: 0.5 },
  ];
  const settings = { startStep: 0, lambda: 0, momentum: 0 } as const;
  const { step, values } = stepper(engine, "hspg", { x: [1, 1, 1, 1, 1, 2] }, { settings, groups });
  step({ x: [2, 2, 2, 2, 2, 5] }, 0.1);
  expect(values().x).toEqual([0, 0, 0.8, 0.8, 0.8, 0]);
});

test("an orthant step sets what reaches its margin, and no more, to zero: 0.5 at margin 0.5", () => {
  const settings = { lambda: 0, proxSteps: 0, orthantSteps: 1, orthantMargin: 0.5 };
  const { step, values } = stepper(engine, "obprox-sg", { x: [1, 1] }, { settings, groups: equalGroups(2, 1) });
  step({ x: [1, 0.99] }, 0.5);
  expect(values().x).toEqual([0, 0.505]);
});

test("DHSPG weighs cosine and inverse magnitude alike: 0.995 + 0.124 is more redundant than 0.100 + 0.992", () => {
  // Mean magnitudes 4 and 0.5, whose inverses are 0.124 and 0.992 of their norm; cosines 1 and 0.1, 0.995 and 0.100 of theirs.
  const settings = { startStep: 0, targetSparsity: 0.5, tolerance: 0, base: "sgd" } as const;
  const { optimizer, step } = stepper(engine, "dhspg", { x: [8, 0, 1, 0] }, { settings, groups: equalGroups(2, 2) });
  step({ x: [1, 0, 0.1, Math.sqrt(0.99)] }, 0.01);
  expect(optimizer.save().numbers).toEqual({ penalised: [1, 0] });
});
