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
        properties: {
          epochs: { type: "integer", minimum: 1, default: 2 },
          optimizer: { enum: ["sgd", "momentum", "adam"] },
        },
      },
      factors: {
        properties: { optimizer: { anyOf: [{ items: { $ref: "#/properties/settings/properties/optimizer" } }, {}] } },
      },
    },
  });
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
});

test("every $ref of a schema that stands elsewhere leads to what it describes", () => {
  const file = { oneOf: [{}, studyJsonSchema(toyKind, "#/oneOf/1")] };
  const refs = [...JSON.stringify(file).matchAll(/"\$ref":"#\/(.*?)"/g)].map(([, path]) => path.split("/"));
  expect(refs.length).toBeGreaterThan(5);
  for (const path of refs) {
    const found = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], file);
    expect(found, path.join("/")).toBeTypeOf("object");
  }
});
