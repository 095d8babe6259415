/**
 * Augmentation of images: random crop after padding, and horizontal flip (the DA variant of same-capacity studies).
 *
 * What happens to an example is drawn from (seed, "augmentation", example, epoch): it does not depend on the batch the
 * example lands in, so a run resumed in mid-epoch, or with another batch size, sees the same images.
 */

import { formatShape, InputError, Rng, type Shape, sizeOf } from "../base/index.ts";

export interface Augmentation {
  /** Rows and columns of zeros put around the image before a window of its own size is cut out; 0 leaves it in place. */
  readonly padCrop?: number;
  /** Mirrors left and right with probability 1/2. */
  readonly horizontalFlip?: boolean;
}

/** Which draws to use: the trial's seed and the epoch. */
export interface AugmentationStream {
  readonly seed: number;
  readonly epoch: number;
}

/**
 * Writes augmented copies of the examples at `indices` into `out`.
 *
 * With padding p, the window's corner is drawn from the (2p + 1)^2 places; zeros are raw values, so they are black
 * before normalisation, as in torchvision's RandomCrop placed before Normalize.
 *
 * @param values   [count, F] example-major, raw values of a split
 * @param shape    [C, H, W] with C x H x W = F
 * @param indices  [n] examples to take, in [0, count)
 * @param out      at least [n, F], of the same type as `values`; not `values` itself
 * @throws InputError  if a shape, an index or a length does not fit
 */
export function augment(
  values: Uint8Array | Float32Array,
  shape: Shape,
  { padCrop = 0, horizontalFlip = false }: Augmentation,
  { seed, epoch }: AugmentationStream,
  indices: ArrayLike<number>,
  out: Uint8Array | Float32Array,
): void {
  const features = sizeOf(shape);
  checkArguments(values, shape, padCrop, indices, out);
  const [channels, height, width] = shape;
  for (let i = 0; i < indices.length; i++) {
    const example = indices[i];
    const random = new Rng(seed, "augmentation", example, epoch);
    const down = padCrop === 0 ? 0 : random.integer(2 * padCrop + 1) - padCrop;
    const right = padCrop === 0 ? 0 : random.integer(2 * padCrop + 1) - padCrop;
    const flip = horizontalFlip && random.integer(2) === 1;
    for (let row = 0; row < channels * height; row++) {
      const y = (row % height) + down;
      const target = i * features + row * width;
      const from = example * features + (row + down) * width;
      for (let x = 0; x < width; x++) {
        const column = (flip ? width - 1 - x : x) + right;
        const inside = y >= 0 && y < height && column >= 0 && column < width;
        out[target + x] = inside ? values[from + column] : 0;
      }
    }
  }
}

function checkArguments(
  values: Uint8Array | Float32Array,
  shape: Shape,
  padCrop: number,
  indices: ArrayLike<number>,
  out: Uint8Array | Float32Array,
): void {
  const features = sizeOf(shape);
  if (shape.length !== 3 || values.length % features !== 0) {
    throw new InputError(
      `augment: needs images of [C, H, W] filling ${values.length} values, got ${formatShape(shape)}; tables have no crop or flip`,
    );
  }
  if (!Number.isInteger(padCrop) || padCrop < 0 || padCrop > Math.min(shape[1], shape[2])) {
    throw new InputError(
      `augment: padCrop must be an integer in [0, ${Math.min(shape[1], shape[2])}] for ${formatShape(shape)}, got ${padCrop}`,
    );
  }
  const isBytes = values instanceof Uint8Array;
  if (out instanceof Uint8Array !== isBytes || out.length < indices.length * features || out.buffer === values.buffer) {
    throw new InputError(
      `augment: out must be another ${isBytes ? "Uint8Array" : "Float32Array"} of at least ` +
        `${indices.length * features}, got ${out.constructor.name} of ${out.length}`,
    );
  }
  const count = values.length / features;
  for (let i = 0; i < indices.length; i++) {
    if (!Number.isInteger(indices[i]) || indices[i] < 0 || indices[i] >= count) {
      throw new InputError(`augment: index ${i} must be an integer in [0, ${count}), got ${indices[i]}`);
    }
  }
}
