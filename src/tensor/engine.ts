/**
 * The engine: one back end's memory, and what lives in it from step to step.
 *
 * Variables (parameters, optimizer state, running statistics, labels) and resident data have addresses for as long as they
 * are not freed. Programs share one arena for everything between the start and the end of a step; it is as large as the
 * largest program and moves only when a larger one is compiled.
 */

import type { Shape } from "../base/index.ts";
import { checkShape, formatShape, ShapeError, sameShape, sizeOf } from "../base/index.ts";
import type { Backend } from "../kernels/index.ts";
import { blockLanes, blockWidth, lanePlace, paddedLanes } from "../kernels/index.ts";
import type { Team } from "./team.ts";

export interface VariableOptions {
  /** The last axis is the batch: elements lie in blocks of lanes. Default false. */
  readonly batched?: boolean;
  /** "float" is the back end's element type. Default "float". */
  readonly type?: "float" | "int32";
}

let nextId = 1;

/** Numbers with an address: read and written between runs, and by a program's updates. */
export class Variable {
  readonly id = nextId++;
  readonly name: string;
  readonly shape: Shape;
  readonly batched: boolean;
  readonly type: "float" | "int32";
  readonly address: number;
  readonly #engine: Engine;
  #view: Float32Array | Float64Array | Int32Array | undefined;

  constructor(engine: Engine, name: string, shape: Shape, options: VariableOptions = {}) {
    checkShape(`variable "${name}"`, shape);
    this.#engine = engine;
    this.name = name;
    this.shape = shape;
    this.batched = options.batched ?? false;
    this.type = options.type ?? "float";
    this.address = engine.allocate(Math.max(64, this.#elements() * this.#bytes()));
  }

  /** Number of elements in memory, padding included. */
  #elements(): number {
    if (!this.batched) return paddedLanes(sizeOf(this.shape));
    return sizeOf(this.shape.slice(0, -1)) * paddedLanes(this.shape[this.shape.length - 1]);
  }

  #bytes(): number {
    return this.type === "int32" ? 4 : this.#engine.backend.bytesPerElement;
  }

  /** The elements in memory, padding included: a view that is valid until memory is next allocated. */
  view(): Float32Array | Float64Array | Int32Array {
    const { memory } = this.#engine.backend;
    const whole = this.type === "int32" ? memory.all.int32 : memory.all.floats;
    // One view is kept, so that writing a step's numbers makes no garbage; memory that grew has another buffer.
    if (this.#view?.buffer !== whole.buffer) {
      const first = this.address / this.#bytes();
      this.#view = whole.subarray(first, first + this.#elements());
    }
    return this.#view as Float32Array | Float64Array | Int32Array;
  }

  /** A copy of the numbers without padding, row-major. */
  get(): Float64Array {
    return readRows(this.view(), this.shape, this.batched);
  }

  /** Writes all numbers, row-major without padding; padded lanes become 0. */
  set(values: ArrayLike<number>): void {
    const size = sizeOf(this.shape);
    if (values.length !== size) {
      throw new ShapeError(
        `variable "${this.name}" of shape ${formatShape(this.shape)} takes ${size} numbers, got ${values.length}`,
      );
    }
    const view = this.view();
    if (!this.batched) {
      view.set(values);
      return;
    }
    const batch = this.shape[this.shape.length - 1];
    const rows = size / batch;
    view.fill(0);
    for (let i = 0; i < size; i++) view[lanePlace(rows, batch, Math.floor(i / batch), i % batch)] = values[i];
  }

  /** Takes the channels [begin, begin + own) of another variable that differs in its first length alone, both over the batch. */
  copyChannels(from: Variable, begin: number): void {
    const [channels, ...rest] = this.shape;
    const fits =
      this.batched &&
      from.batched &&
      this.type === from.type &&
      rest.length > 0 &&
      sameShape(rest, from.shape.slice(1));
    if (!fits || begin < 0 || begin + channels > from.shape[0]) {
      throw new ShapeError(
        `variable "${this.name}" of shape ${formatShape(this.shape)} cannot take channels from ${begin} on of ` +
          `"${from.name}", ${formatShape(from.shape)}`,
      );
    }
    const batch = rest[rest.length - 1];
    const pixels = sizeOf(rest.slice(0, -1));
    const [target, source] = [this.view() as Float32Array, from.view() as Float32Array];
    for (let first = 0; first < batch; first += blockLanes) {
      const width = blockWidth(batch, first);
      const at = first * from.shape[0] * pixels + begin * pixels * width;
      target.set(source.subarray(at, at + channels * pixels * width), first * channels * pixels);
    }
  }

  /** Sets every element, padding included. */
  fill(value: number): void {
    this.view().fill(value);
  }

  /** Gives the memory back. Programs that use the variable must not run again. */
  free(): void {
    this.#engine.free(this.address);
  }
}

/** A copy of elements in memory as a row-major array without padding. */
export function readRows(view: ArrayLike<number>, shape: Shape, batched: boolean): Float64Array {
  const size = sizeOf(shape);
  const values = new Float64Array(size);
  if (!batched) {
    for (let i = 0; i < size; i++) values[i] = view[i];
    return values;
  }
  const batch = shape[shape.length - 1];
  const rows = size / batch;
  for (let i = 0; i < size; i++) values[i] = view[lanePlace(rows, batch, Math.floor(i / batch), i % batch)];
  return values;
}

