/** Methods' schedules: RigL's on ImageNet and MNIST's lengths, SET's by epochs, gradual pruning of LeNet-5 by layers. */

import { describe, expect, test } from "vitest";
import { InputError } from "../../base/index.ts";
import { allocate, allocateActive } from "../allocation/allocate.ts";
import { allocationTotal } from "../allocation/layer-counts.ts";
import { density } from "../density.ts";
import { dynamicMethods } from "../methods.ts";
import { gradualCounts, topologySchedule } from "./topology-schedule.ts";

const { rigl, snfs } = dynamicMethods;

describe("a method's schedule", () => {
  test("RigL over 100,000 steps: .3 would be at 0; .225 at 25,000, .15 at 37,500, nothing at 37,501, nor from 75,000 on", () => {
    const at = topologySchedule(rigl, { totalSteps: 100_000, stepsPerEpoch: 391 });
    expect(at(0)).toBeUndefined();
    expect(at(25_000)).toBeCloseTo(0.225, 14);
    expect(at(37_500)).toBeCloseTo(0.15, 14);
    expect([at(37_501), at(75_000), at(80_000)]).toEqual([undefined, undefined, undefined]);
    expect(at(74_900)).toBeGreaterThan(0);
  });

  test("sparse momentum over 10 epochs of 469 steps updates at the end of 9 of them, from .488 down to .017", () => {
    const at = topologySchedule(snfs, { totalSteps: 4690, stepsPerEpoch: 469 });
    const updates = Array.from({ length: 4690 }, (_, step) => step).filter((step) => at(step) !== undefined);
    expect(updates).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map((epoch) => epoch * 469));
    // .005 + .495 (1 ± cos(π / 10)) / 2
    expect(at(469)).toBeCloseTo(0.005 + 0.2475 * 1.9510565162951536, 14);
    expect(at(9 * 469)).toBeCloseTo(0.005 + 0.2475 * 0.04894348370484647, 14);
  });

  test("in a training of 0 steps is refused", () => {
    expect(() => topologySchedule(rigl, { totalSteps: 0, stepsPerEpoch: 1 })).toThrow(
      new InputError("topologySchedule: totalSteps must be an integer ≥ 1, got 0"),
    );
  });
});

describe("gradual pruning towards an allocation", () => {
  const shapes = [150, 2400, 30720, 10080, 840].map((size, i) => ({ name: `${i}`, shape: [size, 1] }));
  test("has all 44,190 weights of LeNet-5 up to step 3000, floor(s N) fewer in each layer at 4000, 2210 from 7000", () => {
    const final = allocate(shapes, { name: "uniform", density: density(0.05) });
    const total = (step: number) => gradualCounts(final, { from: 3000, until: 7000 }, step).reduce((a, b) => a + b, 0);
    expect([total(0), total(3000)]).toEqual([44_190, 44_190]);
    const removed = 0.95 * (1 - 0.75 ** 3); // .54922
    expect(gradualCounts(final, { from: 3000, until: 7000 }, 4000)).toEqual(
      [150, 2400, 30720, 10080, 840].map((size) => size - Math.floor(removed * size)),
    );
    // .05 N of 150 is 7.5, so 8.
    expect([total(7000), total(9000)]).toEqual([8 + 120 + 1536 + 504 + 42, 2210]);
    expect(allocationTotal(final).active).toBe(2210);
  });

  test("ends with exactly the counts of an allocation by hand", () => {
    const final = allocateActive(shapes, { 0: 7, 1: 1, 2: 29_999, 3: 0 });
    expect(gradualCounts(final, { from: 0, until: 10 }, 10)).toEqual([7, 1, 29_999, 0, 840]);
  });
});
