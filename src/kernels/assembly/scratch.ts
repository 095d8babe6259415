/** What the loader tells an instance of the module: where it may keep intermediate numbers, and how wide its tiles be. */

/** Address of `scratchBytes()` bytes that no other thread uses. */
export let scratch: usize = 0;

/** Bytes of a panel of the dense product, 256 x 16 floats: half of a small first-level cache. */
export const panelBytes: usize = 16384;
/** Bytes of a tile of it, 4 x 16 floats; sums and incomplete vectors of other kernels need less. */
const tileBytes: usize = 256;
/** 16 floats that are 0: where sums that begin are loaded from. */
export const zerosOffset: usize = panelBytes + tileBytes;
const zerosBytes: usize = 64;

export function scratchBytes(): usize {
  return zerosOffset + zerosBytes;
}

/** Sets the address of the scratch memory. */
export function useScratch(address: usize): void {
  scratch = address;
  memory.fill(address + zerosOffset, 0, zerosBytes);
}

/** Whether tiles of the dense product are 8 lanes wide in place of 16; the bits of the results are the same. */
export let narrowTiles: bool = false;

export function useNarrowTiles(narrow: bool): void {
  narrowTiles = narrow;
}
