/** Changes of variables at the end of a run: optimizer steps, running statistics, plain assignment. */

import type { Variable } from "./engine.ts";
import type { Tensor } from "./graph.ts";
import { checkShapes } from "./graph.ts";
import type { Update } from "./program.ts";

type Rule = "sgdUpdate" | "momentumUpdate" | "adamUpdate" | "rmspropUpdate" | "adagradUpdate";

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
  return {
    name: `${rule} ${parameter.name}`,
    reads: [gradient],
    emit: (emitter) => {
      const addresses = [parameter.address, emitter.address(gradient), ...state.map((variable) => variable.address)];
      emitter.call(rule, [...addresses, hyper.address], gradient.length, 16);
    },
  };
}

/** variable ← value. */
export function assign(variable: Variable, value: Tensor): Update {
  return {
    name: `assign ${variable.name}`,
    reads: [value],
    emit: (emitter) => emitter.call("copy", [emitter.address(value), variable.address], value.length, 16),
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
  return {
    name: `movingAverage ${running.name}`,
    reads: [value],
    emit: (emitter) => {
      const source = emitter.address(value) + offset * emitter.bytesPerElement;
      emitter.call("movingAverage", [running.address, source, rate, factor], running.shape[0], 16);
    },
  };
}

/** low ← min(low, x), high ← max(high, x) per row over the batch. @param x  [F, B]. @param low, high  [F] */
export function widenRange(low: Variable, high: Variable, x: Tensor): Update {
  checkShapes("widenRange", `expected [${low.shape}, batch]`, x.batched && x.rows === low.shape[0], x);
  return {
    name: `widenRange ${low.name}`,
    reads: [x],
    emit: (emitter) =>
      emitter.call("rowRange", [emitter.address(x), low.address, high.address, x.batch, x.stride], x.rows),
  };
}
