/** Reads an architecture from JSON: every field by its rule, nothing unknown, sizes bounded, the graph whole. */

import { InputError, nearest } from "../../base/index.ts";
import type { Rules } from "./field-rules.ts";
import { checkFields, exampleShape, label, list, oneOf, show } from "./field-rules.ts";
import { layerKinds, layerTable } from "./layer-kinds.ts";
import type { Architecture, Layer, LayerKind } from "./layers.ts";
import { shapesOf } from "./shapes.ts";

/** Enough for the deepest multilayer perceptron that a study may ask for. */
const mostLayers = 2 ** 16;

const whole: Rules = {
  name: label,
  input: exampleShape,
  layers: {
    words: `a list of 1 to ${mostLayers} layers`,
    read: (value) => (Array.isArray(value) && value.length >= 1 && value.length <= mostLayers ? value : undefined),
  },
};

const kindRule = oneOf(layerKinds);

/**
 * An architecture as read from JSON, checked through and through: the same description in fresh objects.
 *
 * @param value  what JSON.parse gave, or an object of any origin
 * @param where  opens each message: the file, say
 * @throws InputError  with the place, the rule and the value; also all that `shapesOf` throws
 */
export function parseArchitecture(value: unknown, where = "architecture"): Architecture {
  const { name, input, layers } = checkFields(where, "field", value, whole) as {
    name: string;
    input: number[];
    layers: unknown[];
  };
  const architecture = {
    name,
    input,
    layers: layers.map((layer, place) => parseLayer(layer, `${where}: layers[${place}]`)),
  };
  shapesOf(architecture);
  return architecture;
}

function parseLayer(value: unknown, place: string): Layer {
  const kind = kindOf(value, place);
  const inputs = layerTable[kind].inputs;
  const rules: Rules = {
    kind: kindRule,
    name: label,
    inputs: list(label, inputs[0], inputs[1]),
    ...(layerTable[kind].fields as Rules),
  };
  const name = (value as { name?: unknown }).name;
  const called = typeof name === "string" ? `${place} ${show(name)}` : place;
  return checkFields(called, `${kind} field`, value, rules) as unknown as Layer;
}

function kindOf(value: unknown, place: string): LayerKind {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InputError(`${place}: must be an object with a kind, a name and inputs, got ${show(value)}`);
  }
  const given = Object.hasOwn(value, "kind") ? (value as { kind: unknown }).kind : undefined;
  const kind = kindRule.read(given);
  if (kind !== undefined) return kind;
  const near = typeof given === "string" ? nearest(given.slice(0, 60), layerKinds) : undefined;
  const hint = near === undefined ? "" : `. Did you mean ${near}?`;
  throw new InputError(`${place}: kind must be ${kindRule.words}, got ${show(given)}${hint}`);
}
