/** From the numbers that a file gives its nodes, with gaps and in any order, to indices of points. */

/** Indices by number: an array while the numbers are dense, a map otherwise. */
export class NodeTags {
  private readonly dense: Int32Array | undefined;
  private readonly sparse: Map<number, number> | undefined;
  /** Index of the first node whose number an earlier one has, or -1. */
  readonly repeated: number;
  /** Whether node i has the number i + 1, for every i. */
  readonly plain: boolean;

  /** @param tags  whole numbers from 0, one for each point */
  constructor(tags: ArrayLike<number>) {
    let largest = 0;
    let plain = true;
    for (let i = 0; i < tags.length; i++) {
      if (tags[i] > largest) largest = tags[i];
      plain &&= tags[i] === i + 1;
    }
    this.plain = plain;
    let repeated = -1;
    if (largest <= 8 * tags.length + 1024) {
      this.dense = new Int32Array(largest + 1).fill(-1);
      for (let i = tags.length - 1; i >= 0; i--) {
        if (this.dense[tags[i]] >= 0) repeated = this.dense[tags[i]];
        this.dense[tags[i]] = i;
      }
    } else {
      this.sparse = new Map();
      for (let i = tags.length - 1; i >= 0; i--) {
        repeated = this.sparse.get(tags[i]) ?? repeated;
        this.sparse.set(tags[i], i);
      }
    }
    this.repeated = repeated;
  }

  /** The point of a number, or -1. */
  get(tag: number): number {
    return (this.dense === undefined ? this.sparse?.get(tag) : this.dense[tag]) ?? -1;
  }
}
