/** Cases of the kernels of images: convolutions, windows and maps over pixels. Part of the table of conformance-cases.ts. */

import { exact, finishing, rounding, sparsePattern, sumTolerance } from "./conformance-parts.ts";
import type { Case, Stage } from "./conformance-stage.ts";
import type { KernelName } from "./contract.ts";
import { paddedLanes } from "./lane-blocks.ts";

/** A convolution as its kernels see it: an image, a kernel, the steps of both and the channels. */
interface ConvolutionCase {
  readonly channels: number;
  readonly filters: number;
  readonly image: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly step: number;
  /** Pixels between those of the result: 2 is a phase of a strided convolution's gradient. */
  readonly outStep: number;
}

const convolutionShapes: ConvolutionCase[] = [
  { channels: 3, filters: 7, image: [6, 7], kernel: [3, 2], step: 1, outStep: 1 },
  { channels: 2, filters: 4, image: [9, 8], kernel: [3, 3], step: 2, outStep: 1 },
  { channels: 5, filters: 9, image: [3, 3], kernel: [1, 1], step: 1, outStep: 2 },
  { channels: 1, filters: 1, image: [1, 1], kernel: [1, 1], step: 1, outStep: 1 },
  { channels: 12, filters: 5, image: [5, 12], kernel: [5, 5], step: 1, outStep: 1 },
  // More channels and taps than one block of the packed tiles.
  { channels: 29, filters: 131, image: [4, 3], kernel: [3, 3], step: 1, outStep: 1 },
  { channels: 3, filters: 26, image: [5, 6], kernel: [2, 2], step: 2, outStep: 2 },
  // Pixels enough for several pieces of the weights' gradient, in rows too long for one and in whole rows.
  { channels: 2, filters: 3, image: [4, 40], kernel: [3, 3], step: 1, outStep: 1 },
  { channels: 1, filters: 8, image: [14, 9], kernel: [3, 3], step: 1, outStep: 1 },
];

const productCases: Case[] = convolutionShapes.flatMap((shape, index) =>
  [1, 16, 17, 32].flatMap((batch, place): Case[] => {
    const [imageHeight, imageWidth] = shape.image;
    const [kernelHeight, kernelWidth] = shape.kernel;
    const height = Math.floor((imageHeight - kernelHeight) / shape.step) + 1;
    const width = Math.floor((imageWidth - kernelWidth) / shape.step) + 1;
    const outWidth = width * shape.outStep;
    const outPixels = height * shape.outStep * outWidth;
    const stride = paddedLanes(batch);
    const taps = shape.channels * kernelHeight * kernelWidth;
    const offsets = Array.from({ length: taps }, (_, k) => {
      const inKernel = k % (kernelHeight * kernelWidth);
      const channel = Math.floor(k / (kernelHeight * kernelWidth));
      return (channel * imageHeight + Math.floor(inKernel / kernelWidth)) * imageWidth + (inKernel % kernelWidth);
    });
    const steps = (stage: Stage) =>
      stage.int32([shape.step * imageWidth, shape.step, outPixels, shape.outStep * outWidth, shape.outStep]);
    const turn = index + 3 * place;
    const input = (stage: Stage) => stage.batch(shape.channels * imageHeight * imageWidth, batch);
    const title = `${shape.filters} filters ${kernelHeight} x ${kernelWidth} on ${shape.channels} x ${imageHeight} x ${imageWidth}, batch ${batch}`;
    /** Room for the result, of which a phase writes its own pixels only. */
    const result = (stage: Stage) => stage.outBatch(shape.filters * outPixels, batch);
    const gradient = (stage: Stage) => stage.batch(shape.filters * outPixels, batch);
    const sparse = (stage: Stage) => {
      const { pointers, indices } = sparsePattern(stage, shape.filters, taps);
      return { pointers, sparseOffsets: indices.map((k) => offsets[k]) };
    };
    const size = [height, width, stride];
    const tolerance = sumTolerance(taps);
    const outerTolerance = sumTolerance(height * width * batch);
    return [
      {
        kernel: "convolve",
        title: `${title}, finish ${turn % 8}`,
        tolerance,
        prepare: (stage) => {
          const weights = stage.floats(stage.normals(shape.filters * taps));
          const images = [stage.int32(offsets), input(stage), result(stage), steps(stage)];
          const last = finishing(stage, shape.filters, outPixels * stride, turn);
          return { args: [weights, taps, ...images, ...size, ...last], extent: shape.filters };
        },
      },
      {
        kernel: "sparseConvolve",
        title: `${title}, finish ${turn % 8}`,
        tolerance,
        prepare: (stage) => {
          const { pointers, sparseOffsets } = sparse(stage);
          const values = stage.floats(stage.normals(sparseOffsets.length));
          const index = [stage.int32(pointers), stage.int32(sparseOffsets)];
          const last = finishing(stage, shape.filters, outPixels * stride, turn);
          const images = [input(stage), result(stage), steps(stage)];
          return { args: [values, ...index, ...images, ...size, ...last], extent: shape.filters };
        },
      },
      {
        kernel: "convolveOuter",
        title: `${title}, ${place % 2 === 0 ? "new" : "added"}`,
        tolerance: outerTolerance,
        prepare: (stage) => {
          const count = shape.filters * taps;
          const images = [stage.int32(offsets), gradient(stage), input(stage)];
          const target = stage.watch(stage.floats(stage.normals(count)), count);
          return {
            args: [taps, ...images, target, steps(stage), ...size, batch, place % 2],
            extent: shape.filters,
          };
        },
      },
      {
        kernel: "sparseConvolveOuter",
        title: `${title}, ${place % 2 === 0 ? "new" : "added"}`,
        tolerance: outerTolerance,
        prepare: (stage) => {
          const { pointers, sparseOffsets } = sparse(stage);
          const index = [stage.int32(pointers), stage.int32(sparseOffsets)];
          const images = [gradient(stage), input(stage)];
          const target = stage.watch(stage.floats(stage.normals(sparseOffsets.length)), sparseOffsets.length);
          return {
            args: [...index, ...images, target, steps(stage), ...size, batch, place % 2],
            extent: shape.filters,
          };
        },
      },
    ];
  }),
);

