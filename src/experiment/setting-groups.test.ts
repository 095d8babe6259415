/** Settings gathered in a group, `descent: { optimizer: adam }`, against the same ones beside each other, and their refusals. */

import { describe, expect, test } from "vitest";
import { InputError } from "../base/index.ts";
import { designStudy } from "./design.ts";
import { toyKind } from "./fixtures/toy-kind.ts";
import { studyJsonSchema } from "./json-schema.ts";
import { checkKind, type StudyKind } from "./kind.ts";
import { applyOverrides } from "./overrides.ts";
import { parseStudy } from "./study-file.ts";

const kind: StudyKind = { ...toyKind, groups: { descent: ["optimizer", "learning_rate"] } };
const designed = (text: string, { file = "x.yaml", overrides = [] as string[] } = {}) =>
  designStudy(applyOverrides(parseStudy(text, file, [kind]), overrides));

function refusal(text: string, ...overrides: string[]): string {
  try {
    designed(text, { overrides });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.message;
  }
  throw new Error("nothing was refused");
}

const gathered = `study: toy
settings:
  descent: { optimizer: momentum }
  epochs: 3
factors:
  variant:
    slow: { descent: { learning_rate: 0.01 }, width: 8 }
    fast: { learning_rate: 0.5 }
exclude:
  - { descent: { learning_rate: 0.5 } }
when:
  - { if: { descent: { optimizer: momentum } }, set: { descent: {}, patience: 2 } }
`;

test("a study with groups is, to its hash, the one without, in settings, levels, exclusions and conditionals", () => {
  const flat = gathered.replaceAll(/descent: \{ (\w+: [\w.]+) \}|descent: \{\}, /g, "$1");
  expect(flat).not.toContain("descent");
  expect(designed(gathered).hash).toBe(designed(flat).hash);
});

test("TOML's tables are groups too", () => {
  const { document } = designed('study = "toy"\n[settings.descent]\noptimizer = "adam"\n', { file: "x.toml" });
  expect(document.settings.optimizer).toBe("adam");
});

test.each(["descent.optimizer=adam", "settings.descent.optimizer=adam", "optimizer=adam"])(
  "%s on a command line sets the optimizer",
  (override) => {
    expect(designed("study: toy\n", { overrides: [override] }).document.settings.optimizer).toBe("adam");
  },
);

describe("a mistake in a group is told with its place, and the whole path to it", () => {
  test.each<[string, string, string]>([
    [
      "a misspelt setting",
      "study: toy\nsettings:\n  descent: { optimiser: adam }\n",
      'x.yaml:3:14: unknown setting of settings.descent "optimiser"; known: optimizer, learning_rate. Did you mean optimizer?',
    ],
    [
      "a misspelt setting of a level",
      "study: toy\nfactors:\n  variant:\n    a:\n      descent:\n        learning_rat: 0.1\n",
      'x.yaml:6:9: unknown setting of factors.variant.a.descent "learning_rat"; known: optimizer, learning_rate. Did you mean learning_rate?',
    ],
    [
      "a misspelt group",
      "study: toy\nsettings: { decsent: { optimizer: adam } }\n",
      'x.yaml:2:13: unknown setting of toy "decsent"; known: data, width, epochs, learning_rate, optimizer, batch_norm, layers, patience, sleep_ms, fault, cure, descent. Did you mean descent?',
    ],
    [
      "a value out of its range",
      "study: toy\nsettings:\n  descent:\n    learning_rate: -1\n",
      "x.yaml:4:20: settings.descent.learning_rate must be a number > 0 and < 1 (default 0.1), got -1",
    ],
    [
      "a setting that is not of the group",
      "study: toy\nsettings: { descent: { epochs: 3 } }\n",
      "x.yaml:2:24: settings.descent.epochs: epochs is no setting of descent; write it beside descent, not in it",
    ],
    [
      "both forms at once",
      "study: toy\nsettings:\n  optimizer: sgd\n  descent: { optimizer: adam }\n",
      "x.yaml:4:14: settings.descent.optimizer and settings.optimizer set the same; keep one of the two",
    ],
    [
      "a group that is no map",
      "study: toy\nsettings: { descent: adam }\n",
      'x.yaml:2:22: settings.descent must be a map of settings, got "adam"',
    ],
    [
      "a setting in a group that is a factor too",
      "study: toy\nsettings:\n  epochs: 3\n  descent: { optimizer: adam }\nfactors: { optimizer: [sgd] }\n",
      "x.yaml:4:14: optimizer is a factor too; take it out of settings",
    ],
    [
      "a factor with a group's name",
      "study: toy\nfactors:\n  descent: { optimizer: [sgd, adam] }\n",
      "x.yaml:3:3: descent gathers settings and is no factor; cross one of them, as in optimizer: [...], or give the factor another name",
    ],
  ])("%s", (_, text, message) => {
    expect(refusal(text)).toBe(message);
  });

  test("on a command line", () => {
    expect(refusal("study: toy\n", "descent.optimiser=adam")).toBe(
      'override "descent.optimiser=adam": unknown setting of descent "optimiser"; known: optimizer, learning_rate. Did you mean optimizer?',
    );
    expect(refusal("study: toy\n", "descent=adam")).toBe(
      'override "descent=adam": descent gathers settings; give one of them, as in descent.optimizer=...',
    );
  });
});

test("the JSON Schema knows a group with its settings and no other", () => {
  expect(studyJsonSchema(kind)).toMatchObject({
    properties: {
      settings: {
        properties: {
          descent: {
            additionalProperties: false,
            properties: {
              optimizer: { $ref: "#/properties/settings/properties/optimizer" },
              learning_rate: { $ref: "#/properties/settings/properties/learning_rate" },
            },
          },
        },
      },
    },
  });
});

test("a kind whose group takes a setting's name, or lacks what it gathers, is a mistake of ours", () => {
  expect(() => checkKind({ ...toyKind, groups: { width: [] } })).toThrow('the group "width" of toy has a name in use');
  expect(() => checkKind({ ...toyKind, groups: { descent: ["rate"] } })).toThrow(
    'the group "descent" of toy lacks rate',
  );
});
