/** What the loader tells an instance of the module: where it may keep intermediate numbers, and how wide its tiles be. */

/** Address of `scratchBytes()` bytes that no other thread uses. */
export let scratch: usize = 0;

/** A panel of 256 x 16 floats and a tile of 4 x 16 (products), or sums of 4 x 16 (sparse products). */
export function scratchBytes(): usize {
  return 16384 + 256;
}

/** Sets the address of the scratch memory. */
export function useScratch(address: usize): void {
  scratch = address;
}

/** Whether tiles of the dense product are 8 lanes wide in place of 16; the bits of the results are the same. */
export let narrowTiles: bool = false;

export function useNarrowTiles(narrow: bool): void {
  narrowTiles = narrow;
}
