/**
 * LeCun's networks, as papers on sparse training use them: LeNet-300-100 without convolutions, LeNet-5, and the wider LeNet-5
 * of Caffe. All have biases and, unlike the original of 1998, ReLU and maximum pooling.
 *
 * @see LeCun, Bottou, Bengio and Haffner 1998
 * @see Evci et al. 2020, arXiv:2010.03533: LeNet-5 with 6 and 16 channels, valid padding, 44190 weights on MNIST
 */

import type { ActivationName } from "../../activation-layer.ts";
import type { Checked, Given } from "../field-rules.ts";
import { checkFields, exampleShape } from "../field-rules.ts";
import type { Architecture } from "../layers.ts";
import { batchNormOption, dropoutOption, imageOptions, Stack, widthOption } from "./stack.ts";

const lenetRules = {
  ...imageOptions,
  /** After each hidden convolution and linear layer, before its activation. Default false. */
  batchNorm: batchNormOption,
  dropout: dropoutOption,
  width: widthOption,
};

const lenet300100Rules = {
  ...lenetRules,
  /** [F], or [C, H, W], which is flattened first. */
  input: exampleShape,
};

export type LenetOptions = Given<typeof lenetRules>;
export type Lenet300100Options = Given<typeof lenet300100Rules>;
type Options = Checked<typeof lenetRules>;

/** Two hidden layers of 300 and 100 units. */
export function lenet300100(given: Lenet300100Options): Architecture {
  const options = checkFields("lenet-300-100", "option", given, lenet300100Rules);
  return lenet("lenet-300-100", options, { convolutions: [], hidden: [300, 100] });
}

/** Convolutions 5 × 5 of 6 and 16 channels, each with a pool 2 × 2; 120 and 84 units. */
export function lenet5(given: LenetOptions): Architecture {
  const options = checkFields("lenet-5", "option", given, lenetRules);
  return lenet("lenet-5", options, { convolutions: [6, 16], hidden: [120, 84] });
}

/**
 * Convolutions 5 × 5 of 20 and 50 channels, each with a pool 2 × 2; 500 units. Caffe's own has an activation after the 500 units
 * alone; this one, like the code of sparse momentum (arXiv:1907.04840), also has one after each convolution.
 */
export function lenet5Caffe(given: LenetOptions): Architecture {
  const options = checkFields("lenet-5-caffe", "option", given, lenetRules);
  return lenet("lenet-5-caffe", options, { convolutions: [20, 50], hidden: [500] });
}

function lenet(
  name: string,
  { input, classes, activation, batchNorm, dropout, width }: Options,
  { convolutions, hidden }: { readonly convolutions: readonly number[]; readonly hidden: readonly number[] },
): Architecture {
  const stack = new Stack();
  let activations = 0;
  const unit = (norm: string, chosen: ActivationName) => {
    if (batchNorm) stack.batchNorm(norm);
    stack.activation(`act${++activations}`, chosen);
  };
  convolutions.forEach((channels, index) => {
    stack.convolution(`conv${index + 1}`, channels, { kernel: 5 });
    unit(`bn${activations + 1}`, activation);
    stack.maxPool(`pool${index + 1}`, { kernel: 2 });
  });
  if (input.length > 1) stack.flatten();
  hidden.forEach((units, index) => {
    stack.linear(`fc${index + 1}`, units);
    unit(`bn${activations + 1}`, activation);
    stack.dropout(`drop${index + 1}`, dropout);
  });
  stack.linear(`fc${hidden.length + 1}`, classes);
  return stack.done(name, input, width);
}
