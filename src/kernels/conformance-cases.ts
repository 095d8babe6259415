/**
 * One table of cases for all kernels, that the conformance suite runs on both back ends and the bit-equality suite in parts.
 *
 * A case places seeded inputs on a stage and names the kernel's arguments. Long because it is a table, a case or a family
 * of cases per kernel.
 */

import { convolutionCases, imageCases } from "./conformance-images.ts";
import { exact, finishing, rounding, sparsePattern, sumTolerance } from "./conformance-parts.ts";
import { type Case, margin, type Stage, sentinel } from "./conformance-stage.ts";
import { hyperLength, hyperSlots, type KernelName, reductionBlock } from "./contract.ts";
import { blockLanes, paddedLanes } from "./lane-blocks.ts";

const batches = [1, 3, 16, 17, 60, 100, 128, 130];

const specials = [
  ...[
    Number.NaN,
    0,
    -0,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1,
    -1,
    0.5,
    -0.5,
    1e-3,
    -1e-3,
    1e-30,
    -1e-30,
  ],
  ...[
    1.5e-45, -1.5e-45, 1.1754943e-38, 88.7, 88.8, -87.3, -87.4, -103.9, -104.1, 17, -17, 9, -9.1, 3e38, -3e38, 20, -20,
  ],
].map(Math.fround);

/** exp, log: two units in the last place; tanh, sigmoid: three. */
const elementary = { absolute: 1.5e-45, relative: 4e-7 };

const elementwiseCases: Case[] = [];

function elementwise(
  kernel: KernelName,
  tolerance: Case["tolerance"],
  { inputs = 1, numbers = [] }: { inputs?: 1 | 2; numbers?: readonly number[] } = {},
): void {
  for (const count of [1, 7, 16, 17, 100, 1000]) {
    for (const place of inputs === 2 ? ["", " in place", " in place of the second"] : ["", " in place"]) {
      elementwiseCases.push({
        kernel,
        title: `${count} elements${place}`,
        tolerance,
        prepare: (stage) => {
          const values = stage
            .normals(count)
            .map((x, i) => (i >= 4 && i % 2 === 0 ? (specials[i / 2 - 2] ?? 4 * x) : 2 * x));
          const x = stage.floats(values);
          const others =
            inputs === 2
              ? [stage.floats(stage.normals(count).map((y, i) => (i % 37 === 5 ? specials[i % 30] : y)))]
              : [];
          const target = place === " in place" ? x : others[0];
          const out = place === "" ? stage.out(count) : stage.watch(target, count);
          return { args: [x, ...others, ...numbers, out], extent: count, unit: 16 };
        },
      });
    }
  }
}

elementwise("copy", exact);
elementwise("negate", exact);
elementwise("exponential", elementary);
elementwise("logarithm", elementary);
elementwise("squareRoot", rounding);
elementwise("reciprocal", rounding);
elementwise("square", rounding);
elementwise("absolute", exact);
elementwise("sign", exact);
elementwise("step", exact);
elementwise("relu", exact);
elementwise("sigmoid", elementary);
elementwise("tanh", elementary);
elementwise("swish", { absolute: 3e-43, relative: 5e-7 });
elementwise("elu", { absolute: 1.5e-45, relative: 4e-7 }, { numbers: [0.75] });
elementwise("reluBackward", exact, { inputs: 2 });
elementwise("sigmoidBackward", rounding, { inputs: 2 });
elementwise("tanhBackward", { absolute: 1e-6, relative: 1e-6 }, { inputs: 2 });
elementwise("eluBackward", { absolute: 1e-6, relative: 1e-6 }, { inputs: 2, numbers: [0.75] });
elementwise("swishBackward", { absolute: 2e-6, relative: 2e-6 }, { inputs: 2 });
elementwise("add", rounding, { inputs: 2 });
elementwise("subtract", rounding, { inputs: 2 });
elementwise("multiply", rounding, { inputs: 2 });
elementwise("divide", rounding, { inputs: 2 });
elementwise("scale", rounding, { numbers: [1.25] });
elementwise("shift", rounding, { numbers: [-0.75] });
elementwise("clamp", exact, { numbers: [-0.5, 1.25] });
elementwise("inside", exact, { numbers: [-0.5, 1] });

