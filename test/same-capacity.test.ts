/** The capacity of architectures of any kind is, for multilayer perceptrons, the one that studies match by. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { architectures, matchArchitectures } from "../src/nn/index.ts";
import { matchCapacity } from "../src/studies/sc-sdc/capacity.ts";

test("for any perceptrons both ways give the same shapes, active weights, densities and totals", () => {
  const size = fc.integer({ min: 1, max: 5000 });
  const options = fc.record({
    inputs: size,
    outputs: size,
    hidden: fc.integer({ min: 1, max: 6 }),
    denseWidth: size,
    extra: fc.integer({ min: 0, max: 5000 }),
    bias: fc.boolean(),
    batchNorm: fc.boolean(),
  });
  fc.assert(
    fc.property(options, ({ extra, ...of }) => {
      const sparseWidth = of.denseWidth + extra;
      const network = (width: number) =>
        architectures.mlp({
          input: [of.inputs],
          classes: of.outputs,
          hidden: Array.from({ length: of.hidden }, () => width),
          bias: of.bias,
          batchNorm: of.batchNorm,
        });
      const match = matchArchitectures(network(of.denseWidth), network(sparseWidth));
      expect(match).toMatchObject(matchCapacity({ ...of, sparseWidth }));
    }),
  );
});
