/**
 * Fusion: a product takes over the elementwise operations that follow it, and does them while its sums are in registers.
 *
 *     relu(addRows(W x, bias))       one call: product, bias, ReLU
 *     addRows(W x, bias)             one call: product, bias
 *     reluBackward(Wᵀ dy, h)         one call: product, gate
 *
 * An operation is taken over only if nothing else reads what came before it. The bits are those of the separate calls.
 * Views are no steps: nothing is called for them.
 */

import type { Tensor } from "./graph.ts";
import type { LaneBlock } from "./lane-blocks.ts";
import type { Emitter } from "./program.ts";

/** What a product does last, and where its result goes. */
export interface Finish {
  /** The node whose value the call leaves. */
  readonly target: Tensor;
  /** One number per row of the product's matrix: features of [F, B], channels of [C, H, W, B]. */
  readonly bias?: Tensor;
  readonly gate?: Tensor;
  readonly rectify?: boolean;
}

/** One thing to emit: a node by itself, or a product with what it takes over. */
export interface Step {
  /** The node whose value the step leaves. */
  readonly target: Tensor;
  /** The node whose operation emits the calls. */
  readonly node: Tensor;
  /** What the calls read. */
  readonly reads: readonly Tensor[];
  readonly finish?: Finish;
}

/**
 * Groups nodes into steps.
 *
 * @param nodes  in execution order
 * @param roots  nodes whose values must stand at the end
 */
export function fuse(nodes: readonly Tensor[], roots: ReadonlySet<Tensor>): Step[] {
  const readers = new Map<Tensor, number>();
  for (const node of nodes) for (const input of node.inputs) readers.set(input, (readers.get(input) ?? 0) + 1);
  const single = (node: Tensor) => readers.get(node) === 1 && !roots.has(node);

  const steps: (Step | undefined)[] = [];
  /** The step that leaves a node's value, where it may still grow. */
  const open = new Map<Tensor, { readonly place: number; readonly step: Step }>();
  for (const node of nodes) {
    if (node.operation.view === true) continue;
    const [first, second] = node.inputs;
    const grown = first !== undefined && single(first) ? open.get(first) : undefined;
    const finish = grown && grow(node, second, grown.step.finish);
    if (grown !== undefined && finish !== undefined) {
      const extra = finish.reads === undefined ? [] : [finish.reads];
      const step = { ...grown.step, target: node, reads: [...grown.step.reads, ...extra], finish: finish.finish };
      // The step moves to where its last part stands: everything it reads has run by then.
      steps[grown.place] = undefined;
      open.set(node, { place: steps.length, step });
      steps.push(step);
      continue;
    }
    const step: Step = { target: node, node, reads: node.inputs };
    if (node.operation.finishes === true) open.set(node, { place: steps.length, step });
    steps.push(step);
  }
  return steps.filter((step) => step !== undefined);
}

/** The finish that also does `node`, or undefined where the kernel's fixed order (bias, ReLU, gate) does not allow it. */
function grow(
  node: Tensor,
  second: Tensor | undefined,
  before: Finish | undefined,
): { readonly finish: Finish; readonly reads?: Tensor } | undefined {
  const free = before?.rectify !== true && before?.gate === undefined;
  switch (node.operation.name) {
    case "addRows":
      return free && before?.bias === undefined ? { finish: { target: node, bias: second }, reads: second } : undefined;
    case "relu":
      return free ? { finish: { ...before, target: node, rectify: true } } : undefined;
    case "reluBackward":
      return before?.gate === undefined
        ? { finish: { ...before, target: node, gate: second }, reads: second }
        : undefined;
    default:
      return undefined;
  }
}

/** The last arguments of a product kernel on a run of lanes, and the address of its result there. */
export function finishing(
  node: Tensor,
  emitter: Emitter,
  lanes: LaneBlock,
  finish: Finish | undefined,
): { readonly out: number; readonly args: readonly [bias: number, gate: number, rectify: number] } {
  const bias = finish?.bias === undefined ? 0 : emitter.address(finish.bias);
  const gate = finish?.gate === undefined ? 0 : lanes.of(finish.gate);
  return { out: lanes.of(finish?.target ?? node), args: [bias, gate, finish?.rectify === true ? 1 : 0] };
}
