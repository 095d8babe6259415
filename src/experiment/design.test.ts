import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../base/index.ts";
import { countTrials, designStudy } from "./design.ts";
import { designDifferences } from "./design-document.ts";
import { toyKind } from "./fixtures/toy-kind.ts";
import { parseStudy } from "./study-file.ts";

const design = (study: object, maxTrials?: number) =>
  designStudy(parseStudy(JSON.stringify({ study: "toy", ...study }), "x.json", [toyKind]), { maxTrials });
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
const sizes = fc.integer({ min: 1, max: 5 });

describe("the grid", () => {
  test("has as many trials as the product of its levels, seeds and trials per cell, each with an id of its own", () => {
    fc.assert(
      fc.property(sizes, sizes, sizes, (widths, epochs, seeds) => {
        const made = design({ factors: { width: upTo(widths), epochs: upTo(epochs) }, seeds });
        expect(made.trials).toHaveLength(widths * epochs * seeds * 2);
        expect(made.count.total).toBe(made.trials.length);
        expect(new Set(made.trials.map((trial) => trial.id)).size).toBe(made.trials.length);
        expect(made.trials.map((trial) => trial.index)).toEqual(made.trials.map((_, i) => i));
      }),
      { numRuns: 40 },
    );
  });

  test("zipped factors count once, and only neighbours in their lists meet", () => {
    fc.assert(
      fc.property(sizes, sizes, (zipped, crossed) => {
        const factors = {
          width: upTo(zipped),
          batch_norm: [true, false],
          epochs: upTo(zipped),
          sleep_ms: upTo(crossed),
        };
        const made = design({ factors, zip: [["width", "epochs"]] });
        expect(made.trials).toHaveLength(zipped * 2 * crossed * 2);
        expect(made.trials.every((trial) => trial.factors.width === trial.factors.epochs)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test("what an exclusion matches is gone and the rest is as it was, in the same order", () => {
    const factors = { width: upTo(4), optimizer: ["sgd", "adam"], epochs: upTo(3) };
    fc.assert(
      fc.property(fc.subarray(upTo(4)), fc.constantFrom("sgd", "adam"), (widths, optimizer) => {
        const exclude = widths.map((width) => ({ width, optimizer }));
        const all = design({ factors }).trials.map((trial) => trial.id);
        const kept = design({ factors }).trials.filter(
          (trial) => !(widths.includes(trial.factors.width as number) && trial.factors.optimizer === optimizer),
        );
        const made = design({ factors, exclude }).trials.map((trial) => trial.id);
        expect(made).toEqual(kept.map((trial) => trial.id));
        expect(made).toEqual(all.filter((id) => made.includes(id)));
      }),
      { numRuns: 30 },
    );
  });

  test("the first factor moves slowest, seeds fastest, and the two trials of a pair are neighbours", () => {
    const made = design({ factors: { width: [4, 8], optimizer: ["sgd", "adam"] }, seeds: 2 });
    const rows = made.trials.map((t) => `${t.pair} ${t.kind} ${t.factors.width} ${t.factors.optimizer} ${t.seed}`);
    expect(rows.slice(0, 6)).toEqual([
      "0 sparse 4 sgd 0",
      "0 dense 4 sgd 0",
      "1 sparse 4 sgd 1",
      "1 dense 4 sgd 1",
      "2 sparse 4 adam 0",
      "2 dense 4 adam 0",
    ]);
    expect(rows[15]).toBe("7 dense 8 adam 1");
  });

  test("a study without factors is one cell", () => {
    expect(design({}).trials.map((trial) => [trial.kind, trial.seed])).toEqual([
      ["sparse", 0],
      ["dense", 0],
    ]);
  });

  test("exclusion by a list of values, by a named level and by a setting that is no factor", () => {
    const factors = { optimizer: ["sgd", "momentum", "adam"], variant: { NR: {}, BN: { batch_norm: true } } };
    const cells = (exclude: object[]) => design({ factors, exclude }).trials.length / 2;
    expect(cells([{ optimizer: ["sgd", "adam"] }])).toBe(2);
    expect(cells([{ variant: "BN", optimizer: "sgd" }])).toBe(5);
    expect(cells([{ batch_norm: true }])).toBe(3);
  });
});

describe("settings of a cell", () => {
  test("come from defaults, then the file, then levels, then conditionals in their order", () => {
    const made = design({
      settings: { epochs: 9, learning_rate: 0.2 },
      factors: { optimizer: ["sgd", "adam"], variant: { NR: {}, BN: { batch_norm: true, epochs: 4 } } },
      when: [
        { if: { optimizer: "adam" }, set: { learning_rate: 0.001 } },
        { if: { learning_rate: 0.001, variant: "BN" }, set: { patience: 3 } },
      ],
    });
    const settings = made.trials.filter((trial) => trial.kind === "sparse").map((trial) => trial.payload);
    expect(settings).toMatchObject([
      { optimizer: "sgd", epochs: 9, learning_rate: 0.2, batch_norm: false, patience: "never", width: 4 },
      { optimizer: "sgd", epochs: 4, learning_rate: 0.2, batch_norm: true, patience: "never" },
      { optimizer: "adam", epochs: 9, learning_rate: 0.001, batch_norm: false, patience: "never" },
      { optimizer: "adam", epochs: 4, learning_rate: 0.001, batch_norm: true, patience: 3 },
    ]);
  });

  test("columns are the kind's, then factors not among them, then seed and measures", () => {
    const made = design({ factors: { width: [4], variant: { NR: {} } } });
    expect(made.columns.trials).toEqual([
      "trial",
      "pair",
      "kind",
      "data",
      "width",
      "variant",
      "seed",
      "accuracy",
      "loss",
      "note",
      "status",
      "wall_ms",
    ]);
    expect(made.columns.epochs).toEqual(["trial", "pair", "kind", "epoch", "loss"]);
  });
});

describe("ranges", () => {
  const levels = (range: object) => design({ factors: { learning_rate: range } }).document.factors.learning_rate;

  test("a logarithmic range of three from 0.001 to 0.1 is 0.001, 0.01, 0.1 to the bit", () => {
    expect(levels({ range: [0.001, 0.1], count: 3, scale: "log" })).toEqual([0.001, 0.01, 0.1]);
  });

  test("0.1 to 0.3 by steps of 0.1 has three values, 0.3 among them", () => {
    expect(levels({ range: [0.1, 0.3], step: 0.1 })).toEqual([0.1, 0.2, 0.3]);
  });

  test("a step that does not divide the range stops before its end", () => {
    expect(levels({ range: [0.1, 0.35], step: 0.1 })).toEqual([0.1, 0.2, 0.3]);
  });

  test("five doublings are integers, so widths may be spaced by them", () => {
    const factors = { width: { range: [16, 256], count: 5, scale: "log" } };
    expect(design({ factors }).document.factors.width).toEqual([16, 32, 64, 128, 256]);
  });

  test("seeds by range are 3, 4, 5", () => {
    expect(design({ seeds: { range: [3, 5] } }).document.seeds).toEqual([3, 4, 5]);
  });
});

describe("size", () => {
  test("the limit is on trials: 18 are refused at 17 and made at 18", () => {
    const study = { factors: { width: upTo(3) }, seeds: 3 };
    expect(() => design(study, 17)).toThrow(
      /^x\.json: the study has 18 trials \(width 3 × seeds 3 × 2 trials per cell\); the limit is 17\. Take out levels or seeds, or raise the limit with --max-trials 18$/,
    );
    expect(design(study, 18).trials).toHaveLength(18);
  });

  test("counting expands nothing: 10^12 seeds are counted", () => {
    const study = parseStudy("study: toy\nseeds: 1000000000000\n", "x.yaml", [toyKind]);
    expect(countTrials(study)).toEqual({ axes: [], seeds: 1e12, trialsPerCell: 2, total: 2e12 });
  });
});

describe("order", () => {
  const study = { factors: { width: upTo(12) }, seeds: 2 };

  test("shuffled runs pairs whole, in another order that is the same every time, and changes no trial", () => {
    const grid = design(study);
    const shuffled = design({ ...study, order: "shuffled" });
    expect(shuffled.hash).toBe(grid.hash);
    expect(grid.order).toEqual(grid.trials.map((_, i) => i));
    expect(shuffled.order).not.toEqual(grid.order);
    expect(shuffled.order.toSorted((a, b) => a - b)).toEqual(grid.order);
    expect(shuffled.order.every((index, i) => i % 2 === 1 || shuffled.order[i + 1] === index + 1)).toBe(true);
    expect(design({ ...study, order: "shuffled" }).order).toEqual(shuffled.order);
  });
});

describe("identity", () => {
  test("ids depend on what is run, not on the other trials of the study", () => {
    const ids = (widths: number[]) => design({ factors: { width: widths } }).trials.map((trial) => trial.id);
    expect(ids([8, 4])).toEqual([...ids([8]), ...ids([4])]);
  });

  test("any change of meaning changes the hash; a comment or the order of keys does not", () => {
    const hash = (text: string) => designStudy(parseStudy(text, "x.yaml", [toyKind])).hash;
    const base = hash("study: toy\nname: a\nsettings: { epochs: 3, width: 5 }\n");
    expect(hash("# hello\nname: a\nstudy: toy\nsettings: { width: 5, epochs: 3 }\n")).toBe(base);
    expect(hash("study: toy\nname: a\nsettings: { epochs: 4, width: 5 }\n")).not.toBe(base);
    expect(hash("study: toy\nname: a\nsettings: { epochs: 3, width: 5 }\nseeds: 2\n")).not.toBe(base);
  });

  test("differences name the place and both values", () => {
    const a = design({ settings: { epochs: 3 }, seeds: 2 }).document;
    const b = design({ settings: { epochs: 4 }, factors: { width: [1, 2] }, seeds: 2 }).document;
    expect(designDifferences(a, b)).toEqual([
      "settings.epochs: 3 in the store, 4 asked for",
      "factors.width: nothing in the store, [1,2] asked for",
    ]);
  });

  test("an error of the kind that is no InputError stays what it is", () => {
    const kind = {
      ...toyKind,
      check: () => {
        throw new TypeError("internal: broken kind");
      },
    };
    expect(() => designStudy(parseStudy("study: toy", "x.yaml", [kind]))).toThrow(TypeError);
    expect(() => designStudy(parseStudy("study: toy", "x.yaml", [kind]))).not.toThrow(InputError);
  });
});
