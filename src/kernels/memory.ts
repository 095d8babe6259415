/**
 * One linear memory with a heap: addresses are byte offsets, as kernels take them.
 *
 * A first-fit free list with coalescing, its bookkeeping outside the memory itself. The memory grows when nothing fits,
 * by doubling, up to 4 GiB - 64 KiB, the most that 32-bit addresses reach.
 *
 *     | reserved (static data) | block | free | block | ... never used, known to be zero |
 */

import { EnvironmentError, InputError } from "../base/index.ts";
import type { ElementType } from "./contract.ts";

/** What a memory is built on: `WebAssembly.Memory` as it is, or `PlainPages`. */
export interface Pages {
  readonly buffer: ArrayBufferLike;
  /** Adds pages of 64 KiB; the buffer is then another one. Throws RangeError where the system refuses. */
  grow(pages: number): number;
}

/** Pages without WebAssembly: growing copies. */
export class PlainPages implements Pages {
  #buffer: ArrayBuffer;

  constructor(pages: number) {
    this.#buffer = new ArrayBuffer(pages * pageBytes);
  }

  get buffer(): ArrayBuffer {
    return this.#buffer;
  }

  grow(pages: number): number {
    const before = this.#buffer.byteLength;
    this.#buffer = this.#buffer.transfer(before + pages * pageBytes);
    return before / pageBytes;
  }
}

/** An array of the back end's elements. */
export type Floats = Float32Array | Float64Array;

export const pageBytes = 65536;
/** 4 GiB - 64 KiB: the last page is left out so that no address or end of a block exceeds 32 bits. */
export const maximumPages = 65535;
const alignment = 64;

/** Views of the whole memory, by element type: `all.int32[address / 4]`. Invalid after growth, like every view. */
export interface WholeViews {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly int32: Int32Array;
  readonly uint8: Uint8Array;
  /** The one of float32 and float64 that holds the back end's elements. */
  readonly floats: Floats;
}

/** A free stretch of memory. */
interface Gap {
  address: number;
  bytes: number;
}

/**
 * The memory of a back end.
 *
 * Views (`float32`, `floats`, `all` ...) are over the buffer of the moment: an `allocate` may grow the memory, which detaches
 * them. Take them anew after every allocation; never keep one across it.
 */
export class Memory {
  readonly elementType: ElementType;
  /** 4 or 8. */
  readonly bytesPerElement: 4 | 8;
  readonly #pages: Pages;
  readonly #maximumPages: number;
  readonly #sizes = new Map<number, number>();
  /** Free gaps below `#top`, by address; no two touch, and none touches `#top`. */
  #gaps: Gap[] = [];
  /** End of the last block ever in use at this moment. */
  #top: number;
  /** Memory at and above this address has never been handed out and is zero. */
  #fresh: number;
  #used = 0;
  #peak = 0;
  #all: WholeViews | undefined;

  /**
   * @param pages        a WebAssembly.Memory or PlainPages
   * @param elementType  what `floats` views
   * @param reserved     bytes at the start that are not ours to give (static data); at least 64 are kept so that no address is 0
   * @param limitPages   pages of 64 KiB it may grow to, ≤ 65535
   */
  constructor(
    pages: Pages,
    elementType: ElementType,
    { reserved = alignment, limitPages = maximumPages }: { reserved?: number; limitPages?: number } = {},
  ) {
    this.#pages = pages;
    this.elementType = elementType;
    this.bytesPerElement = elementType === "float32" ? 4 : 8;
    this.#maximumPages = Math.min(limitPages, maximumPages);
    this.#top = Math.max(alignment, roundUp(reserved));
    this.#fresh = this.#top;
  }

  /** Bytes in blocks now, rounding to 64 included. */
  get usedBytes(): number {
    return this.#used;
  }

  /** The most `usedBytes` has been. */
  get peakBytes(): number {
    return this.#peak;
  }

  /** Bytes of the buffer behind it all. */
  get capacityBytes(): number {
    return this.#pages.buffer.byteLength;
  }

