/**
 * The int32 tables that the convolution kernels read, built from a convolution's numbers and, where it is sparse or grouped,
 * the CSR index of its taps.
 */

import type { ConvolutionShape, Phase } from "./convolution-shape.ts";
import { inputGradient, inputWindow, phaseArea, tapOffset, tapPlace, tapsOf } from "./convolution-shape.ts";

/** Taps of each output channel: a CSR index over [O, taps]. */
export interface TapIndex {
  readonly rowPointers: Int32Array;
  readonly columnIndices: Int32Array;
}

/** Every tap of every output channel, as grouped convolutions need it. */
export function allTaps(shape: ConvolutionShape): TapIndex {
  const taps = tapsOf(shape);
  return {
    rowPointers: Int32Array.from({ length: shape.outChannels + 1 }, (_, o) => o * taps),
    columnIndices: Int32Array.from({ length: shape.outChannels * taps }, (_, k) => k % taps),
  };
}

/** Offsets [taps] of a dense convolution of one group in the window of its input. */
export function denseOffsets(shape: ConvolutionShape): Int32Array {
  const window = inputWindow(shape);
  return Int32Array.from({ length: tapsOf(shape) }, (_, tap) => tapOffset(shape, window, 0, tap));
}

/** Offsets [active] of indexed taps in the window of the input. */
export function sparseOffsets(shape: ConvolutionShape, { rowPointers, columnIndices }: TapIndex): Int32Array {
  const window = inputWindow(shape);
  const offsets = new Int32Array(columnIndices.length);
  for (let o = 0; o < shape.outChannels; o++) {
    for (let k = rowPointers[o]; k < rowPointers[o + 1]; k++)
      offsets[k] = tapOffset(shape, window, o, columnIndices[k]);
  }
  return offsets;
}

/** What the gradient of the input reads of a weight: values in the order of the phases, and where each finds its pixels. */
export interface GradientTables {
  /** Place of each value in the weight. */
  readonly permutation: Int32Array;
  /** Dense: of all phases, one list [O x phase area] behind the other. Sparse: one per value. */
  readonly offsets: Int32Array;
  /** Sparse: of each phase, [I + 1], one behind the other; they count from the first value of all. */
  readonly rowPointers: Int32Array;
}

/** Dense weights of one group, turned: for each phase a matrix [I, O x phase area]. */
export function denseGradientTables(shape: ConvolutionShape): GradientTables {
  const { inChannels, outChannels, kernel, stride } = shape;
  const { window, phases } = inputGradient(shape);
  const permutation: number[] = [];
  const offsets: number[] = [];
  for (const phase of phases) {
    for (let o = 0; o < outChannels; o++) {
      for (let y = 0; y < phase.y.taps; y++) {
        for (let x = 0; x < phase.x.taps; x++) offsets.push((o * window.size[0] + y) * window.size[1] + x);
      }
    }
    for (let c = 0; c < inChannels; c++) {
      for (let o = 0; o < outChannels; o++) {
        for (let y = phase.y.taps - 1; y >= 0; y--) {
          for (let x = phase.x.taps - 1; x >= 0; x--) {
            const [ky, kx] = [phase.y.remainder + stride[0] * y, phase.x.remainder + stride[1] * x];
            permutation.push(((o * inChannels + c) * kernel[0] + ky) * kernel[1] + kx);
          }
        }
      }
    }
  }
  return {
    permutation: Int32Array.from(permutation),
    offsets: Int32Array.from(offsets),
    rowPointers: new Int32Array(0),
  };
}

/** Where the lists of each phase begin in the tables of a dense weight: of its values and of its offsets. */
export function densePhaseStarts({ inChannels, outChannels }: ConvolutionShape, phases: readonly Phase[]) {
  let [values, offsets] = [0, 0];
  return phases.map((phase) => {
    const taps = outChannels * phaseArea(phase);
    const start = { values, offsets, taps };
    values += inChannels * taps;
    offsets += taps;
    return start;
  });
}

/** Indexed weights, turned: for each phase a CSR index over the input channels. */
export function sparseGradientTables(shape: ConvolutionShape, index: TapIndex): GradientTables {
  const { inChannels, outChannels, stride } = shape;
  const { window, phases } = inputGradient(shape);
  const { rowPointers, columnIndices } = index;
  const phaseOf = new Map(phases.map((phase, place) => [phase.y.remainder * stride[1] + phase.x.remainder, place]));
  // Two passes over the taps: count those of each phase and input channel, then put each in its place.
  const pointers = new Int32Array(phases.length * (inChannels + 1));
  const visit = (act: (slot: number, k: number, o: number, y: number, x: number) => void) => {
    for (let o = 0; o < outChannels; o++) {
      for (let k = rowPointers[o]; k < rowPointers[o + 1]; k++) {
        const { channel, y, x } = tapPlace(shape, o, columnIndices[k]);
        const place = phaseOf.get((y % stride[0]) * stride[1] + (x % stride[1]));
        // A phase without pixels is not listed: its taps reach none.
        if (place !== undefined) act(place * (inChannels + 1) + channel, k, o, y, x);
      }
    }
  };
  visit((slot) => {
    pointers[slot + 1]++;
  });
  for (let place = 0; place < phases.length; place++) {
    const first = place * (inChannels + 1);
    pointers[first] = place === 0 ? 0 : pointers[first - 1];
    for (let c = 1; c <= inChannels; c++) pointers[first + c] += pointers[first + c - 1];
  }
  const next = pointers.slice();
  const count = pointers[pointers.length - 1];
  const permutation = new Int32Array(count);
  const offsets = new Int32Array(count);
  visit((slot, k, o, y, x) => {
    const at = next[slot]++;
    const phase = phases[Math.floor(slot / (inChannels + 1))];
    // The t-th tap of the phase, mirrored.
    const ty = phase.y.taps - 1 - Math.floor(y / stride[0]);
    const tx = phase.x.taps - 1 - Math.floor(x / stride[1]);
    permutation[at] = k;
    offsets[at] = (o * window.size[0] + ty) * window.size[1] + tx;
  });
  return { permutation, offsets, rowPointers: pointers };
}
