/** Whether a checkpoint is one of a network: the same names, shapes and masks. Everything that is not is said at once. */

import { formatShape, InputError, type Shape, sameShape } from "../../base/index.ts";
import type { Mask, Network } from "../../nn/index.ts";
import type { SparsePattern } from "../../tensor/index.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { namedVariables } from "./network-tensors.ts";

/** Names that a message gives of a list. */
export const mostListed = 8;

/** @throws InputError  listing what is missing in the checkpoint, what the network lacks, other shapes and other masks */
export function checkFit(network: Network, checkpoint: Checkpoint): void {
  const missing: string[] = [];
  const others: string[] = [];
  const masks: string[] = [];
  const names = new Set<string>();
  for (const { name, variable, pattern } of namedVariables(network)) {
    names.add(name);
    const saved = checkpoint.tensors.get(name);
    const mask = checkpoint.masks.get(name);
    const [was, is] = [weightShape(saved?.shape ?? [], mask), weightShape(variable.shape, pattern)];
    const alike = mask !== undefined && pattern !== undefined && sameShape(was, is);
    const difference = alike ? maskDifference(mask, pattern) : undefined;
    if (saved === undefined) missing.push(`${name} ${formatShape(is)}`);
    else if ((mask === undefined) !== (pattern === undefined)) {
      masks.push(`${name} is ${mask === undefined ? "dense, the network's sparse" : "sparse, the network's dense"}`);
    } else if (!sameShape(was, is)) others.push(`${name} is ${formatShape(was)}, the network's ${formatShape(is)}`);
    else if (difference !== undefined) masks.push(`${name} has ${difference}`);
    else if (!sameShape(saved.shape, variable.shape)) {
      others.push(`${name} has values of ${formatShape(saved.shape)}, the network's of ${formatShape(variable.shape)}`);
    }
  }
  const unexpected = [...checkpoint.tensors].filter(([name]) => !names.has(name));
  const parts = [
    listed("missing", missing),
    listed(
      "unknown to the network",
      unexpected.map(([name, { shape }]) => `${name} ${formatShape(shape)}`),
    ),
    listed("of another shape", others),
    listed("of another mask", masks),
  ].filter((part) => part !== "");
  if (parts.length === 0) return;
  const onlyMasks = parts.length === 1 && masks.length > 0;
  throw new InputError(
    `${checkpoint.source}: must be a checkpoint of this network, but there is ${parts.join("; ")}. ` +
      (onlyMasks
        ? "Build the network with the checkpoint's masks: masksOf(checkpoint)"
        : "Build the network as it was: the checkpoint's model and weights say how"),
  );
}

/** "missing: a, b, and 3 more"; nothing where there is nothing. */
export function listed(what: string, items: readonly string[]): string {
  if (items.length === 0) return "";
  const more = items.length > mostListed ? `, and ${items.length - mostListed} more` : "";
  return `${what}: ${items.slice(0, mostListed).join(", ")}${more}`;
}

/** Of the weight, whose values alone are kept where it is sparse. */
function weightShape(shape: Shape, sparse: Mask | SparsePattern | undefined): Shape {
  return sparse === undefined ? shape : [sparse.fanOut, sparse.fanIn];
}

/** In words how a mask differs from a pattern of the same shape; undefined where it does not. */
function maskDifference(
  { fanOut, rowPointers, columnIndices }: Mask,
  { active, csr }: SparsePattern,
): string | undefined {
  if (columnIndices.length !== active) return `${columnIndices.length} active weights, the network's ${active}`;
  for (let row = 0; row < fanOut; row++) {
    const end = csr.rowPointers[row + 1];
    let same = rowPointers[row + 1] === end;
    for (let k = csr.rowPointers[row]; same && k < end; k++) same = columnIndices[k] === csr.columnIndices[k];
    if (!same) return `other active weights, first in row ${row}`;
  }
  return undefined;
}
