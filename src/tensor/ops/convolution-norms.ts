/**
 * Norms of the gradient of a convolution's weights at all taps, active or not, that is never held whole: blocks of output
 * channels are formed in scratch memory, reduced and forgotten. The convolutional sibling of outer-norms.ts.
 */

import { InputError } from "../../base/index.ts";
import { blockLanes, reductionBlock } from "../../kernels/index.ts";
import type { ConvolutionShape } from "../convolution-shape.ts";
import { checkConvolution, inputWindow, outputImage, tapsOf } from "../convolution-shape.ts";
import type { Operation, Tensor } from "../graph.ts";
import { checkShapes } from "../graph.ts";
import { laneBlocks } from "../lane-blocks.ts";
import { emitChannelGradient, placedBlock, windowElements } from "./convolution-calls.ts";

/** Elements of the gradient held at once, unless one channel has more taps. */
const blockElements = 1 << 16;

interface NormAttributes {
  readonly shape: ConvolutionShape;
  readonly order: 1 | 2;
}

/** How the gradient is cut, and where its parts lie in scratch memory, in elements. */
function layout(shape: ConvolutionShape, batch: number) {
  const taps = tapsOf(shape);
  const channels = Math.max(1, Math.min(shape.outChannels, Math.floor(blockElements / taps)));
  const blocks = Math.ceil(shape.outChannels / channels);
  const window = windowElements(shape.inChannels, inputWindow(shape), batch);
  const windows = window * Math.ceil(batch / blockLanes);
  const partials = blocks * Math.ceil((channels * taps) / reductionBlock);
  return { taps, channels, window, windows, held: channels * taps, partials };
}

const normOperation: Operation<NormAttributes> = {
  name: "convolutionOuterNorm",
  vjp: () => {
    throw new InputError("convolutionOuterNorm: a measurement, not differentiable");
  },
  jvp: () => {
    throw new InputError("convolutionOuterNorm: a measurement, not differentiable");
  },
  scratchBytes: ({ attributes: { shape }, inputs: [, x] }, bytes) => {
    const { windows, held, partials } = layout(shape, x.batch);
    return (windows + held) * bytes + partials * 8 + 128;
  },
  emit: (node, emitter) => {
    const { shape, order } = node.attributes;
    const [y, x] = node.inputs;
    const { taps, channels, window, windows, held } = layout(shape, x.batch);
    const align = (address: number) => Math.ceil(address / 64) * 64;
    const result = align(emitter.scratch() + windows * emitter.bytesPerElement);
    const partials = align(result + held * emitter.bytesPerElement);
    const blocks = laneBlocks(emitter, x.batch);
    const images = blocks.map((block, q) =>
      placedBlock(emitter, x, block, inputWindow(shape), emitter.scratch() + q * window * emitter.bytesPerElement),
    );
    let written = 0;
    for (let first = 0; first < shape.outChannels; first += channels) {
      const count = Math.min(channels, shape.outChannels - first);
      blocks.forEach((block, q) => {
        emitChannelGradient(emitter, { shape }, { y, images: images[q], result, block, first, count });
      });
      const elements = count * taps;
      const kernel = order === 1 ? "reduceAbsolute" : "reduceSquares";
      emitter.call(kernel, [result, elements, partials + written * 8], Math.ceil(elements / reductionBlock));
      written += Math.ceil(elements / reductionBlock);
    }
    emitter.call(order === 1 ? "combine" : "combineRoot", [partials, written, emitter.address(node)], 1);
  },
};

/**
 * The p-norm of the gradient of a dense weight of this convolution, for p = 1 or 2.
 *
 * @param y  cotangent of the result, [O, H', W', B]
 * @param x  input, [I, H, W, B]
 * @returns  []
 */
export function convolutionOuterNorm(shape: ConvolutionShape, y: Tensor, x: Tensor, order: 1 | 2): Tensor {
  checkConvolution("convolutionOuterNorm", shape);
  const rows = shape.outChannels * outputImage(shape)[0] * outputImage(shape)[1];
  const fits = y.batched && x.batched && y.batch === x.batch && y.rows === rows && x.shape.length === 4;
  checkShapes("convolutionOuterNorm", "expected [O, H', W', B] and [I, H, W, B] of one batch", fits, y, x);
  return y.graph.node(normOperation, [y, x], { shape, order }, { shape: [], batched: false });
}
