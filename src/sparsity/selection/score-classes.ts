/**
 * Classes of scores: 65,536 of them, by the leading bits of their float32, which keep their order. Counting scores by class
 * finds what is far from the k-th largest without sorting anything.
 */

/** How many there are. */
export const scoreClasses = 1 << 16;

const rounded = new Float32Array(1);
const bits = new Uint32Array(rounded.buffer);

/** The class of a score, from 0: not decreasing in the score. */
export function classOf(score: number): number {
  rounded[0] = score;
  const word = bits[0];
  return (word >= 0x80000000 ? ~word >>> 0 : word + 0x80000000) >>> 16;
}

/** The largest float32 of a class of finite numbers; NaN for the class of infinity, which NaN shares. */
export function largestOfClass(index: number): number {
  const ordered = ((index << 16) | 0xffff) >>> 0;
  bits[0] = ordered >= 0x80000000 ? ordered - 0x80000000 : ~ordered >>> 0;
  return rounded[0];
}
