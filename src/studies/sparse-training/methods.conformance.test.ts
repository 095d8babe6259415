/**
 * Every method that is one training, held to the same rules on an mlp with momentum and on a convolutional network with Adam:
 * counts, indices and slots at every change, seeds, and trainings taken up again around an update. Lotteries, which are several
 * trainings, are stopped and taken up in lottery.test.ts.
 */

import { beforeAll, describe, expect, test } from "vitest";
import type { Mask, Network } from "../../nn/index.ts";
import { gradualCounts } from "../../sparsity/index.ts";
import { openEngine, type Resident, type SparsePattern } from "../../tensor/index.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, takeCheckpoint } from "../../train/index.ts";
import { convolutional, dataOf, settingsOf } from "./fixtures/small-method.ts";
import { allocationOf } from "./networks.ts";
import type { MethodName, SparseTrainingSettings } from "./settings.ts";
import { SparseTrainer, type SparseTrainerOptions } from "./sparse-trainer.ts";
import { startOf } from "./start.ts";
import { trainingOptions } from "./training-options.ts";

/** 40 steps, changes every 4 of them; those of step 12 are in the middle. */
const change = 12;

interface Row {
  /** What a change leaves as it is: each layer's weights, their sum, or neither; "given" where there is nothing to allocate. */
  readonly counts: "each-layer" | "sum" | "schedule" | "given";
  /** Steps before which the topology changes. */
  readonly changes: readonly number[];
}

const steps = (from: number, until: number) =>
  Array.from({ length: 10 }, (_, i) => 4 * i).filter((step) => step >= from && step < until);
const moving = { counts: "each-layer", changes: steps(1, 30) } as const;
const still = { counts: "each-layer", changes: [] } as const;

/** A new method is a new row: without one this does not compile. */
const rows: Record<Exclude<MethodName, "lottery">, Row> = {
  dense: { counts: "given", changes: [] },
  "small-dense": { counts: "given", changes: [] },
  static: still,
  rigl: moving,
  "rigl-inverted": moving,
  set: moving,
  "set-original": { counts: "each-layer", changes: steps(1, 40) },
  snfs: { counts: "sum", changes: steps(1, 40) },
  random: still,
  magnitude: { counts: "sum", changes: [] },
  snip: { counts: "sum", changes: [] },
  grasp: { counts: "sum", changes: [] },
  synflow: { counts: "sum", changes: [] },
  gmp: { counts: "schedule", changes: [12, 16, 20, 24] },
};

const networks: readonly (readonly [string, Partial<SparseTrainingSettings>])[] = [
  ["mlp, momentum", {}],
  ["convolutional, Adam", { ...convolutional, optimizer: "adam", learning_rate: 0.005 }],
];

const engine = await openEngine();
/** Outlives the scopes of the tests. */
const data = await dataOf(engine, settingsOf());
const encoded = ({ trainer }: SparseTrainer) => Buffer.from(encodeCheckpoint(takeCheckpoint(trainer)));
const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
const activeOf = ({ weightLayers }: Network) =>
  weightLayers.map(({ weight, shape }) => weight.pattern?.active ?? shape.reduce((a, b) => a * b));

/** The options of a method's training, and how it begins. */
function prepared(some: Partial<SparseTrainingSettings>, seed: number) {
  const settings = settingsOf({ prune_rounds: 3, ...some });
  const made = trainingOptions(engine, settings, { seed, data });
  return { settings, made, start: startOf(engine, settings, { ...made, seed, data }) };
}

/** Runs to the end and tells the bits there, and those of some steps on the way. */
function runToEnd(options: SparseTrainerOptions, epochs: number, at: readonly number[] = []) {
  using training = new SparseTrainer(engine, options);
  const stops = new Map<number, Buffer>();
  while (training.trainer.epoch < epochs) {
    training.advance({ maxSteps: 1 });
    if (at.includes(training.trainer.step)) stops.set(training.trainer.step, encoded(training));
  }
  return { end: encoded(training), stops };
}

/** Positions of a dense or sparse weight with their values, of the weight itself or of a slot. */
function byPosition(mask: Mask | undefined, values: ArrayLike<number>): Map<number, number> {
  if (mask === undefined) return new Map(Array.from(values, (value, at) => [at, value]));
  const places = new Map<number, number>();
  for (let row = 0; row < mask.fanOut; row++) {
    for (let k = mask.rowPointers[row]; k < mask.rowPointers[row + 1]; k++) {
      places.set(row * mask.fanIn + mask.columnIndices[k], values[k]);
    }
  }
  return places;
}

/** What lies in the engine's memory is a CSR index in order, and its transpose. */
function checkIndex(pattern: SparsePattern): void {
  const read = ({ address, length }: Resident) => engine.backend.memory.int32(address, length);
  const [rowPointers, columns] = [read(pattern.rowPointers), read(pattern.columnIndices)];
  expect([rowPointers[0], rowPointers[pattern.fanOut], columns.length]).toEqual([0, pattern.active, pattern.active]);
  const entries: [number, number, number][] = [];
  for (let row = 0; row < pattern.fanOut; row++) {
    for (let k = rowPointers[row]; k < rowPointers[row + 1]; k++) {
      const before = k === rowPointers[row] ? -1 : columns[k - 1];
      if (!(columns[k] > before && columns[k] < pattern.fanIn))
        expect.fail(`row ${row}: ${columns[k]} after ${before}`);
      entries.push([columns[k], row, k]);
    }
  }
  entries.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  expect([...read(pattern.rowIndices)]).toEqual(entries.map(([, row]) => row));
  expect([...read(pattern.permutation)]).toEqual(entries.map(([, , k]) => k));
  const ends = Array.from({ length: pattern.fanIn + 1 }, () => 0);
  for (const [column] of entries) ends[column + 1]++;
  for (let column = 0; column < pattern.fanIn; column++) ends[column + 1] += ends[column];
  expect([...read(pattern.columnPointers)]).toEqual(ends);
}

