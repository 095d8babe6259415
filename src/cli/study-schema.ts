/** `study schema`: what editors need to know of study files. */

import { studyJsonSchema } from "../experiment/index.ts";
import { studyKinds } from "../studies/index.ts";
import { sayJson } from "./output.ts";

/** The JSON Schema of study files of every kind. */
export function studySchema(): Record<string, unknown> {
  const schemas = studyKinds.map((kind, index) => studyJsonSchema(kind, `#/oneOf/${index}`));
  return { $schema: schemas[0].$schema, title: "A study", oneOf: schemas };
}

export function printSchema(): void {
  sayJson(studySchema());
}
