/** A network's numbers by name, copied out of the engine: for checkpoints, and for export. */

import { InputError, type Shape, sizeOf } from "../../base/index.ts";
import type { Network } from "../../nn/index.ts";
import type { SparsePattern, Variable } from "../../tensor/index.ts";

/** Numbers in the engine's element type, row-major. */
export interface NamedTensor {
  readonly shape: Shape;
  readonly values: Float32Array | Float64Array | Int32Array;
}

/**
 * Parameters, then running statistics, in the network's order.
 *
 * @param sparse  "dense" writes sparse weights in full, [O, I] or [O, I / groups, h, w], zeros where they are masked; "active" leaves their values, [active]
 * @throws InputError  where two have the same name
 */
export function networkTensors(
  network: Network,
  { sparse = "dense" }: { readonly sparse?: "dense" | "active" } = {},
): Map<string, NamedTensor> {
  const shapes = new Map(network.weightLayers.map(({ weight, shape }) => [weight.name, shape]));
  const tensors = new Map<string, NamedTensor>();
  for (const { name, variable, pattern } of namedVariables(network)) {
    const values = numbersOf(variable);
    const dense = pattern !== undefined && sparse === "dense";
    tensors.set(
      name,
      dense
        ? { shape: shapes.get(name) ?? [pattern.fanOut, pattern.fanIn], values: expand(pattern, values) }
        : { shape: variable.shape, values },
    );
  }
  return tensors;
}

interface NamedVariable {
  readonly name: string;
  readonly variable: Variable;
  readonly pattern?: SparsePattern;
}

/** Every variable that a network keeps from step to step. @throws InputError where two have the same name */
export function namedVariables(network: Network): NamedVariable[] {
  const all = [
    ...network.parameters,
    ...network.buffers.map((variable): NamedVariable => ({ name: variable.name, variable })),
  ];
  const names = new Set<string>();
  for (const { name } of all) {
    if (names.has(name)) {
      throw new InputError(
        `network: parameters and running statistics must have names of their own, got ${JSON.stringify(name)} twice; ` +
          "rename one",
      );
    }
    names.add(name);
  }
  return all;
}

function numbersOf(variable: Variable): NamedTensor["values"] {
  const view = variable.view();
  if (!variable.batched) return view.slice(0, sizeOf(variable.shape));
  const numbers = variable.get();
  if (view instanceof Float64Array) return numbers;
  return view instanceof Int32Array ? Int32Array.from(numbers) : Float32Array.from(numbers);
}

function expand({ fanOut, fanIn, csr }: SparsePattern, values: NamedTensor["values"]): NamedTensor["values"] {
  const size = fanOut * fanIn;
  const dense = values instanceof Float64Array ? new Float64Array(size) : new Float32Array(size);
  for (let row = 0; row < fanOut; row++) {
    for (let k = csr.rowPointers[row]; k < csr.rowPointers[row + 1]; k++) {
      dense[row * fanIn + csr.columnIndices[k]] = values[k];
    }
  }
  return dense;
}