/** New weights and their slots are 0, all others what they were; biases and statistics are left alone. */
function checkCarried(before: Checkpoint, after: Checkpoint): number {
  let grown = 0;
  for (const [name, { values }] of after.tensors) {
    const [was, is] = [before.masks.get(name), after.masks.get(name)];
    const slotsOf = ({ optimizer }: Checkpoint) => [...(optimizer.slots.get(name) ?? [])].map(([, slot]) => slot);
    const [old, own] = [slotsOf(before), slotsOf(after)];
    expect(own.map(({ length }) => length)).toEqual(own.map(() => values.length));
    const kept = byPosition(was, before.tensors.get(name)?.values ?? []);
    const slots = old.map((slot) => byPosition(was, slot));
    const carried = [values, ...own].map((list) => byPosition(is, list));
    for (const at of carried[0].keys()) {
      if (!kept.has(at)) grown += 1;
      const expected = [kept, ...slots].map((places) => places.get(at) ?? 0);
      const got = carried.map((places) => places.get(at));
      if (expected.some((value, i) => value !== got[i])) expect.fail(`${name} at ${at}: ${got}, not ${expected}`);
    }
  }
  return grown;
}

describe.each(networks)("%s:", (_, network) => {
  describe.each(Object.entries(rows) as [Exclude<MethodName, "lottery">, Row][])("%s", (method, row) => {
    let own: ReturnType<typeof prepared>;
    let whole: ReturnType<typeof runToEnd>;
    beforeAll(() => {
      using _scope = engine.scope();
      own = prepared({ method, ...network }, 1);
      const { made, start, settings } = own;
      whole = runToEnd({ ...made, start }, settings.epochs, [change - 1, change, change + 1, change + 2]);
    });

    test("has exact counts, an index in order, zeros where it grew and all else in place after each of its changes", () => {
      using _scope = engine.scope();
      const { made, start, settings } = own;
      const allocated = allocationOf(settings, made.architecture);
      const changed: number[] = [];
      let [grown, moved] = [0, 0];
      let before: Checkpoint | undefined;
      let counts: number[] = [];
      using training = new SparseTrainer(engine, {
        ...made,
        start,
        onChange: (when, { trainer, network: present, lastChange }) => {
          if (when === "before") {
            changed.push(trainer.step);
            counts = activeOf(present);
            before = takeCheckpoint(trainer);
            return;
          }
          for (const { weight } of present.weightLayers) if (weight.pattern !== undefined) checkIndex(weight.pattern);
          grown += checkCarried(before as Checkpoint, takeCheckpoint(trainer));
          moved += total((lastChange?.layers ?? []).map((layer) => layer.grown - layer.returned));
          const after = activeOf(present);
          if (row.counts === "each-layer") expect(after).toEqual(counts);
          else if (row.counts === "sum") expect(total(after)).toBe(total(counts));
          else expect(after).toEqual(gradualCounts(allocated, { from: 10, until: 24 }, changed.at(-1) as number));
        },
      });
      const first = activeOf(training.network);
      while (training.trainer.epoch < settings.epochs) training.advance();
      expect(changed).toEqual(row.changes);
      expect(grown).toBe(moved);
      expect(grown > 0).toBe(row.changes.length > 0 && method !== "gmp");
      const wanted = allocated.map(({ active }) => active);
      const last = activeOf(training.network);
      if (row.counts === "each-layer") expect([first, last]).toEqual([wanted, wanted]);
      if (row.counts === "sum") expect([total(first), total(last)]).toEqual([total(wanted), total(wanted)]);
      if (row.counts === "schedule") expect(last).toEqual(wanted);
      if (row.counts === "given") expect(last).toEqual(first);
    });

    test("has the same bits for the same seed and others for another", () => {
      using _scope = engine.scope();
      const { made, start, settings } = prepared({ method, ...network }, 1);
      expect(runToEnd({ ...made, start }, settings.epochs).end.equals(whole.end)).toBe(true);
      const other = prepared({ method, ...network }, 2);
      expect(runToEnd({ ...other.made, start: other.start }, settings.epochs).end.equals(whole.end)).toBe(false);
    });

    test.each([change - 1, change, change + 1, change + 2])(
      `ends with the bits of the whole when taken up at step %d, updates being due before ${change}`,
      (stop) => {
        using _scope = engine.scope();
        const { made, settings } = own;
        const start = decodeCheckpoint(whole.stops.get(stop) as Buffer, `step ${stop}`);
        expect(start.position.step).toBe(stop);
        expect(runToEnd({ ...made, start }, settings.epochs).end.equals(whole.end)).toBe(true);
      },
    );
  });
});
