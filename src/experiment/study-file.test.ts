import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EnvironmentError, InputError } from "../base/index.ts";
import { designStudy } from "./design.ts";
import { toyKind } from "./fixtures/toy-kind.ts";
import { parseStudy, readStudyFile } from "./study-file.ts";

/** The message of the error that a study text gives, read or designed. */
function refusal(text: string, file = "studies/x.yaml"): string {
  try {
    designStudy(parseStudy(text, file, [toyKind]));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.message;
  }
  throw new Error("nothing was refused");
}

describe("every mistake is one paragraph with the place, the rule and what came", () => {
  const cases: [name: string, text: string, message: string][] = [
    [
      "a misspelt key",
      "study: toy\nsetings:\n  width: 3\n",
      'studies/x.yaml:2:1: unknown key of a study file "setings"; known: study, name, settings, factors, zip, exclude, when, seeds, order. Did you mean settings?',
    ],
    [
      "a misspelt setting",
      "study: toy\nsettings:\n  data: a\n  epoch: 3\n",
      'studies/x.yaml:4:3: unknown setting of toy "epoch"; known: data, width, epochs, learning_rate, optimizer, batch_norm, layers, patience, sleep_ms, fault, cure. Did you mean epochs?',
    ],
    [
      "a negative count",
      "study: toy\nsettings:\n  epochs: -3\n",
      "studies/x.yaml:3:11: settings.epochs must be an integer ≥ 1 (default 2), got -3",
    ],
    [
      "a negative rate",
      "study: toy\nsettings: { learning_rate: -0.1 }\n",
      "studies/x.yaml:2:28: settings.learning_rate must be a number > 0 and < 1 (default 0.1), got -0.1",
    ],
    [
      "an unknown optimizer",
      "study: toy\nsettings: { optimizer: adma }\n",
      'studies/x.yaml:2:24: settings.optimizer must be one of sgd, momentum, adam (default "sgd"), got "adma". Did you mean adam?',
    ],
    [
      "a text for a switch",
      "study: toy\nsettings: { batch_norm: yes }\n",
      'studies/x.yaml:2:25: settings.batch_norm must be true or false (default false), got "yes"',
    ],
    [
      "a union that nothing fits",
      "study: toy\nsettings: { patience: often }\n",
      'studies/x.yaml:2:23: settings.patience must be an integer ≥ 0 or never (default "never"), got "often"',
    ],
    [
      "a list with a wrong item",
      "study: toy\nsettings: { layers: [3, 0] }\n",
      "studies/x.yaml:2:21: settings.layers must be a list, each an integer ≥ 1 (default [8,8]), got [3,0]",
    ],
    [
      "a level its setting does not allow",
      "study: toy\nfactors:\n  width: [4, 8]\n  optimizer:\n    - sgd\n    - adma\n",
      'studies/x.yaml:6:7: factors.optimizer: level 2 must be one of sgd, momentum, adam (default "sgd"), got "adma". Did you mean adam?',
    ],
    [
      "a duplicate factor",
      "study: toy\nfactors:\n  width: [4]\n  epochs: [1]\n  width: [8]\n",
      'studies/x.yaml:5:3: the key "width" is given twice; keep one of the two',
    ],
    [
      "a duplicate level",
      "study: toy\nfactors:\n  width: [4, 8, 4]\n",
      "studies/x.yaml:3:17: factors.width has the level 4 twice; keep one of the two",
    ],
    [
      "an unknown factor",
      "study: toy\nfactors:\n  widht: [4]\n",
      'studies/x.yaml:3:3: unknown factor "widht"; known: data, width, epochs, learning_rate, optimizer, batch_norm, layers, patience, sleep_ms, fault, cure. Did you mean width?',
    ],
    [
      "a factor that is no list",
      "study: toy\nfactors:\n  width: 4\n",
      "studies/x.yaml:3:10: factors.width must be a list of levels, or {range: [first, last], count or step}, got 4",
    ],
    [
      "a factor without levels",
      "study: toy\nfactors: { width: [] }\n",
      "studies/x.yaml:2:19: factors.width has no levels; give at least one",
    ],
    [
      "a factor named like a column",
      "study: toy\nfactors:\n  accuracy: { a: {} }\n",
      'studies/x.yaml:3:3: "accuracy" is a column of trials.csv already; give the factor another name',
    ],
    [
      "a wrong setting in a named level",
      "study: toy\nfactors:\n  variant:\n    NR: {}\n    BN: { batch_norms: true }\n",
      'studies/x.yaml:5:11: unknown setting of toy "batch_norms"; known: data, width, epochs, learning_rate, optimizer, batch_norm, layers, patience, sleep_ms, fault, cure. Did you mean batch_norm?',
    ],
    [
      "named levels on a setting",
      "study: toy\nfactors:\n  optimizer: { slow: {} }\n",
      "studies/x.yaml:3:14: optimizer is a setting, so its levels are a list or a range; named levels need a factor name that is no setting",
    ],
    [
      "two factors that set the same",
      "study: toy\nfactors:\n  batch_norm: [true, false]\n  variant:\n    BN: { batch_norm: true }\n",
      "studies/x.yaml:4:3: the factors batch_norm and variant both set batch_norm; let one of them do it",
    ],
    [
      "a setting that is a factor too",
      "study: toy\nsettings:\n  width: 3\nfactors:\n  width: [4]\n",
      "studies/x.yaml:3:3: width is a factor too; take it out of settings",
    ],
    [
      "unequal lengths in zip",
      "study: toy\nfactors:\n  width: [1, 2, 3]\n  epochs: [1, 2]\nzip: [[width, epochs]]\n",
      "studies/x.yaml:5:7: factors that move together must have equally many levels; width has 3, epochs has 2",
    ],
    [
      "zip of what is no factor",
      "study: toy\nfactors:\n  width: [1, 2]\nzip: [[width, epoch]]\n",
      'studies/x.yaml:4:15: unknown factor in zip "epoch"; known: width',
    ],
    [
      "an exclusion of a level that is not there",
      "study: toy\nfactors:\n  optimizer: [sgd, adam]\nexclude:\n  - { optimizer: adm }\n",
      'studies/x.yaml:5:18: unknown level of optimizer "adm"; known: sgd, adam. Did you mean adam?',
    ],
    [
      "an exclusion of everything",
      "study: toy\nfactors:\n  optimizer: [sgd]\nexclude:\n  - { optimizer: sgd }\n",
      "studies/x.yaml: no trials are left after exclude; loosen it",
    ],
    [
      "a conditional that sets a factor",
      "study: toy\nfactors:\n  optimizer: [sgd, adam]\n  learning_rate: [0.1, 0.2]\nwhen:\n  - if: { optimizer: adam }\n    set: { learning_rate: 0.001 }\n",
      "studies/x.yaml:7:12: learning_rate is a factor, so its column would not tell what ran; exclude those cells instead",
    ],
    [
      "two named levels with the same settings",
      "study: toy\nfactors:\n  variant: { a: {}, b: { width: 4 } }\n",
      "studies/x.yaml: the cells variant=a and variant=b have the same settings; take one out, or exclude it",
    ],
    ["a seed twice", "study: toy\nseeds: [0, 1, 0]\n", "studies/x.yaml:2:15: seeds has 0 twice; keep one of the two"],
    [
      "no seeds",
      "study: toy\nseeds: 0\n",
      "studies/x.yaml:2:8: seeds must be an integer ≥ 1, a list or a range, got 0",
    ],
    [
      "a range that runs backwards",
      "study: toy\nfactors:\n  width: { range: [9, 1], count: 3 }\n",
      "studies/x.yaml:3:19: factors.width.range must be [first, last] with first < last, got [9,1]",
    ],
    [
      "a range with count and step",
      "study: toy\nfactors:\n  width: { range: [1, 9], count: 3, step: 1 }\n",
      "studies/x.yaml:3:10: factors.width must have either count or step, got both",
    ],
    [
      "a range that leaves the integers",
      "study: toy\nfactors:\n  width: { range: [1, 4], count: 3 }\n",
      "studies/x.yaml:3:10: factors.width: level 2 must be an integer ≥ 1 (default 4), got 2.5",
    ],
    [
      "a cell that its kind calls impossible",
      "study: toy\nfactors:\n  width: [12, 13]\n",
      "studies/x.yaml: cell width=13: width 13 brings bad luck; take 12 or 14",
    ],
    [
      "an unknown kind",
      "study: toi\n",
      'studies/x.yaml:1:8: unknown kind of study "toi"; known: toy. Did you mean toy?',
    ],
    ["no kind", "name: x\n", "studies/x.yaml:1:1: study must name a kind of study (toy), got nothing"],
    ["an empty file", "", "studies/x.yaml: the file is empty; it must hold a study"],
    ["a list", "- study\n", 'studies/x.yaml: a study file must hold a map with the key "study", got ["study"]'],
    [
      "an unknown order",
      "study: toy\norder: random\n",
      'studies/x.yaml:2:8: unknown order "random"; known: grid, shuffled',
    ],
    [
      "ten million trials",
      "study: toy\nfactors:\n  width: { range: [1, 1000], step: 1 }\n  epochs: { range: [1, 100], count: 100 }\nseeds: 50\n",
      "studies/x.yaml: the study has 10,000,000 trials (width 1,000 × epochs 100 × seeds 50 × 2 trials per cell); the limit is 100,000. Take out levels or seeds, or raise the limit with --max-trials 10000000",
    ],
    [
      "a factor of a billion levels, without listing them",
      "study: toy\nfactors:\n  width: { range: [1, 1000000000], step: 1 }\n",
      "studies/x.yaml:3:10: factors.width has 1000000000 levels; a factor has at most 1000000",
    ],
    [
      "a quadrillion seeds, without listing them",
      "study: toy\nseeds: 1000000000000000\n",
      "studies/x.yaml: the study has 2,000,000,000,000,000 trials (seeds 1,000,000,000,000,000 × 2 trials per cell); the limit is 100,000. Take out levels or seeds, or raise the limit with --max-trials 2000000000000000",
    ],
    [
      "broken YAML",
      "study: toy\nfactors: [1, 2\nseeds: 3\n",
      "studies/x.yaml:3:1: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
  ];
  test.each(cases)("%s", (_, text, message) => {
    expect(refusal(text)).toBe(message);
  });

  test("a line of aliases that unfold into a billion values", () => {
    const rows = ["a: &a [1,1,1,1,1,1,1,1,1]"];
    for (const [from, to] of ["ab", "bc", "cd", "de", "ef", "fg", "gh", "hi"]) {
      rows.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(",")}]`);
    }
    expect(refusal(rows.join("\n"))).toBe(
      "studies/x.yaml: its aliases unfold into more than 100 copies; write the values out",
    );
  });

  test("a text of more than a mebibyte", () => {
    expect(refusal(`study: toy\n#${" ".repeat(1024 * 1024)}`)).toBe(
      "studies/x.yaml: a study file has at most 1048576 bytes, this one has 1048588",
    );
  });

  test("a factor named __proto__ is a name like any other, and refused", () => {
    expect(refusal("study: toy\nfactors:\n  __proto__: { a: {} }\n")).toMatch(
      /^studies\/x\.yaml:3:3: a factor's name must be letters, digits and _, starting with a letter, got "__proto__"$/,
    );
    expect(refusal("study: toy\nsettings:\n  __proto__: 3\n")).toMatch(
      /^studies\/x\.yaml:3:3: unknown setting of toy "__proto__"/,
    );
    expect(refusal("study: toy\nfactors:\n  toString: [3]\n")).toMatch(
      /^studies\/x\.yaml:3:3: unknown factor "toString"/,
    );
  });
});

