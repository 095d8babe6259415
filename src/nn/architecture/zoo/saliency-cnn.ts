/**
 * The network on which sanity checks of saliency maps are run: six 3 × 3 convolutions of 16, 16 and four times 32 channels with
 * padding 1, a pool 2 × 2 after the second and the fourth, then 64 units. All layers have biases. Ours, for digits of 16 × 16.
 */

import type { Given } from "../field-rules.ts";
import { checkFields } from "../field-rules.ts";
import type { Architecture } from "../layers.ts";
import { batchNormOption, dropoutOption, imageOptions, Stack, widthOption } from "./stack.ts";

const saliencyCnnRules = { ...imageOptions, batchNorm: batchNormOption, dropout: dropoutOption, width: widthOption };

export type SaliencyCnnOptions = Given<typeof saliencyCnnRules>;

/** Layers conv1 to conv6, fc7 and fc8. */
export function saliencyCnn(given: SaliencyCnnOptions): Architecture {
  const options = checkFields("saliency-cnn", "option", given, saliencyCnnRules);
  const { input, classes, activation, batchNorm, dropout, width } = options;
  const stack = new Stack();
  [16, 16, 32, 32, 32, 32].forEach((channels, index) => {
    const l = index + 1;
    stack.convolution(`conv${l}`, channels, { kernel: 3, padding: 1 });
    if (batchNorm) stack.batchNorm(`bn${l}`);
    stack.activation(`act${l}`, activation);
    if (l === 2 || l === 4) stack.maxPool(`pool${l}`, { kernel: 2 });
  });
  stack.flatten();
  stack.linear("fc7", 64);
  stack.activation("act7", activation);
  stack.dropout("drop7", dropout);
  stack.linear("fc8", classes);
  return stack.done("saliency-cnn", input, width);
}