/** Sparse convolutions with 0 to 9 taps for a channel, in rows of pixels that fill tiles and ends of tiles in all ways. */
const runCases: Case[] = [
  [9, 5],
  [40, 1],
  [3, 2],
  [2, 3],
  [20, 4],
  [3, 33],
].flatMap(([height, width], shape) =>
  [1, 15, 16, 17, 31, 32].flatMap((batch, place): Case[] => {
    const [channels, filters, kernel] = [4, 10, 3];
    const [inHeight, inWidth] = [height + kernel - 1, width + kernel - 1];
    // Behind each row and each channel of the result lie pixels that are not to be written.
    const outRow = width + 1;
    const outPixels = (height + 1) * outRow;
    const stride = paddedLanes(batch);
    const pointers = Array.from({ length: filters + 1 }, (_, r) => (r * (r - 1)) / 2);
    const active = pointers[filters];
    const offsets = (stage: Stage) =>
      stage
        .integersBelow(channels * kernel ** 2, active)
        .map((k) => (Math.floor(k / 9) * inHeight + (Math.floor(k / 3) % 3)) * inWidth + (k % 3));
    const steps = [inWidth, 1, outPixels, outRow, 1];
    const turn = shape + place;
    const title = `0 to 9 taps on ${height} x ${width} pixels, batch ${batch}`;
    const size = [height, width, stride];
    const input = (stage: Stage) => stage.batch(channels * inHeight * inWidth, batch);
    return [
      {
        kernel: "sparseConvolve",
        title: `${title}, finish ${turn % 8}`,
        tolerance: sumTolerance(9),
        prepare: (stage) => {
          const values = stage.floats(stage.normals(active));
          const index = [stage.int32(pointers), stage.int32(offsets(stage))];
          const images = [input(stage), stage.outBatch(filters * outPixels, batch), stage.int32(steps)];
          const last = finishing(stage, filters, outPixels * stride, turn);
          return { args: [values, ...index, ...images, ...size, ...last], extent: filters };
        },
      },
      {
        kernel: "sparseConvolveOuter",
        title: `${title}, ${turn % 2 === 0 ? "new" : "added"}`,
        tolerance: sumTolerance(height * width * batch),
        prepare: (stage) => {
          const index = [stage.int32(pointers), stage.int32(offsets(stage))];
          const images = [stage.batch(filters * outPixels, batch), input(stage)];
          const target = stage.watch(stage.floats(stage.normals(active)), active);
          return { args: [...index, ...images, target, stage.int32(steps), ...size, batch, turn % 2], extent: filters };
        },
      },
    ];
  }),
);

/** Input channels that do not fit into a cache together; of the filters one has no taps and one has them in the last alone. */
const groupCases: Case[] = [17, 32].flatMap((batch): Case[] => {
  const [channels, filters, size] = [200, 4, 3];
  const pixels = (size + 2) ** 2;
  const outPixels = size ** 2;
  const stride = paddedLanes(batch);
  const pointers = [0, 64, 64, 73, 113];
  const active = pointers[filters];
  // In each channel the taps' offsets descend, as in an index of the gradient of the input.
  const offsets = Array.from({ length: active }, (_, k) => {
    const channel = k < 64 ? 3 * k : k < 73 ? channels - 1 : 5 * (k - 73);
    const inKernel = 8 - (k % 9);
    return channel * pixels + Math.floor(inKernel / 3) * (size + 2) + (inKernel % 3);
  });
  const steps = [size + 2, 1, outPixels, size, 1];
  const input = (stage: Stage) => stage.batch(channels * pixels, batch);
  const title = `${filters} filters on ${channels} channels, batch ${batch}`;
  return [
    {
      kernel: "sparseConvolve",
      title,
      tolerance: sumTolerance(64),
      prepare: (stage) => {
        const values = stage.floats(stage.normals(active));
        const index = [stage.int32(pointers), stage.int32(offsets)];
        const images = [input(stage), stage.outBatch(filters * outPixels, batch), stage.int32(steps)];
        const last = finishing(stage, filters, outPixels * stride, 7);
        return { args: [values, ...index, ...images, size, size, stride, ...last], extent: filters };
      },
    },
    {
      kernel: "sparseConvolveOuter",
      title,
      tolerance: sumTolerance(outPixels * batch),
      prepare: (stage) => {
        const index = [stage.int32(pointers), stage.int32(offsets)];
        const images = [stage.batch(filters * outPixels, batch), input(stage)];
        const target = stage.watch(stage.floats(stage.normals(active)), active);
        const last = [stage.int32(steps), size, size, stride, batch, 1];
        return { args: [...index, ...images, target, ...last], extent: filters };
      },
    },
  ];
});

