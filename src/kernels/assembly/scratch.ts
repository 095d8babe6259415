/** Memory in which one instance of the module may keep intermediate numbers; given by the loader, one per thread. */

/** Address of `scratchBytes()` bytes. */
export let scratch: usize = 0;

/** A panel of 256 x 16 floats and a tile of 4 x 16 (products), or sums of 4 x 16 (sparse products). */
export function scratchBytes(): usize {
  return 16384 + 256;
}

/** Sets the address of the scratch memory. */
export function useScratch(address: usize): void {
  scratch = address;
}
