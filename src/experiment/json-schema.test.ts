import { expect, test } from "vitest";
import { toyKind } from "./fixtures/toy-kind.ts";
import { studyJsonSchema } from "./json-schema.ts";

test("the JSON Schema knows each setting's default and bounds, and allows no other key", () => {
  const schema = studyJsonSchema(toyKind);
  expect(schema).toMatchObject({
    additionalProperties: false,
    properties: {
      settings: {
        additionalProperties: false,
        properties: { epochs: { type: "integer", minimum: 1, default: 2 } },
      },
      factors: { properties: { optimizer: { anyOf: [{ items: { enum: ["sgd", "momentum", "adam"] } }, {}] } } },
    },
  });
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
});
