/**
 * Gradient flow as a program measures it, against the definitions on gradients read out of an equivalent dense network: the
 * same weights with zeros where the sparse one has none, differentiated at every position.
 */

import { describe, expect, test } from "vitest";
import { Rng } from "../base/index.ts";
import type { ActivationName, Mask, Network } from "../nn/index.ts";
import { mlp } from "../nn/index.ts";
import { maskToDense, randomMask } from "../sparsity/index.ts";
import {
  compile,
  createReference,
  crossEntropy,
  Engine,
  Graph,
  gradient,
  lanePlace,
  openEngine,
  type Tensor,
} from "../tensor/index.ts";
import { effectiveGradientFlow, gradientFlow } from "./gradient-flow.ts";
import { type FlowMeasures, flowNodes, measuresFromNorms } from "./measure.ts";

interface Case {
  readonly inputs: number;
  readonly hidden: readonly number[];
  readonly batch: number;
  readonly activation: ActivationName;
  readonly batchNorm: boolean;
  readonly skipConnections: boolean;
  /** Of every layer; 1 is a dense layer held as a pattern, undefined a dense layer. */
  readonly densities: readonly (number | undefined)[];
}

const outputs = 5;

function masksOf({ inputs, hidden, densities }: Case): (Mask | undefined)[] {
  const widths = [inputs, ...hidden, outputs];
  return densities.map((density, l) => {
    if (density === undefined) return undefined;
    const [fanIn, fanOut] = [widths[l], widths[l + 1]];
    return randomMask({ fanOut, fanIn, active: Math.round(density * fanIn * fanOut), seed: 5, layer: l + 1 });
  });
}

function makeNetwork(engine: Engine, of: Case, masks?: readonly (Mask | undefined)[]): Network {
  const { inputs, hidden, activation, batchNorm, skipConnections } = of;
  return mlp(engine, { inputs, hidden, outputs, seed: 3, activation, batchNorm, skipConnections, masks });
}

/** Gives `dense` the parameters of `sparse`, zeros where it has no weight. */
function copyParameters(sparse: Network, dense: Network): void {
  sparse.parameters.forEach(({ variable, pattern }, i) => {
    const values = variable.get();
    if (pattern === undefined) {
      dense.parameters[i].variable.set(values);
      return;
    }
    const { rowPointers, columnIndices } = pattern.csr;
    const whole = new Float64Array(pattern.fanOut * pattern.fanIn);
    for (let row = 0; row < pattern.fanOut; row++) {
      for (let k = rowPointers[row]; k < rowPointers[row + 1]; k++)
        whole[row * pattern.fanIn + columnIndices[k]] = values[k];
    }
    dense.parameters[i].variable.set(whole);
  });
}

/** Loss of a network on the case's batch, drawn by its own stream; what the padded lanes hold must not matter. */
function lossOn(engine: Engine, network: Network, { inputs, batch }: Case) {
  const rng = new Rng(11, "test");
  const graph = new Graph();
  const x = engine.variable("x", [inputs, batch], { batched: true });
  const y = engine.variable("y", [batch], { batched: true, type: "int32" });
  x.set(Array.from({ length: inputs * batch }, () => rng.normal()));
  const view = x.view();
  const values = x.get();
  view.fill(Number.NaN);
  for (let i = 0; i < values.length; i++) view[lanePlace(inputs, batch, Math.floor(i / batch), i % batch)] = values[i];
  y.set(Array.from({ length: batch }, () => rng.integer(outputs)));
  const forward = network.forward(graph, graph.read(x), { mode: "train" });
  return { graph, forward, loss: crossEntropy(forward.logits, graph.read(y)) };
}

function measured(engine: Engine, network: Network, of: Case, unmasked = true): FlowMeasures {
  const { graph, forward, loss } = lossOn(engine, network, of);
  const nodes = flowNodes(graph, network, { loss, forward, unmasked });
  const program = compile(engine, { outputs: nodes.outputs });
  program.run();
  return nodes.read(program);
}

/** ∂loss/∂W of every layer of a dense network, [O, I] flat. */
function weightGradients(engine: Engine, network: Network, of: Case): Float64Array[] {
  const { graph, loss } = lossOn(engine, network, of);
  const weights = network.weightLayers.map(({ weight }): Tensor => graph.read(weight.variable));
  const gradients = gradient(loss, weights);
  const program = compile(engine, { outputs: gradients });
  program.run();
  return gradients.map((g) => program.read(g));
}

