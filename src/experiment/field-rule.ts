/**
 * The rule of a setting in words: "an integer ≥ 1", "one of sgd, momentum, adam".
 *
 * Read from the field's JSON Schema, so that a message says what would do instead of quoting a validator.
 */

import { z } from "zod";
import { nearest } from "../base/index.ts";
import type { SettingValue } from "./kind.ts";

interface JsonField {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonField[];
  readonly items?: JsonField;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
}

/** JSON Schema of one field, defaults and descriptions included. */
export function fieldSchema(field: z.ZodType): JsonField {
  const { $schema, ...schema } = z.toJSONSchema(field, { unrepresentable: "any", io: "input" });
  return schema as JsonField;
}

/** What a value of the field must be, as the end of "must be ...". */
export function ruleOf(field: z.ZodType): string {
  const schema = fieldSchema(field);
  const rule = words(schema);
  return schema.default === undefined ? rule : `${rule} (default ${show(schema.default)})`;
}

function words(schema: JsonField): string {
  if (schema.enum !== undefined) return `one of ${schema.enum.map(bare).join(", ")}`;
  if (schema.const !== undefined) return bare(schema.const);
  if (schema.anyOf !== undefined) return schema.anyOf.map(words).join(" or ");
  const type = schema.type;
  if (Array.isArray(type)) return type.map((one: string) => words({ ...schema, type: one })).join(" or ");
  switch (type) {
    case "integer":
      return `an integer${bounds(schema)}`;
    case "number":
      return `a number${bounds(schema)}`;
    case "boolean":
      return "true or false";
    case "string":
      return "a text";
    case "null":
      return "null";
    case "array":
      return `a list${schema.minItems === undefined ? "" : ` of ${schema.minItems} or more`}${schema.items === undefined ? "" : `, each ${words(schema.items)}`}`;
    default:
      return "a value that its description allows";
  }
}

/** The bounds of a number; zod writes the safe integers as bounds of every integer, which nobody needs to read. */
function bounds(schema: JsonField): string {
  const parts: string[] = [];
  if (schema.minimum !== undefined && schema.minimum !== Number.MIN_SAFE_INTEGER) parts.push(`≥ ${schema.minimum}`);
  if (schema.exclusiveMinimum !== undefined) parts.push(`> ${schema.exclusiveMinimum}`);
  if (schema.maximum !== undefined && schema.maximum !== Number.MAX_SAFE_INTEGER) parts.push(`≤ ${schema.maximum}`);
  if (schema.exclusiveMaximum !== undefined) parts.push(`< ${schema.exclusiveMaximum}`);
  return parts.length === 0 ? "" : ` ${parts.join(" and ")}`;
}

function bare(value: unknown): string {
  return typeof value === "string" ? value : show(value);
}

/** A value as messages print it; long ones are cut. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number") return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Either the value as the field takes it, or the sentence that says why not: "epochs must be an integer ≥ 1, got -3". */
export function checkField(
  subject: string,
  field: z.ZodType,
  value: unknown,
): { ok: true; value: SettingValue } | { ok: false; message: string } {
  const parsed = field.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data as SettingValue };
  const issue = parsed.error.issues[0];
  if (issue.code === "custom") return { ok: false, message: `${subject}: ${issue.message}, got ${show(value)}` };
  let message = `${subject} must be ${ruleOf(field)}, got ${show(value)}`;
  const choices = choicesOf(fieldSchema(field));
  const near = typeof value === "string" ? nearest(value, choices) : undefined;
  if (near !== undefined) message += `. Did you mean ${near}?`;
  return { ok: false, message };
}

function choicesOf(schema: JsonField): string[] {
  const own = [...(schema.enum ?? []), schema.const].filter((value) => typeof value === "string");
  return [...own, ...(schema.anyOf ?? []).flatMap(choicesOf)];
}
