/** `study schema`: what editors need to know of study files. */

import { studyJsonSchema } from "../experiment/index.ts";
import { studyKinds } from "../studies/index.ts";
import { sayJson } from "./output.ts";

/** The JSON Schema of study files of every kind. */
export function studySchema(): Record<string, unknown> {
  const schemas = studyKinds.map((kind) => studyJsonSchema(kind));
  if (schemas.length === 1) return schemas[0];
  return { $schema: schemas[0].$schema, title: "A study", oneOf: schemas };
}

export function printSchema(): void {
  sayJson(studySchema());
}
