/** When a training is measured. */

/**
 * The 11 epochs evenly spread over training whose measures are averaged: the ends of epochs round(k E / 10), k = 0..10, where
 * epoch 0 is the start. For E < 10 they are all of 0..E.
 *
 * @see Tessera, Hooker and Rosman 2021: averages of EGF are taken over 11 epochs; which, is our reading
 */
export function averagedEpochs(epochs: number): number[] {
  return [...new Set(Array.from({ length: 11 }, (_, k) => Math.round((k * epochs) / 10)))];
}

/** Whether the end of `epoch` is measured: at the averaged epochs, and every `every` epochs where that is not 0. */
export function isMeasured(
  epoch: number,
  { epochs, every }: { readonly epochs: number; readonly every: number },
): boolean {
  return (every > 0 && epoch % every === 0) || averagedEpochs(epochs).includes(epoch);
}
