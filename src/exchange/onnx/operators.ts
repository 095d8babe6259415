/**
 * What each kind of layer is in ONNX's operators: a table. Activations that ONNX lacks at opset 17 are written in those it has:
 * Swish as x sigmoid(x), SReLU by two ReLUs.
 */

import type { Shape } from "../../base/index.ts";
import type { ActivationName, LayerKind, LayerOf, Pair } from "../../nn/index.ts";
import { batchNormEpsilon } from "../inference-network.ts";
import type { OnnxAttribute } from "./messages.ts";

/** A layer while it is written. */
export interface Site {
  /** The layer's. */
  readonly name: string;
  /** Values it reads. */
  readonly inputs: readonly string[];
  /** Of its first input, without the batch. */
  readonly inputShape: Shape;
  /** Adds a node of this layer. The last one gives the layer's value; others are named after their part. @returns its value */
  node(operator: string, inputs: readonly string[], options?: NodeOptions): string;
  /** A parameter by its part of the name: "weight". @returns its name as a value */
  parameter(part: string): string;
  /** Numbers that an operator takes as an input. @returns their name */
  constant(part: string, shape: Shape, values: Float32Array | BigInt64Array): string;
  /** A parameter's numbers in float32. */
  numbers(part: string): Float32Array;
}

interface NodeOptions {
  readonly attributes?: readonly OnnxAttribute[];
  /** What names the node within its layer; left out of the layer's last. */
  readonly part?: string;
}

type Writers = { readonly [K in LayerKind]: (layer: LayerOf<K>, site: Site) => void };

export const layerWriters: Writers = {
  convolution: ({ kernel, stride, padding, groups, bias }, site) => {
    const inputs = [site.inputs[0], site.parameter("weight"), ...(bias ? [site.parameter("bias")] : [])];
    site.node("Conv", inputs, { attributes: [...window({ kernel, stride, padding }), int("group", groups)] });
  },
  linear: ({ bias }, site) => {
    const inputs = [site.inputs[0], site.parameter("weight"), ...(bias ? [site.parameter("bias")] : [])];
    site.node("Gemm", inputs, { attributes: [int("transB", 1)] });
  },
  batchNorm: (_, site) => {
    const parameters = ["weight", "bias", "running_mean", "running_var"].map(site.parameter);
    site.node("BatchNormalization", [site.inputs[0], ...parameters], {
      attributes: [{ name: "epsilon", type: "float", value: batchNormEpsilon }],
    });
  },
  activation: ({ function: f }, site) => activationWriters[f](site),
  maxPool: (layer, site) => void site.node("MaxPool", site.inputs, { attributes: window(layer) }),
  averagePool: (layer, site) => {
    site.node("AveragePool", site.inputs, { attributes: [...window(layer), int("count_include_pad", 1)] });
  },
  globalAveragePool: (_, site) => void site.node("GlobalAveragePool", site.inputs),
  flatten: (_, site) => void site.node("Flatten", site.inputs, { attributes: [int("axis", 1)] }),
  add: (_, site) => void site.node(site.inputs.length === 2 ? "Add" : "Sum", site.inputs),
  concatenate: (_, site) => void site.node("Concat", site.inputs, { attributes: [int("axis", 1)] }),
  zeroPad: ({ padding: [top, left, bottom, right] }, site) => {
    const pads = BigInt64Array.from([0, 0, top, left, 0, 0, bottom, right].map(BigInt));
    site.node("Pad", [site.inputs[0], site.constant("padding", [8], pads)]);
  },
  upsample: ({ factor: [y, x] }, site) => {
    const scales = site.constant("factor", [4], Float32Array.of(1, 1, y, x));
    // The second input is a region of interest, which nearest neighbours have none of.
    site.node("Resize", [site.inputs[0], "", scales], {
      attributes: [
        text("mode", "nearest"),
        text("coordinate_transformation_mode", "asymmetric"),
        text("nearest_mode", "floor"),
      ],
    });
  },
  dropout: (_, site) => void site.node("Identity", site.inputs),
};

const plain = (operator: string) => (site: Site) => void site.node(operator, site.inputs);

const activationWriters: Readonly<Record<ActivationName, (site: Site) => void>> = {
  relu: plain("Relu"),
  sigmoid: plain("Sigmoid"),
  tanh: plain("Tanh"),
  elu: plain("Elu"),
  prelu: (site) => void site.node("PRelu", [site.inputs[0], site.parameter("weight")]),
  swish: (site) => {
    const [x] = site.inputs;
    site.node("Mul", [x, site.node("Sigmoid", [x], { part: "sigmoid" })]);
  },
  // x + (a_r - 1) max(x - t_r, 0) - (a_l - 1) max(t_l - x, 0), each number one of a channel.
  srelu: (site) => {
    const [x] = site.inputs;
    const [features, ...pixels] = site.inputShape;
    const shape = [features, ...pixels.map(() => 1)];
    const threshold = (part: string) => site.constant(part, shape, site.numbers(part));
    const extra = (part: string) =>
      site.constant(
        `${part}-1`,
        shape,
        site.numbers(part).map((slope) => slope - 1),
      );
    const steps = { upper: [x, threshold("upperThreshold")], lower: [threshold("lowerThreshold"), x] };
    const bend = (side: "upper" | "lower") => {
      const beyond = site.node("Relu", [site.node("Sub", steps[side], { part: `${side}/sub` })], {
        part: `${side}/relu`,
      });
      return site.node("Mul", [beyond, extra(`${side}Slope`)], { part: `${side}/mul` });
    };
    const upper = site.node("Add", [x, bend("upper")], { part: "upper/add" });
    site.node("Sub", [upper, bend("lower")]);
  },
};

function window({
  kernel,
  stride,
  padding: [y, x],
}: {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
}): OnnxAttribute[] {
  return [ints("kernel_shape", kernel), ints("strides", stride), ints("pads", [y, x, y, x])];
}

function int(name: string, value: number): OnnxAttribute {
  return { name, type: "int", value };
}

function ints(name: string, value: readonly number[]): OnnxAttribute {
  return { name, type: "ints", value };
}

function text(name: string, value: string): OnnxAttribute {
  return { name, type: "string", value };
}
