/** The least of many keys under single changes: a tournament whose winners are kept; ties go to the lower index. */

export class MinTree {
  private readonly keys: Float64Array;
  /** winners[size + i] = i; winners[i] = the better of winners[2i] and winners[2i + 1]. Missing leaves are -1. */
  private readonly winners: Int32Array;
  private readonly size: number;

  /** Takes the keys over: change them by `set` alone. */
  constructor(keys: Float64Array) {
    this.keys = keys;
    let size = 1;
    while (size < keys.length) size *= 2;
    this.size = size;
    this.winners = new Int32Array(2 * size).fill(-1);
    for (let i = 0; i < keys.length; i++) this.winners[size + i] = i;
    for (let i = size - 1; i > 0; i--) this.winners[i] = this.better(this.winners[2 * i], this.winners[2 * i + 1]);
  }

  /** Index of the least key, -1 for none. */
  top(): number {
    return this.winners[1];
  }

  set(index: number, key: number): void {
    this.keys[index] = key;
    for (let i = (this.size + index) >> 1; i > 0; i >>= 1) {
      const winner = this.better(this.winners[2 * i], this.winners[2 * i + 1]);
      // Above a node that another leaf won and still wins, nothing depends on this key.
      if (winner === this.winners[i] && winner !== index) return;
      this.winners[i] = winner;
    }
  }

  private better(left: number, right: number): number {
    if (right < 0) return left;
    return this.keys[right] < this.keys[left] ? right : left;
  }
}
