import { describe, expect, test } from "vitest";
import { InputError } from "../base/index.ts";
import { designStudy } from "./design.ts";
import { toyKind } from "./fixtures/toy-kind.ts";
import { applyOverrides } from "./overrides.ts";
import { parseStudy } from "./study-file.ts";

const text = `study: toy
settings: { epochs: 3 }
factors:
  width: [4, 8, 16]
  variant: { NR: {}, BN: { batch_norm: true }, fast: { learning_rate: 0.5 } }
seeds: 5
`;
const study = () => parseStudy(text, "x.yaml", [toyKind]);
const designed = (...overrides: string[]) => designStudy(applyOverrides(study(), overrides)).document;
const refusal = (...overrides: string[]) => {
  try {
    designed(...overrides);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
};

describe("what an override changes", () => {
  test("a bare name is the factor of that name where there is one, else the setting", () => {
    expect(designed("epochs=7").settings.epochs).toBe(7);
    expect(designed("width=32").factors.width).toEqual([32]);
    expect(designed("settings.epochs=7").settings.epochs).toBe(7);
  });

  test("a list or a range replaces a factor's levels", () => {
    expect(designed("width=2,3").factors.width).toEqual([2, 3]);
    expect(designed("width=[2, 3]").factors.width).toEqual([2, 3]);
    expect(designed("factors.learning_rate=range(0.001, 0.1, 3, log)", "variant=NR,BN").factors.learning_rate).toEqual([
      0.001, 0.01, 0.1,
    ]);
    expect(designed("width=range(10,30,3)").factors.width).toEqual([10, 20, 30]);
    expect(designed("width={range: [10, 30], step: 10}").factors.width).toEqual([10, 20, 30]);
  });

  test("a setting becomes a factor with a column of its own, and leaves the settings of the file", () => {
    expect(designed("factors.epochs=1,2").factors.epochs).toEqual([1, 2]);
    expect(designed("factors.layers=[8,8],[16]").factors.layers).toEqual([[8, 8], [16]]);
    expect(designed("factors.layers=[8,8]").factors.layers).toEqual([[8, 8]]);
  });

  test("names choose among named levels, in the order given", () => {
    expect(designed("variant=BN").factors.variant).toEqual(["BN"]);
    expect(designed("variant=fast,NR").factors.variant).toEqual(["fast", "NR"]);
  });

  test("values are read as YAML: switches, lists, texts", () => {
    expect(designed("variant=NR", "batch_norm=true").settings.batch_norm).toBe(true);
    expect(designed("layers=[3, 4]").settings.layers).toEqual([3, 4]);
    expect(designed("data=fashion-mnist").settings.data).toBe("fashion-mnist");
  });

  test("seeds, name and order", () => {
    expect(designed("seeds=2").seeds).toEqual([0, 1]);
    expect(designed("seeds=7,9").seeds).toEqual([7, 9]);
    expect(designed("seeds=[4]").seeds).toEqual([4]);
    expect(designed("seeds=range(3, 5, 3)").seeds).toEqual([3, 4, 5]);
    expect(designed("name=trial run").name).toBe("trial run");
    expect(applyOverrides(study(), ["order=shuffled"]).order).toBe("shuffled");
  });

  test("later ones win, and the study remembers them all as they were given", () => {
    const changed = applyOverrides(study(), ["seeds=2", "seeds=3"]);
    expect(changed.seeds.count).toBe(3);
    expect(changed.overrides).toEqual(["seeds=2", "seeds=3"]);
  });
});

describe("what an override is refused for", () => {
  const cases: [override: string, message: string][] = [
    [
      "epoch=3",
      'override "epoch=3": unknown factor or setting "epoch"; known: width, variant, data, epochs, learning_rate, optimizer, batch_norm, layers, patience, sleep_ms, fault, cure, seeds, order, name. Did you mean epochs?',
    ],
    ["epochs=-3", 'override "epochs=-3": settings.epochs must be an integer ≥ 1 (default 2), got -3'],
    ["width=4,-8", 'override "width=4,-8": factors.width: level 2 must be an integer ≥ 1 (default 4), got -8'],
    ["width=4,4", 'override "width=4,4": factors.width has the level 4 twice; keep one of the two'],
    [
      "epochs=1,2",
      'override "epochs=1,2": settings.epochs must be an integer ≥ 1 (default 2), got "1,2". It is a setting of this study and takes one value; to cross several write factors.epochs=1,2',
    ],
    [
      "settings.width=3",
      'override "settings.width=3": width is a factor of this study; write width=... or factors.width=...',
    ],
    ["variant=BM", 'override "variant=BM": unknown level of variant "BM"; known: NR, BN, fast. Did you mean BN?'],
    ["variant=BN,BN", 'override "variant=BN,BN": the level BN is named twice; keep one of the two'],
    [
      "variant={range: [0, 1], count: 2}",
      'override "variant={range: [0, 1], count: 2}": variant has named levels; choose among them, as in variant=NR',
    ],
    [
      "width=range(1,2)",
      'override "width=range(1,2)": a range is range(first, last, count) or range(first, last, count, log), got range(1,2)',
    ],
    ["width=[1", 'override "width=[1": the value is not valid YAML: Flow sequence must be a sequence and end with a ]'],
    ["seeds=0", 'override "seeds=0": seeds must be an integer ≥ 1, a list or a range, got 0'],
    ["zip=width", 'override "zip=width": zip cannot be changed on the command line; change it in the file'],
    [
      "setings.epochs=3",
      'override "setings.epochs=3": unknown section "setings"; known: settings, factors. Did you mean settings?',
    ],
    ["order=random", 'override "order=random": unknown order "random"; known: grid, shuffled'],
    [
      "verbose",
      'override "verbose": must be key=value, such as seeds=2 or optimizer=adam; anything else on the line is no study file',
    ],
    ["epochs=", 'override "epochs=": has no value after the ='],
    [
      "factors.batch_norm=true",
      'override "factors.batch_norm=true": the factors variant and batch_norm both set batch_norm; let one of them do it',
    ],
  ];
  test.each(cases)("%s", (override, message) => {
    if (override === "width=[1")
      expect(refusal(override)).toMatch(/^override "width=\[1": the value is not valid YAML: /);
    else expect(refusal(override)).toBe(message);
  });
});

test("a setting that a level or a condition takes back in every cell is refused, in some cells it is not", () => {
  expect(refusal("learning_rate=0.7", "variant=fast")).toBe(
    'override "learning_rate=0.7": would change nothing, for a level of a factor or a condition under when sets learning_rate in every cell; change it there',
  );
  expect(designed("learning_rate=0.7").settings.learning_rate).toBe(0.7);
  expect(designed("learning_rate=0.5", "variant=fast").settings.learning_rate).toBe(0.5);
  const conditional = parseStudy(`${text}when: [{ if: { width: 4 }, set: { epochs: 9 } }]\n`, "x.yaml", [toyKind]);
  const narrow = (...more: string[]) => designStudy(applyOverrides(conditional, ["epochs=7", ...more]));
  expect(() => narrow("width=4")).toThrow(/^override "epochs=7": would change nothing/);
  expect(narrow().document.settings.epochs).toBe(7);
  // What a file says itself may be taken back, whatever the file is called.
  const own = text
    .replace("epochs: 3", "epochs: 3, learning_rate: 0.7")
    .replace("variant: { NR: {}, BN: { batch_norm: true }, ", "variant: { ");
  expect(() => designStudy(parseStudy(own, "override x.yaml", [toyKind]))).not.toThrow();
});
