/** Arrays from elsewhere held against the names and shapes that a network looks for, and in words what does not match. */

import { formatShape, InputError, nearest, type Shape, sameShape, sizeOf } from "../../base/index.ts";
import { listed, mostListed } from "../checkpoint/fit.ts";

/** An array of any origin, row-major: those of `parseSafetensors` and `networkTensors` are such. */
export interface GivenTensor {
  readonly shape: Shape;
  readonly values: ArrayLike<number>;
  /** As stored, where that is known: "I64" says that float64 numbers were integers. */
  readonly dtype?: string;
}

export interface NamingOptions {
  /** Opens messages: the file's name. Default "weights". */
  readonly source?: string;
  /** Taken off every name: "module." of DataParallel, "model." of Lightning. Names without it are unknown. Default "". */
  readonly prefix?: string;
}

/** What a network looks for, or a file has. */
export interface NamedShape {
  readonly name: string;
  readonly shape: Shape;
}

/** What was looked for, held against what there is. */
export interface NameMatch<T extends NamedShape> {
  readonly found: readonly { readonly wanted: T; readonly tensor: GivenTensor }[];
  readonly absent: readonly T[];
  /** Not looked for, without the prefix. */
  readonly unknown: readonly NamedShape[];
  /** Not under the prefix. */
  readonly outside: readonly string[];
  /** In words, those of another shape. */
  readonly shapes: readonly string[];
}

/** Looks names up under a prefix. */
export function matchNames<T extends NamedShape>(
  wanted: readonly T[],
  tensors: ReadonlyMap<string, GivenTensor>,
  prefix: string,
): NameMatch<T> {
  const match = { found: [] as { wanted: T; tensor: GivenTensor }[], absent: [] as T[], shapes: [] as string[] };
  for (const one of wanted) {
    const tensor = tensors.get(prefix + one.name);
    if (tensor === undefined) match.absent.push(one);
    else {
      match.found.push({ wanted: one, tensor });
      if (!sameShape(tensor.shape, one.shape)) {
        match.shapes.push(`${one.name} is ${formatShape(tensor.shape)}, the network's ${formatShape(one.shape)}`);
      }
    }
  }
  const names = new Set(wanted.map(({ name }) => name));
  const [unknown, outside]: [NamedShape[], string[]] = [[], []];
  for (const [name, { shape }] of tensors) {
    const rest = name.slice(prefix.length);
    if (!name.startsWith(prefix)) outside.push(name);
    else if (!names.has(rest) && !isCounter(rest, names)) unknown.push({ name: rest, shape });
  }
  return { ...match, unknown, outside };
}

/** PyTorch's count of a batch norm's batches, which there is no use for. */
function isCounter(name: string, wanted: ReadonlySet<string>): boolean {
  const counter = "num_batches_tracked";
  return name.endsWith(counter) && wanted.has(`${name.slice(0, -counter.length)}running_mean`);
}

/** The error that lists what does not match; of unknown names where `strict`. */
export function misfit(
  { absent, unknown, outside, shapes }: NameMatch<NamedShape>,
  { called, source, prefix, strict }: { called: string; source: string; prefix: string; strict: boolean },
): InputError {
  // The nearest name is looked for as often as it is shown.
  const missing = absent.map((one, index) => (index < mostListed ? missingName(one, unknown) : one.name));
  const parts = [
    listed("missing", missing),
    listed("unknown to the network", strict ? unknown.map(({ name }) => shown(name)) : []),
    listed(`without the prefix ${JSON.stringify(prefix)}`, strict ? outside.map(shown) : []),
    listed("of another shape", shapes),
  ].filter((part) => part !== "");
  const names = absent.map(({ name }) => name);
  const otherwise = strict && shapes.length === 0 ? ", or take what fits: strict: false" : "";
  const cure =
    namingCure(names, [...unknown.map(({ name }) => prefix + name), ...outside], prefix) ??
    `Build the network that they were saved from${otherwise}`;
  return new InputError(`${source}: must be weights of ${called}, but there is ${parts.join("; ")}. ${cure}`);
}

/** With the name that may have been meant: one of the same shape. */
function missingName({ name, shape }: NamedShape, unknown: readonly NamedShape[]): string {
  const alike = unknown.filter((one) => isReadable(one.name) && sameShape(one.shape, shape)).slice(0, mostCompared);
  const near = nearest(
    name,
    alike.map((one) => one.name),
  );
  return `${name} ${formatShape(shape)}${near === undefined ? "" : ` (is it ${near}?)`}`;
}

/** What to do about names that do not fit, where they show it. */
function namingCure(missing: readonly string[], unknown: readonly string[], prefix: string): string | undefined {
  for (const longer of unknown.filter(isReadable).slice(0, mostCompared)) {
    const wanted = missing.find((name) => longer.endsWith(`.${name}`));
    if (wanted !== undefined) {
      return `Give the prefix that its names have: ${JSON.stringify(longer.slice(0, -wanted.length))}`;
    }
  }
  const pruned = new Set(missing.map((name) => `${prefix}${name}_orig`));
  if (unknown.some((name) => pruned.has(name))) {
    return "Make its pruning permanent before it is saved: torch.nn.utils.prune.remove";
  }
  return undefined;
}

/** The numbers of an array, checked to be floating-point and as many as its shape says. */
export function floatsOf(where: string, { shape, values, dtype }: GivenTensor): Float32Array | Float64Array {
  if (!(values instanceof Float32Array || values instanceof Float64Array) || !/^(B?F|$)/.test(dtype ?? "")) {
    throw new InputError(
      `${where}: weights must be floating-point numbers, got ${dtype ?? Object.prototype.toString.call(values).slice(8, -1)}; ` +
        "convert them first: tensor.float()",
    );
  }
  if (values.length !== sizeOf(shape)) {
    throw new InputError(
      `${where}: ${formatShape(shape)} takes ${sizeOf(shape)} values, got ${values.length}; give the shape of the values`,
    );
  }
  return values;
}

/** A name of any origin, short enough for a message. */
function shown(name: string): string {
  return isReadable(name) ? name : `${name.slice(0, mostShown)}...`;
}

const mostShown = 100;
/** Names compared with one that is missing. */
const mostCompared = 1000;

function isReadable(name: string): boolean {
  return name.length <= mostShown;
}
