/**
 * The messages of ONNX that a network takes, as plain objects, and their bytes: Protocol Buffers by `pbf`.
 *
 * Field numbers are those of onnx.proto3 of ONNX 1.12, which later versions keep. Opset 17 and IR version 8 (ONNX 1.12, 2022) are the
 * oldest that have all that is written here in today's form, so that old runtimes read the files, too.
 *
 * @see https://github.com/onnx/onnx/blob/v1.12.0/onnx/onnx.proto3
 */

import { PbfWriter } from "pbf";
import type { Shape } from "../../base/index.ts";

export const irVersion = 8;
export const opsetVersion = 17;

/** TensorProto.DataType. */
const elementTypes = { float32: 1, int64: 7 } as const;
/** AttributeProto.AttributeType. */
const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** Little-endian numbers with a name: a parameter, or a constant that an operator reads. */
export interface OnnxTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly values: Float32Array | BigInt64Array;
}

/** The non-zero values of an array by their row-major places, increasing. */
export interface OnnxSparseTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly values: Float32Array;
  readonly places: BigInt64Array;
}

export type OnnxAttribute =
  | { readonly name: string; readonly type: "float"; readonly value: number }
  | { readonly name: string; readonly type: "int"; readonly value: number }
  | { readonly name: string; readonly type: "string"; readonly value: string }
  | { readonly name: string; readonly type: "ints"; readonly value: readonly number[] };

export interface OnnxNode {
  /** Of the operator: "Conv". */
  readonly operator: string;
  readonly name: string;
  /** Names of values; "" leaves an optional one out. */
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: readonly OnnxAttribute[];
}

/** An input or output of the network. A text is an axis that any number may take, the batch. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

export interface OnnxModel {
  readonly name: string;
  readonly producer: { readonly name: string; readonly version: string };
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
  readonly sparseTensors: readonly OnnxSparseTensor[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** The bytes of a model: a `.onnx` file. */
export function encodeOnnxModel(model: OnnxModel): Uint8Array {
  const numbers = [...model.tensors, ...model.sparseTensors].reduce((sum, { values }) => sum + values.byteLength, 0);
  // Large enough at once, as a rule: the writer would double its memory again and again.
  const to = new PbfWriter(new Uint8Array(Math.ceil(1.01 * numbers) + 2 ** 16));
  to.writeVarintField(1, irVersion);
  to.writeStringField(2, model.producer.name);
  to.writeStringField(3, model.producer.version);
  to.writeMessage(7, writeGraph, model);
  to.writeMessage(8, writeOpset, opsetVersion);
  for (const pair of model.metadata) to.writeMessage(14, writePair, pair);
  return to.finish();
}

/** The domain, field 1, is left out: it is ONNX's own. */
function writeOpset(version: number, to: PbfWriter): void {
  to.writeVarintField(2, version);
}

function writePair([key, value]: readonly [string, string], to: PbfWriter): void {
  to.writeStringField(1, key);
  to.writeStringField(2, value);
}

function writeGraph({ name, nodes, tensors, sparseTensors, inputs, outputs }: OnnxModel, to: PbfWriter): void {
  for (const node of nodes) to.writeMessage(1, writeNode, node);
  to.writeStringField(2, name);
  for (const tensor of tensors) to.writeMessage(5, writeTensor, tensor);
  for (const value of inputs) to.writeMessage(11, writeValue, value);
  for (const value of outputs) to.writeMessage(12, writeValue, value);
  for (const tensor of sparseTensors) to.writeMessage(15, writeSparseTensor, tensor);
}

function writeNode({ operator, name, inputs, output, attributes }: OnnxNode, to: PbfWriter): void {
  for (const input of inputs) to.writeStringField(1, input);
  to.writeStringField(2, output);
  to.writeStringField(3, name);
  to.writeStringField(4, operator);
  for (const attribute of attributes) to.writeMessage(5, writeAttribute, attribute);
}

function writeAttribute(attribute: OnnxAttribute, to: PbfWriter): void {
  to.writeStringField(1, attribute.name);
  switch (attribute.type) {
    case "float":
      to.writeFloatField(2, attribute.value);
      break;
    case "int":
      to.writeVarintField(3, attribute.value);
      break;
    case "string":
      to.writeStringField(4, attribute.value);
      break;
    case "ints":
      for (const value of attribute.value) to.writeVarintField(8, value);
      break;
    default:
      attribute satisfies never;
  }
  to.writeVarintField(20, attributeTypes[attribute.type]);
}

function writeTensor({ name, shape, values }: OnnxTensor, to: PbfWriter): void {
  to.writePackedVarint(1, [...shape]);
  to.writeVarintField(2, elementTypes[values instanceof Float32Array ? "float32" : "int64"]);
  to.writeStringField(8, name);
  to.writeBytesField(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

/** The values carry the name; places are one axis of row-major positions. */
function writeSparseTensor({ name, shape, values, places }: OnnxSparseTensor, to: PbfWriter): void {
  to.writeMessage(1, writeTensor, { name, shape: [values.length], values });
  to.writeMessage(2, writeTensor, { name: "", shape: [places.length], values: places });
  to.writePackedVarint(3, [...shape]);
}

function writeValue({ name, shape }: OnnxValue, to: PbfWriter): void {
  to.writeStringField(1, name);
  to.writeMessage(2, writeType, shape);
}

function writeType(shape: OnnxValue["shape"], to: PbfWriter): void {
  to.writeMessage(1, writeTensorType, shape);
}

function writeTensorType(shape: OnnxValue["shape"], to: PbfWriter): void {
  to.writeVarintField(1, elementTypes.float32);
  to.writeMessage(2, writeAxes, shape);
}

function writeAxes(shape: OnnxValue["shape"], to: PbfWriter): void {
  for (const axis of shape) to.writeMessage(1, writeAxis, axis);
}

function writeAxis(axis: number | string, to: PbfWriter): void {
  if (typeof axis === "string") to.writeStringField(2, axis);
  else to.writeVarintField(1, axis);
}
