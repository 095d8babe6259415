/** The shape of every operation's output, and the refusal of what does not fit together: bundles are checked here as a whole. */

import { unknownName } from "../base/index.ts";
import type { Bundle, Operation, Pair } from "./bundle.ts";
import { inputName } from "./bundle.ts";
import type { Rule } from "./bundle-rules.ts";
import {
  fieldRules,
  functionRules,
  integer,
  isRecord,
  largestSide,
  list,
  name,
  normalisationRules,
  optional,
  record,
  refuse,
} from "./bundle-rules.ts";

/** No value of one example has more elements. */
const largestValue = 2 ** 26;
const mostOperations = 4096;

/** Shape of one example: [C, H, W] or [F]. */
export type ExampleShape = readonly number[];

export const elements = (shape: ExampleShape): number => shape.reduce((product, side) => product * side, 1);

/**
 * Checks a bundle as a whole, field by field and shape by shape.
 *
 * @param where  what messages call it: its file
 * @returns      the shape of each operation's output by name, and of "input"
 * @throws InputError  naming the operation, the field, the rule and the value
 */
export function checkBundle(value: unknown, where: string): ReadonlyMap<string, ExampleShape> {
  record(value, where, bundleRules);
  const { input, operations, classNames, normalisation } = value as Bundle;
  if (input.length === 2) refuse(`${where}.input`, "[C, H, W] or [F]", input);
  limit(input, `${where}.input`);
  const shapes = new Map<string, ExampleShape>([[inputName, input]]);
  const unread = new Set<string>();
  for (const operation of operations) {
    const place = `${where}: operation "${operation.name}"`;
    if (shapes.has(operation.name)) refuse(place, "a name used once, and not for the input", operation.name);
    const inputs = operation.inputs.map((one) => {
      const shape = shapes.get(one);
      if (shape === undefined) refuse(`${place}: inputs`, "names of earlier operations", one);
      unread.delete(one);
      return shape;
    });
    const [least, most] = joins.has(operation.kind) ? [2, 256] : [1, 1];
    if (inputs.length < least || inputs.length > most) {
      refuse(`${place}: inputs`, least === 1 ? "one input" : "two or more inputs", operation.inputs);
    }
    const shape = shapeOf(operation, inputs, place);
    limit(shape, place);
    shapes.set(operation.name, shape);
    unread.add(operation.name);
  }
  unread.delete(operations[operations.length - 1].name);
  for (const one of unread) refuse(`${where}: operation "${one}"`, "a later operation to read it", undefined);
  const outputs = elements(shapes.get(operations[operations.length - 1].name) as ExampleShape);
  if (classNames !== undefined && classNames.length !== outputs) {
    refuse(`${where}.classNames`, `${outputs} names, one per output`, classNames.length);
  }
  for (const numbers of [normalisation?.mean, normalisation?.deviation]) {
    if (numbers !== undefined && numbers.length !== 1 && numbers.length !== input[0]) {
      refuse(`${where}.normalisation`, `1 number or ${input[0]}, one per channel`, numbers.length);
    }
  }
  return shapes;
}

const joins: ReadonlySet<string> = new Set(["add", "concatenate"]);

const operationRule: Rule = (value, where) => {
  if (!isRecord(value)) refuse(where, "an operation", value);
  name(value.name, `${where}.name`);
  const place = `${where} "${value.name}"`;
  const base = { kind: name, name, inputs: list(name, 1, 256) };
  name(value.kind, `${place}.kind`);
  const kind = value.kind as string;
  if (kind === "activation") {
    name(value.function, `${place}.function`);
    const f = value.function as string;
    if (!Object.hasOwn(functionRules, f)) throw unknownName(place, "function", f, Object.keys(functionRules));
    record(value, place, { ...base, function: name, ...functionRules[f] });
  } else {
    if (!Object.hasOwn(fieldRules, kind)) {
      throw unknownName(place, "kind of operation", kind, ["activation", ...Object.keys(fieldRules)]);
    }
    record(value, place, { ...base, ...fieldRules[kind as keyof typeof fieldRules] });
  }
};

const text: Rule = (value, where) => {
  if (typeof value !== "string" || value.length > 100_000) refuse(where, "a text", value);
};

const bundleRules = {
  name,
  input: list(integer(1), 1, 3),
  operations: list(operationRule, 1, mostOperations),
  classNames: optional(list(text, 1, largestSide)),
  normalisation: optional((value, where) => record(value, where, normalisationRules)),
  metadata: optional((value, where) => {
    if (!isRecord(value)) refuse(where, "an object of texts", value);
    for (const [key, one] of Object.entries(value)) text(one, `${where}.${key}`);
  }),
};

