/**
 * Compiled programs: a graph's wanted nodes as a flat list of kernel calls on fixed addresses.
 *
 * Nodes run in the order of their numbers; updates of variables run last, so that every node sees the values from before
 * the step. Each node's result has a place in the arena for its lifetime only, and an elementwise result takes the place of
 * an input that dies there. Running a program allocates nothing.
 */

import type { Kernels } from "../kernels/index.ts";
import type { Call, RangeCall } from "./call.ts";
import { bindCall } from "./call.ts";
import type { Engine, Variable } from "./engine.ts";
import { readRows } from "./engine.ts";
import type { Step } from "./fuse.ts";
import { fuse } from "./fuse.ts";
import type { Tensor } from "./graph.ts";
import { readOperation, storageOf } from "./graph.ts";
import { planMemory } from "./plan.ts";

/** What an operation's `emit` may ask for. */
export interface Emitter {
  readonly bytesPerElement: number;
  /** Address of a node's result. */
  address(tensor: Tensor): number;
  /** Address of the node's scratch memory. */
  scratch(): number;
  /** Address of a number. */
  constant(value: number): number;
  /** Address of an int32 table that follows from its key: made once per engine, kept for its life. */
  indices(key: string, make: () => Int32Array): number;
  /** The same for a table of floats. */
  weights(key: string, make: () => Float64Array): number;
  /** Appends a call of `kernel` over [0, extent). */
  call(kernel: keyof Kernels, args: readonly number[], extent: number, granule?: number): void;
}

/** A change of a variable at the end of a run, from nodes of the graph. */
export interface Update {
  readonly name: string;
  readonly reads: readonly Tensor[];
  readonly emit: (emitter: Emitter) => void;
}

export interface ProgramOptions {
  /** Nodes whose values can be read after a run. */
  readonly outputs?: readonly Tensor[];
  /** Changes of variables, carried out in this order after all nodes. */
  readonly updates?: readonly Update[];
}

/** A list of kernel calls that can be run again and again. */
export class Program {
  readonly #engine: Engine;
  readonly #steps: readonly Step[];
  readonly #outputs: ReadonlySet<Tensor>;
  readonly #updates: readonly Update[];
  readonly #offsets: ReadonlyMap<Tensor, number>;
  readonly #scratch: ReadonlyMap<Tensor, number>;
  readonly arenaBytes: number;
  #base = 0;
  #calls: Call[] = [];
  /** The calls as functions of their ranges, and the ends of these. */
  #bound: RangeCall[] = [];
  #extents: number[] = [];
  /** Where the calls of the updates begin. */
  #firstUpdate = 0;

  constructor(engine: Engine, { outputs = [], updates = [] }: ProgramOptions) {
    this.#engine = engine;
    this.#outputs = new Set(outputs);
    this.#updates = updates;
    const roots = [...outputs, ...updates.flatMap((update) => update.reads)];
    this.#steps = fuse(reachable(roots), new Set(roots));
    const plan = planMemory(this.#steps, new Set(roots), engine.backend.bytesPerElement);
    this.#offsets = plan.offsets;
    this.#scratch = plan.scratch;
    this.arenaBytes = plan.bytes;
  }

  /** Runs every call once: all nodes, then all updates. */
  run(): void {
    this.compute();
    this.update();
  }

  /** Runs the nodes only: outputs can be read and looked at before `update` changes anything. */
  compute(): void {
    if (this.#engine.arena(this.arenaBytes) !== this.#base) this.#bind();
    const calls = this.#bound;
    const extents = this.#extents;
    const end = this.#firstUpdate;
    for (let i = 0; i < end; i++) calls[i](0, extents[i]);
  }

  /** Runs the updates on what `compute` left; nothing else may have run in between. */
  update(): void {
    const calls = this.#bound;
    const extents = this.#extents;
    for (let i = this.#firstUpdate; i < calls.length; i++) calls[i](0, extents[i]);
  }

  /** The calls in order, for tests and for teams of threads. */
  get calls(): readonly Call[] {
    if (this.#engine.arena(this.arenaBytes) !== this.#base) this.#bind();
    return this.#calls;
  }

  /** A copy of an output's numbers, row-major without padding, as the last run left them. */
  read(tensor: Tensor): Float64Array {
    const view = this.#engine.backend.memory.floats(this.#outputAddress(tensor), tensor.length);
    return readRows(view, tensor.shape, tensor.batched);
  }

  /** The numbers of an unbatched output where they lie, row-major: valid until a program runs, or memory is next allocated. */
  view(tensor: Tensor): Float32Array | Float64Array {
    if (tensor.batched) throw new Error(`internal: ${tensor} lies in blocks of lanes, which \`read\` puts in order`);
    return this.#engine.backend.memory.floats(this.#outputAddress(tensor), tensor.length);
  }

  /** The number that a scalar output holds after the last run. */
  scalar(tensor: Tensor): number {
    const { memory, bytesPerElement } = this.#engine.backend;
    return memory.all.floats[this.#outputAddress(tensor) / bytesPerElement];
  }

  /** Where a node's numbers are: a variable's own memory, or its place in the arena. */
  #address(tensor: Tensor): number {
    const storage = storageOf(tensor);
    if (storage.operation === readOperation) return (storage.attributes as Variable).address;
    const offset = this.#offsets.get(storage);
    if (offset === undefined) throw new Error(`internal: ${tensor} is not part of this program`);
    return this.#base + offset;
  }

  /** The address of an output, whose numbers survive the run. */
  #outputAddress(tensor: Tensor): number {
    if (!this.#outputs.has(tensor)) throw new Error(`internal: ${tensor} is not an output of this program`);
    return this.#address(tensor);
  }

  /** Writes the calls for the arena's present place. */
  #bind(): void {
    this.#base = this.#engine.arena(this.arenaBytes);
    this.#calls = [];
    let current: Tensor | undefined;
    const emitter: Emitter = {
      bytesPerElement: this.#engine.backend.bytesPerElement,
      address: (tensor) => this.#address(tensor),
      scratch: () => this.#base + (this.#scratch.get(current as Tensor) as number),
      constant: (value) => this.#engine.constant(value),
      indices: (key, make) => this.#engine.table(`indices ${key}`, make),
      weights: (key, make) => this.#engine.table(`weights ${key}`, make),
      call: (kernel, args, extent, granule = 1) => this.#calls.push({ kernel, args, extent, granule }),
    };
    for (const { node, finish } of this.#steps) {
      current = node;
      node.operation.emit(node, emitter, finish);
    }
    this.#firstUpdate = this.#calls.length;
    for (const update of this.#updates) update.emit(emitter);
    const { backend, team } = this.#engine;
    this.#extents = this.#calls.map((call) => call.extent);
    this.#bound = this.#calls.map((call) => bindCall(backend.kernels, call));
    if (team !== undefined) this.#bound = team.share(this.#calls, this.#bound);
  }
}

/** Compiles the nodes that `outputs` and `updates` need. */
export function compile(engine: Engine, options: ProgramOptions): Program {
  return new Program(engine, options);
}

/** Every node the roots depend on, in execution order. */
function reachable(roots: readonly Tensor[]): Tensor[] {
  const seen = new Set<Tensor>();
  const stack = [...roots];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    stack.push(...node.inputs);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
