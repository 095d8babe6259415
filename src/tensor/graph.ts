/**
 * The graph: what is to be computed, as nodes with a shape and inputs, before anything is.
 *
 * A `Tensor` is a node. Building one costs a few objects and is done once per program, not once per step. Nodes are
 * hash-consed: the same operation on the same inputs with the same attributes is the same node, so that a value needed
 * forward and backward is computed once. Node numbers grow from inputs to outputs, which makes them an order of execution.
 */

import type { Shape } from "../base/index.ts";
import { formatShape, InputError, ShapeError, sizeOf } from "../base/index.ts";
import { paddedLanes } from "../kernels/index.ts";
import type { Variable } from "./engine.ts";
import type { Finish } from "./fuse.ts";
import type { Emitter } from "./program.ts";

/**
 * What an operation is: its derivative rules, written in operations, and its kernel calls. Methods, not properties, so that
 * an operation with attributes is an operation.
 */
export interface Operation<Attributes = unknown> {
  readonly name: string;
  /** True where the result may take the place of an input that is needed no more. */
  readonly inPlace?: boolean;
  /** True where the result is its first input under another shape: it lies in the same place, and nothing is called. */
  readonly view?: boolean;
  /**
   * The cotangents of the inputs, given that of the result; undefined stands for zero.
   * Inputs with `needs[i]` false may be left undefined.
   */
  vjp(node: Tensor<Attributes>, cotangent: Tensor, needs: readonly boolean[]): readonly (Tensor | undefined)[];
  /** The tangent of the result, given those of the inputs; undefined stands for zero, on both sides. */
  jvp(node: Tensor<Attributes>, tangents: readonly (Tensor | undefined)[]): Tensor | undefined;
  /** Bytes of scratch memory that `emit` uses while its calls run. */
  scratchBytes?(node: Tensor<Attributes>, bytesPerElement: number): number;
  /** True for a product whose kernel can do the elementwise operations that follow it: see fuse.ts. */
  readonly finishes?: boolean;
  /** Appends the kernel calls that compute the node, and with it what `finish` says. */
  emit(node: Tensor<Attributes>, emitter: Emitter, finish?: Finish): void;
}

/** How a node's elements lie in memory: row-major, or where `batched`, in blocks of lanes over the last axis. */
export interface TensorSpec {
  readonly shape: Shape;
  readonly batched: boolean;
  /** True for int32 elements (labels). Default false. */
  readonly integer?: boolean;
}

/** A node of a graph: the result of one operation. Immutable; holds no numbers. */
export class Tensor<Attributes = unknown> {
  readonly graph: Graph;
  readonly id: number;
  readonly operation: Operation<Attributes>;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  readonly shape: Shape;
  readonly batched: boolean;
  readonly integer: boolean;

  constructor(
    graph: Graph,
    id: number,
    operation: Operation<Attributes>,
    inputs: readonly Tensor[],
    attributes: Attributes,
    spec: TensorSpec,
  ) {
    this.graph = graph;
    this.id = id;
    this.operation = operation;
    this.inputs = inputs;
    this.attributes = attributes;
    this.shape = spec.shape;
    this.batched = spec.batched;
    this.integer = spec.integer ?? false;
  }

  /** Valid lanes of a row: the last length of a batched tensor. */
  get batch(): number {
    return this.batched ? this.shape[this.shape.length - 1] : 1;
  }

  /** Rows of a batched tensor: the product of all lengths but the last. */
  get rows(): number {
    return this.batched ? sizeOf(this.shape.slice(0, -1)) : sizeOf(this.shape);
  }

  /** First length of a batched tensor, 1 of [B]: the features of [F, B], the channels of [C, H, W, B]. */
  get channels(): number {
    return this.batched && this.shape.length > 1 ? this.shape[0] : 1;
  }

