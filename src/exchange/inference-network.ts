/**
 * A network as inference needs it: dropout is left out, and batch norms are folded into the weight layer before them.
 *
 *     w' = w γ / √(v + ε),   b' = (b - m) γ / √(v + ε) + β
 *
 * with the batch norm's scale γ, shift β, running mean m and variance v, row by row, in float64 and rounded once. It is exact where
 * nothing else reads the weight layer; elsewhere the batch norm stays. A sparse weight keeps its mask.
 *
 * @see Jacob et al. 2018, arXiv:1712.05877, section 3.2
 */

import { InputError } from "../base/index.ts";
import type { Architecture, Convolution, Layer, Linear } from "../nn/index.ts";
import type { NetworkValues, ValueTensor } from "../train/index.ts";

/** Added to the running variance: what the networks of `nn` are built with. */
export const batchNormEpsilon = 1e-5;

type Tensors = Map<string, ValueTensor>;

export interface InferenceOptions {
  /** Whether batch norms are folded. Default true. */
  readonly fold?: boolean;
}

/**
 * The network without what only training needs.
 *
 * A network of dropout alone keeps its last layer: there must be one.
 *
 * @throws InputError  where folding leaves the finite numbers, as a negative running variance does
 */
export function inferenceNetwork(
  { architecture, tensors, masks }: NetworkValues,
  { fold = true }: InferenceOptions = {},
): NetworkValues {
  let layers = architecture.layers;
  const kept = new Map(tensors);
  for (const { kind, name } of architecture.layers) {
    if (kind === "dropout" && layers.length > 1) layers = withoutLayer(layers, name);
  }
  for (const layer of fold ? layers : []) {
    if (layer.kind !== "batchNorm") continue;
    const before = layers.find(({ name }) => name === layer.inputs[0]);
    if (before === undefined || !isWeighted(before) || readersOf(layers, before.name) > 1) continue;
    foldInto(architecture, kept, before, layer.name, masks.get(before.name)?.rowPointers);
    const biased = layers.map((one) => (one === before ? { ...before, bias: true } : one));
    layers = withoutLayer(biased, layer.name);
  }
  return { architecture: { ...architecture, layers }, tensors: inOrder(layers, kept), masks };
}

function isWeighted(layer: Layer): layer is Convolution | Linear {
  return layer.kind === "convolution" || layer.kind === "linear";
}

/** How many times layers read one. */
function readersOf(layers: readonly Layer[], name: string): number {
  return layers.reduce((count, { inputs }) => count + inputs.filter((input) => input === name).length, 0);
}

/** Those that read the layer read what it read. */
function withoutLayer(layers: readonly Layer[], name: string): readonly Layer[] {
  const [read] = (layers.find((layer) => layer.name === name) as Layer).inputs;
  return layers
    .filter((layer) => layer.name !== name)
    .map((layer) =>
      layer.inputs.includes(name)
        ? { ...layer, inputs: layer.inputs.map((input) => (input === name ? read : input)) }
        : layer,
    );
}

/** @param rowPointers  where each row's active values begin, of a sparse weight */
function foldInto(
  { name: network }: Architecture,
  tensors: Tensors,
  { name }: Layer,
  norm: string,
  rowPointers: Int32Array | undefined,
): void {
  const weight = tensors.get(`${name}.weight`) as ValueTensor;
  const bias = tensors.get(`${name}.bias`)?.values;
  const [gamma, beta, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map(
    (part) => (tensors.get(`${norm}.${part}`) as ValueTensor).values,
  );
  const rows = gamma.length;
  const values = weight.values.slice();
  const biases = weight.values instanceof Float32Array ? new Float32Array(rows) : new Float64Array(rows);
  const inRow = values.length / rows;
  for (let row = 0; row < rows; row++) {
    const scale = gamma[row] / Math.sqrt(variance[row] + batchNormEpsilon);
    const [from, to] =
      rowPointers === undefined ? [row * inRow, (row + 1) * inRow] : [rowPointers[row], rowPointers[row + 1]];
    for (let k = from; k < to; k++) values[k] *= scale;
    biases[row] = ((bias?.[row] ?? 0) - mean[row]) * scale + beta[row];
    if (Number.isFinite(biases[row]) && values.subarray(from, to).every(Number.isFinite)) continue;
    throw new InputError(
      `${network}: layer "${norm}": cannot be folded, since row ${row} of ${name} would not be finite: its running variance is ` +
        `${variance[row]}; export without folding, or train on`,
    );
  }
  tensors.set(`${name}.weight`, { shape: weight.shape, values });
  tensors.set(`${name}.bias`, { shape: [rows], values: biases });
  for (const part of ["weight", "bias", "running_mean", "running_var"]) tensors.delete(`${norm}.${part}`);
}

/** By the order of the layers, a bias behind its weight. */
function inOrder(layers: readonly Layer[], tensors: Tensors): Tensors {
  const place = new Map(layers.map(({ name }, at) => [name, at]));
  const placeOf = (name: string) => place.get(name.slice(0, name.lastIndexOf("."))) ?? layers.length;
  return new Map([...tensors].sort(([one], [other]) => placeOf(one) - placeOf(other)));
}
