/**
 * The small convolutional network of the same-capacity studies: convolutions of 32, 64, 64, 128 and 128 channels, each with a
 * skip and followed by ReLU and a pool, then one linear layer.
 *
 *     h_l = pool(f(norm(W_l * h_(l-1)) + skip_l(h_(l-1))))      l = 1 .. 5
 *     logits = W h_5 + b
 *
 * The rest is our reading. Kernels are 3 × 3 with padding 1. A skip is the input itself where the channels stay, else a 1 × 1
 * convolution without bias or norm. Pools are 2 × 2 of stride 2, as long as the image is larger than 1. The source also says
 * that the linear layer holds most weights, which with five such pools it does not (1,280 of 288,960 for CIFAR-10); with
 * `poolStride: 1` it does (933,120 of 1,220,800), at 23 times the work.
 *
 * @see Tessera, Hooker and Rosman 2021, arXiv:2102.01670
 */

import type { Given } from "../field-rules.ts";
import { checkFields, flag, integer, optional } from "../field-rules.ts";
import type { Architecture } from "../layers.ts";
import { batchNormOption, imageOptions, Stack, widthOption } from "./stack.ts";

const simpleCnnRules = {
  ...imageOptions,
  batchNorm: batchNormOption,
  /** Default true. */
  skipConnections: optional(flag, true),
  /** 1 or 2. Default 2. */
  poolStride: optional(integer(1, 2), 2),
  width: widthOption,
};

export type SimpleCnnOptions = Given<typeof simpleCnnRules>;

/** Five convolutions with skips and one linear layer. */
export function simpleCnn(given: SimpleCnnOptions): Architecture {
  const options = checkFields("simple-cnn", "option", given, simpleCnnRules);
  const { input, classes, activation, batchNorm, skipConnections, poolStride } = options;
  const stack = new Stack();
  let [channelsIn, height, wide] = input;
  [32, 64, 64, 128, 128].forEach((channels, index) => {
    const l = index + 1;
    const read = stack.top;
    let skip = read;
    if (skipConnections && channels !== channelsIn) {
      skip = stack.convolution(`skip${l}`, channels, { kernel: 1, bias: false });
    }
    stack.convolution(`conv${l}`, channels, { kernel: 3, padding: 1 }, read);
    if (batchNorm) stack.batchNorm(`bn${l}`);
    if (skipConnections) stack.add(`add${l}`, skip);
    stack.activation(`act${l}`, activation);
    if (height > 1 && wide > 1) {
      stack.maxPool(`pool${l}`, { kernel: 2, stride: poolStride });
      [height, wide] = [height, wide].map((side) => Math.floor((side - 2) / poolStride) + 1);
    }
    channelsIn = channels;
  });
  stack.flatten();
  stack.linear("fc", classes);
  return stack.done("simple-cnn", input, options.width);
}
