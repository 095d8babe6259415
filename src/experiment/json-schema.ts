/** The JSON Schema of study files, for editors: completion, descriptions and red lines while writing. */

import type { z } from "zod";
import { fieldSchema } from "./field-rule.ts";
import type { fileKeys, StudyKind } from "./kind.ts";

/**
 * A JSON Schema (draft 2020-12) of the files of one kind; plain JSON. Each setting is described once, under `settings`; other
 * places point there.
 *
 * @param place  JSON pointer of where the schema will stand in the file that holds it; default the file itself
 */
export function studyJsonSchema(kind: StudyKind, place = "#"): Record<string, unknown> {
  const settingsPlace = `${place}/properties/settings`;
  const rangePlace = `${place}/$defs/range`;
  const described = (name: string) => ({ $ref: `${settingsPlace}/properties/${name}` });
  const shape = kind.settings.shape as Record<string, z.ZodType>;
  const fields = Object.fromEntries(Object.entries(shape).map(([name, field]) => [name, fieldSchema(field)]));
  const names = Object.keys(fields);
  const groups = Object.entries(kind.groups ?? {}).map(([group, members]) => {
    const own = Object.fromEntries(members.map((name) => [name, described(name)]));
    const description = `Gathers ${members.join(", ")}, each of which may stand beside it instead.`;
    return [group, { type: "object", description, properties: own, additionalProperties: false }] as const;
  });
  const inFile = { ...fields, ...Object.fromEntries(groups) };
  const settings = { type: "object", properties: inFile, additionalProperties: false };
  const someSettings = { $ref: settingsPlace, description: "Settings and their values." };
  const seed = { type: "integer", minimum: 0 };
  const condition = { type: "object", minProperties: 1 };
  const properties: Record<(typeof fileKeys)[number], unknown> = {
    study: { const: kind.name, description: "The kind of study." },
    name: {
      type: "string",
      minLength: 1,
      maxLength: 100,
      description: "Opens the report; the file's name if left out.",
    },
    settings: { ...settings, description: "What is the same in every trial." },
    factors: {
      type: "object",
      description: "What is crossed; each becomes a column of trials.csv.",
      properties: Object.fromEntries(names.map((name) => [name, levelsOf(described(name), rangePlace)])),
      additionalProperties: { type: "object", additionalProperties: someSettings, minProperties: 1 },
    },
    zip: {
      type: "array",
      description: "Groups of factors that move together instead of being crossed.",
      items: { type: "array", items: { type: "string" }, minItems: 2 },
    },
    exclude: { type: "array", description: "Cells to leave out.", items: condition },
    when: {
      type: "array",
      description: "Settings for some of the cells.",
      items: {
        type: "object",
        properties: { if: condition, set: someSettings },
        required: ["if", "set"],
        additionalProperties: false,
      },
    },
    seeds: {
      description: "A number of seeds (0, 1, ...), a list, or a range.",
      anyOf: [{ type: "integer", minimum: 1 }, { type: "array", items: seed, minItems: 1 }, { $ref: rangePlace }],
    },
    order: { enum: ["grid", "shuffled"], default: "grid", description: "The order in which trials run." },
  };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `A ${kind.name} study`,
    type: "object",
    properties,
    required: ["study"],
    additionalProperties: false,
    $defs: { range },
  };
}

const range = {
  type: "object",
  properties: {
    range: { type: "array", items: { type: "number" }, minItems: 2, maxItems: 2 },
    count: { type: "integer", minimum: 2 },
    step: { type: "number", exclusiveMinimum: 0 },
    scale: { enum: ["linear", "log"] },
  },
  required: ["range"],
  additionalProperties: false,
};

function levelsOf(field: unknown, rangePlace: string): unknown {
  return { anyOf: [{ type: "array", items: field, minItems: 1 }, { $ref: rangePlace }] };
}