/** Read-only data that a program gathers from: a data set's values or labels. */
export interface Resident {
  readonly id: number;
  readonly address: number;
  readonly type: "uint8" | "float" | "int32";
  readonly length: number;
}

/** One back end, its variables, and the arena its programs share. */
export class Engine {
  readonly backend: Backend;
  /** The threads that share large calls; undefined with one thread. */
  readonly team: Team | undefined;
  readonly #constants = new Map<number, Variable>();
  readonly #tables = new Map<string, Resident>();
  /** Addresses handed out since each open scope began, innermost last. */
  readonly #scopes: Set<number>[] = [];
  #arena = 0;
  #arenaBytes = 0;

  constructor(backend: Backend, team?: Team) {
    this.backend = backend;
    this.team = team;
  }

  /** Ends the threads of the team, if there is one; programs that need it must not run again. Resolves when they have ended. */
  async close(): Promise<void> {
    await this.team?.close();
  }

  [Symbol.dispose](): void {
    void this.close();
  }

  /**
   * Everything allocated until the scope is disposed goes with it: `using scope = engine.scope()`.
   * A trial's network, optimizer and programs live in one; the data set and the arena outlive it.
   */
  scope(): Disposable {
    const addresses = new Set<number>();
    this.#scopes.push(addresses);
    return {
      [Symbol.dispose]: () => {
        if (this.#scopes.pop() !== addresses)
          throw new Error("internal: engine scopes must be disposed innermost first");
        for (const address of addresses) this.backend.memory.free(address);
      },
    };
  }

  /** Memory that belongs to the innermost open scope. Zero-filled. */
  allocate(bytes: number): number {
    const address = this.backend.memory.allocate(bytes);
    this.#scopes.at(-1)?.add(address);
    return address;
  }

  /** Gives memory back before its scope ends. */
  free(address: number): void {
    for (const scope of this.#scopes) scope.delete(address);
    this.backend.memory.free(address);
  }

  /** A new variable, all zero. */
  variable(name: string, shape: Shape, options?: VariableOptions): Variable {
    return new Variable(this, name, shape, options);
  }

  /** Copies data into memory: bytes stay bytes, Int32Array stays int32, everything else becomes the back end's float. */
  resident(values: Uint8Array | Int32Array | Float32Array | Float64Array): Resident {
    const { memory, bytesPerElement } = this.backend;
    const type = values instanceof Uint8Array ? "uint8" : values instanceof Int32Array ? "int32" : "float";
    const bytes = type === "uint8" ? 1 : type === "int32" ? 4 : bytesPerElement;
    const address = this.allocate(Math.max(64, values.length * bytes));
    if (type === "uint8") memory.uint8(address, values.length).set(values);
    else if (type === "int32") memory.int32(address, values.length).set(values);
    else memory.floats(address, values.length).set(values);
    return { id: nextId++, address, type, length: values.length };
  }

  /** The same, in the scope that another resident belongs to, so that both go together. */
  residentBeside(owner: Resident, values: Int32Array): Resident {
    const inner: Set<number>[] = [];
    while (this.#scopes.length > 0 && !this.#scopes[this.#scopes.length - 1].has(owner.address)) {
      inner.push(this.#scopes.pop() as Set<number>);
    }
    const made = this.resident(values);
    this.#scopes.push(...inner.reverse());
    return made;
  }

  /** Overwrites resident data with as many values of the same type. */
  writeResident(resident: Resident, values: Uint8Array | Int32Array | Float32Array | Float64Array): void {
    const { all } = this.backend.memory;
    const whole = resident.type === "uint8" ? all.uint8 : resident.type === "int32" ? all.int32 : all.floats;
    if (values.length !== resident.length) {
      throw new ShapeError(`resident data of ${resident.length} values cannot take ${values.length}`);
    }
    whole.set(values, resident.address / whole.BYTES_PER_ELEMENT);
  }

  /** Gives resident data back. */
  release(resident: Resident): void {
    this.free(resident.address);
  }

  /** The address of a number, kept for the engine's life. */
  constant(value: number): number {
    let variable = this.#constants.get(value);
    if (variable === undefined) {
      variable = this.#outsideScopes(() => this.variable(`constant ${value}`, []));
      variable.fill(value);
      this.#constants.set(value, variable);
    }
    return variable.address;
  }

  /**
   * The address of a table of numbers that follows from its name alone, kept for the engine's life: Int32Array stays int32,
   * Float64Array becomes the back end's float.
   *
   * @param key   unique among the tables of a kind; programs of all trials share those of one key
   * @param make  called where no table of that key is there yet
   */
  table(key: string, make: () => Int32Array | Float64Array): number {
    let resident = this.#tables.get(key);
    if (resident === undefined) {
      resident = this.#outsideScopes(() => this.resident(make()));
      this.#tables.set(key, resident);
    }
    return resident.address;
  }

  /** Allocates what programs of later trials will read. */
  #outsideScopes<T>(make: () => T): T {
    const scopes = this.#scopes.splice(0);
    try {
      return make();
    } finally {
      this.#scopes.push(...scopes);
    }
  }

  /** The address of an arena of at least `bytes`; it may move when it grows, which programs check for. */
  arena(bytes: number): number {
    if (bytes > this.#arenaBytes || this.#arena === 0) {
      if (this.#arena !== 0) this.backend.memory.free(this.#arena);
      this.#arena = this.backend.memory.allocate(Math.max(bytes, 64));
      this.#arenaBytes = bytes;
    }
    return this.#arena;
  }
}
