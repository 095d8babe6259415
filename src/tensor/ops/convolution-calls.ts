/** The kernel calls of the three products of a convolution, block of lanes by block of lanes. */

import { blockLanes, convolutionSteps, convolutionStepsLength } from "../../kernels/index.ts";
import type { ConvolutionShape, Window } from "../convolution-shape.ts";
import { inputGradient, inputWindow, outputImage, tapsOf } from "../convolution-shape.ts";
import {
  allTaps,
  denseGradientTables,
  denseOffsets,
  densePhaseStarts,
  type GradientTables,
  sparseGradientTables,
  sparseOffsets,
} from "../convolution-tables.ts";
import { type Finish, finishing } from "../fuse.ts";
import type { Tensor } from "../graph.ts";
import { type LaneBlock, laneBlocks } from "../lane-blocks.ts";
import type { Emitter } from "../program.ts";
import type { CsrIndex, SparsePattern } from "../sparse-pattern.ts";

/** A convolution, and where its active weights are if it is sparse. */
export interface ConvolutionAttributes {
  readonly shape: ConvolutionShape;
  readonly pattern?: SparsePattern;
}

/** Elements of scratch memory for one block of images in a window. */
export function windowElements(channels: number, { size, copied }: Window, batch: number): number {
  return copied ? channels * size[0] * size[1] * Math.min(blockLanes, batch + 15 - ((batch + 15) % 16)) : 0;
}

/** Elements of scratch memory for the window of the input. */
export function forwardScratch(shape: ConvolutionShape, x: Tensor): number {
  return windowElements(shape.inChannels, inputWindow(shape), x.batch);
}

/** The address of a block of images in their window: copied to `scratch` where it must be. */
export function placedBlock(
  emitter: Emitter,
  images: Tensor,
  block: LaneBlock,
  window: Window,
  scratch: number,
): number {
  if (!window.copied) return block.of(images);
  const [channels, height, width] = images.shape;
  const place = [height, width, scratch, ...window.size, window.top, window.left, block.stride];
  emitter.call("placeImages", [block.of(images), ...place], channels);
  return scratch;
}

/** A table of a convolution: of its shape alone, or of its pattern too. */
function table(
  emitter: Emitter,
  { shape, pattern }: ConvolutionAttributes,
  name: string,
  make: () => Int32Array,
): number {
  const key = `convolution ${name} ${JSON.stringify(shape)}`;
  return pattern === undefined ? emitter.indices(key, make) : pattern.table(key, make);
}

/** Whether each output channel has taps of its own: sparse, or in groups. */
function indexed({ shape, pattern }: ConvolutionAttributes): boolean {
  return pattern !== undefined || shape.groups > 1;
}

/** Row pointers of the taps of each output channel. */
function tapPointers(emitter: Emitter, attributes: ConvolutionAttributes): number {
  const { shape, pattern } = attributes;
  return pattern?.rowPointers.address ?? table(emitter, attributes, "pointers", () => allTaps(shape).rowPointers);
}

function tapIndex({ shape, pattern }: ConvolutionAttributes) {
  return pattern?.csr ?? allTaps(shape);
}

function offsetsOf(emitter: Emitter, attributes: ConvolutionAttributes): number {
  const { shape } = attributes;
  return table(emitter, attributes, "offsets", () =>
    indexed(attributes) ? sparseOffsets(shape, tapIndex(attributes)) : denseOffsets(shape),
  );
}

/** The steps of the forward product, which are those of the weights' gradient too. */
function forwardSteps(emitter: Emitter, shape: ConvolutionShape): number {
  const [height, width] = outputImage(shape);
  const inWidth = inputWindow(shape).size[1];
  return stepsTable(emitter, {
    inRow: shape.stride[0] * inWidth,
    inColumn: shape.stride[1],
    outChannel: height * width,
    outRow: width,
    outColumn: 1,
  });
}

function stepsTable(emitter: Emitter, steps: Record<keyof typeof convolutionSteps, number>): number {
  return emitter.indices(`convolution steps ${JSON.stringify(steps)}`, () => {
    const values = new Int32Array(convolutionStepsLength);
    for (const [name, place] of Object.entries(convolutionSteps)) values[place] = steps[name as keyof typeof steps];
    return values;
  });
}

export function emitForward(node: Tensor<ConvolutionAttributes>, emitter: Emitter, finish?: Finish): void {
  const { attributes } = node;
  const { shape } = attributes;
  const [weight, x] = node.inputs;
  const window = inputWindow(shape);
  const offsets = offsetsOf(emitter, attributes);
  const steps = forwardSteps(emitter, shape);
  const size = outputImage(shape);
  const scratch = window.copied ? emitter.scratch() : 0;
  for (const block of laneBlocks(emitter, node.batch)) {
    const images = placedBlock(emitter, x, block, window, scratch);
    const { out, args } = finishing(node, emitter, block, finish);
    const rest = [offsets, images, out, steps, ...size, block.stride, ...args];
    if (indexed(attributes)) {
      const pointers = tapPointers(emitter, attributes);
      emitter.call("sparseConvolve", [emitter.address(weight), pointers, ...rest], shape.outChannels);
    } else {
      emitter.call("convolve", [emitter.address(weight), tapsOf(shape), ...rest], shape.outChannels);
    }
  }
}

export function emitWeightGradient(node: Tensor<ConvolutionAttributes>, emitter: Emitter): void {
  const { attributes } = node;
  const [y, x] = node.inputs;
  const window = inputWindow(attributes.shape);
  const scratch = window.copied ? emitter.scratch() : 0;
  const result = emitter.address(node);
  const all = { first: 0, count: attributes.shape.outChannels };
  for (const block of laneBlocks(emitter, x.batch)) {
    const images = placedBlock(emitter, x, block, window, scratch);
    emitChannelGradient(emitter, attributes, { y, images, result, block, ...all });
  }
}

