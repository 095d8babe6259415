/**
 * Histograms of oriented gradients: of each cell, how much gradient points where, normalised over blocks of cells.
 *
 * As scikit-image's: central differences, 0 at the border; orientations modulo 180 degrees, no interpolation between bins; sums
 * over a cell's area; L2-Hys, which clips at 0.2 and normalises again.
 *
 * @see Dalal and Triggs 2005, doi:10.1109/CVPR.2005.177
 */

import { cosPi, InputError, sinPi } from "../../base/index.ts";

export interface HistogramOptions {
  /** Bins of 180 degrees. Default 9. */
  readonly orientations?: number;
  /** Pixels of a cell's side. Default 16. */
  readonly cell?: number;
  /** Cells of a block's side. Default 3. */
  readonly block?: number;
}

/**
 * The histograms of every block, [blocks down, blocks across, cells down, cells across, orientations].
 *
 * @param image  [height, width], row-major
 * @throws InputError  where no block fits
 */
export function orientedGradients(
  image: ArrayLike<number>,
  [height, width]: readonly [number, number],
  { orientations = 9, cell = 16, block = 3 }: HistogramOptions = {},
): Float64Array {
  const [down, across] = [Math.floor(height / cell), Math.floor(width / cell)];
  if (down < block || across < block) {
    throw new InputError(
      `oriented gradients: a block of ${block} x ${block} cells of ${cell} pixels must fit the image, got ${height} x ${width}`,
    );
  }
  const edges = Array.from({ length: orientations - 1 }, (_, k) => {
    const turn = (k + 1) / orientations;
    return { x: cosPi(turn), y: sinPi(turn) };
  });
  // scikit-image sums a cell in float32.
  const cells = new Float32Array(down * across * orientations);
  for (let y = 0; y < down * cell; y++) {
    for (let x = 0; x < across * cell; x++) {
      const p = y * width + x;
      let dy = y === 0 || y === height - 1 ? 0 : image[p + width] - image[p - width];
      let dx = x === 0 || x === width - 1 ? 0 : image[p + 1] - image[p - 1];
      const magnitude = Math.sqrt(dx * dx + dy * dy);
      if (dy < 0 || (dy === 0 && dx < 0)) [dx, dy] = [-dx, -dy];
      // The bin is the number of edges at or before the direction: no arc tangent, whose bits engines define.
      const bin = edges.filter((edge) => edge.x * dy - edge.y * dx >= 0).length;
      const at = (Math.floor(y / cell) * across + Math.floor(x / cell)) * orientations;
      if (magnitude > 0) cells[at + bin] += magnitude;
    }
  }
  for (let i = 0; i < cells.length; i++) cells[i] /= cell * cell;
  const blocks: number[] = [];
  for (let top = 0; top + block <= down; top++) {
    for (let left = 0; left + block <= across; left++) {
      const values: number[] = [];
      for (let y = 0; y < block; y++) {
        const begin = ((top + y) * across + left) * orientations;
        values.push(...cells.subarray(begin, begin + block * orientations));
      }
      blocks.push(...normalised(normalised(values).map((value) => Math.min(value, 0.2))));
    }
  }
  return Float64Array.from(blocks);
}

function normalised(values: readonly number[]): number[] {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 1e-5 * 1e-5));
  return values.map((value) => value / length);
}
