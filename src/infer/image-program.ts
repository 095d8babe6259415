/**
 * The part of a program that works on images, as a list of kernel calls on a strip of a few images.
 *
 * Convolutions read planes at shifted addresses (image-layout.ts): dense ones with tiles of four channels, sparse ones one
 * multiply-add per stored weight and vector of pixels. Buffers are zeroed once and reused only by values of the same
 * layout, so that the zeros between pixels stay; those with zeros inside an image are not reused.
 */

import type { Arena } from "./arena.ts";
import type { Bundle, ConvolutionOperation, OperationOf } from "./bundle.ts";
import { inputName } from "./bundle.ts";
import type { ExampleShape } from "./bundle-shapes.ts";
import { elements } from "./bundle-shapes.ts";
import { mapOf } from "./functions.ts";
import type { Stage } from "./fuse.ts";
import type { ImageLayout } from "./image-layout.ts";
import { isStrided, layOut, phasesOf, pixelGroups, pixelMask } from "./image-layout.ts";
import type { Kernels } from "./kernels.ts";
import { channelCodes } from "./kernels.ts";
import { denseTapsDensity, denseValues, densityOf, packPanels, packTaps, padded } from "./pack.ts";

/** Where examples lie as rows of features: address of the first, bytes from one to the next. */
export interface RowPlace {
  address: number;
  pitch: number;
}

/** Works on `images` images; their rows of features begin at example `first`. */
export type ImageStep = (images: number, first: number) => void;

/** A value in memory: address of the first pixel of the first channel. */
interface Place {
  readonly layout: ImageLayout;
  readonly buffer: number;
  readonly pixels: number;
}

export interface ImageSurroundings {
  readonly arena: Arena;
  readonly kernels: Kernels;
  readonly wide: boolean;
  readonly bundle: Bundle;
  readonly stages: readonly Stage[];
  readonly shapes: ReadonlyMap<string, ExampleShape>;
  /** Most images that a strip holds. */
  readonly images: number;
  /** Where a value that leaves the images goes; its address may change between runs. */
  readonly rowsOf: (name: string) => RowPlace;
}

export class ImageProgram {
  /** Images of the next strip, as given: [images][C][H][W]. */
  readonly input: number;
  readonly images: number;
  readonly #steps: ImageStep[] = [];
  readonly #around: ImageSurroundings;
  readonly #layouts: ReadonlyMap<string, ImageLayout>;
  readonly #places = new Map<string, Place>();
  readonly #free = new Map<string, number[]>();
  readonly #owned = new Set<string>();
  readonly #constants = new Map<string, number>();

  constructor(around: ImageSurroundings) {
    const { arena, bundle, stages, shapes, images } = around;
    this.#around = around;
    this.images = images;
    this.#layouts = layOut(stages, shapes, images);
    this.input = arena.allocate(images * elements(bundle.input) * 4, bundle.name);
    const inside = stages.filter(({ inputs }) => shapes.get(inputs[0])?.length === 3);
    const lastReader = new Map<string, number>();
    inside.forEach(({ inputs }, i) => {
      for (const name of inputs) lastReader.set(name, i);
    });
    const output = bundle.operations[bundle.operations.length - 1].name;
    lastReader.set(output, inside.length);
    this.#readInput(bundle);
    inside.forEach((stage, i) => {
      this.#add(stage);
      for (const name of new Set(stage.inputs)) if (lastReader.get(name) === i) this.#giveBack(name);
    });
    if (shapes.get(output)?.length === 3) this.#leave(output, output);
  }

  /** One strip, whose images lie at `input`. */
  run(images: number, first: number): void {
    for (const step of this.#steps) step(images, first);
  }

  #place(name: string): Place {
    return this.#places.get(name) as Place;
  }