/** Some output channels' share of the weights' gradient, from one block: the first block overwrites `result`, others add to it. */
export function emitChannelGradient(
  emitter: Emitter,
  attributes: ConvolutionAttributes,
  {
    y,
    images,
    result,
    block,
    first,
    count,
  }: {
    readonly y: Tensor;
    /** Address of the block of the input in its window. */
    readonly images: number;
    readonly result: number;
    readonly block: LaneBlock;
    readonly first: number;
    readonly count: number;
  },
): void {
  const { shape } = attributes;
  const [height, width] = outputImage(shape);
  const gradient = block.of(y) + first * height * width * block.stride * emitter.bytesPerElement;
  const last = [height, width, block.stride, block.valid, block.firstLane > 0 ? 1 : 0];
  const rest = [gradient, images, result, forwardSteps(emitter, shape), ...last];
  const offsets = offsetsOf(emitter, attributes);
  if (!indexed(attributes)) {
    emitter.call("convolveOuter", [tapsOf(shape), offsets, ...rest], count);
    return;
  }
  // Row pointers count from the first tap of all; so do the offsets, but `result` is of these channels alone.
  const pointers = tapPointers(emitter, attributes) + 4 * first;
  const before = first * tapsOf(shape) * emitter.bytesPerElement;
  emitter.call("sparseConvolveOuter", [pointers, offsets, gradient, images, result - before, ...rest.slice(3)], count);
}

/** Elements of scratch memory of the gradient of the input: the turned weights, and the window of the cotangent behind them. */
export function inputGradientScratch(
  { shape }: ConvolutionAttributes,
  weight: Tensor,
  y: Tensor,
): { readonly elements: number; readonly window: number } {
  const { window } = inputGradient(shape);
  const values = Math.ceil(weight.length / 16) * 16;
  return { elements: values + windowElements(shape.outChannels, window, y.batch), window: values };
}

export function emitInputGradient(node: Tensor<ConvolutionAttributes>, emitter: Emitter, finish?: Finish): void {
  const { attributes } = node;
  const { shape } = attributes;
  const [weight, y] = node.inputs;
  const { window, phases } = inputGradient(shape);
  const tables = gradientTables(emitter, attributes);
  const turned = emitter.scratch();
  const scratch = turned + inputGradientScratch(attributes, weight, y).window * emitter.bytesPerElement;
  emitter.call("permute", [emitter.address(weight), tables.permutation, turned], tables.count);
  const starts = densePhaseStarts(shape, phases);
  for (const block of laneBlocks(emitter, node.batch)) {
    const images = placedBlock(emitter, y, block, window, scratch);
    const { out, args } = finishing(node, emitter, block, finish);
    const [bias, gate, rectify] = args;
    const pixel = block.stride * emitter.bytesPerElement;
    phases.forEach((phase, place) => {
      const input = images + (phase.y.start * window.size[1] + phase.x.start) * pixel;
      const first = (phase.y.first * shape.image[1] + phase.x.first) * pixel;
      const size = [phase.y.count, phase.x.count, block.stride];
      const last = [bias, gate === 0 ? 0 : gate + first, rectify];
      const rest = [input, out + first, phaseSteps(emitter, shape, window), ...size, ...last];
      if (indexed(attributes)) {
        const pointers = tables.rowPointers + 4 * place * (shape.inChannels + 1);
        emitter.call("sparseConvolve", [turned, pointers, tables.offsets, ...rest], shape.inChannels);
      } else {
        const { values, offsets, taps } = starts[place];
        const weights = turned + values * emitter.bytesPerElement;
        emitter.call("convolve", [weights, taps, tables.offsets + 4 * offsets, ...rest], shape.inChannels);
      }
    });
  }
}

/** The steps of each phase: one row and column of the cotangent to every stride-th of the input. */
function phaseSteps(emitter: Emitter, { image, stride }: ConvolutionShape, window: Window): number {
  return stepsTable(emitter, {
    inRow: window.size[1],
    inColumn: 1,
    outChannel: image[0] * image[1],
    outRow: stride[0] * image[1],
    outColumn: stride[1],
  });
}

/** Addresses of the tables of the gradient of the input, and the number of values it turns. */
function gradientTables(emitter: Emitter, attributes: ConvolutionAttributes) {
  const { shape } = attributes;
  let made: { readonly tables: GradientTables; readonly index: CsrIndex | undefined } | undefined;
  // Three tables of one making; made again where the weights of the pattern have moved.
  const built = () => {
    const index = attributes.pattern?.csr;
    if (made === undefined || made.index !== index) {
      const tables = indexed(attributes)
        ? sparseGradientTables(shape, tapIndex(attributes))
        : denseGradientTables(shape);
      made = { tables, index };
    }
    return made.tables;
  };
  const of = (name: keyof GradientTables) => table(emitter, attributes, `gradient ${name}`, () => built()[name]);
  return {
    permutation: of("permutation"),
    offsets: of("offsets"),
    rowPointers: of("rowPointers"),
    count: turnedCount(attributes),
  };
}

/** Weights that reach a pixel of the input: all, unless a stride is larger than the image. */
function turnedCount(attributes: ConvolutionAttributes): number {
  const { shape, pattern } = attributes;
  const { phases } = inputGradient(shape);
  if (phases.length === shape.stride[0] * shape.stride[1]) {
    return pattern?.active ?? shape.outChannels * tapsOf(shape);
  }
  const tables = indexed(attributes) ? sparseGradientTables(shape, tapIndex(attributes)) : denseGradientTables(shape);
  return tables.permutation.length;
}
