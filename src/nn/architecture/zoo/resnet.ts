/**
 * Residual networks, in torchvision's layout and names: the stride stands in a block's first 3 × 3 convolution, a skip that
 * changes shape is a 1 × 1 convolution with batch norm.
 *
 *     basic        f(norm conv3x3(f(norm conv3x3(x))) + skip(x))
 *     bottleneck   f(norm conv1x1(f(norm conv3x3(f(norm conv1x1(x))))) + skip(x))
 *
 * @see He, Zhang, Ren and Sun 2015, arXiv:1512.03385
 * @see Zagoruyko and Komodakis 2016, arXiv:1605.07146: Wide ResNet-50-2, whose bottlenecks are twice as wide inside
 */

import type { Checked, Given } from "../field-rules.ts";
import { checkFields, flag, oneOf, optional } from "../field-rules.ts";
import type { Architecture } from "../layers.ts";
import { imageOptions, Stack, widthOption } from "./stack.ts";

const resnetRules = {
  ...imageOptions,
  /** "cifar": 3 × 3 of stride 1, no pool. "imagenet": 7 × 7 of stride 2, then a pool of stride 2. Default "cifar". */
  stem: optional(oneOf(["cifar", "imagenet"]), "cifar"),
  /** After each convolution; without it convolutions have biases. Default true. */
  batchNorm: optional(flag, true),
  width: widthOption,
};

export type ResnetOptions = Given<typeof resnetRules>;
type Options = Checked<typeof resnetRules>;

interface Block {
  readonly kind: "basic" | "bottleneck";
  /** Blocks of each of the four stages. */
  readonly blocks: readonly number[];
  /** Factor of the widths inside a bottleneck. */
  readonly inner?: number;
}

/** Eight basic blocks. */
export function resnet18(given: ResnetOptions): Architecture {
  const options = checkFields("resnet-18", "option", given, resnetRules);
  return resnet("resnet-18", options, { kind: "basic", blocks: [2, 2, 2, 2] });
}

/** Sixteen bottlenecks. */
export function resnet50(given: ResnetOptions): Architecture {
  const options = checkFields("resnet-50", "option", given, resnetRules);
  return resnet("resnet-50", options, { kind: "bottleneck", blocks: [3, 4, 6, 3] });
}

/** ResNet-50 with bottlenecks twice as wide inside: torchvision's wide_resnet50_2. */
export function wideResnet50(given: ResnetOptions): Architecture {
  const options = checkFields("wide-resnet-50", "option", given, resnetRules);
  return resnet("wide-resnet-50", options, { kind: "bottleneck", blocks: [3, 4, 6, 3], inner: 2 });
}

function resnet(name: string, options: Options, { kind, blocks, inner = 1 }: Block): Architecture {
  const { input, classes, activation, stem, batchNorm } = options;
  const stack = new Stack();
  const bias = !batchNorm;
  if (stem === "imagenet") stack.convolution("conv1", 64, { kernel: 7, stride: 2, padding: 3, bias });
  else stack.convolution("conv1", 64, { kernel: 3, padding: 1, bias });
  if (batchNorm) stack.batchNorm("bn1");
  stack.activation("relu", activation);
  if (stem === "imagenet") stack.maxPool("maxpool", { kernel: 3, stride: 2, padding: 1 });
  let channelsIn = 64;
  blocks.forEach((count, stage) => {
    const base = 64 * 2 ** stage;
    const out = kind === "basic" ? base : 4 * base;
    for (let index = 0; index < count; index++) {
      const stride = stage > 0 && index === 0 ? 2 : 1;
      const convolutions =
        kind === "basic"
          ? [
              { channels: base, kernel: 3, stride },
              { channels: base, kernel: 3, stride: 1 },
            ]
          : [
              { channels: base * inner, kernel: 1, stride: 1 },
              { channels: base * inner, kernel: 3, stride },
              { channels: out, kernel: 1, stride: 1 },
            ];
      const projects = stride > 1 || channelsIn !== out;
      residual(stack, `layer${stage + 1}.${index}`, options, { convolutions, stride, projects });
      channelsIn = out;
    }
  });
  stack.globalAveragePool("avgpool");
  stack.flatten();
  stack.linear("fc", classes);
  return stack.done(name, input, options.width);
}

interface Residual {
  readonly convolutions: readonly { readonly channels: number; readonly kernel: number; readonly stride: number }[];
  readonly stride: number;
  /** Whether the skip changes shape. */
  readonly projects: boolean;
}

function residual(
  stack: Stack,
  name: string,
  { activation, batchNorm }: Options,
  { convolutions, stride, projects }: Residual,
): void {
  const read = stack.top;
  const bias = !batchNorm;
  convolutions.forEach(({ channels, kernel, stride }, index) => {
    const l = index + 1;
    if (index > 0) stack.activation(`${name}.relu${index}`, activation);
    stack.convolution(`${name}.conv${l}`, channels, { kernel, stride, padding: (kernel - 1) / 2, bias });
    if (batchNorm) stack.batchNorm(`${name}.bn${l}`);
  });
  const main = stack.top;
  let skip = read;
  if (projects) {
    const { channels } = convolutions[convolutions.length - 1];
    skip = stack.convolution(`${name}.downsample.0`, channels, { kernel: 1, stride, bias }, read);
    if (batchNorm) skip = stack.batchNorm(`${name}.downsample.1`);
  }
  stack.add(`${name}.add`, skip, main);
  stack.activation(`${name}.relu${convolutions.length}`, activation);
}
