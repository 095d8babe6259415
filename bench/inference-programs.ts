/** The programs that run exported networks side by side, each behind one function: numbers in, numbers out. */

import * as ort from "onnxruntime-web";
import { encodeOnnx, networkBundle } from "../src/exchange/index.ts";
import { encodeBundle, loadModel } from "../src/infer/index.ts";
import type { NetworkValues } from "../src/train/index.ts";
import { openTfjs, tfjsNetwork } from "./inference-tfjs.ts";

/** Runs a batch; the array may be written over by the next run. */
export type RunBatch = () => Float32Array | Promise<Float32Array>;

/** A program that runs networks. */
export interface Program {
  readonly title: string;
  /** Loads a network and gives what runs it on these inputs, [batch, ...input]. */
  readonly load: (values: NetworkValues, inputs: Float32Array, batch: number) => Promise<RunBatch>;
}

export type ProgramName = "infer" | "onnxruntime" | "tfjs";

/** Opens the programs; onnxruntime-web takes so many threads, the others have one each. */
export async function openPrograms(threads: number): Promise<Readonly<Record<ProgramName, Program>>> {
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  const folder = new URL("../node_modules/@tensorflow/tfjs-backend-wasm/dist/", import.meta.url);
  await openTfjs(folder.pathname, threads);
  return {
    infer: {
      title: "gradientflow/infer",
      load: async (values, inputs) => {
        const model = await loadModel(encodeBundle(networkBundle(values)));
        return () => model.run(inputs);
      },
    },
    onnxruntime: {
      title: "onnxruntime-web",
      load: async (values, inputs, batch) => {
        const session = await ort.InferenceSession.create(encodeOnnx(values), { executionProviders: ["wasm"] });
        const shape = [batch, ...values.architecture.input];
        return async () => {
          const results = await session.run({ input: new ort.Tensor("float32", inputs, shape) });
          return results.output.data as Float32Array;
        };
      },
    },
    tfjs: { title: "tfjs-wasm", load: async (values, inputs, batch) => tfjsNetwork(values, inputs, batch) },
  };
}