describe("the three formats", () => {
  const yaml =
    "study: toy\nname: n\nsettings:\n  width: 3\nfactors:\n  optimizer: [sgd, adam]\n  v: { a: {}, b: { batch_norm: true } }\nseeds: [3, 5]\n";
  const json = JSON.stringify(
    {
      study: "toy",
      name: "n",
      settings: { width: 3 },
      factors: { optimizer: ["sgd", "adam"], v: { a: {}, b: { batch_norm: true } } },
      seeds: [3, 5],
    },
    null,
    "\t",
  );
  const toml =
    'study = "toy"\nname = "n"\nseeds = [3, 5]\n[settings]\nwidth = 3\n[factors]\noptimizer = ["sgd", "adam"]\n[factors.v]\na = {}\nb = { batch_norm = true }\n';

  test("YAML, JSON and TOML of the same study give the same design, to the hash", () => {
    const designs = [
      designStudy(parseStudy(yaml, "x.yaml", [toyKind])),
      designStudy(parseStudy(json, "x.json", [toyKind])),
      designStudy(parseStudy(toml, "x.toml", [toyKind])),
    ];
    expect(designs[0].trials).toHaveLength(16);
    expect(designs[1].hash).toBe(designs[0].hash);
    expect(designs[2].hash).toBe(designs[0].hash);
  });

  test("JSON and TOML mistakes have line and column too", () => {
    expect(refusal('{\n\t"study": "toy",\n\t"settings": { "epochs": -3 }\n}', "x.json")).toMatch(
      /^x\.json:3:26: settings\.epochs must be/,
    );
    expect(refusal('{ "study": "toy", }x', "x.json")).toMatch(/^x\.json:1:\d+: not valid JSON: /);
    expect(refusal('{ "study": "toy",\n "seeds": 1, "seeds": 2 }', "x.json")).toBe(
      'x.json:2:14: the key "seeds" is given twice; keep one of the two',
    );
    expect(refusal('study = "toy"\n[settings]\nwidth = 3\nepochs = -3\n', "x.toml")).toMatch(
      /^x\.toml:4:1: settings\.epochs must be/,
    );
    expect(refusal('study = "toy"\n[factors]\nvariant.BN.batch_norms = true\n', "x.toml")).toMatch(
      /^x\.toml:3:1: unknown setting/,
    );
    expect(refusal('study = "toy"\n[[when]]\nif = { optimizer = "adam" }\nset = { width = 0 }\n', "x.toml")).toMatch(
      /^x\.toml:4:1: when\.0\.set\.width must be/,
    );
    expect(refusal('study = "toy"\nstudy = "toy"\n', "x.toml")).toBe(
      "x.toml:2:1: not valid TOML: trying to redefine an already defined table or value",
    );
    expect(refusal('study = "toy"\nseeds = 1979-05-27\n', "x.toml")).toMatch(
      /^x\.toml:2:1: seeds must be an integer ≥ 1, a list or a range/,
    );
  });

  test("another ending is refused", () => {
    expect(refusal("study: toy", "x.txt")).toBe(
      "x.txt: a study file ends in .yaml, .yml, .toml or .json; rename it to say which it is",
    );
  });
});

describe("files", () => {
  const folder = mkdtempSync(join(tmpdir(), "study-file-"));

  test("a file that is not there is the user's mistake, as is a folder", () => {
    expect(() => readStudyFile(join(folder, "none.yaml"), [toyKind])).toThrow(
      /none\.yaml: no such file; give the path of a study file$/,
    );
    expect(() => readStudyFile(folder, [toyKind])).toThrow(InputError);
    expect(() => readStudyFile(folder, [toyKind])).not.toThrow(EnvironmentError);
  });

  test("a study without a name takes its file's", () => {
    const file = join(folder, "wide-nets.yaml");
    writeFileSync(file, "study: toy\n");
    expect(readStudyFile(file, [toyKind]).name).toBe("wide-nets");
  });
});
