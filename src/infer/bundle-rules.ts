/** What each field of an operation may hold: a table by kind, and the checks it is made of. Shapes are checked elsewhere. */

import { InputError } from "../base/index.ts";
import type { OperationKind, Weight } from "./bundle.ts";
import { plainFunctions } from "./bundle.ts";

/** No side of a shape, kernel, stride or padding is larger. */
export const largestSide = 2 ** 24;

/** Throws unless the value is as it must be. `where` opens the message. */
export type Rule = (value: unknown, where: string) => void;

/** Refuses: the rule, the value, the cure. */
export function refuse(where: string, expected: string, came: unknown, cure = "export the network again"): never {
  throw new InputError(`${where}: expected ${expected}, got ${shown(came)}; ${cure}`);
}

/** A value in a message: short, whatever it is. */
function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (ArrayBuffer.isView(value))
    return `a tensor of ${(value as Float32Array).length} ${value.constructor.name} elements`;
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);

export const integer =
  (least: number, most = largestSide): Rule =>
  (value, where) => {
    const fits = Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
    if (!fits) refuse(where, `an integer from ${least} to ${most}`, value);
  };

/** A number, as a float32 can hold it. */
const number: Rule = (value, where) => {
  if (!(typeof value === "number" && Math.abs(value) < 3.4e38)) refuse(where, "a finite number", value);
};

export const list =
  (item: Rule, least: number, most: number): Rule =>
  (value, where) => {
    if (!Array.isArray(value) || value.length < least || value.length > most) {
      refuse(where, least === most ? `a list of ${least}` : `a list of ${least} to ${most}`, value);
    }
    value.forEach((one, i) => {
      item(one, `${where}[${i}]`);
    });
  };

export const name: Rule = (value, where) => {
  if (typeof value !== "string" || value === "" || value.length > 200 || value.includes("\n")) {
    refuse(where, "a name of 1 to 200 characters in one line", value);
  }
};

const oneOf =
  (...known: readonly string[]): Rule =>
  (value, where) => {
    if (!known.includes(value as string)) refuse(where, `one of ${known.join(", ")}`, value);
  };

export const optional =
  (rule: Rule): Rule =>
  (value, where) => {
    if (value !== undefined) rule(value, where);
  };

/** A tensor of finite float32. */
const vector: Rule = (value, where) => {
  if (!(value instanceof Float32Array)) refuse(where, "a tensor of float32", value);
  for (let i = 0; i < value.length; i++) {
    if (!Number.isFinite(value[i])) {
      refuse(`${where}[${i}]`, "a finite number", value[i], "a network that diverged cannot be bundled");
    }
  }
};

const weight: Rule = (value, where) => {
  const { kind } = isRecord(value) ? value : refuse(where, "a weight", value);
  oneOf("dense", "sparse")(kind, `${where}.kind`);
  record(value, where, kind === "dense" ? denseRules : sparseRules);
  const { shape, values } = value as unknown as Weight;
  const size = shape.reduce((product, side) => product * side, 1);
  if (kind === "dense" && values.length !== size) refuse(`${where}.values`, `${size} numbers for [${shape}]`, values);
  if (kind === "sparse") checkRows(value as unknown as Weight & { kind: "sparse" }, size / shape[0], where);
};

/** Every row's columns rise and stay below `width`; rows follow one another without gaps. */
function checkRows(
  { shape, rowPointers, columns, values }: Weight & { kind: "sparse" },
  width: number,
  where: string,
): void {
  const rows = shape[0];
  if (rowPointers.length !== rows + 1) refuse(`${where}.rowPointers`, `${rows + 1} numbers`, rowPointers);
  if (columns.length !== values.length) refuse(`${where}.columns`, `${values.length}, one per value`, columns);
  if (rowPointers[0] !== 0 || rowPointers[rows] !== values.length) {
    refuse(`${where}.rowPointers`, `to lead from 0 to ${values.length}`, [rowPointers[0], rowPointers[rows]]);
  }
  for (let r = 0; r < rows; r++) {
    const end = rowPointers[r + 1];
    if (end < rowPointers[r] || end > values.length) {
      refuse(`${where}.rowPointers[${r + 1}]`, `${rowPointers[r]} to ${values.length}`, end);
    }
    let last = -1;
    for (let k = rowPointers[r]; k < end; k++) {
      if (columns[k] <= last || columns[k] >= width) {
        refuse(`${where}.columns[${k}]`, `more than ${last} and less than ${width}`, columns[k]);
      }
      last = columns[k];
    }
  }
}

const sides = list(integer(1), 2, 4);
const unsigned: Rule = (value, where) => {
  if (!(value instanceof Uint32Array || value instanceof Uint16Array))
    refuse(where, "a tensor of uint16 or uint32", value);
};
const unsigned32: Rule = (value, where) => {
  if (!(value instanceof Uint32Array)) refuse(where, "a tensor of uint32", value);
};
const denseRules = { kind: name, shape: sides, values: vector };
const sparseRules = { kind: name, shape: sides, rowPointers: unsigned32, columns: unsigned, values: vector };

/** Checks each field by its rule. @throws InputError  also for a field without a rule */
export function record(value: unknown, where: string, rules: Readonly<Record<string, Rule>>): void {
  if (!isRecord(value)) refuse(where, "an object", value);
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(rules, key)) {
      throw new InputError(`${where}: unknown field ${shown(key)}; known: ${Object.keys(rules).join(", ")}`);
    }
  }
  for (const [key, rule] of Object.entries(rules)) {
    rule(Object.hasOwn(value, key) ? value[key] : undefined, `${where}.${key}`);
  }
}

const strides = list(integer(1, 4096), 2, 2);
const paddings = list(integer(0, 4096), 2, 2);
const window = { kernel: strides, stride: strides, padding: paddings };
const none = {};

type Fields = Readonly<Record<string, Rule>>;

/** Fields beside kind, name and inputs. */
export const fieldRules: Readonly<Record<Exclude<OperationKind, "activation">, Fields>> = {
  convolution: { weight, bias: optional(vector), stride: strides, padding: paddings, groups: integer(1) },
  linear: { weight, bias: optional(vector) },
  scaleShift: { scale: vector, shift: vector },
  maxPool: window,
  averagePool: window,
  globalAveragePool: none,
  globalMaxPool: none,
  flatten: none,
  add: none,
  concatenate: none,
  zeroPad: { padding: list(integer(0, 4096), 4, 4) },
  upsample: { factor: list(integer(1, 256), 2, 2) },
};

/** Fields of an activation beside its function. */
export const functionRules: Readonly<Record<string, Fields>> = {
  ...Object.fromEntries(plainFunctions.map((one) => [one, none])),
  leakyRelu: { slope: number },
  elu: { alpha: number },
  prelu: { slope: vector },
  srelu: { upperThreshold: vector, upperSlope: vector, lowerThreshold: vector, lowerSlope: vector },
};

export const normalisationRules: Fields = {
  mean: list(number, 1, largestSide),
  deviation: list(
    (value, where) => {
      number(value, where);
      if (!((value as number) > 0)) refuse(where, "a number above 0", value);
    },
    1,
    largestSide,
  ),
};
