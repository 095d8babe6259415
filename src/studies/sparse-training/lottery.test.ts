/** Lotteries stopped in any of their trainings and taken up again from the bytes of a checkpoint. */

import { describe, expect, test } from "vitest";
import { InputError } from "../../base/index.ts";
import { openEngine } from "../../tensor/index.ts";
import { decodeCheckpoint, encodeCheckpoint, takeCheckpoint } from "../../train/index.ts";
import { dataOf, settingsOf } from "./fixtures/small-method.ts";
import { runSparseStepwise, type SparseProgress, type SparseRunOptions, type SparseRunOutcome } from "./run.ts";
import type { SparseTrainingSettings } from "./settings.ts";

const engine = await openEngine();
const data = await dataOf(engine, settingsOf());

/** What is known at a pause, outside any engine. */
interface Stop {
  readonly bytes: Uint8Array;
  readonly training: number;
  readonly measurements: SparseProgress["measurements"];
  readonly updates: SparseProgress["updates"];
}

/** Runs to the end; tells of its pauses, its outcome without the network, and the bits of its last step. */
function run(settings: SparseTrainingSettings, resume?: SparseRunOptions["resume"]) {
  using _ = engine.scope();
  const pauses = runSparseStepwise(engine, settings, { seed: 1, data, pauseEvery: 7, resume });
  const stops: Stop[] = [];
  for (;;) {
    const next = pauses.next();
    if (next.done) {
      const { network: __, ...outcome }: SparseRunOutcome = next.value;
      return { stops, outcome };
    }
    const { trainer, attached, training, measurements, updates } = next.value;
    const bytes = encodeCheckpoint(takeCheckpoint(trainer, { attached }));
    stops.push({ bytes, training, measurements: [...measurements], updates: [...updates] });
  }
}

describe.each<[string, Partial<SparseTrainingSettings>]>([
  ["of one gradual run", {}],
  ["of one gradual run, its ticket's weights drawn anew", { ticket: "fresh", shuffle_mask: "rows", optimizer: "adam" }],
  ["of two rounds, rewound to step 8", { ticket_rounds: 2, rewind: 0.2, learning_rate: 0.02, batch_norm: true }],
])("a lottery %s", (_, some) => {
  test("ends with the same outcome and bits from each of its pauses", () => {
    const settings = settingsOf({ method: "lottery", ...some });
    const whole = run(settings);
    const trainings = (some.ticket_rounds ?? 1) + 1;
    expect(new Set(whole.stops.map(({ training }) => training)).size).toBe(trainings);
    for (const [i, { bytes, ...stop }] of whole.stops.entries()) {
      // Every third, and those around the end of a training.
      if (i % 3 !== 0 && [-1, 1].every((side) => (whole.stops[i + side]?.training ?? stop.training) === stop.training))
        continue;
      const { stops, outcome } = run(settings, { ...stop, checkpoint: decodeCheckpoint(bytes, "stopped") });
      expect(Buffer.from(stops[stops.length - 1].bytes).equals(whole.stops[whole.stops.length - 1].bytes)).toBe(true);
      expect(outcome).toEqual(whole.outcome);
    }
  });
});

test("a ticket's training without what it was found with is refused", () => {
  const settings = settingsOf({ method: "lottery" });
  const { stops } = run(settings);
  const { bytes, ...stop } = stops[stops.length - 1];
  const checkpoint = { ...decodeCheckpoint(bytes, "stopped"), attached: new Map() };
  expect(() => run(settings, { ...stop, checkpoint })).toThrow(
    new InputError(
      "lottery: the checkpoint of a ticket's training must have ticket and solution attached; use another",
    ),
  );
});
