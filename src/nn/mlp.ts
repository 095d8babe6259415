/** Multilayer perceptrons of any depth and width, dense or sparse layer by layer: their architecture, built. */

import type { Engine } from "../tensor/index.ts";
import type { ActivationName } from "./activation-layer.ts";
import { mlpArchitecture } from "./architecture/zoo/mlp.ts";
import { type BuildOptions, buildNetwork } from "./build-network.ts";
import type { Network } from "./network.ts";

export interface MlpOptions extends BuildOptions {
  readonly inputs: number;
  /** Width of each hidden layer; none for a linear classifier. */
  readonly hidden: readonly number[];
  readonly outputs: number;
  /** Default "relu". */
  readonly activation?: ActivationName;
  /** Before each activation. Default false. */
  readonly batchNorm?: boolean;
  /**
   * Adds a hidden layer's input before its activation, from the second on, as in residual networks; the hidden widths must
   * then be equal. Where the paper's multilayer perceptrons place theirs is not known to us.
   */
  readonly skipConnections?: boolean;
  /** Probability of dropping a hidden unit's output in training, in [0, 1). Default 0. */
  readonly dropout?: number;
  /** Default true. */
  readonly bias?: boolean;
}

/** Makes a multilayer perceptron on an engine. */
export function mlp(engine: Engine, options: MlpOptions): Network {
  const { inputs, outputs, seed, initial, masks, initialFans, ...shape } = options;
  const architecture = mlpArchitecture({ ...shape, input: [inputs], classes: outputs });
  return buildNetwork(engine, architecture, { seed, initial, masks, initialFans });
}
