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
  /** Loads a network and gives what runs it on these inputs, [batch, ...input]. */
  readonly load: (values: NetworkValues, inputs: Float32Array, batch: number) => Promise<RunBatch>;
}

/** How tables call them. */
export const programTitles = {
  infer: "gradientflow/infer",
  onnxruntime: "onnxruntime-web",
  tfjs: "tfjs-wasm",
} as const;
export type ProgramName = keyof typeof programTitles;
export const programNames = Object.keys(programTitles) as readonly ProgramName[];

interface Surroundings {
  readonly threads: number;
  /** Where the packages lie: a path, or an address that ends in a slash. */
  readonly packages: string;
}

/** Opens the programs; onnxruntime-web takes so many threads, the others have one each. */
export async function openPrograms({
  threads,
  packages,
}: Surroundings): Promise<Readonly<Record<ProgramName, Program>>> {
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  if ("document" in globalThis) ort.env.wasm.wasmPaths = `${packages}onnxruntime-web/dist/`;
  await openTfjs(`${packages}@tensorflow/tfjs-backend-wasm/dist/`);
  return {
    infer: {
      load: async (values, inputs) => {
        const model = await loadModel(encodeBundle(networkBundle(values)));
        return () => model.run(inputs);
      },
    },
    onnxruntime: {
      load: async (values, inputs, batch) => {
        const session = await ort.InferenceSession.create(encodeOnnx(values), { executionProviders: ["wasm"] });
        const shape = [batch, ...values.architecture.input];
        return async () => {
          const results = await session.run({ input: new ort.Tensor("float32", inputs, shape) });
          return results.output.data as Float32Array;
        };
      },
    },
    tfjs: { load: async (values, inputs, batch) => tfjsNetwork(values, inputs, batch) },
  };
}
