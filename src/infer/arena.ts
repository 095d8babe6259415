/** One linear memory: handed out from below, never given back but all at once above a mark; grows when asked for more. */

import { InputError } from "../base/index.ts";

const pageBytes = 65536;
/** Kernels may read some way past the end of what they work on, or before its beginning. */
const slackBytes = 4096;
const mostBytes = 2 ** 31;

export class Arena {
  // Without a maximum: some phones refuse to set 2 GB of addresses aside.
  readonly memory = new WebAssembly.Memory({ initial: 1 });
  readonly #owner: string;
  #top = slackBytes;
  #used = slackBytes;
  #words: Uint32Array = new Uint32Array(0);
  #floats: Float32Array = new Float32Array(0);

  /** @param owner  what messages call the network */
  constructor(owner: string) {
    this.#owner = owner;
  }

  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** Where the next allocation begins: all above can be given back with `release`. */
  get mark(): number {
    return this.#top;
  }

  /** The memory as float32, afresh after it has grown. */
  get floats(): Float32Array {
    if (this.#floats.buffer !== this.memory.buffer) this.#floats = new Float32Array(this.memory.buffer);
    return this.#floats;
  }

  get words(): Uint32Array {
    if (this.#words.buffer !== this.memory.buffer) this.#words = new Uint32Array(this.memory.buffer);
    return this.#words;
  }

  /**
   * Zeros, from an address that is a multiple of 64.
   *
   * @throws InputError  beyond 2 GB, or what the machine has
   */
  allocate(bytes: number, what: string): number {
    const address = this.#top;
    const top = address + Math.ceil(bytes / 64) * 64;
    const missing = top + slackBytes - this.bytes;
    if (missing > 0) {
      try {
        if (!(top + slackBytes <= mostBytes)) throw new RangeError("beyond 2 GB");
        this.memory.grow(Math.ceil(missing / pageBytes));
      } catch {
        const size = Math.round(top / 2 ** 20);
        throw new InputError(
          `${this.#owner}: expected to fit into 2 GB of memory, needs ${size} MB or more for ${what}; use a smaller batch or network`,
        );
      }
    }
    this.#top = top;
    // What was never handed out is zero as it is.
    if (address < this.#used) this.words.fill(0, address / 4, Math.min(top, this.#used) / 4);
    this.#used = Math.max(this.#used, top);
    return address;
  }

  release(mark: number): void {
    this.#top = mark;
  }

  /** Copies float32 numbers in. @returns their address */
  put(numbers: Float32Array | Uint32Array, what: string): number {
    const address = this.allocate(numbers.byteLength, what);
    if (numbers instanceof Float32Array) this.floats.set(numbers, address / 4);
    else this.words.set(numbers, address / 4);
    return address;
  }
}