  /** Views of the whole memory. */
  get all(): WholeViews {
    const buffer = this.#pages.buffer;
    if (this.#all === undefined || this.#all.uint8.buffer !== buffer) {
      const float32 = new Float32Array(buffer);
      const float64 = new Float64Array(buffer);
      this.#all = {
        float32,
        float64,
        int32: new Int32Array(buffer),
        uint8: new Uint8Array(buffer),
        floats: this.elementType === "float32" ? float32 : float64,
      };
    }
    return this.#all;
  }

  /**
   * A block of zeros, its address a multiple of 64 and never 0.
   *
   * @param bytes  ≥ 0; an empty block has an address of its own too
   * @throws EnvironmentError  when it does not fit in 4 GiB - 64 KiB or the system has no more memory
   */
  allocate(bytes: number): number {
    if (!Number.isSafeInteger(bytes) || bytes < 0) {
      throw new InputError(`Memory.allocate: bytes must be an integer ≥ 0, got ${bytes}`);
    }
    const size = Math.max(alignment, roundUp(bytes));
    const address = this.#takeGap(size) ?? this.#takeTop(size);
    // Only what was in use before can hold anything but zeros.
    const dirtyEnd = Math.min(address + size, this.#fresh);
    if (dirtyEnd > address) this.all.uint8.fill(0, address, dirtyEnd);
    this.#fresh = Math.max(this.#fresh, address + size);
    this.#sizes.set(address, size);
    this.#used += size;
    this.#peak = Math.max(this.#peak, this.#used);
    return address;
  }

  /** Bytes for `count` elements of the back end's float type; otherwise as `allocate`. */
  allocateFloats(count: number): number {
    return this.allocate(count * this.bytesPerElement);
  }

  /** Gives a block back. @throws InputError if `address` is not the address of a block in use */
  free(address: number): void {
    const bytes = this.#sizes.get(address);
    if (bytes === undefined) {
      throw new InputError(`Memory.free: ${address} is not the address of a block in use; was it freed before?`);
    }
    this.#sizes.delete(address);
    this.#used -= bytes;
    const after = this.#firstGapAfter(address);
    const left = this.#gaps[after - 1];
    const right = this.#gaps[after];
    let gap: Gap = { address, bytes };
    if (left !== undefined && left.address + left.bytes === address) {
      left.bytes += bytes;
      gap = left;
    } else {
      this.#gaps.splice(after, 0, gap);
    }
    if (right !== undefined && gap.address + gap.bytes === right.address) {
      gap.bytes += right.bytes;
      this.#gaps.splice(this.#gaps.indexOf(gap) + 1, 1);
    }
    if (gap.address + gap.bytes === this.#top) {
      this.#top = gap.address;
      this.#gaps.pop();
    }
  }

  /** View of n float32 at an address. */
  float32(address: number, n: number): Float32Array {
    return new Float32Array(this.#pages.buffer, address, n);
  }

  /** View of n float64 at an address. */
  float64(address: number, n: number): Float64Array {
    return new Float64Array(this.#pages.buffer, address, n);
  }

  /** View of n int32 at an address. */
  int32(address: number, n: number): Int32Array {
    return new Int32Array(this.#pages.buffer, address, n);
  }

  /** View of n bytes at an address. */
  uint8(address: number, n: number): Uint8Array {
    return new Uint8Array(this.#pages.buffer, address, n);
  }

  /** View of n elements of the back end's type at an address. */
  floats(address: number, n: number): Floats {
    return this.elementType === "float32" ? this.float32(address, n) : this.float64(address, n);
  }

  #firstGapAfter(address: number): number {
    let low = 0;
    let high = this.#gaps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#gaps[middle].address < address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #takeGap(size: number): number | undefined {
    const index = this.#gaps.findIndex((gap) => gap.bytes >= size);
    if (index < 0) return undefined;
    const gap = this.#gaps[index];
    const address = gap.address;
    if (gap.bytes === size) this.#gaps.splice(index, 1);
    else {
      gap.address += size;
      gap.bytes -= size;
    }
    return address;
  }

  #takeTop(size: number): number {
    const address = this.#top;
    this.#reach(address + size, size);
    this.#top = address + size;
    return address;
  }

  /** Makes the buffer at least `end` bytes long. */
  #reach(end: number, wanted: number): void {
    const present = this.capacityBytes / pageBytes;
    const needed = Math.ceil(end / pageBytes);
    if (needed <= present) return;
    if (needed > this.#maximumPages) {
      throw new EnvironmentError(
        `Memory.allocate: ${wanted} bytes do not fit: ${this.#used} are in use and one memory holds ` +
          `${this.#maximumPages * pageBytes}; use a smaller batch or network`,
      );
    }
    const generous = Math.min(this.#maximumPages, Math.max(needed, present * 2));
    if (!this.#tryGrow(generous - present) && !this.#tryGrow(needed - present)) {
      throw new EnvironmentError(
        `Memory.allocate: the system refused to grow the memory from ${present * pageBytes} to ${needed * pageBytes} bytes; ` +
          "free memory or use a smaller batch or network",
      );
    }
  }

  #tryGrow(pages: number): boolean {
    try {
      this.#pages.grow(pages);
      return true;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  }
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
