/**
 * Gradients against central differences, in float64 on the reference back end: an outside witness for every vjp and jvp,
 * first and second order.
 */

import { Rng } from "../../base/index.ts";
import { createReference } from "../../kernels/index.ts";
import { Engine } from "../engine.ts";
import { Graph, type Tensor, type TensorSpec } from "../graph.ts";
import { multiply } from "../ops/arithmetic.ts";
import { sum } from "../ops/scalars.ts";
import { compile } from "../program.ts";
import { gradient } from "./gradient.ts";
import { hessianVectorProduct, jvp } from "./jvp.ts";

/** A tensor the check moves, and its starting values (default: seeded normal numbers). */
export interface GradcheckInput extends TensorSpec {
  readonly values?: ArrayLike<number>;
}

export interface GradcheckReport {
  /** Largest |analytic - numeric| / max(1, |numeric|) of the gradient, the jvp and the Hessian-vector product. */
  readonly gradient: number;
  readonly jvp: number;
  readonly hessian: number;
}

/**
 * Compares the derivatives of f with central differences.
 *
 * @param inputs  what f is differentiated with respect to; keep away from kinks by more than the step
 * @param f       builds any tensor from the inputs; it is contracted with seeded weights to a scalar
 * @param step    of the central difference, default 1e-5
 */
export function gradcheck(
  inputs: readonly GradcheckInput[],
  f: (inputs: readonly Tensor[], engine: Engine, graph: Graph) => Tensor,
  { step = 1e-5, seed = 1 }: { readonly step?: number; readonly seed?: number } = {},
): GradcheckReport {
  const engine = new Engine(createReference("float64"));
  const graph = new Graph();
  const rng = new Rng(seed, "test");
  const normals = (count: number) => Float64Array.from({ length: count }, () => rng.normal());
  const variables = inputs.map((input, i) => {
    const variable = engine.variable(`input ${i}`, input.shape, { batched: input.batched });
    variable.set(input.values ?? normals(variable.get().length));
    return variable;
  });
  const directions = inputs.map((input, i) => {
    const variable = engine.variable(`direction ${i}`, input.shape, { batched: input.batched });
    variable.set(normals(variable.get().length));
    return variable;
  });
  const wrt = variables.map((variable) => graph.read(variable));
  const along = directions.map((variable) => graph.read(variable));
  const value = f(wrt, engine, graph);
  const weights = engine.variable("weights", value.shape, { batched: value.batched });
  weights.set(normals(weights.get().length));
  const scalar = sum(multiply(value, graph.read(weights)));
  const gradients = gradient(scalar, wrt, { disconnected: "zero" });
  const [tangent] = jvp([scalar], wrt, along);
  const products = hessianVectorProduct(scalar, wrt, along, { disconnected: "zero" });
  const program = compile(engine, { outputs: [scalar, tangent, ...gradients, ...products] });

  program.run();
  const analytic = gradients.map((g) => program.read(g));
  const analyticTangent = program.scalar(tangent);
  const analyticProducts = products.map((p) => program.read(p));

  let gradientError = 0;
  variables.forEach((variable, i) => {
    const start = variable.get();
    for (let k = 0; k < start.length; k++) {
      const at = (offset: number) => {
        const moved = start.slice();
        moved[k] += offset;
        variable.set(moved);
        program.run();
        return program.scalar(scalar);
      };
      const numeric = (at(step) - at(-step)) / (2 * step);
      gradientError = Math.max(gradientError, relative(analytic[i][k], numeric));
    }
    variable.set(start);
  });

  const starts = variables.map((variable) => variable.get());
  const alongAt = (offset: number) => {
    variables.forEach((variable, i) => {
      const direction = directions[i].get();
      variable.set(starts[i].map((x, k) => x + offset * direction[k]));
    });
    program.run();
    return { scalar: program.scalar(scalar), gradients: gradients.map((g) => program.read(g)) };
  };
  const up = alongAt(step);
  const down = alongAt(-step);
  const jvpError = relative(analyticTangent, (up.scalar - down.scalar) / (2 * step));
  let hessianError = 0;
  analyticProducts.forEach((product, i) => {
    product.forEach((analyticValue, k) => {
      const numeric = (up.gradients[i][k] - down.gradients[i][k]) / (2 * step);
      hessianError = Math.max(hessianError, relative(analyticValue, numeric));
    });
  });
  return { gradient: gradientError, jvp: jvpError, hessian: hessianError };
}

function relative(analytic: number, numeric: number): number {
  const error = Math.abs(analytic - numeric) / Math.max(1, Math.abs(numeric));
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}
