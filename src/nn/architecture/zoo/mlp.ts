/**
 * Multilayer perceptrons: the layers of `mlp` of this room as a description, with the same names for their parameters.
 *
 *     h_l = dropout(f(norm(W_l h_(l-1) + b_l) + skip))      l = 1 .. hidden layers
 */

import { InputError } from "../../../base/index.ts";
import { activationNames } from "../../activation-layer.ts";
import type { Given } from "../field-rules.ts";
import { checkFields, exampleShape, flag, list, oneOf, optional, rate, width } from "../field-rules.ts";
import type { Architecture } from "../layers.ts";
import { Stack, widthOption } from "./stack.ts";

/** Deeper networks are mistakes of typing. */
const mostHidden = 10_000;

const mlpRules = {
  /** [F], or [C, H, W], which is flattened first. */
  input: exampleShape,
  /** Width of each hidden layer; none for a linear classifier. */
  hidden: list(width, 0, mostHidden),
  classes: width,
  /** Default "relu". */
  activation: optional(oneOf(activationNames), "relu"),
  /** Before each activation. Default false. */
  batchNorm: optional(flag, false),
  /** Adds a hidden layer's input before its activation, from the second on. Default false. */
  skipConnections: optional(flag, false),
  /** Probability of dropping a hidden unit's output in training. Default 0. */
  dropout: optional(rate, 0),
  /** Default true. */
  bias: optional(flag, true),
  width: widthOption,
};

export type MlpArchitectureOptions = Given<typeof mlpRules>;

/** A multilayer perceptron; its weight layers are called layer1, layer2, ... */
export function mlpArchitecture(given: MlpArchitectureOptions): Architecture {
  const options = checkFields("mlp", "option", given, mlpRules);
  const { input, hidden, classes, activation, batchNorm, skipConnections, dropout, bias } = options;
  if (skipConnections && hidden.some((units) => units !== hidden[0])) {
    throw new InputError(`mlp: skip connections need hidden layers of one width, got [${hidden.join(", ")}]`);
  }
  const stack = new Stack();
  if (input.length > 1) stack.flatten();
  hidden.forEach((units, index) => {
    const name = `layer${index + 1}`;
    const read = stack.top;
    stack.linear(name, units, bias);
    if (batchNorm) stack.batchNorm(`${name}.batchNorm`);
    if (skipConnections && index > 0) stack.add(`${name}.add`, read);
    stack.activation(`${name}.activation`, activation);
    stack.dropout(`${name}.dropout`, dropout);
  });
  stack.linear(`layer${hidden.length + 1}`, classes, bias);
  return stack.done("mlp", input, options.width);
}
