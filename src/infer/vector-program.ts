/**
 * The part of a program that works on features, as a list of kernel calls on a batch.
 *
 * An example is a row of features, which dense layers multiply with lanes over their outputs. From four examples on, sparse
 * layers work on blocks of 32 examples, one row per feature, lanes over the examples; values are transposed where one kind
 * meets the other. Either way each sum has the same terms in the same order, so the batch does not show in the bits.
 */

import type { Arena } from "./arena.ts";
import type { LinearOperation, Normalisation, OperationOf } from "./bundle.ts";
import { inputName } from "./bundle.ts";
import type { ExampleShape } from "./bundle-shapes.ts";
import { mapOf } from "./functions.ts";
import type { Stage } from "./fuse.ts";
import type { RowPlace } from "./image-program.ts";
import type { Kernels } from "./kernels.ts";
import { channelCodes } from "./kernels.ts";
import {
  denseExampleDensity,
  denseTapsDensity,
  denseValues,
  densityOf,
  packPanels,
  packQuads,
  packTaps,
  padded,
} from "./pack.ts";

/** Examples in a block. */
const blockLanes = 32;
const blockRow = blockLanes * 4;
/** From here on, sparse layers work on blocks. */
const fewestForBlocks = 4;

type Step = (batch: number) => void;

/** How a value lies in memory: an example a row, or 32 examples side by side in a row per feature. */
type Form = "rows" | "blocks";

/** A linear layer's numbers in memory. */
interface Packed {
  readonly bias: number;
  /** For rows of features: panels of a dense layer, quads of a sparse one. */
  readonly panels?: number;
  readonly quads?: { readonly stream: number; readonly count: number };
  readonly taps?: { readonly taps: number; readonly rowPointers: number };
}

export interface VectorSurroundings {
  readonly arena: Arena;
  readonly kernels: Kernels;
  readonly stages: readonly Stage[];
  readonly shapes: ReadonlyMap<string, ExampleShape>;
  readonly normalisation: Normalisation | undefined;
  readonly output: string;
}

export class VectorProgram {
  readonly #around: VectorSurroundings;
  readonly #packed = new Map<Stage, Packed>();
  readonly #numbers = new Map<string, readonly number[]>();
  readonly #ones: number;
  readonly #groups: number;
  readonly #mark: number;
  readonly #stages: readonly Stage[];
  #capacity = 0;
  #given: RowPlace | undefined;
  #rows = new Map<string, RowPlace>();
  #blocks = new Map<string, number>();
  #few: Step[] = [];
  #many: Step[] = [];

