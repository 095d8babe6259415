/**
 * What a `.gfm` bundle says: a straight-line program of inference operations, each naming what it reads.
 *
 *     { name: "tiny", input: [784], operations: [
 *       { kind: "linear", name: "fc1", inputs: ["input"], weight: { kind: "sparse", ... }, bias },
 *       { kind: "activation", name: "act1", inputs: ["fc1"], function: "relu" },
 *       { kind: "linear", name: "fc2", inputs: ["act1"], weight: { kind: "dense", ... }, bias } ] }
 *
 * Operations stand in the order in which they run; "input" is the network's input, the last operation its output. Shapes are
 * those of one example, [C, H, W] or [F], and follow from what is read (`bundleShapes`). Meanings are PyTorch's in evaluation
 * mode; dropout and batch normalisation have no operation: an exporter leaves the one out and folds the other into the weights
 * before it, or writes `scaleShift`.
 */

/** [vertical, horizontal]. */
export type Pair = readonly [number, number];

/** A network ready to run. */
export interface Bundle {
  /** What messages call it. */
  readonly name: string;
  /** Shape of one example: [C, H, W], or [F]. */
  readonly input: readonly number[];
  /** In the order in which they run; the last is the output, and each other one is read by a later one. */
  readonly operations: readonly Operation[];
  /** One per output, in order. */
  readonly classNames?: readonly string[];
  /** Applied to the input before anything else: (x - mean) / deviation, one number of each per channel (or one for all). */
  readonly normalisation?: Normalisation;
  /** Anything worth knowing in strings: where the network came from, how well it does. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface Normalisation {
  readonly mean: readonly number[];
  /** Each > 0. */
  readonly deviation: readonly number[];
}

/** Weights [O, I] of a linear operation, [O, I / groups, kernel height, kernel width] of a convolution; all of them finite. */
export type Weight = DenseWeight | SparseWeight;

export interface DenseWeight {
  readonly kind: "dense";
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Float32Array;
}

/** Compressed sparse rows: a row is an output, a column the place in the row-major rest of the shape. */
export interface SparseWeight {
  readonly kind: "sparse";
  readonly shape: readonly number[];
  /** [O + 1], from 0, never falling. */
  readonly rowPointers: Uint32Array;
  /** [active], rising within a row. 16 bits suffice for up to 65,536 columns. */
  readonly columns: Uint16Array | Uint32Array;
  /** [active] */
  readonly values: Float32Array;
}

interface Named {
  /** Unique in its bundle; not "input". */
  readonly name: string;
  /** Names of earlier operations, or "input". */
  readonly inputs: readonly string[];
}

/** [C, H, W] to [O, H', W'] with H' = floor((H + 2 padding - kernel) / stride) + 1; zeros outside the image. */
export interface ConvolutionOperation extends Named {
  readonly kind: "convolution";
  /** [O, C / groups, kernel height, kernel width] */
  readonly weight: Weight;
  /** [O] */
  readonly bias?: Float32Array;
  readonly stride: Pair;
  readonly padding: Pair;
  /** Divides C and O. */
  readonly groups: number;
}

/** [I] to [O]. */
export interface LinearOperation extends Named {
  readonly kind: "linear";
  /** [O, I] */
  readonly weight: Weight;
  /** [O] */
  readonly bias?: Float32Array;
}

/** Functions of one number without parameters. hardSigmoid is min(max(x / 6 + 1/2, 0), 1); gelu is the one with erf. */
export const plainFunctions = [
  "relu",
  "relu6",
  "sigmoid",
  "tanh",
  "swish",
  "gelu",
  "selu",
  "softplus",
  "hardSigmoid",
  "hardSwish",
] as const;
export type PlainFunction = (typeof plainFunctions)[number];

export interface PlainActivation extends Named {
  readonly kind: "activation";
  readonly function: PlainFunction;
}

/** x where x > 0, else slope * x, the slope a number. */
export interface LeakyReluActivation extends Named {
  readonly kind: "activation";
  readonly function: "leakyRelu";
  readonly slope: number;
}

/** x where x > 0, else alpha (e^x - 1). */
export interface EluActivation extends Named {
  readonly kind: "activation";
  readonly function: "elu";
  readonly alpha: number;
}

/** x where x > 0, else slope * x. */
export interface PreluActivation extends Named {
  readonly kind: "activation";
  readonly function: "prelu";
  /** [1], or [C] or [F]. */
  readonly slope: Float32Array;
}

/** t_r + a_r (x - t_r) above t_r, t_l + a_l (x - t_l) below t_l, x between; each [C] or [F]. */
export interface SreluActivation extends Named {
  readonly kind: "activation";
  readonly function: "srelu";
  readonly upperThreshold: Float32Array;
  readonly upperSlope: Float32Array;
  readonly lowerThreshold: Float32Array;
  readonly lowerSlope: Float32Array;
}

/** Element by element. */
export type ActivationOperation =
  | PlainActivation
  | LeakyReluActivation
  | EluActivation
  | PreluActivation
  | SreluActivation;

/** scale * x + shift: batch normalisation that could not be folded away. */
export interface ScaleShiftOperation extends Named {
  readonly kind: "scaleShift";
  /** [C] or [F]. */
  readonly scale: Float32Array;
  /** [C] or [F]. */
  readonly shift: Float32Array;
}

/** The largest of each window, or its mean with padded zeros included; padding is at most half the kernel and never the largest. */
export interface PoolOperation extends Named {
  readonly kind: "maxPool" | "averagePool";
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
}

/** The mean or the largest of each channel: [C, H, W] to [C, 1, 1]. */
export interface GlobalPoolOperation extends Named {
  readonly kind: "globalAveragePool" | "globalMaxPool";
}

/** [C, H, W] to [C H W]; sum of two or more inputs of one shape; channels or features one after another. */
export interface JoinOperation extends Named {
  readonly kind: "flatten" | "add" | "concatenate";
}

/** Zeros around an image. */
export interface ZeroPadOperation extends Named {
  readonly kind: "zeroPad";
  /** [top, left, bottom, right] */
  readonly padding: readonly [number, number, number, number];
}

/** Repeats each pixel: nearest neighbours. */
export interface UpsampleOperation extends Named {
  readonly kind: "upsample";
  readonly factor: Pair;
}

export type Operation =
  | ConvolutionOperation
  | LinearOperation
  | ActivationOperation
  | ScaleShiftOperation
  | PoolOperation
  | GlobalPoolOperation
  | JoinOperation
  | ZeroPadOperation
  | UpsampleOperation;

export type OperationKind = Operation["kind"];
/** The operation of a kind. */
export type OperationOf<K extends OperationKind> = Extract<Operation, { readonly kind: K }>;

/** The name that stands for the network's input among an operation's inputs. */
export const inputName = "input";
