import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { studyKinds } from "../studies/index.ts";
import { studySchema } from "./study-schema.ts";

const file = new URL("../../schema/study.schema.json", import.meta.url);

test("schema/study.schema.json is what the settings in the code say; npm run schema writes it anew", () => {
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(studySchema());
});

test("the schema describes every setting of every kind of study, and allows no other", () => {
  const { oneOf } = studySchema() as { oneOf: { properties: { study: { const: string }; settings: unknown } }[] };
  expect(oneOf.map(({ properties }) => properties.study.const)).toEqual(studyKinds.map(({ name }) => name));
  oneOf.forEach(({ properties }, at) => {
    const settings = properties.settings as {
      properties: Record<string, { description?: string }>;
      additionalProperties: boolean;
    };
    const { settings: fields, groups = {} } = studyKinds[at];
    expect(Object.keys(settings.properties)).toEqual([...Object.keys(fields.shape), ...Object.keys(groups)]);
    expect(settings.additionalProperties).toBe(false);
    for (const [name, { description }] of Object.entries(settings.properties))
      expect(description, name).toMatch(/\S{3}/);
  });
});
