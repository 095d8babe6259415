/** The shape of every layer's output, and with it the proof that an architecture fits together. */

import type { Shape } from "../../base/index.ts";
import { formatShape, InputError, nearest, ShapeError, sizeOf } from "../../base/index.ts";
import { layerCalled, rowOf } from "./layer-kinds.ts";
import type { Architecture, Layer } from "./layers.ts";
import { inputName } from "./layers.ts";

/** Elements of one layer's output for one example: beyond it a description is a mistake of typing. */
const mostElements = 2 ** 40;

/**
 * The shape of each layer's output for one example, by name, with the network's input under "input".
 *
 * Fields are taken as their types say; what comes from a file goes through `parseArchitecture` first.
 *
 * @throws InputError  where a name is given twice or unknown, a layer reads a later one or is read by none, or a layer reads
 *   more or fewer inputs than its kind does
 * @throws ShapeError  where a layer cannot work on the shape it reads; each message names the layer
 */
export function shapesOf(architecture: Architecture): ReadonlyMap<string, Shape> {
  const { layers } = architecture;
  const shapes = new Map<string, Shape>([[inputName, architecture.input]]);
  const unread = new Map<string, Layer>();
  const places = new Map(layers.map((layer, place) => [layer.name, place]));
  for (const layer of layers) {
    const where = layerCalled(architecture, layer);
    if (layer.name === inputName)
      throw new InputError(`${where}: "${inputName}" names the network's input; rename the layer`);
    if (shapes.has(layer.name)) throw new InputError(`${where}: there are two layers of this name; rename one`);
    checkCount(where, layer);
    const inputs = layer.inputs.map((name) => {
      const shape = shapes.get(name);
      if (shape === undefined) throw unreadable(where, name, places, shapes);
      unread.delete(name);
      return shape;
    });
    const shape = rowOf(layer).shape(where, layer, inputs);
    if (!(sizeOf(shape) <= mostElements)) {
      throw new ShapeError(`${where}: an output ${formatShape(shape)} is too large; the most is 2^40 numbers`);
    }
    shapes.set(layer.name, shape);
    unread.set(layer.name, layer);
  }
  if (layers.length === 0) throw new InputError(`${architecture.name}: must have at least one layer, got none`);
  unread.delete(layers[layers.length - 1].name);
  for (const layer of unread.values()) {
    throw new InputError(
      `${layerCalled(architecture, layer)}: no later layer reads it; remove it, or name it among their inputs`,
    );
  }
  return shapes;
}

/** Shape of the network's output. */
export function outputShape(architecture: Architecture): Shape {
  const last = architecture.layers[architecture.layers.length - 1];
  return shapesOf(architecture).get(last.name) as Shape;
}

function checkCount(where: string, layer: Layer): void {
  const [fewest, most] = rowOf(layer).inputs;
  const count = layer.inputs.length;
  if (count >= fewest && count <= most) return;
  const rule = fewest === most ? `exactly ${fewest}` : `${fewest} to ${most}`;
  throw new InputError(`${where}: kind ${layer.kind} reads ${rule} input${most === 1 ? "" : "s"}, got ${count}`);
}

/** Why a name cannot be read at this place. Known names are too many to list. */
function unreadable(
  where: string,
  name: string,
  places: ReadonlyMap<string, number>,
  earlier: ReadonlyMap<string, Shape>,
): InputError {
  if (places.has(name)) {
    return new InputError(
      `${where}: reads "${name}", which does not come before it; layers stand in topological order and form no cycle`,
    );
  }
  const near = nearest(name, [...earlier.keys()]);
  const hint = near === undefined ? "" : `. Did you mean ${near}?`;
  return new InputError(
    `${where}: unknown input ${JSON.stringify(name)}; an input is "${inputName}" or the name of an earlier layer${hint}`,
  );
}
