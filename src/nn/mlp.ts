/**
 * Multilayer perceptrons of any depth and width, dense or sparse layer by layer:
 *
 *     h_l = dropout(f(norm(W_l h_(l-1) + b_l) + skip))      l = 1 .. hidden layers
 *     logits = W_L h_(L-1) + b_L
 *
 * A skip connection adds h_(l-1) before the activation of every hidden layer but the first, as in residual networks; the
 * hidden widths must then be equal. Where the paper's multilayer perceptrons place theirs is not known to us.
 */

import { InputError } from "../base/index.ts";
import type { Engine, Graph, Tensor, Update, Variable } from "../tensor/index.ts";
import { add, dropoutMask, multiply } from "../tensor/index.ts";
import type { ActivationName } from "./activation-layer.ts";
import { activationLayer } from "./activation-layer.ts";
import { batchNormLayer } from "./batch-norm-layer.ts";
import type { InitialDistribution } from "./initialise.ts";
import type { LinearLayer, Mask } from "./linear-layer.ts";
import { linearLayer } from "./linear-layer.ts";
import type { ForwardOptions, ForwardResult, Network } from "./network.ts";
import type { Parameter } from "./parameter.ts";

export interface MlpOptions {
  readonly inputs: number;
  /** Width of each hidden layer; none for a linear classifier. */
  readonly hidden: readonly number[];
  readonly outputs: number;
  readonly seed: number;
  /** Default "relu". */
  readonly activation?: ActivationName;
  readonly batchNorm?: boolean;
  readonly skipConnections?: boolean;
  /** Probability of dropping a hidden unit's output in training, in [0, 1). Default 0. */
  readonly dropout?: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Default "he-normal". */
  readonly initial?: InitialDistribution;
  /** One per layer (hidden layers, then the output layer); undefined leaves a layer dense. */
  readonly masks?: readonly (Mask | undefined)[];
  /** Fans of each layer's initial distribution; default the layer's nominal ones. */
  readonly initialFans?: readonly { readonly fanIn: number; readonly fanOut: number }[];
}

/** Makes a multilayer perceptron on an engine. */
export function mlp(engine: Engine, options: MlpOptions): Network {
  const { inputs, hidden, outputs, seed, activation = "relu", dropout = 0 } = options;
  const { batchNorm = false, skipConnections = false } = options;
  checkOptions(options);
  const widths = [inputs, ...hidden, outputs];
  const linears: LinearLayer[] = [];
  const blocks: { norm?: ReturnType<typeof batchNormLayer>; activation: ReturnType<typeof activationLayer> }[] = [];
  const parameters: Parameter[] = [];
  const buffers: Variable[] = [];
  for (let l = 1; l < widths.length; l++) {
    const linear = linearLayer(engine, {
      fanIn: widths[l - 1],
      fanOut: widths[l],
      layer: l,
      seed,
      mask: options.masks?.[l - 1],
      bias: options.bias,
      initial: options.initial,
      initialFans: options.initialFans?.[l - 1],
    });
    linears.push(linear);
    parameters.push(linear.weight, ...(linear.bias === undefined ? [] : [linear.bias]));
    if (l === widths.length - 1) break;
    const norm = batchNorm ? batchNormLayer(engine, { features: widths[l], layer: l }) : undefined;
    const unit = activationLayer(engine, { name: activation, features: widths[l], layer: l });
    blocks.push({ norm, activation: unit });
    parameters.push(...(norm?.parameters ?? []), ...unit.parameters);
    buffers.push(...(norm?.buffers ?? []));
  }

  const forward = (graph: Graph, x: Tensor, { mode, dropoutStep }: ForwardOptions): ForwardResult => {
    const layers: { input: Tensor; output: Tensor }[] = [];
    const activations: Tensor[] = [];
    const updates: Update[] = [];
    let h = x;
    linears.forEach((linear, index) => {
      let z = linear.apply(graph, h);
      layers.push({ input: h, output: z });
      if (index === blocks.length) {
        h = z;
        return;
      }
      const block = blocks[index];
      if (block.norm !== undefined) {
        const normalised = block.norm.apply(graph, z, mode);
        z = normalised.value;
        updates.push(...normalised.updates);
      }
      if (skipConnections && index > 0) z = add(z, h);
      h = block.activation.apply(graph, z);
      activations.push(h);
      if (dropout > 0 && mode === "train") {
        if (dropoutStep === undefined) throw new InputError("mlp: training with dropout needs a step variable");
        h = multiply(h, dropoutMask(h, { rate: dropout, seed, layer: index + 1, step: dropoutStep }));
      }
    });
    return { logits: h, layers, activations, updates };
  };
  return { inputs, outputs, parameters, buffers, linears, forward };
}

function checkOptions({ hidden, dropout = 0, skipConnections = false, masks, initialFans }: MlpOptions): void {
  if (!(dropout >= 0 && dropout < 1)) throw new InputError(`mlp: dropout must be in [0, 1), got ${dropout}`);
  if (skipConnections && hidden.some((width) => width !== hidden[0])) {
    throw new InputError(`mlp: skip connections need hidden layers of one width, got [${hidden.join(", ")}]`);
  }
  for (const [what, list] of [
    ["masks", masks],
    ["initialFans", initialFans],
  ] as const) {
    if (list !== undefined && list.length !== hidden.length + 1) {
      throw new InputError(`mlp: ${what} must have one entry per layer, ${hidden.length + 1}, got ${list.length}`);
    }
  }
}