  /** A buffer for a value: one that a value of the same layout no longer needs, or a fresh one. */
  #make(name: string): Place {
    const layout = this.#layouts.get(name) as ImageLayout;
    return this.#keep(name, this.#free.get(JSON.stringify(layout))?.pop());
  }

  /** A buffer of its own, for a value whose image has zeros that are never written. */
  #makeZeros(name: string): Place {
    this.#owned.add(name);
    return this.#keep(name, undefined);
  }

  #keep(name: string, free: number | undefined): Place {
    const layout = this.#layouts.get(name) as ImageLayout;
    const buffer = free ?? this.#around.arena.allocate(layout.channels * layout.plane * 4, name);
    const place = { layout, buffer, pixels: buffer + layout.front * 4 };
    this.#places.set(name, place);
    return place;
  }

  #giveBack(name: string): void {
    if (this.#owned.has(name)) return;
    const { layout, buffer } = this.#place(name);
    const key = JSON.stringify(layout);
    this.#free.set(key, [...(this.#free.get(key) ?? []), buffer]);
  }

  /** A table in memory, made once per key. */
  #constant(key: string, make: () => Uint32Array<ArrayBuffer>): number {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const address = this.#around.arena.put(make(), key);
    this.#constants.set(key, address);
    return address;
  }

  #mask(layout: ImageLayout): number {
    const { height, width, row, image } = layout;
    return this.#constant(`mask ${[height, width, row, image]}`, () => pixelMask(layout, this.images));
  }

  /** Tables of groups of pixels for a whole strip and for one image, and how many they hold. */
  #groups(layout: ImageLayout): (images: number) => readonly [number, number] {
    const { height, width, row, image } = layout;
    const table = (images: number): readonly [number, number] => {
      const groups = pixelGroups(layout, images);
      return [this.#constant(`groups ${[height, width, row, image, images]}`, () => groups), groups.length];
    };
    const [one, all] = [table(1), table(this.images)];
    return (images) => (images === 1 ? one : all);
  }

  #readInput({ input, normalisation, name }: Bundle): void {
    const { kernels, arena } = this.#around;
    const { layout, pixels } = this.#make(inputName);
    const [channels, height, width] = input;
    const given = { address: this.input, channel: height * width * 4, image: elements(input) * 4, row: width * 4 };
    this.#steps.push((images) => {
      const { address, channel, image, row } = given;
      const to = [layout.plane * 4, layout.image * 4, layout.row * 4, 4];
      kernels.copyBox(address, pixels, channels, images, height, width, channel, image, row, 4, ...to);
    });
    if (normalisation === undefined) return;
    const [mean, deviation] = [normalisation.mean, normalisation.deviation].map((numbers) =>
      arena.put(
        padded(
          Float32Array.from({ length: channels }, (_, c) => numbers[numbers.length === 1 ? 0 : c]),
          channels,
        ),
        name,
      ),
    );
    const { standardise } = channelCodes;
    const [pitch, mask] = [layout.plane * 4, this.#mask(layout)];
    this.#steps.push((images) => {
      const bytes = planeBytes(layout, images);
      kernels.mapChannels(
        standardise,
        pixels,
        pixels,
        channels,
        pitch,
        pitch,
        bytes,
        mask,
        mean,
        deviation,
        mean,
        mean,
        false,
      );
    });
  }

  #add({ operation, inputs, output, floor }: Stage): void {
    switch (operation.kind) {
      case "convolution":
        this.#convolve(operation, inputs[0], output, floor);
        break;
      case "activation":
      case "scaleShift":
        this.#map(operation, inputs[0], output);
        break;
      case "add":
        this.#sum(inputs, output, floor);
        break;
      case "maxPool":
      case "averagePool":
      case "globalMaxPool":
      case "globalAveragePool":
        this.#pool(operation, inputs[0], output);
        break;
      case "flatten":
        this.#leave(inputs[0], output);
        break;
      case "concatenate": {
        const to = this.#make(output);
        let channel = 0;
        for (const name of inputs) {
          const from = this.#place(name);
          this.#copy(from, to, { toChannel: channel });
          channel += from.layout.channels;
        }
        break;
      }
      case "zeroPad": {
        const [row, column] = operation.padding;
        this.#copy(this.#place(inputs[0]), this.#makeZeros(output), { toRow: row, toColumn: column });
        break;
      }
      case "upsample": {
        const [from, to] = [this.#place(inputs[0]), this.#make(output)];
        const [rows, columns] = operation.factor;
        for (let toRow = 0; toRow < rows; toRow++) {
          for (let toColumn = 0; toColumn < columns; toColumn++) {
            this.#copy(from, to, { toRow, toColumn, toStep: operation.factor });
          }
        }
        break;
      }
      default:
        throw new Error(`internal: ${operation.kind} among images`);
    }
  }

  /** Copies the pixels of every channel, from and to a step of rows and columns. */
  #copy(
    from: Place,
    to: Place,
    {
      fromRow = 0,
      fromColumn = 0,
      fromStep = [1, 1],
      rows = from.layout.height,
      columns = from.layout.width,
      toChannel = 0,
      toRow = 0,
      toColumn = 0,
      toStep = [1, 1],
    }: CopyOptions,
  ): void {
    const { kernels } = this.#around;
    const [a, b] = [from.layout, to.layout];
    const x = from.pixels + (fromRow * a.row + fromColumn) * 4;
    const y = to.pixels + (toChannel * b.plane + toRow * b.row + toColumn) * 4;
    const xStrides = [a.plane, a.image, a.row * fromStep[0], fromStep[1]].map((distance) => distance * 4);
    const yStrides = [b.plane, b.image, b.row * toStep[0], toStep[1]].map((distance) => distance * 4);
    const strides = [...xStrides, ...yStrides];
    this.#steps.push((images) => kernels.copyBox(x, y, a.channels, images, rows, columns, ...strides));
  }

  /** Copies a value to rows of features. */
  #leave(name: string, output: string): void {
    const { kernels, rowsOf } = this.#around;
    const { layout, pixels } = this.#place(name);
    const { channels, height, width } = layout;
    const xStrides = [layout.plane * 4, layout.image * 4, layout.row * 4, 4];
    this.#steps.push((images, first) => {
      const { address, pitch } = rowsOf(output);
      const y = address + first * pitch;
      kernels.copyBox(
        ...[pixels, y, channels, images, height, width],
        ...[...xStrides, height * width * 4, pitch, width * 4, 4],
      );
    });
  }

  #map(operation: OperationOf<"activation"> | OperationOf<"scaleShift">, input: string, output: string): void {
    const { kernels, arena } = this.#around;
    const from = this.#place(input);
    const to = this.#make(output);
    const { channels } = to.layout;
    const [xPitch, yPitch, mask] = [from.layout.plane * 4, to.layout.plane * 4, this.#mask(to.layout)];
    const f = mapOf(operation);
    if ("numbers" in f) {
      const numbers = f.numbers.map((one) => arena.put(padded(one, channels), output));
      const [a, b = a, c = a, d = a] = numbers;
      this.#steps.push((images) => {
        const bytes = planeBytes(to.layout, images);
        kernels.mapChannels(f.code, from.pixels, to.pixels, channels, xPitch, yPitch, bytes, mask, a, b, c, d, false);
      });
    } else {
      this.#steps.push((images) => {
        const bytes = planeBytes(to.layout, images);
        kernels.map(f.code, from.pixels, to.pixels, channels, xPitch, yPitch, bytes, mask, f.p, f.q);
      });
    }
  }

  /** Sums whole planes, the zeros between pixels included; planes of other lengths one by one. */
  #sum(inputs: readonly string[], output: string, floor: number): void {
    const { kernels } = this.#around;
    const places = inputs.map((name) => this.#place(name));
    const to = this.#make(output);
    const { channels } = to.layout;
    this.#steps.push((images) => {
      const bytes = planeBytes(to.layout, images);
      for (let channel = 0; channel < channels; channel++) {
        const at = (place: Place) => place.pixels + channel * place.layout.plane * 4;
        const y = at(to);
        places.forEach((place, i) => {
          if (i === 0) return;
          const low = i === places.length - 1 ? floor : Number.NEGATIVE_INFINITY;
          kernels.addInto(i === 1 ? at(places[0]) : y, at(place), y, bytes, low);
        });
      }
    });
  }

  #pool(
    operation: OperationOf<"maxPool" | "averagePool"> | OperationOf<"globalMaxPool" | "globalAveragePool">,
    input: string,
    output: string,
  ): void {
    const { kernels } = this.#around;
    const [from, to] = [this.#place(input), this.#make(output)];
    const { channels, height, width } = from.layout;
    const mean = operation.kind === "averagePool" || operation.kind === "globalAveragePool" ? 1 : 0;
    const window =
      "kernel" in operation ? [...operation.kernel, ...operation.stride, ...operation.padding] : [0, 0, 0, 0, 0, 0];
    const sizes = [height, width, to.layout.height, to.layout.width, from.layout.row * 4, to.layout.row * 4];
    const [xPitch, yPitch] = [from.layout.plane * 4, to.layout.plane * 4];
    const [xImage, yImage] = [from.layout.image * 4, to.layout.image * 4];
    this.#steps.push((images) =>
      kernels.pools(
        from.pixels,
        to.pixels,
        channels,
        xPitch,
        yPitch,
        images,
        xImage,
        yImage,
        ...sizes,
        ...window,
        mean,
      ),
    );
  }

  /** Copies the image to one image per phase of the stride, padded: the convolution then has stride 1. */
  #split({ stride, padding }: ConvolutionOperation, input: string, output: string, kernel: readonly number[]): Place {
    const from = this.#place(input);
    const phases = this.#makeZeros(phasesOf(output));
    const { height, width, channels } = from.layout;
    // The first row of the phase that lies in the image, and how many follow.
    const along = (size: number, phase: number, i: 0 | 1) => {
      const skipped = Math.max(0, Math.ceil((padding[i] - phase) / stride[i]));
      const begin = skipped * stride[i] + phase - padding[i];
      return { skipped, begin, count: Math.ceil((size - begin) / stride[i]) };
    };
    for (let a = 0; a < Math.min(stride[0], kernel[0]); a++) {
      for (let b = 0; b < Math.min(stride[1], kernel[1]); b++) {
        const [y, x] = [along(height, a, 0), along(width, b, 1)];
        if (y.count <= 0 || x.count <= 0) continue;
        this.#copy(from, phases, {
          ...{ fromRow: y.begin, fromColumn: x.begin, fromStep: stride, rows: y.count, columns: x.count },
          ...{ toChannel: (a * stride[1] + b) * channels, toRow: y.skipped, toColumn: x.skipped },
        });
      }
    }
    return phases;
  }

  #convolve(operation: ConvolutionOperation, input: string, output: string, floor: number): void {
    const { kernels, arena, wide } = this.#around;
    const { weight, groups, stride, padding } = operation;
    const [outputs, perGroup, kernelY, kernelX] = weight.shape;
    const { channels, height, width } = this.#place(input).layout;
    const strided = isStrided(operation);
    const from = strided ? this.#split(operation, input, output, [kernelY, kernelX]) : this.#place(input);
    const to = this.#make(output);
    const { row, plane } = from.layout;
    const x = from.pixels - (strided ? 0 : padding[0] * row + padding[1]) * 4;
    // Where the tap at a column of the weight begins, or -1 where it meets zeros for every pixel.
    const places = Int32Array.from({ length: perGroup * kernelY * kernelX }, (_, column) => {
      const j = column % kernelX;
      const i = Math.floor(column / kernelX) % kernelY;
      const channel = Math.floor(column / (kernelX * kernelY));
      const meets = (size: number, tap: number, outputSize: number, k: 0 | 1) => {
        const first = Math.max(0, Math.ceil((padding[k] - tap) / stride[k]));
        return first < outputSize && first * stride[k] + tap - padding[k] < size;
      };
      if (!meets(height, i, to.layout.height, 0) || !meets(width, j, to.layout.width, 1)) return -1;
      const phase = (i % stride[0]) * stride[1] + (j % stride[1]);
      const shift = Math.floor(i / stride[0]) * row + Math.floor(j / stride[1]);
      return ((phase * channels + channel) * plane + shift) * 4;
    });
    const bias = arena.put(padded(operation.bias, outputs), output);
    const [pitch, mask, tables] = [to.layout.plane * 4, this.#mask(to.layout), this.#groups(to.layout)];
    const rows = outputs / groups;
    const groupBytes = perGroup * plane * 4;
    if (rows < 4 || densityOf(weight) < denseTapsDensity) {
      const packed = packTaps(weight, (r, column) =>
        places[column] < 0 ? -1 : places[column] + Math.floor(r / rows) * groupBytes,
      );
      const [taps, rowPointers] = [arena.put(packed.taps, output), arena.put(packed.rowPointers, output)];
      this.#steps.push((images) => {
        const [table, count] = tables(images);
        kernels.sparseTaps(taps, rowPointers, outputs, x, to.pixels, pitch, bias, floor, table, count, mask);
      });
      return;
    }
    const columns = [...places.keys()].filter((column) => places[column] >= 0);
    const offsets = arena.put(
      Uint32Array.from(columns, (column) => places[column]),
      output,
    );
    const width4 = perGroup * kernelY * kernelX;
    const values = denseValues(weight);
    for (let group = 0; group < groups; group++) {
      const part = values.subarray(group * rows * width4, (group + 1) * rows * width4);
      const weights = arena.put(packPanels(part, width4, 4, columns), output);
      const source = x + group * groupBytes;
      const target = to.pixels + group * rows * pitch;
      // The bias of a group need not begin at a multiple of 16 bytes: it is read number by number.
      const own = bias + group * rows * 4;
      const count4 = columns.length;
      this.#steps.push((images) => {
        const [table, count] = tables(images);
        kernels.denseTaps(weights, offsets, count4, source, target, pitch, rows, own, floor, table, count, mask, wide);
      });
    }
  }
}

interface CopyOptions {
  readonly fromRow?: number;
  readonly fromColumn?: number;
  readonly fromStep?: readonly [number, number];
  readonly rows?: number;
  readonly columns?: number;
  readonly toChannel?: number;
  readonly toRow?: number;
  readonly toColumn?: number;
  readonly toStep?: readonly [number, number];
}

/** Bytes of a plane from its first pixel to the end of the last image, in whole vectors. */
const planeBytes = ({ image }: ImageLayout, images: number): number => Math.ceil((images * image) / 4) * 16;
