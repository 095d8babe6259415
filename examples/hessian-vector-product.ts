/**
 * A Hessian-vector product, forward over reverse, and a look at it from outside: the change of the gradient along v.
 *
 *     f(x) = Σ exp(x_i)·x_i        H = diag((2 + x_i) exp(x_i))
 *
 *     node examples/hessian-vector-product.ts
 */

import {
  compile,
  createReference,
  Engine,
  exponential,
  Graph,
  gradient,
  hessianVectorProduct,
  multiply,
  sum,
} from "gradientflow/tensor";

const engine = new Engine(createReference("float64"));
const graph = new Graph();
const x = engine.variable("x", [3]);
const v = engine.variable("v", [3]);
x.set([0, 0.5, -1]);
v.set([1, 2, 3]);

const node = graph.read(x);
const f = sum(multiply(exponential(node), node));
const [slope] = gradient(f, [node]);
const [product] = hessianVectorProduct(f, [node], [graph.read(v)]);
const program = compile(engine, { outputs: [slope, product] });

program.run();
const start = x.get();
const analytic = program.read(product);

const step = 1e-5;
const slopeAt = (offset: number) => {
  x.set(start.map((value, i) => value + offset * v.get()[i]));
  program.run();
  return program.read(slope);
};
const up = slopeAt(step);
const down = slopeAt(-step);
console.log("i   H v from the graph   from two gradients");
for (let i = 0; i < 3; i++) {
  const numeric = (up[i] - down[i]) / (2 * step);
  console.log(`${i}   ${analytic[i].toFixed(8).padStart(18)}   ${numeric.toFixed(8).padStart(18)}`);
}