function limit(shape: ExampleShape, where: string): void {
  if (!(elements(shape) <= largestValue)) refuse(where, `at most ${largestValue} elements per example`, shape);
}

/** Sides of the output of a window that moves: floor((side + 2 padding - kernel) / stride) + 1. */
export function windowSides(
  [, height, width]: ExampleShape,
  { kernel, stride, padding }: { readonly kernel: Pair; readonly stride: Pair; readonly padding: Pair },
): Pair {
  const side = (size: number, i: 0 | 1) => Math.floor((size + 2 * padding[i] - kernel[i]) / stride[i]) + 1;
  return [side(height, 0), side(width, 1)];
}

/** One number per channel or feature. */
function perChannel(vector: Float32Array | undefined, channels: number, where: string): void {
  if (vector !== undefined && vector.length !== channels) refuse(where, `${channels} numbers`, vector);
}

function shapeOf(operation: Operation, inputs: readonly ExampleShape[], where: string): ExampleShape {
  const [x] = inputs;
  const image = () => {
    if (x.length !== 3) refuse(where, "an image [C, H, W] to read", x);
    return x;
  };
  switch (operation.kind) {
    case "convolution": {
      const [channels] = image();
      const { weight, groups, bias } = operation;
      const { shape } = weight;
      if (shape.length !== 4 || channels % groups !== 0 || shape[1] !== channels / groups || shape[0] % groups !== 0) {
        const rule = `[O, I, kernel height, kernel width] with O and ${channels} channels divisible by ${groups} groups`;
        refuse(`${where}: weight.shape`, rule, shape);
      }
      perChannel(bias, shape[0], `${where}: bias`);
      return sides(shape[0], x, { ...operation, kernel: [shape[2], shape[3]] }, where);
    }
    case "linear": {
      const { shape } = operation.weight;
      if (x.length !== 1 || shape.length !== 2 || shape[1] !== x[0]) {
        refuse(
          `${where}: weight.shape`,
          `[O, I] for an input [${x}]`,
          shape,
          "flatten images before a linear operation",
        );
      }
      perChannel(operation.bias, shape[0], `${where}: bias`);
      return [shape[0]];
    }
    case "activation":
      if (operation.function === "prelu" && operation.slope.length !== 1) {
        perChannel(operation.slope, x[0], `${where}: slope`);
      }
      if (operation.function === "srelu") {
        const { upperThreshold, upperSlope, lowerThreshold, lowerSlope } = operation;
        for (const one of [upperThreshold, upperSlope, lowerThreshold, lowerSlope]) perChannel(one, x[0], where);
      }
      return x;
    case "scaleShift":
      perChannel(operation.scale, x[0], `${where}: scale`);
      perChannel(operation.shift, x[0], `${where}: shift`);
      return x;
    case "maxPool":
    case "averagePool": {
      const { kernel, padding } = operation;
      if (padding[0] * 2 > kernel[0] || padding[1] * 2 > kernel[1]) {
        refuse(`${where}: padding`, `at most half the kernel [${kernel}]`, padding);
      }
      return sides(image()[0], x, operation, where);
    }
    case "globalAveragePool":
    case "globalMaxPool":
      return [image()[0], 1, 1];
    case "flatten":
      return [elements(x)];
    case "add":
      for (const other of inputs) if (String(other) !== String(x)) refuse(where, `inputs of one shape [${x}]`, other);
      return x;
    case "concatenate":
      for (const other of inputs) {
        if (String(other.slice(1)) !== String(x.slice(1)) || other.length !== x.length) {
          refuse(where, `images of one size, or features, as [${x}]`, other);
        }
      }
      return [inputs.reduce((sum, [channels]) => sum + channels, 0), ...x.slice(1)];
    case "zeroPad": {
      const [channels, height, width] = image();
      const [top, left, bottom, right] = operation.padding;
      return [channels, height + top + bottom, width + left + right];
    }
    case "upsample":
      return [image()[0], x[1] * operation.factor[0], x[2] * operation.factor[1]];
    default:
      return operation satisfies never;
  }
}

function sides(
  channels: number,
  x: ExampleShape,
  window: { readonly kernel: Pair; readonly stride: Pair; readonly padding: Pair },
  where: string,
): ExampleShape {
  const [height, width] = windowSides(x, window);
  if (height < 1 || width < 1) {
    refuse(`${where}: kernel`, `at most the padded image, [${x}] with padding [${window.padding}]`, window.kernel);
  }
  return [channels, height, width];
}
