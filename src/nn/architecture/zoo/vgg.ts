/**
 * VGG: stacks of 3 × 3 convolutions with padding 1 and pools 2 × 2, then linear layers. Layers are called as in torchvision,
 * by their place among the features and in the classifier.
 *
 * @see Simonyan and Zisserman 2014, arXiv:1409.1556
 */

import type { Checked, Given } from "../field-rules.ts";
import { checkFields, list, optional, width } from "../field-rules.ts";
import type { Architecture } from "../layers.ts";
import { batchNormOption, dropoutOption, imageOptions, Stack, widthOption } from "./stack.ts";

const vggRules = {
  ...imageOptions,
  /** After each convolution, which keeps its bias, as in torchvision. Default false. */
  batchNorm: batchNormOption,
  dropout: dropoutOption,
  width: widthOption,
};

const vgg16Rules = {
  ...vggRules,
  /** Hidden units of the classifier. Default [512, 512], the usual ones for CIFAR; torchvision's for ImageNet are [4096, 4096]. */
  classifier: optional(list(width, 0, 16), [512, 512]),
};

export type VggOptions = Given<typeof vggRules>;
export type Vgg16Options = Given<typeof vgg16Rules>;

/** Channels of a convolution, or a pool. */
type Feature = number | "pool";

const vgg16Features: readonly Feature[] = [64, 64, "pool", 128, 128, "pool", 256, 256, 256, "pool"].concat([
  ...[512, 512, 512, "pool"],
  ...[512, 512, 512, "pool"],
]) as Feature[];

/** Thirteen convolutions and three linear layers; images of 32 × 32 or larger. */
export function vgg16(given: Vgg16Options): Architecture {
  const options = checkFields("vgg-16", "option", given, vgg16Rules);
  return vgg("vgg-16", options, vgg16Features, options.classifier);
}

/** Ours, for images of 28 × 28, such as Fashion-MNIST's, on a processor: six convolutions and two linear layers. */
export function vggSmall(given: VggOptions): Architecture {
  const options = checkFields("vgg-small", "option", given, vggRules);
  return vgg("vgg-small", options, [32, 32, "pool", 64, 64, "pool", 128, 128, "pool"], [128]);
}

function vgg(
  name: string,
  { input, classes, activation, batchNorm, dropout, width }: Checked<typeof vggRules>,
  features: readonly Feature[],
  classifier: readonly number[],
): Architecture {
  const stack = new Stack();
  let place = 0;
  for (const feature of features) {
    if (feature === "pool") {
      stack.maxPool(`features.${place++}`, { kernel: 2 });
      continue;
    }
    stack.convolution(`features.${place++}`, feature, { kernel: 3, padding: 1 });
    if (batchNorm) stack.batchNorm(`features.${place++}`);
    stack.activation(`features.${place++}`, activation);
  }
  stack.flatten();
  classifier.forEach((units, index) => {
    stack.linear(`classifier.${3 * index}`, units);
    stack.activation(`classifier.${3 * index + 1}`, activation);
    stack.dropout(`classifier.${3 * index + 2}`, dropout);
  });
  stack.linear(`classifier.${3 * classifier.length}`, classes);
  return stack.done(name, input, width);
}
