/**
 * Where the pixels of images lie.
 *
 * A channel is a plane that holds a few images, one below the other, with zeros between rows and between images, so that
 * a convolution's tap is the whole plane at another address:
 *
 *     front | row 0: pixels, zeros | row 1 ... | rows of zeros || next image ... | back
 *             <---- row ---->                    <- image = rows * row ->
 *
 * The zeros right of a row are also those left of the next. A convolution of stride 1 writes at the distances at which it
 * reads, therefore the values along a chain share `row` and `image`, as large as the most demanding of them needs.
 */

import type { ConvolutionOperation } from "./bundle.ts";
import type { ExampleShape } from "./bundle-shapes.ts";
import type { Stage } from "./fuse.ts";

/** Distances in elements. */
export interface ImageLayout {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** From row to row, image to image, channel to channel. */
  readonly row: number;
  readonly image: number;
  readonly plane: number;
  /** Zeros before the first pixel of a plane, a multiple of 16. */
  readonly front: number;
}

/** The images that a strided convolution reads instead: one channel per channel and phase of the stride. */
export const phasesOf = (output: string): string => `${output}\nphases`;

export const isStrided = ({ stride }: ConvolutionOperation): boolean => stride[0] !== 1 || stride[1] !== 1;

/** What one value asks for. */
interface Need {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Zeros right of a row and below an image. */
  right: number;
  below: number;
  /** Rows and columns that a window reaches. */
  window: [number, number];
}

/**
 * Lays out every image value.
 *
 * @param images  how many lie in a plane
 */
export function layOut(
  stages: readonly Stage[],
  shapes: ReadonlyMap<string, ExampleShape>,
  images: number,
): ReadonlyMap<string, ImageLayout> {
  const needs = new Map<string, Need>();
  const need = (name: string, [channels, height, width]: readonly number[]): Need => {
    const one: Need = { channels, height, width, right: 0, below: 0, window: [1, 1] };
    needs.set(name, one);
    return one;
  };
  for (const [name, shape] of shapes) if (shape.length === 3) need(name, shape);
  const chains = new Chains();
  for (const { operation, inputs, output } of stages) {
    const x = needs.get(inputs[0]);
    if (x === undefined) continue;
    if (operation.kind === "convolution") {
      const { stride, padding, weight } = operation;
      const window: [number, number] = [weight.shape[2], weight.shape[3]];
      let source = x;
      let name = inputs[0];
      if (isStrided(operation)) {
        name = phasesOf(output);
        const side = (size: number, i: 0 | 1) => Math.ceil((size + 2 * padding[i]) / stride[i]);
        source = need(name, [x.channels * stride[0] * stride[1], side(x.height, 0), side(x.width, 1)]);
      } else {
        source.below = Math.max(source.below, padding[0]);
        source.right = Math.max(source.right, padding[1]);
      }
      source.window = [Math.max(source.window[0], window[0]), Math.max(source.window[1], window[1])];
      chains.join(name, output);
    } else if (operation.kind === "activation" || operation.kind === "scaleShift" || operation.kind === "add") {
      for (const name of inputs) chains.join(name, output);
    }
  }
  const rows = new Map<string, number>();
  const columns = new Map<string, number>();
  const raise = (most: Map<string, number>, chain: string, by: number) =>
    most.set(chain, Math.max(most.get(chain) ?? 0, by));
  for (const [name, { height, width, below, right }] of needs) {
    raise(rows, chains.of(name), height + below);
    raise(columns, chains.of(name), width + right);
  }
  const layouts = new Map<string, ImageLayout>();
  for (const [name, { channels, height, width, below, right, window }] of needs) {
    const row = columns.get(chains.of(name)) as number;
    const image = (rows.get(chains.of(name)) as number) * row;
    const front = Math.ceil((below * row + right) / 16) * 16;
    const back = window[0] * row + window[1] + 16;
    // An odd number of cache lines: planes an even number apart would fall on few of the cache's sets.
    const plane = (Math.floor((front + images * image + back) / 32) * 2 + 3) * 16;
    layouts.set(name, { channels, height, width, row, image, plane, front });
  }
  return layouts;
}

/** Values that share their distances: a forest of sets. */
class Chains {
  readonly #parents = new Map<string, string>();

  /** The name that stands for all that are joined with this one. */
  of(name: string): string {
    let root = name;
    for (let up = this.#parents.get(root); up !== undefined; up = this.#parents.get(root)) root = up;
    return root;
  }

  join(a: string, b: string): void {
    const [x, y] = [this.of(a), this.of(b)];
    if (x !== y) this.#parents.set(x, y);
  }
}

/**
 * The fewest groups of 8 neighbouring positions that hold all pixels of `images` images, as distances in bytes from the
 * first pixel. Positions between pixels are computed along, and masked.
 */
export function pixelGroups({ height, width, row, image }: ImageLayout, images: number): Uint32Array<ArrayBuffer> {
  const groups: number[] = [];
  let covered = 0;
  for (let i = 0; i < images; i++) {
    for (let y = 0; y < height; y++) {
      const begin = i * image + y * row;
      for (let at = Math.max(begin, covered); at < begin + width; at = covered) {
        groups.push(at * 4);
        covered = at + 8;
      }
    }
  }
  return Uint32Array.from(groups);
}

/** All bits at pixels, none between them: [images * image, and 16 more]. */
export function pixelMask({ height, width, row, image }: ImageLayout, images: number): Uint32Array<ArrayBuffer> {
  const mask = new Uint32Array(images * image + 16);
  for (let i = 0; i < images; i++) {
    for (let y = 0; y < height; y++) {
      const begin = i * image + y * row;
      mask.fill(0xffffffff, begin, begin + width);
    }
  }
  return mask;
}