const placeCases: Case[] = [
  [1, 1, 7, 9],
  [-1, 2, 3, 4],
  [0, -2, 5, 3],
  [6, 0, 4, 6],
].flatMap(([top, left, outHeight, outWidth]) =>
  [16, 32].map(
    (batch): Case => ({
      kernel: "placeImages",
      title: `5 x 6 at (${top}, ${left}) of ${outHeight} x ${outWidth}, ${batch} lanes`,
      tolerance: exact,
      prepare: (stage) => {
        const input = stage.batch(3 * 5 * 6, batch);
        const out = stage.outBatch(3 * outHeight * outWidth, batch);
        return { args: [input, 5, 6, out, outHeight, outWidth, top, left, batch], extent: 3 };
      },
    }),
  ),
);

/** Windows over the 7 x 5 pixels of an image: overlapping ones, or a partition into pairs and one left over. */
function windows(
  stage: Stage,
  partition: boolean,
): { pointers: number; indices: number; outputs: number; count: number } {
  const pointers = [0];
  const indices: number[] = [];
  for (let p = 0; p < (partition ? 18 : 11); p++) {
    const window = partition ? [2 * p, 2 * p + 1].filter((i) => i < 35) : [3 * p, 3 * p + 4, 3 * p + 1, (p * p) % 35];
    indices.push(...(partition ? window : new Set(window.filter((i) => i < 35).slice(0, 1 + (p % 4)))));
    pointers.push(indices.length);
  }
  return {
    pointers: stage.int32(pointers),
    indices: stage.int32(indices),
    outputs: pointers.length - 1,
    count: indices.length,
  };
}

/** Ties of whole numbers, and a NaN here and there. */
function tied(stage: Stage, rows: number, batch: number): number {
  return stage.batch(rows, batch, (r, b) => ((r * 7 + b) % 23 === 5 ? Number.NaN : Math.round(stage.normals(1)[0])));
}

/** One block of images: what the kernels of pixels and windows take. */
export const imageCases: readonly Case[] = [1, 3, 16, 17, 31, 32].flatMap((batch): Case[] => {
  const channels = 3;
  const inputs = 35;
  const stride = paddedLanes(batch);
  return [false, true].flatMap((partition): Case[] => {
    const title = `batch ${batch}, ${partition ? "a partition" : "overlapping windows"}`;
    const image = (
      kernel: KernelName,
      tolerance: Case["tolerance"],
      args: (stage: Stage, given: ReturnType<typeof windows>) => number[],
    ): Case => ({
      kernel,
      title,
      tolerance,
      prepare: (stage) => {
        const given = windows(stage, partition);
        const extent = kernel === "maxPoolPut" ? channels : channels * given.outputs;
        return { args: args(stage, given), extent };
      },
    });
    return [
      image("mixPixels", sumTolerance(4), (s, { pointers, indices, outputs, count }) => [
        ...[s.batch(channels * inputs, batch), s.floats(s.normals(count)), pointers, indices],
        ...[s.outBatch(channels * outputs, batch), inputs, outputs, stride],
      ]),
      image("maxPool", exact, (s, { pointers, indices, outputs }) => [
        ...[tied(s, channels * inputs, batch), pointers, indices, s.outBatch(channels * outputs, batch)],
        ...[inputs, outputs, stride],
      ]),
      image("maxPoolTake", exact, (s, { pointers, indices, outputs }) => [
        ...[tied(s, channels * inputs, batch), s.batch(channels * inputs, batch), pointers, indices],
        ...[s.outBatch(channels * outputs, batch), inputs, outputs, stride],
      ]),
      image("maxPoolPut", rounding, (s, { pointers, indices, outputs }) => [
        ...[tied(s, channels * inputs, batch), s.batch(channels * outputs, batch), pointers, indices],
        ...[s.outBatch(channels * inputs, batch), inputs, outputs, partition ? 1 : 0, stride],
      ]),
    ];
  });
});

/** Every case of a convolution kernel. */
export const convolutionCases: readonly Case[] = [...productCases, ...runCases, ...groupCases, ...placeCases];
