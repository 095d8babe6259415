/** The rows of a layer's weight, dense or sparse, one output channel each, as pairs of column and value. */

import { InputError, type Shape, sizeOf } from "../base/index.ts";
import { type Mask, weightLayers } from "../nn/index.ts";
import type { NetworkValues, ValueTensor } from "../train/index.ts";

/** A tensor that the architecture says is there. @throws InputError where it is not */
export function tensorOf({ architecture, tensors }: NetworkValues, name: string): ValueTensor {
  const tensor = tensors.get(name);
  if (tensor !== undefined) return tensor;
  throw new InputError(
    `${architecture.name}: a network must have all numbers of its architecture, got none called ${name}; take them by networkValues`,
  );
}

/** A weight as its rows. */
export interface WeightRows {
  /** [O, I / groups, h, w] or [O, I]. */
  readonly shape: Shape;
  /** Numbers of one row, zeros included. */
  readonly columns: number;
  readonly values: Float32Array | Float64Array;
  readonly mask?: Mask;
  /** Calls `visit` for each weight of a row that is stored, zeros among them, columns increasing. */
  readonly visit: (row: number, visit: (column: number, value: number) => void) => void;
}

/** The rows of every weight layer, by name. */
export function weightRows(network: NetworkValues): ReadonlyMap<string, WeightRows> {
  return new Map(
    weightLayers(network.architecture).map(({ name, shape }) => {
      const { values } = tensorOf(network, `${name}.weight`);
      const mask = network.masks.get(name);
      const columns = sizeOf(shape.slice(1));
      return [
        name,
        { shape, columns, values, mask, visit: mask === undefined ? dense(values, columns) : sparse(values, mask) },
      ];
    }),
  );
}

function dense(values: ArrayLike<number>, columns: number): WeightRows["visit"] {
  return (row, visit) => {
    for (let column = 0; column < columns; column++) visit(column, values[row * columns + column]);
  };
}

function sparse(values: ArrayLike<number>, { rowPointers, columnIndices }: Mask): WeightRows["visit"] {
  return (row, visit) => {
    for (let k = rowPointers[row]; k < rowPointers[row + 1]; k++) visit(columnIndices[k], values[k]);
  };
}
