/**
 * Wide residual networks WRN-d-k for small images: a 3 × 3 stem of 16 channels and three stages of (d - 4) / 6 blocks with 16 k,
 * 32 k and 64 k channels, norm and activation before each convolution. A block that changes shape reads its skip, a 1 × 1
 * convolution, after its first norm and activation.
 *
 *     x + conv3x3(dropout(f(norm conv3x3(f(norm x)))))
 *
 * @see Zagoruyko and Komodakis 2016, arXiv:1605.07146. Names are those of the PyTorch code in circulation
 *   (block1.layer.0.conv1, convShortcut).
 */

import { InputError } from "../../../base/index.ts";
import type { Checked, Given } from "../field-rules.ts";
import { checkFields, flag, integer, optional, rate } from "../field-rules.ts";
import type { Architecture } from "../layers.ts";
import { imageOptions, Stack, widthOption } from "./stack.ts";

const wideResnetRules = {
  ...imageOptions,
  /** Convolutions on the way, d = 6 n + 4. Default 16. */
  depth: optional(integer(10, 1000), 16),
  /** Default 2. Unlike `width` it leaves the stem at 16 channels. */
  k: optional(integer(1, 1024), 2),
  /** Before each activation; without it convolutions have biases. Default true. */
  batchNorm: optional(flag, true),
  /** Between the convolutions of a block. Default 0. */
  dropout: optional(rate, 0),
  width: widthOption,
};

export type WideResnetOptions = Given<typeof wideResnetRules>;

/** WRN-depth-k. */
export function wideResnet(given: WideResnetOptions): Architecture {
  const options = checkFields("wide-resnet", "option", given, wideResnetRules);
  const { input, classes, activation, depth, k, batchNorm } = options;
  if (depth % 6 !== 4) {
    throw new InputError(`wide-resnet: depth must be 6 n + 4, such as 10, 16, 22, 28 or 40, got ${depth}`);
  }
  const stack = new Stack();
  const bias = !batchNorm;
  stack.convolution("conv1", 16, { kernel: 3, padding: 1, bias });
  let channelsIn = 16;
  for (const stage of [1, 2, 3]) {
    const channels = 16 * k * 2 ** (stage - 1);
    for (let index = 0; index < (depth - 4) / 6; index++) {
      const stride = stage > 1 && index === 0 ? 2 : 1;
      block(stack, `block${stage}.layer.${index}`, options, { channels, stride, projects: channelsIn !== channels });
      channelsIn = channels;
    }
  }
  if (batchNorm) stack.batchNorm("bn1");
  stack.activation("relu", activation);
  stack.globalAveragePool("avgpool");
  stack.flatten();
  stack.linear("fc", classes);
  return stack.done(`wrn-${depth}-${k}`, input, options.width);
}

function block(
  stack: Stack,
  name: string,
  { activation, batchNorm, dropout }: Checked<typeof wideResnetRules>,
  { channels, stride, projects }: { readonly channels: number; readonly stride: number; readonly projects: boolean },
): void {
  const read = stack.top;
  const bias = !batchNorm;
  if (batchNorm) stack.batchNorm(`${name}.bn1`);
  const before = stack.activation(`${name}.relu1`, activation);
  stack.convolution(`${name}.conv1`, channels, { kernel: 3, stride, padding: 1, bias });
  if (batchNorm) stack.batchNorm(`${name}.bn2`);
  stack.activation(`${name}.relu2`, activation);
  stack.dropout(`${name}.dropout`, dropout);
  const main = stack.convolution(`${name}.conv2`, channels, { kernel: 3, padding: 1, bias });
  const skip = projects
    ? stack.convolution(`${name}.convShortcut`, channels, { kernel: 1, stride, bias }, before)
    : read;
  stack.add(`${name}.add`, skip, main);
}
