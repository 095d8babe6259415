/** Declarations for TypeScript of what an exported module gives; the same for every network, and for `.js` and `.mjs` alike. */

/** The text of a `.d.ts` or `.d.mts` file. A test holds it to `Model` of `gradientflow/infer`. */
export const moduleTypes = `/** A network of gradientflow that runs by itself. */

export interface ClassScore {
  /** Place among the outputs, from 0. */
  readonly index: number;
  /** Its name, where the network has names. */
  readonly className?: string;
  /** Softmax of the outputs, in [0, 1]. */
  readonly probability: number;
}

export interface OperationDescription {
  readonly name: string;
  readonly kind: string;
  /** Of the output of one example. */
  readonly shape: readonly number[];
  /** Weights that are stored. */
  readonly active: number;
  /** Weights of the full shape; 0 without weights. */
  readonly weights: number;
}

export interface ModelDescription {
  readonly name: string;
  readonly input: readonly number[];
  readonly outputs: number;
  readonly classNames?: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly operations: readonly OperationDescription[];
  readonly activeWeights: number;
  readonly weights: number;
  /** Of one example, at stored weights. */
  readonly multiplyAdds: number;
  readonly simdBits: 128 | 256;
  readonly memoryBytes: number;
}

export interface Model {
  readonly name: string;
  /** Shape of one example, [C, H, W] or [F]. */
  readonly input: readonly number[];
  /** Numbers in the output of one example. */
  readonly outputs: number;
  /** Outputs of a batch, examples one behind the other: [batch * inputs] to [batch * outputs]. */
  run(input: Float32Array, options?: { readonly batch?: number; readonly output?: Float32Array }): Float32Array;
  /** The likeliest classes of each example, the likeliest first; top is 1 by default. */
  classify(input: Float32Array, options?: { readonly batch?: number; readonly top?: number }): ClassScore[][];
  /** What the network is made of. */
  describe(): ModelDescription;
}

/** The network, ready to run; the same one at each call. */
export function load(): Promise<Model>;
`;