const cases: [string, Case][] = [
  ["sparse, 3 layers", { inputs: 20, hidden: [31, 31], densities: [0.1, 0.05, 0.3], batch: 17 }],
  [
    "sparse with batch norm, PReLU and skip connections",
    {
      inputs: 20,
      hidden: [24, 24, 24],
      densities: [0.2, 0.1, 0.1, 0.5],
      batch: 33,
      activation: "prelu" as const,
      batchNorm: true,
      skipConnections: true,
    },
  ],
  // 400 x 300 positions are more than the block of 65,536 that the dense gradient is formed in.
  ["sparse and wide, dense gradients in two blocks", { inputs: 300, hidden: [400], densities: [0.01, 0.1], batch: 40 }],
  [
    "a dense layer between sparse ones, and one without any weight",
    { inputs: 9, hidden: [12, 12, 12], densities: [0.4, undefined, 0, 0.4], batch: 16 },
  ],
  ["patterns of density 1", { inputs: 9, hidden: [12], densities: [1, 1], batch: 5, activation: "swish" as const }],
  ["dense", { inputs: 20, hidden: [31, 31], densities: [undefined, undefined, undefined], batch: 17 }],
].map(([name, of]) => [
  name as string,
  { activation: "tanh", batchNorm: false, skipConnections: false, ...(of as object) } as Case,
]);

// Float64 sums of at most 120,000 terms in two orders differ by some 1e-13 of the norm. In float32 each of some thousand
// products and sums behind one gradient errs by 6e-8; errors of both signs mostly cancel within a norm: 1e-4 is safe.
const backends: [string, () => Promise<Engine>, number][] = [
  ["float64 reference", async () => new Engine(createReference("float64")), 1e-12],
  ["WebAssembly", () => openEngine(), 1e-4],
];

describe.each(backends)(
  "%s: norms measured in the program are the definitions' on gradients read out,",
  (_, open, tolerance) => {
    const expectNear = (value: number, expected: number) =>
      expect(Math.abs(value - expected)).toBeLessThanOrEqual(tolerance * Math.max(expected, 1e-3));

    test.each(cases)("%s", async (__, of) => {
      const engine = await open();
      const masks = masksOf(of);
      const network = makeNetwork(engine, of, masks);
      const twin = makeNetwork(engine, of);
      copyParameters(network, twin);
      const gradients = weightGradients(engine, twin, of);
      const dense = masks.map((mask, l) => (mask === undefined ? gradients[l].map(() => 1) : maskToDense(mask)));
      const flow = measured(engine, network, of);
      expectNear(flow.gf1, gradientFlow(gradients, { p: 1 }));
      expectNear(flow.gf2, gradientFlow(gradients, { p: 2 }));
      expectNear(flow.egf1, effectiveGradientFlow(gradients, dense, 1));
      expectNear(flow.egf2, effectiveGradientFlow(gradients, dense, 2));
      gradients.forEach((g, l) => {
        const [layer, mask] = [flow.layers[l], dense[l]];
        expectNear(layer.norm1, gradientFlow([g], { p: 1, masks: [mask] }));
        expectNear(layer.norm2, gradientFlow([g], { p: 2, masks: [mask] }));
        expectNear(layer.unmasked1, gradientFlow([g], { p: 1 }));
        expectNear(layer.unmasked2, gradientFlow([g], { p: 2 }));
      });
      expect(flow.gf1).toBeGreaterThan(0);
    });

    test("on a dense network L · EGF_1 = gf_1 and masked norms are unmasked ones, to the bit; on a sparse one gf_1 is more", async () => {
      const engine = await open();
      const [, dense] = cases[5];
      const [, sparse] = cases[0];
      const flow = measured(engine, makeNetwork(engine, dense), dense);
      expect(3 * flow.egf1).toBeCloseTo(flow.gf1, 14);
      for (const layer of flow.layers) {
        expect([layer.unmasked1, layer.unmasked2]).toEqual([layer.norm1, layer.norm2]);
      }
      const other = measured(engine, makeNetwork(engine, sparse, masksOf(sparse)), sparse);
      expect(other.gf1).toBeGreaterThan(2 * 3 * other.egf1);
    });

    test("unmasked norms that were not asked for are NaN, and so is gf; EGF has the same bits with and without them", async () => {
      const engine = await open();
      const [, of] = cases[0];
      const network = makeNetwork(engine, of, masksOf(of));
      const without = measured(engine, network, of, false);
      const { egf1, egf2 } = measured(engine, network, of);
      expect([without.gf1, without.gf2, without.layers[0].unmasked1]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
      expect([without.egf1, without.egf2]).toEqual([egf1, egf2]);
    });
  },
);

test("measures from the norms of two layers, by hand: gf sums and EGF averages", () => {
  const layers = [
    { name: "a", norm1: 1, norm2: 3, unmasked1: 10, unmasked2: 5 },
    { name: "b", norm1: 2, norm2: 4, unmasked1: 20, unmasked2: 12 },
  ];
  expect(measuresFromNorms(layers)).toEqual({ gf1: 30, gf2: 13, egf1: 1.5, egf2: 3.5, layers });
});
