/** The layers of a training at its end: where the active weights are, and whether their gradients flow. */

import { type Table, toText } from "../experiment/index.ts";
import type { Network } from "../nn/index.ts";
import type { Measurement } from "../studies/index.ts";
import { canStyle } from "./output.ts";

/** A line per weight layer: shape, active weights, density, and the 2-norm of their gradient at the start and at the end. */
export function layerTable(network: Network, measurements: readonly Measurement[]): string {
  const [start, end] = [measurements[0], measurements[measurements.length - 1]];
  const table: Table = {
    name: "layers",
    caption: "Effective gradient flow by layer: the 2-norm of the gradient at the active weights, start and end",
    columns: [
      { key: "layer", title: "layer" },
      { key: "shape", title: "shape", align: "right" },
      { key: "active", title: "active weights", format: "integer" },
      { key: "density", title: "density", format: "number", decimals: 4 },
      { key: "start", title: "start", format: "number", decimals: 4 },
      { key: "end", title: "end", format: "number", decimals: 4 },
    ],
    rows: network.weightLayers.map(({ name, shape, weight }, l) => {
      const positions = shape.reduce((a, b) => a * b);
      const active = weight.pattern?.active ?? positions;
      return {
        layer: name,
        shape: shape.join(" × "),
        active,
        density: active / positions,
        start: start.flow.layers[l].norm2,
        end: end.flow.layers[l].norm2,
      };
    }),
  };
  return toText(table, { styled: canStyle() }).trimEnd();
}