  constructor(around: VectorSurroundings) {
    const { arena, stages, shapes, normalisation } = around;
    this.#around = around;
    this.#stages = stages.filter(({ inputs }) => shapes.get(inputs[0])?.length === 1);
    this.#ones = arena.put(new Uint32Array(blockLanes).fill(0xffffffff), "mask");
    this.#groups = arena.put(Uint32Array.of(0, 32, 64, 96), "groups");
    const perFeature = (name: string, numbers: readonly Float32Array[], features: number) =>
      this.#numbers.set(
        name,
        numbers.map((one) => arena.put(padded(one, features), name)),
      );
    const [features] = shapes.get(inputName) as ExampleShape;
    if (normalisation !== undefined && this.#standardised) {
      const { mean, deviation } = normalisation;
      const spread = (numbers: readonly number[]) =>
        Float32Array.from({ length: features }, (_, i) => numbers[numbers.length === 1 ? 0 : i]);
      perFeature(inputName, [spread(mean), spread(deviation)], features);
    }
    for (const stage of this.#stages) {
      const { operation, output } = stage;
      if (operation.kind === "linear") this.#packed.set(stage, this.#pack(operation, output));
      else if (operation.kind === "activation" || operation.kind === "scaleShift") {
        const f = mapOf(operation);
        if ("numbers" in f) perFeature(output, f.numbers, (shapes.get(output) as ExampleShape)[0]);
      }
    }
    this.#mark = arena.mark;
  }

  /** Whether a vector comes in that has to be normalised. */
  get #standardised(): boolean {
    const { normalisation, shapes } = this.#around;
    return normalisation !== undefined && shapes.get(inputName)?.length === 1;
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** Where vectors are given, one behind the other. */
  get given(): RowPlace {
    return this.#standardised ? (this.#given as RowPlace) : this.rowsOf(inputName);
  }

  /** Rows of a value: those of an input that is used as it comes are as long as the example, others in whole vectors. */
  rowsOf = (name: string): RowPlace => {
    const known = this.#rows.get(name);
    if (known !== undefined) return known;
    const { shapes } = this.#around;
    const features = (shapes.get(name) as ExampleShape).reduce((product, side) => product * side, 1);
    let pitch = Math.ceil(features / 16) * 64;
    // Rows a multiple of 1024 bytes apart would fall on the same few lines of the cache.
    if (pitch % 1024 === 0) pitch += 64;
    const asGiven = name === inputName && !this.#standardised;
    const place = this.#allocateRows(asGiven ? features * 4 : pitch);
    this.#rows.set(name, place);
    return place;
  };

  /** Room for whole squares of 4 by 4. */
  #allocateRows(pitch: number): RowPlace {
    const rows = Math.ceil(this.#capacity / 4) * 4;
    return { address: this.#around.arena.allocate(rows * pitch + 64, "the batch"), pitch };
  }

  /** Makes room for a batch, if there is not enough. @throws InputError beyond 2 GB, with the room as it was */
  prepare(batch: number): void {
    if (batch <= this.#capacity) return;
    const before = this.#capacity;
    try {
      this.#build(batch);
    } catch (error) {
      this.#capacity = 0;
      if (before > 0) this.#build(before);
      throw error;
    }
  }

  run(batch: number): void {
    for (const step of batch < fewestForBlocks ? this.#few : this.#many) step(batch);
  }

  #build(capacity: number): void {
    this.#around.arena.release(this.#mark);
    this.#rows.clear();
    this.#blocks.clear();
    this.#capacity = capacity;
    if (this.#standardised) {
      const [features] = this.#around.shapes.get(inputName) as ExampleShape;
      this.#given = this.#allocateRows(features * 4);
    }
    this.#few = this.#program(false);
    this.#many = capacity < fewestForBlocks ? [] : this.#program(true);
  }

  #pack(operation: LinearOperation, name: string): Packed {
    const { arena } = this.#around;
    const { weight } = operation;
    const [outputs, inputs] = weight.shape;
    const density = densityOf(weight);
    const bias = arena.put(padded(operation.bias, outputs), name);
    const dense = density > denseExampleDensity;
    const panels = dense ? arena.put(packPanels(denseValues(weight), inputs, 16), name) : undefined;
    if (density > denseTapsDensity) return { bias, panels };
    const packed = packTaps(weight, (_, column) => column * blockRow);
    const taps = { taps: arena.put(packed.taps, name), rowPointers: arena.put(packed.rowPointers, name) };
    if (dense) return { bias, panels, taps };
    // A feature of one example is at a 32nd of its place in a block.
    const { stream, quads } = packQuads(
      packed.taps.map((word, i) => (i % 2 === 0 ? word / blockLanes : word)),
      packed.rowPointers,
    );
    return { bias, taps, quads: { stream: arena.put(stream, name), count: quads } };
  }

  #blocksOf(name: string): number {
    const known = this.#blocks.get(name);
    if (known !== undefined) return known;
    const blocks = Math.ceil(this.#capacity / blockLanes);
    const address = this.#around.arena.allocate(blocks * this.#blockBytes(name), name);
    this.#blocks.set(name, address);
    return address;
  }

  /** Bytes of 32 examples, with whole squares of 4 by 4. */
  #blockBytes(name: string): number {
    const [features] = this.#around.shapes.get(name) as ExampleShape;
    return Math.ceil(features / 4) * 4 * blockRow;
  }

  /** The steps, and the forms in which each value is at hand. */
  #program(many: boolean): Step[] {
    const { output } = this.#around;
    const steps: Step[] = [];
    const forms = new Map<string, Set<Form>>();
    const formsOf = (name: string): Set<Form> => {
      const known = forms.get(name) ?? new Set<Form>(["rows"]);
      forms.set(name, known);
      return known;
    };
    const have = (name: string, form: Form) => {
      if (formsOf(name).has(form)) return;
      steps.push(form === "blocks" ? this.#toBlocks(name) : this.#toRows(name));
      formsOf(name).add(form);
    };
    if (this.#standardised) steps.push(this.#standardise());
    for (const stage of this.#stages) {
      const { operation, inputs } = stage;
      const packed = this.#packed.get(stage);
      let form: Form = formsOf(inputs[0]).has("blocks") ? "blocks" : "rows";
      if (operation.kind === "linear") form = many && packed?.taps !== undefined ? "blocks" : "rows";
      for (const name of inputs) have(name, form);
      steps.push(form === "rows" ? this.#onRows(stage, packed) : this.#onBlocks(stage, packed));
      forms.set(stage.output, new Set([form]));
    }
    have(output, "rows");
    this.rowsOf(output);
    return steps;
  }

  #standardise(): Step {
    const { kernels } = this.#around;
    const [mean, deviation] = this.#numbers.get(inputName) as readonly number[];
    const [x, y, bytes] = [this.given, this.rowsOf(inputName), this.#rowBytes(inputName)];
    const code = channelCodes.standardise;
    return (batch) =>
      kernels.mapChannels(
        ...([code, x.address, y.address, batch, x.pitch, y.pitch, bytes, 0] as const),
        ...([mean, deviation, mean, mean, true] as const),
      );
  }

  #toBlocks(name: string): Step {
    const { kernels } = this.#around;
    const [{ address, pitch }, blocks, bytes] = [this.rowsOf(name), this.#blocksOf(name), this.#blockBytes(name)];
    const columns = bytes / blockRow;
    return (batch) =>
      eachBlock(batch, (block, lanes) => {
        const rows = Math.ceil(lanes / 4) * 4;
        const x = address + block * blockLanes * pitch;
        kernels.transpose(x, blocks + block * bytes, rows, columns, pitch, blockRow);
      });
  }

  #toRows(name: string): Step {
    const { kernels } = this.#around;
    const [{ address, pitch }, blocks, bytes] = [this.rowsOf(name), this.#blocksOf(name), this.#blockBytes(name)];
    const rows = bytes / blockRow;
    return (batch) =>
      eachBlock(batch, (block, lanes) => {
        const columns = Math.ceil(lanes / 4) * 4;
        const y = address + block * blockLanes * pitch;
        kernels.transpose(blocks + block * bytes, y, rows, columns, blockRow, pitch);
      });
  }

  /** Bytes of an example in whole vectors. */
  #rowBytes(name: string): number {
    return this.#blockBytes(name) / blockLanes;
  }

  #onRows({ operation, inputs, output, floor }: Stage, packed: Packed | undefined): Step {
    const { kernels, shapes } = this.#around;
    const x = this.rowsOf(inputs[0]);
    const bytes = this.#rowBytes(inputs[0]);
    if (operation.kind === "flatten") {
      this.#rows.set(output, x);
      return () => {};
    }
    const y = this.rowsOf(output);
    switch (operation.kind) {
      case "linear": {
        const { bias, panels, quads } = packed as Packed;
        const [outputs, features] = operation.weight.shape;
        if (panels !== undefined) {
          const count = Math.ceil(outputs / 16);
          return (batch) =>
            kernels.denseFeatures(panels, features, count, x.address, x.pitch, y.address, y.pitch, batch, bias, floor);
        }
        const { stream, count } = quads as { stream: number; count: number };
        return (batch) => {
          for (let b = 0; b < batch; b++) {
            const [from, to] = [x.address + b * x.pitch, y.address + b * y.pitch];
            kernels.sparseExample(stream, count, from, to, bias, floor);
          }
        };
      }
      case "activation":
      case "scaleShift":
        return this.#map(operation, output, (batch, call) => {
          call(x.address, y.address, batch, x.pitch, y.pitch, bytes, true);
        });
      case "add": {
        const others = inputs.slice(1).map((name) => this.rowsOf(name));
        return (batch) => {
          for (let b = 0; b < batch; b++) {
            const to = y.address + b * y.pitch;
            others.forEach(({ address, pitch }, i) => {
              const low = i === others.length - 1 ? floor : Number.NEGATIVE_INFINITY;
              kernels.addInto(i === 0 ? x.address + b * x.pitch : to, address + b * pitch, to, bytes, low);
            });
          }
        };
      }
      case "concatenate": {
        let at = y.address;
        const parts = inputs.map((name) => {
          const [features] = shapes.get(name) as ExampleShape;
          const part = { ...this.rowsOf(name), features, to: at };
          at += features * 4;
          return part;
        });
        return (batch) => {
          for (const { address, pitch, features, to } of parts) {
            kernels.copyBox(address, to, 1, 1, batch, features, 0, 0, pitch, 4, 0, 0, y.pitch, 4);
          }
        };
      }
      default:
        throw new Error(`internal: ${operation.kind} among features`);
    }
  }

  #onBlocks({ operation, inputs, output, floor }: Stage, packed: Packed | undefined): Step {
    const { kernels, shapes } = this.#around;
    const x = this.#blocksOf(inputs[0]);
    const [features] = shapes.get(inputs[0]) as ExampleShape;
    const bytes = this.#blockBytes(inputs[0]);
    if (operation.kind === "flatten") {
      this.#blocks.set(output, x);
      return () => {};
    }
    const y = this.#blocksOf(output);
    const yBytes = this.#blockBytes(output);
    switch (operation.kind) {
      case "linear": {
        const { bias, taps } = packed as Packed;
        const { taps: list, rowPointers } = taps as { taps: number; rowPointers: number };
        const [outputs] = operation.weight.shape;
        const [groups, ones] = [this.#groups, this.#ones];
        return (batch) =>
          eachBlock(batch, (block, lanes) => {
            const [from, to, count] = [x + block * bytes, y + block * yBytes, Math.ceil(lanes / 8)];
            kernels.sparseTaps(list, rowPointers, outputs, from, to, blockRow, bias, floor, groups, count, ones);
          });
      }
      case "activation":
      case "scaleShift":
        return this.#map(operation, output, (batch, call) =>
          eachBlock(batch, (block, lanes) => {
            const width = Math.ceil(lanes / 4) * 16;
            call(x + block * bytes, y + block * yBytes, features, blockRow, blockRow, width, false);
          }),
        );
      case "add": {
        const others = inputs.slice(1).map((name) => this.#blocksOf(name));
        return (batch) =>
          eachBlock(batch, (block) => {
            const to = y + block * yBytes;
            others.forEach((other, i) => {
              const low = i === others.length - 1 ? floor : Number.NEGATIVE_INFINITY;
              kernels.addInto(i === 0 ? x + block * bytes : to, other + block * bytes, to, bytes, low);
            });
          });
      }
      case "concatenate": {
        let at = y;
        const parts = inputs.map((name) => {
          const [rows] = shapes.get(name) as ExampleShape;
          const part = { from: this.#blocksOf(name), bytes: this.#blockBytes(name), rows, to: at };
          at += rows * blockRow;
          return part;
        });
        return (batch) => {
          const blocks = Math.ceil(batch / blockLanes);
          for (const { from, bytes: fromBytes, rows, to } of parts) {
            const strides = [0, fromBytes, blockRow, 4, 0, yBytes, blockRow, 4];
            kernels.copyBox(from, to, 1, blocks, rows, blockLanes, ...strides);
          }
        };
      }
      default:
        throw new Error(`internal: ${operation.kind} among features`);
    }
  }

  /** A function of single elements over the planes that `walk` hands to it. */
  #map(
    operation: OperationOf<"activation"> | OperationOf<"scaleShift">,
    output: string,
    walk: (batch: number, call: PlaneCall) => void,
  ): Step {
    const { kernels } = this.#around;
    const f = mapOf(operation);
    if ("numbers" in f) {
      const [a, b = a, c = a, d = a] = this.#numbers.get(output) as readonly number[];
      const call: PlaneCall = (x, y, planes, xPitch, yPitch, bytes, across) =>
        kernels.mapChannels(f.code, x, y, planes, xPitch, yPitch, bytes, 0, a, b, c, d, across);
      return (batch) => walk(batch, call);
    }
    const call: PlaneCall = (x, y, planes, xPitch, yPitch, bytes) =>
      kernels.map(f.code, x, y, planes, xPitch, yPitch, bytes, 0, f.p, f.q);
    return (batch) => walk(batch, call);
  }
}

type PlaneCall = (
  x: number,
  y: number,
  planes: number,
  xPitch: number,
  yPitch: number,
  bytes: number,
  across: boolean,
) => void;

/** Blocks of a batch, and the examples in each. */
function eachBlock(batch: number, work: (block: number, lanes: number) => void): void {
  for (let block = 0; block * blockLanes < batch; block++) {
    work(block, Math.min(blockLanes, batch - block * blockLanes));
  }
}
