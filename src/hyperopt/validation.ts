/**
 * The loss that judges a training, its gradient, and the products of that gradient with tangents: all in the engine's memory,
 * one batch after the other.
 */

import type { Program, Tensor, Variable } from "../tensor/index.ts";
import { add, assign, compile, dot, Graph, scaleBy } from "../tensor/index.ts";
import type { InnerProblem, Objective } from "./problem.ts";
import { parameterGradients } from "./problem.ts";

/** What a validation says. */
export interface Validation {
  /** Σ over the batches of share times loss; training mode, as its gradient is. */
  readonly loss: number;
  /** The same of the share of right answers, where the objective has one. */
  readonly accuracy?: number;
}

interface BatchProgram {
  readonly program: Program;
  readonly loss: Tensor;
  readonly accuracy?: Tensor;
}

/** Accumulates ∇L_val in variables of its own. */
export class ValidationGradient {
  /** Σ share · gradient, one per parameter. */
  readonly gradients: readonly Variable[];
  readonly #problem: InnerProblem;
  readonly #share: Variable;
  readonly #programs = new Map<string, BatchProgram>();
  readonly #products = new Map<object, { readonly program: Program; readonly outputs: readonly Tensor[] }>();

  constructor(problem: InnerProblem) {
    const { engine, parameters } = problem;
    this.#problem = problem;
    this.gradients = parameters.map(({ name, shape }) => engine.variable(`${name}.validation`, shape));
    this.#share = engine.variable("validation.share", []);
  }

  /** Loss and gradient over all batches of the validation objective. */
  measure(): Validation {
    const { validation } = this.#problem;
    for (const accumulated of this.gradients) accumulated.fill(0);
    let loss = 0;
    let accuracy: number | undefined;
    validation.shares.forEach((share, index) => {
      const batch = this.#add(validation, "validation", index, share);
      loss += share * batch.program.scalar(batch.loss);
      if (batch.accuracy !== undefined) accuracy = (accuracy ?? 0) + share * batch.program.scalar(batch.accuracy);
    });
    return { loss, ...(accuracy === undefined ? {} : { accuracy }) };
  }

  /** Loss and gradient over one batch of either objective. */
  measureBatch(which: "training" | "validation", index: number): number {
    for (const accumulated of this.gradients) accumulated.fill(0);
    const batch = this.#add(this.#problem[which], which, index, 1);
    return batch.program.scalar(batch.loss);
  }

  #add(objective: Objective, which: string, index: number, share: number): BatchProgram {
    const kind = objective.kind(index);
    const key = `${which} ${kind}`;
    let batch = this.#programs.get(key);
    if (batch === undefined) {
      batch = this.#build(objective, which, kind);
      this.#programs.set(key, batch);
    }
    objective.feed(index);
    this.#share.view()[0] = share;
    batch.program.run();
    return batch;
  }

  #build(objective: Objective, which: string, kind: string): BatchProgram {
    const { engine, parameters } = this.#problem;
    const graph = new Graph();
    const batch = objective.build(graph, kind);
    const reads = parameters.map((parameter) => graph.read(parameter));
    const gradients = parameterGradients(`${which} loss`, batch, reads);
    const share = graph.read(this.#share);
    const updates = this.gradients.map((accumulated, i) =>
      assign(accumulated, add(graph.read(accumulated), scaleBy(gradients[i], share))),
    );
    const { loss, accuracy } = batch;
    const outputs = accuracy === undefined ? [loss] : [loss, accuracy];
    return { program: compile(engine, { outputs, updates }), loss, accuracy };
  }

  /** ⟨gradient, tangent⟩ for each tangent, a list of variables in the order of the parameters. `tangents` names the program. */
  products(tangents: readonly (readonly Variable[])[]): number[] {
    if (tangents.length === 0) return [];
    let made = this.#products.get(tangents);
    if (made === undefined) {
      const graph = new Graph();
      const g = this.gradients.map((gradient) => graph.read(gradient));
      const outputs = tangents.map((tangent) => tangent.map((z, i) => dot(g[i], graph.read(z))).reduce(add));
      made = { program: compile(this.#problem.engine, { outputs }), outputs };
      this.#products.set(tangents, made);
    }
    const { program, outputs } = made;
    program.compute();
    return outputs.map((output) => program.scalar(output));
  }
}