const scalarCases: Case[] = [1, 17, 1000].flatMap((count): Case[] => [
  {
    kernel: "scaleBy",
    title: `${count} elements`,
    tolerance: rounding,
    prepare: (stage) => {
      const x = stage.floats(stage.normals(count));
      return { args: [x, stage.floats([-1.5]), stage.out(count)], extent: count, unit: 16 };
    },
  },
  {
    kernel: "fillFrom",
    title: `${count} elements`,
    tolerance: exact,
    prepare: (stage) => ({ args: [stage.floats([-1.5]), stage.out(count)], extent: count, unit: 16 }),
  },
]);

interface GemmShape {
  readonly form: "forward" | "input gradient" | "weight gradient";
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

const gemmShapes: GemmShape[] = [
  ...[1, 3, 4, 37].flatMap((rows) =>
    [1, 16, 48, 130].map((columns): GemmShape => ({ form: "forward", rows, inner: 45, columns })),
  ),
  { form: "forward", rows: 33, inner: 600, columns: 144 },
  { form: "forward", rows: 150, inner: 300, columns: 32 },
  { form: "forward", rows: 5, inner: 0, columns: 20 },
  { form: "input gradient", rows: 45, inner: 33, columns: 112 },
  { form: "input gradient", rows: 130, inner: 10, columns: 16 },
  { form: "weight gradient", rows: 33, inner: 17, columns: 45 },
  { form: "weight gradient", rows: 10, inner: 100, columns: 61 },
  { form: "weight gradient", rows: 30, inner: 130, columns: 7 },
];

const gemmCases = gemmShapes.map(
  ({ form, rows, inner, columns }): Case => ({
    kernel: "gemm",
    title: `${form}, ${rows} x ${inner} x ${columns}`,
    tolerance: sumTolerance(inner),
    prepare: (stage) => {
      // Room between rows, poisoned, as where a tensor is padded.
      const gap = 3;
      const transposed = form === "input gradient";
      const aStride = (transposed ? rows : inner) + gap;
      const aValues = stage.normals((transposed ? inner : rows) * aStride);
      const a = stage.floats(aValues.map((x, i) => (i % aStride >= aStride - gap ? Number.NaN : x)));
      const bValues = stage.normals(inner * (columns + gap));
      const b = stage.floats(bValues.map((x, i) => (i % (columns + gap) >= columns ? Number.NaN : x)));
      const c = stage.out(rows * (columns + gap));
      const [aRow, aColumn] = transposed ? [1, aStride] : [aStride, 1];
      const last = finishing(stage, rows, columns + gap, rows + inner);
      const matrices = [a, aRow, aColumn, b, columns + gap, blockLanes, c, columns + gap, blockLanes];
      return { args: [...matrices, columns, inner, ...last], extent: rows };
    },
  }),
);

/** b and c in blocks of 32 columns, a gap between blocks, the last of them narrower than the room for it. */
const blockedGemmCases = [
  [37, 45, 96],
  [37, 45, 112],
  [3, 300, 61],
  [5, 0, 40],
].flatMap(([rows, inner, columns]) =>
  [0, 1, 2, 3, 4, 5, 6, 7].map(
    (turn): Case => ({
      kernel: "gemm",
      title: `${rows} x ${inner} x ${columns} in blocks, finish ${turn}`,
      tolerance: sumTolerance(inner),
      prepare: (stage) => {
        const blocks = Math.ceil(columns / blockLanes);
        const [bBlock, cBlock] = [inner * blockLanes + 5, rows * blockLanes + 7];
        const valid = (i: number, block: number, count: number) =>
          i % block < count * blockLanes && blockLanes * Math.floor(i / block) + ((i % block) % blockLanes) < columns;
        const a = stage.floats(stage.normals(rows * inner));
        const bValues = stage.normals(blocks * bBlock);
        const b = stage.floats(bValues.map((x, i) => (valid(i, bBlock, inner) ? x : Number.NaN)));
        const c = stage.out(blocks * cBlock);
        const bias = turn & 1 ? stage.floats(stage.normals(rows)) : 0;
        const gate = turn & 2 ? stage.floats(stage.normals(blocks * cBlock)) : 0;
        const matrices = [a, inner, 1, b, blockLanes, bBlock, c, blockLanes, cBlock];
        return { args: [...matrices, columns, inner, bias, gate, turn & 4 ? 1 : 0], extent: rows };
      },
    }),
  ),
);

const transposeCases = [
  [1, 1],
  [5, 3],
  [16, 16],
  [128, 45],
  [100, 64],
  [33, 130],
].map(
  ([rows, columns]): Case => ({
    kernel: "transpose",
    title: `${columns} x ${rows} to ${rows} x ${columns}`,
    tolerance: exact,
    prepare: (stage) => {
      const source = stage.floats(stage.normals(columns * (rows + 2)));
      return { args: [source, rows + 2, stage.out(rows * (columns + 1)), columns + 1, columns], extent: rows };
    },
  }),
);

const permuteCases = [1, 7, 100].map(
  (count): Case => ({
    kernel: "permute",
    title: `${count} elements`,
    tolerance: exact,
    prepare: (stage) => {
      const values = stage.floats(stage.normals(count));
      const order = Array.from({ length: count }, (_, i) => (i * 9 + 3) % count);
      return { args: [values, stage.int32(order), stage.out(count)], extent: count };
    },
  }),
);

const sparseRowCases = [
  [1, 1],
  [23, 19],
].flatMap(([rows, columns]): Case[] => [
  {
    kernel: "scatterRows",
    title: `${rows} x ${columns}`,
    tolerance: exact,
    prepare: (stage) => {
      const { pointers, indices } = sparsePattern(stage, rows, columns);
      const values = stage.floats(stage.normals(indices.length));
      const matrix = [values, stage.int32(pointers), stage.int32(indices), stage.out(rows * columns), columns];
      return { args: matrix, extent: rows };
    },
  },
  {
    kernel: "gatherRows",
    title: `${rows} x ${columns}`,
    tolerance: exact,
    prepare: (stage) => {
      const { pointers, indices } = sparsePattern(stage, rows, columns);
      const dense = stage.floats(stage.normals(rows * columns));
      const index = [stage.int32(pointers), stage.int32(indices)];
      return { args: [dense, ...index, stage.out(indices.length), columns], extent: rows };
    },
  },
]);

const sparseCases: Case[] = batches.flatMap((batch): Case[] => {
  const rows = 23;
  const columns = 19;
  const stride = paddedLanes(batch);
  const product = (turn: number): Case => ({
    kernel: "sparseProduct",
    title: `batch ${batch}, finish ${turn}`,
    tolerance: sumTolerance(columns),
    prepare: (stage) => {
      const { pointers, indices } = sparsePattern(stage, rows, columns);
      const values = stage.floats(stage.normals(indices.length));
      const x = stage.batch(columns, batch);
      const y = stage.outBatch(rows, batch);
      const last = finishing(stage, rows, stride, turn);
      const matrix = [values, stage.int32(pointers), stage.int32(indices)];
      return { args: [...matrix, x, columns, y, stride, ...last], extent: rows };
    },
  });
  return [
    // A block of 32 lanes or of 16.
    ...(stride <= blockLanes ? [0, 1, 2, 3, 4, 5, 6, 7].map(product) : []),
    {
      kernel: "sparseOuter",
      title: `batch ${batch}`,
      tolerance: sumTolerance(batch),
      prepare: (stage) => {
        const { pointers, indices } = sparsePattern(stage, rows, columns);
        const left = stage.blocks(rows, batch);
        const right = stage.blocks(columns, batch);
        const out = stage.out(indices.length);
        const index = [stage.int32(pointers), stage.int32(indices)];
        return { args: [...index, left, rows, right, columns, out, batch], extent: rows };
      },
    },
  ];
});

const rowCases: Case[] = batches.flatMap((batch): Case[] => {
  const rows = 7;
  const stride = paddedLanes(batch);
  const perRow = (
    kernel: KernelName,
    tolerance: Case["tolerance"],
    args: (stage: Stage) => number[],
    extent: { extent: number; unit?: number } = { extent: rows },
  ): Case => ({ kernel, title: `batch ${batch}`, tolerance, prepare: (stage) => ({ args: args(stage), ...extent }) });
  const vector = (stage: Stage): number => stage.floats(stage.normals(rows));
  const column = (stage: Stage): number => stage.batch(1, batch);
  const positive = (stage: Stage): number => stage.floats(stage.normals(rows).map((x) => Math.fround(x * x)));
  return [
    perRow("broadcastRows", exact, (s) => [vector(s), s.outBatch(rows, batch), stride]),
    perRow("addRows", rounding, (s) => [s.batch(rows, batch), vector(s), s.outBatch(rows, batch), stride]),
    perRow("scaleRows", rounding, (s) => [s.batch(rows, batch), vector(s), s.outBatch(rows, batch), stride]),
    perRow("affineRows", { absolute: 1e-6, relative: 1e-6 }, (s) => [
      ...[s.batch(rows, batch), vector(s), vector(s), s.outBatch(rows, batch), stride],
    ]),
    perRow("rowSum", sumTolerance(batch), (s) => [s.blocks(rows, batch), s.out(rows), batch, rows, 1]),
    perRow("rowDot", sumTolerance(batch), (s) => [
      s.blocks(rows, batch),
      s.blocks(rows, batch),
      s.out(rows),
      batch,
      rows,
      1,
    ]),
    perRow("rowRange", exact, (s) => {
      const x = s.blocks(rows, batch, (r, b) => (r === 2 && b === batch - 1 ? Number.NaN : s.normals(1)[0]));
      const [low, high] = [vector(s), vector(s)];
      return [x, s.watch(low, rows), s.watch(high, rows), batch, rows, 1];
    }),
    perRow("joinLanes", exact, (s) => [s.blocks(rows, batch), s.outBatch(rows, batch), batch, rows]),
    perRow("columnSum", sumTolerance(rows), (s) => [s.batch(rows, batch), s.outBatch(1, batch), rows, stride], {
      extent: stride,
      unit: 16,
    }),
    perRow("broadcastColumns", exact, (s) => [column(s), s.outBatch(rows, batch), stride]),
    perRow("scaleColumns", rounding, (s) => [s.batch(rows, batch), column(s), s.outBatch(rows, batch), stride]),
    perRow("batchMoments", { absolute: 1e-6, relative: 2e-6 }, (s) => [
      ...[s.blocks(rows, batch), s.out(rows), s.out(rows), batch, rows, 1],
    ]),
    perRow("standardize", { absolute: 2e-6, relative: 2e-6 }, (s) => [
      ...[s.batch(rows, batch), vector(s), positive(s), Math.fround(1e-3), s.outBatch(rows, batch), stride],
    ]),
    perRow("standardizeBackward", { absolute: 4e-6, relative: 4e-6 }, (s) => [
      ...[s.blocks(rows, batch), s.blocks(rows, batch), vector(s), s.outBlocks(rows, batch), batch, rows, 1],
    ]),
  ];
});

/** Sums over channels: pixels in one run, in some, and one more than a whole number of fours. */
const channelCases: Case[] = [1, 3, 16, 17, 32, 70, 128].flatMap((batch): Case[] =>
  [4, 5, 70].flatMap((pixels): Case[] => {
    const channels = 3;
    const rows = channels * pixels;
    const count = batch * pixels;
    const perChannel = (kernel: KernelName, tolerance: Case["tolerance"], args: (stage: Stage) => number[]): Case => ({
      kernel,
      title: `batch ${batch}, ${pixels} pixels of ${channels} channels`,
      tolerance,
      prepare: (stage) => ({ args: [...args(stage), batch, rows, pixels], extent: channels }),
    });
    return [
      perChannel("rowSum", sumTolerance(count), (s) => [s.blocks(rows, batch), s.out(channels)]),
      perChannel("rowDot", sumTolerance(count), (s) => [
        ...[s.blocks(rows, batch), s.blocks(rows, batch), s.out(channels)],
      ]),
      perChannel("rowRange", exact, (s) => {
        const last = (r: number, b: number) => r === 2 * pixels - 1 && b === batch - 1;
        const x = s.blocks(rows, batch, (r, b) => (last(r, b) ? Number.NaN : s.normals(1)[0]));
        const [low, high] = [s.floats(s.normals(channels)), s.floats(s.normals(channels))];
        return [x, s.watch(low, channels), s.watch(high, channels)];
      }),
      perChannel("batchMoments", { absolute: 1e-6, relative: 2e-6 }, (s) => [
        ...[s.blocks(rows, batch), s.out(channels), s.out(channels)],
      ]),
      perChannel("standardizeBackward", { absolute: 4e-6, relative: 4e-6 }, (s) => [
        ...[s.blocks(rows, batch), s.blocks(rows, batch), s.floats(s.normals(channels)), s.outBlocks(rows, batch)],
      ]),
    ];
  }),
);

const vectorCases: Case[] = [1, 9, 100].flatMap((count): Case[] => [
  {
    kernel: "inverseDeviation",
    title: `${count} rows`,
    tolerance: rounding,
    prepare: (stage) => {
      const variance = stage.floats(stage.normals(count).map((x) => Math.fround(x * x)));
      return { args: [variance, Math.fround(1e-5), stage.out(count)], extent: count, unit: 16 };
    },
  },
  {
    kernel: "movingAverage",
    title: `${count} rows`,
    tolerance: { absolute: 1e-6, relative: 1e-6 },
    prepare: (stage) => {
      const running = stage.watch(stage.floats(stage.normals(count)), count);
      const value = stage.floats(stage.normals(count));
      return { args: [running, value, Math.fround(0.1), Math.fround(128 / 127)], extent: count, unit: 16 };
    },
  },
]);

const lossCases: Case[] = batches.flatMap((batch): Case[] =>
  [2, 10, 37].flatMap((classes): Case[] => {
    const stride = paddedLanes(batch);
    const title = `batch ${batch}, ${classes} classes`;
    /** Ties of whole numbers, one column of large logits, one with a NaN. */
    const logits = (stage: Stage): number =>
      stage.batch(classes, batch, (c, b) => {
        const x = stage.normals(1)[0];
        if (b === 5) return c === 1 ? Number.NaN : x;
        if (b === 6) return 1000 * x;
        return b % 2 === 0 ? Math.round(2 * x) : x;
      });
    const labels = (stage: Stage): number =>
      stage.int32(stage.integersBelow(classes, stride).map((label, b) => (b < batch ? label : 0)));
    const columns = { extent: stride, unit: 16 };
    const tolerance = { absolute: 2e-6, relative: 2e-6 };
    return [
      {
        kernel: "softmax",
        title,
        tolerance,
        prepare: (s) => ({ args: [logits(s), s.outBatch(classes, batch), classes, stride], ...columns }),
      },
      {
        kernel: "softmaxResidual",
        title,
        tolerance,
        prepare: (s) => ({ args: [logits(s), labels(s), s.outBatch(classes, batch), classes, stride], ...columns }),
      },
      {
        kernel: "crossEntropy",
        title,
        tolerance,
        prepare: (s) => ({ args: [logits(s), labels(s), s.outBatch(1, batch), classes, stride], ...columns }),
      },
      {
        kernel: "correct",
        title,
        tolerance: exact,
        prepare: (s) => ({ args: [logits(s), labels(s), s.outBatch(1, batch), classes, stride], ...columns }),
      },
    ];
  }),
);

const reductionCases: Case[] = [1, 7, 100, reductionBlock, 3 * reductionBlock + 5].flatMap((count): Case[] => {
  const blocks = Math.ceil(count / reductionBlock);
  // Float64 sums of exact products: only the order of additions differs from the reference.
  const tolerance = { absolute: 1e-11, relative: 1e-13 };
  const one = (kernel: KernelName): Case => ({
    kernel,
    title: `${count} elements`,
    tolerance,
    prepare: (stage) => ({
      args: [stage.floats(stage.normals(count)), count, stage.outFloat64(blocks)],
      extent: blocks,
    }),
  });
  return [
    one("reduceSum"),
    one("reduceAbsolute"),
    one("reduceSquares"),
    {
      kernel: "reduceDot",
      title: `${count} elements`,
      tolerance,
      prepare: (stage) => {
        const [a, b] = [stage.floats(stage.normals(count)), stage.floats(stage.normals(count))];
        return { args: [a, b, count, stage.outFloat64(blocks)], extent: blocks };
      },
    },
  ];
});

const combineCases: Case[] = [0, 1, 5].flatMap((blocks): Case[] =>
  (["combine", "combineRoot"] as const).map((kernel) => ({
    kernel,
    title: `${blocks} blocks`,
    tolerance: rounding,
    prepare: (stage) => {
      const partials = stage.backend.memory.allocate(8 * blocks);
      stage.backend.memory.float64(partials, blocks).set(stage.normals(blocks).map((x) => x * x + 1e-9));
      return { args: [partials, blocks, stage.out(1)], extent: 1 };
    },
  })),
);

/** Numbers of an optimizer, each different and none trivial. */
function hyper(stage: Stage, nesterov: boolean): number {
  const values = new Array<number>(hyperLength).fill(Number.NaN);
  values[hyperSlots.learningRate] = 0.1;
  values[hyperSlots.weightDecay] = 0.02;
  values[hyperSlots.decoupledDecay] = 0.3;
  values[hyperSlots.first] = 0.9;
  values[hyperSlots.second] = 0.99;
  values[hyperSlots.epsilon] = 1e-3;
  values[hyperSlots.correctionFirst] = nesterov ? 1 : 0.4;
  values[hyperSlots.correctionSecond] = 0.3;
  values[hyperSlots.oneMinusFirst] = 0.1;
  values[hyperSlots.oneMinusSecond] = 0.01;
  return stage.floats(values.map(Math.fround));
}

const updateCases: Case[] = [1, 3, 16, 17, 100, 515].flatMap((count): Case[] => {
  const update = (kernel: KernelName, states: number, nesterov = false): Case => ({
    kernel,
    title: `${count} parameters${nesterov ? ", Nesterov" : ""}`,
    tolerance: { absolute: 2e-6, relative: 2e-6 },
    prepare: (stage) => {
      const w = stage.watch(
        stage.floats([...stage.normals(count), ...new Array(margin).fill(sentinel)]),
        count + margin,
      );
      const g = stage.floats(stage.normals(count));
      const state = Array.from({ length: states }, () => {
        const values = stage.normals(count).map((x) => Math.fround(x * x));
        return stage.watch(stage.floats([...values, ...new Array(margin).fill(sentinel)]), count + margin);
      });
      return { args: [w, g, ...state, hyper(stage, nesterov)], extent: count, unit: 16 };
    },
  });
  return [
    update("sgdUpdate", 0),
    update("momentumUpdate", 1),
    update("momentumUpdate", 1, true),
    update("adamUpdate", 2),
    update("rmspropUpdate", 1),
    update("adagradUpdate", 1),
  ];
});

const inputCases: Case[] = batches.flatMap((batch): Case[] => {
  const stride = paddedLanes(batch);
  const examples = 50;
  const gathered = [1, 5, 16, 45].flatMap((features): Case[] => {
    const gather = (kernel: "gatherBytes" | "gatherFloats"): Case => ({
      kernel,
      title: `batch ${batch}, ${features} features`,
      tolerance: { absolute: 2e-5, relative: 1e-6 },
      prepare: (stage) => {
        const count = examples * features;
        const data =
          kernel === "gatherBytes" ? stage.bytes(stage.integersBelow(256, count)) : stage.floats(stage.normals(count));
        // Indices of padded lanes must not be followed.
        const indices = stage.int32(stage.integersBelow(examples, stride).map((i, b) => (b < batch ? i : 0x3fffffff)));
        const [scale, shift] = [stage.floats(stage.normals(features)), stage.floats(stage.normals(features))];
        const out = stage.out(features * stride);
        return { args: [data, indices, scale, shift, out, features, batch, stride], extent: features };
      },
    });
    return [gather("gatherBytes"), gather("gatherFloats")];
  });
  return [
    ...gathered,
    {
      kernel: "gatherLabels",
      title: `batch ${batch}`,
      tolerance: exact,
      prepare: (stage) => {
        const labels = stage.int32(stage.integersBelow(10, examples));
        const indices = stage.int32(stage.integersBelow(examples, stride).map((i, b) => (b < batch ? i : 0x3fffffff)));
        return { args: [labels, indices, stage.outInt32(stride), batch], extent: stride, unit: 16 };
      },
    },
    {
      kernel: "dropoutMask",
      title: `batch ${batch}`,
      tolerance: exact,
      prepare: (stage) => {
        const step = stage.int32([7]);
        const out = stage.out(9 * stride);
        const numbers = [0x89abcdef, 0x01234567, 3, step, 0xb0000000, Math.fround(1.25)];
        return { args: [out, ...numbers, 32 * (batch % 3), stride], extent: 9 };
      },
    },
  ];
});

/** Every case of every kernel. */
export const cases: readonly Case[] = [
  ...elementwiseCases,
  ...scalarCases,
  ...gemmCases,
  ...blockedGemmCases,
  ...transposeCases,
  ...convolutionCases,
  ...permuteCases,
  ...sparseRowCases,
  ...sparseCases,
  ...rowCases,
  ...channelCases,
  ...vectorCases,
  ...lossCases,
  ...reductionCases,
  ...combineCases,
  ...updateCases,
  ...inputCases,
  ...imageCases,
];
