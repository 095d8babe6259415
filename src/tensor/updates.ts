/** Changes of variables at the end of a run: optimizer steps, running statistics, plain assignment. */

import { formatShape, sameShape } from "../base/index.ts";
import type { Variable } from "./engine.ts";
import type { Operation, Tensor } from "./graph.ts";
import { checkShapes, readOperation, storageOf } from "./graph.ts";
import type { Update } from "./program.ts";

type Rule = "sgdUpdate" | "momentumUpdate" | "adamUpdate" | "rmspropUpdate" | "adagradUpdate";

const snapshotOperation: Operation<undefined> = {
  name: "snapshot",
  vjp: (_, c) => [c],
  jvp: (_, [d]) => d,
  emit: (node, emitter) =>
    emitter.call("copy", [emitter.address(node.inputs[0]), emitter.address(node)], node.length, 16),
};

/** A variable that is read as it is would show what updates before this one have written: a copy of it does not. */
function beforeUpdates(value: Tensor): Tensor {
  return storageOf(value).operation === readOperation
    ? value.graph.node(snapshotOperation, [value], undefined, value)
    : value;
}

/**
 * One optimizer step of a parameter: rule(w, gradient, ...state, hyper).
 *
 * @param parameter  [..], changed in place
 * @param gradient   of the parameter's shape
 * @param state      variables of the parameter's shape, as many as the rule takes
 * @param hyper      the optimizer's numbers, in the order of `hyperSlots`
 */
export function optimizerUpdate(
  rule: Rule,
  parameter: Variable,
  gradient: Tensor,
  state: readonly Variable[],
  hyper: Variable,
): Update {
  const fits = !gradient.batched && gradient.length === gradient.graph.read(parameter).length;
  checkShapes(rule, `the gradient must have the shape of parameter "${parameter.name}"`, fits, gradient);
  const g = beforeUpdates(gradient);
  return {
    name: `${rule} ${parameter.name}`,
    reads: [g],
    emit: (emitter) => {
      const addresses = [parameter.address, emitter.address(g), ...state.map((variable) => variable.address)];
      emitter.call(rule, [...addresses, hyper.address], g.length, 16);
    },
  };
}

/** variable ← value. @param value  float, of the variable's shape and layout */
export function assign(variable: Variable, value: Tensor): Update {
  const { shape, batched, type } = variable;
  const fits = type === "float" && !value.integer && value.batched === batched && sameShape(value.shape, shape);
  const layout = `${formatShape(shape)}${batched ? " over the batch" : ""}`;
  checkShapes("assign", `variable "${variable.name}" takes a ${type} tensor ${layout}`, fits, value);
  const source = beforeUpdates(value);
  return {
    name: `assign ${variable.name}`,
    reads: [source],
    emit: (emitter) => emitter.call("copy", [emitter.address(source), variable.address], source.length, 16),
  };
}

/**
 * running ← (1 - rate) running + rate * factor * value.
 *
 * @param value   a tensor that holds the new values from element `offset` on
 * @param factor  a correction, such as B / (B - 1) for an unbiased variance
 */
export function movingAverage(
  running: Variable,
  value: Tensor,
  { rate, factor = 1, offset = 0 }: { readonly rate: number; readonly factor?: number; readonly offset?: number },
): Update {
  const [count] = running.shape;
  const fits = !value.batched && value.length >= offset + count;
  checkShapes("movingAverage", `"${running.name}" takes ${count} numbers from element ${offset} on`, fits, value);
  const values = beforeUpdates(value);
  return {
    name: `movingAverage ${running.name}`,
    reads: [values],
    emit: (emitter) => {
      const source = emitter.address(values) + offset * emitter.bytesPerElement;
      emitter.call("movingAverage", [running.address, source, rate, factor], count, 16);
    },
  };
}

/** low ← min(low, x), high ← max(high, x) over the batch, and pixels. @param x  [F, B] or [F, H, W, B]. @param low, high  [F] */
export function widenRange(low: Variable, high: Variable, x: Tensor): Update {
  checkShapes("widenRange", `expected [${low.shape}, batch]`, x.batched && x.channels === low.shape[0], x);
  return {
    name: `widenRange ${low.name}`,
    reads: [x],
    emit: (emitter) =>
      emitter.call("rowRange", [emitter.address(x), low.address, high.address, x.batch, x.rows, x.pixels], x.channels),
  };
}