  /** Rows of one channel, which lie one behind the other: H W of [C, H, W, B], 1 of [F, B]. */
  get pixels(): number {
    return sizeOf(this.shape.slice(1, -1));
  }

  /** Lanes of a row in memory, padding included: a multiple of 16. */
  get lanes(): number {
    return paddedLanes(this.batch);
  }

  /** Elements in memory that elementwise kernels run over, padding included. */
  get length(): number {
    return this.batched ? this.rows * this.lanes : sizeOf(this.shape);
  }

  /** The shape as messages print it; a batched one names its batch axis. */
  toString(): string {
    return `${this.operation.name}${formatShape(this.shape)}${this.batched ? " over the batch" : ""}`;
  }
}

/** Attributes as they take part in a node's identity: numbers to the last bit, objects that carry an `id` by that. */
function attributeKey(attributes: unknown): string {
  if (attributes === undefined) return "";
  return JSON.stringify(attributes, (_, value) => {
    if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
    return typeof value === "object" && value !== null && "id" in value ? `#${value.id}` : value;
  });
}

/** A set of nodes that can be compiled together. */
export class Graph {
  readonly #nodes = new Map<string, Tensor>();
  #nextId = 0;

  /** The node of `operation` on `inputs`: an equal one that exists, or a new one. */
  node<A>(operation: Operation<A>, inputs: readonly Tensor[], attributes: A, spec: TensorSpec): Tensor<A> {
    for (const input of inputs) {
      if (input.graph !== this) {
        throw new InputError(`${operation.name}: all inputs must belong to one graph; ${input} belongs to another`);
      }
    }
    const key = `${operation.name}(${inputs.map((input) => input.id).join()})${attributeKey(attributes)}${
      inputs.length === 0 ? `${spec.shape}${spec.batched}` : ""
    }`;
    const known = this.#nodes.get(key);
    if (known !== undefined) return known as Tensor<A>;
    const made = new Tensor(this, this.#nextId++, operation, inputs, attributes, spec);
    this.#nodes.set(key, made as Tensor);
    return made;
  }

  /** The value of a variable as it is before the program's updates. */
  read(variable: Variable): Tensor<Variable> {
    return this.node(readOperation, [], variable, {
      shape: variable.shape,
      batched: variable.batched,
      integer: variable.type === "int32",
    });
  }

  /** A tensor filled with one number. */
  full(spec: TensorSpec, value: number): Tensor {
    return this.node(fullOperation, [], { value }, { shape: spec.shape, batched: spec.batched });
  }
}

/** A leaf: the memory of a variable. */
export const readOperation: Operation<Variable> = {
  name: "read",
  vjp: () => [],
  jvp: () => undefined,
  emit: () => {},
};

/** The node in whose place a node's elements lie: itself, or what it is a view of. */
export function storageOf(node: Tensor): Tensor {
  let storage = node;
  while (storage.operation.view === true) storage = storage.inputs[0];
  return storage;
}

const fullOperation: Operation<{ value: number }> = {
  name: "full",
  vjp: () => [],
  jvp: () => undefined,
  emit: (node, emitter) => {
    const scalar = emitter.constant(node.attributes.value);
    emitter.call("fillFrom", [scalar, emitter.address(node)], node.length, 16);
  },
};

/** @throws ShapeError unless both tensors have the same shape and layout; `where` opens the message. */
export function checkSame(where: string, a: Tensor, b: Tensor): void {
  if (a.batched !== b.batched || a.shape.length !== b.shape.length || a.shape.some((n, axis) => n !== b.shape[axis])) {
    throw new ShapeError(`${where}: both inputs must have one shape, got ${a} and ${b}`);
  }
}

/** @throws ShapeError unless `condition`; the message ends with the tensors' shapes. */
export function checkShapes(where: string, rule: string, condition: boolean, ...tensors: readonly Tensor[]): void {
  if (!condition) throw new ShapeError(`${where}: ${rule}, got ${tensors.map(String).join(" and ")}`);
}
