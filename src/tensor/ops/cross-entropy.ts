/** Softmax and its cross-entropy with integer labels, per example. Labels are int32 [B]. */

import type { Operation, Tensor } from "../graph.ts";
import { checkShapes } from "../graph.ts";
import { laneBlocks } from "../lane-blocks.ts";
import type { Emitter } from "../program.ts";
import { multiply, onlyIf, subtract } from "./arithmetic.ts";
import { columnSum, scaleColumns } from "./columns.ts";
import { batchMean } from "./scalars.ts";

/** p (d - Σ_c p d): the symmetric Jacobian of softmax applied to d. */
function softmaxJacobian(p: Tensor, d: Tensor): Tensor {
  const weighted = multiply(p, d);
  return subtract(weighted, scaleColumns(p, columnSum(weighted)));
}

const softmaxOperation: Operation<undefined> = {
  name: "softmax",
  vjp: (node, c) => [softmaxJacobian(node, c)],
  jvp: (node, [d]) => onlyIf(d, (t) => softmaxJacobian(node, t)),
  emit: (node, emitter) => {
    for (const block of laneBlocks(emitter, node.batch)) {
      emitter.call("softmax", [block.of(node.inputs[0]), block.of(node), node.rows, block.stride], block.lanes, 16);
    }
  },
};

/** e^logit / Σ e^logit over the classes, the maximum taken out first. @param logits  [C, B] */
export function softmax(logits: Tensor): Tensor {
  return logits.graph.node(softmaxOperation, [logits], undefined, logits);
}

const softmaxResidualOperation: Operation<undefined> = {
  name: "softmaxResidual",
  vjp: ({ inputs: [logits] }, c) => [softmaxJacobian(softmax(logits), c), undefined],
  jvp: ({ inputs: [logits] }, [d]) => onlyIf(d, (t) => softmaxJacobian(softmax(logits), t)),
  emit: (node, emitter) => emitPerColumn("softmaxResidual", node, emitter),
};

/** Calls of a kernel of logits and labels. */
function emitPerColumn(kernel: "softmaxResidual" | "crossEntropy" | "correct", node: Tensor, emitter: Emitter): void {
  const [logits, labels] = node.inputs;
  for (const block of laneBlocks(emitter, node.batch)) {
    const args = [block.of(logits), block.of(labels), block.of(node), logits.rows, block.stride];
    emitter.call(kernel, args, block.lanes, 16);
  }
}

function softmaxResidual(logits: Tensor, labels: Tensor): Tensor {
  return logits.graph.node(softmaxResidualOperation, [logits, labels], undefined, logits);
}

const crossEntropyOperation: Operation<undefined> = {
  name: "crossEntropy",
  vjp: ({ inputs: [logits, labels] }, c) => [scaleColumns(softmaxResidual(logits, labels), c), undefined],
  jvp: ({ inputs: [logits, labels] }, [d]) => onlyIf(d, (t) => columnSum(multiply(softmaxResidual(logits, labels), t))),
  emit: (node, emitter) => emitPerColumn("crossEntropy", node, emitter),
};

/** -log softmax(logits)[label], per example. @param logits  [C, B]. @param labels  int32 [B] in [0, C). @returns [B] */
export function crossEntropyPerExample(logits: Tensor, labels: Tensor): Tensor {
  const spec = { shape: [logits.batch], batched: true };
  return logits.graph.node(crossEntropyOperation, [logits, checkLabels(logits, labels)], undefined, spec);
}

/** Mean over the batch of -log softmax(logits)[label]. @param logits  [C, B]. @param labels  int32 [B]. @returns [] */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  return batchMean(crossEntropyPerExample(logits, labels));
}

const correctOperation: Operation<undefined> = {
  name: "correct",
  vjp: () => [undefined, undefined],
  jvp: () => undefined,
  emit: (node, emitter) => emitPerColumn("correct", node, emitter),
};

/** 1 where the first largest logit is the label's, else 0; its derivative is 0. @param logits  [C, B]. @returns [B] */
export function correct(logits: Tensor, labels: Tensor): Tensor {
  const spec = { shape: [logits.batch], batched: true };
  return logits.graph.node(correctOperation, [logits, checkLabels(logits, labels)], undefined, spec);
}

function checkLabels(logits: Tensor, labels: Tensor): Tensor {
  const fits = labels.integer && labels.batched && labels.rows === 1 && labels.batch === logits.batch && logits.batched;
  checkShapes("crossEntropy", "expected logits [C, B] and int32 labels [B]", fits, logits, labels);
  return labels;
}
