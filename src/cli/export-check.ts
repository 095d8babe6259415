/**
 * Exported bytes, run before they are written: on random inputs they must give what the network gives.
 *
 * Bundles and modules are run as their users will. ONNX is run where onnxruntime-node or onnxruntime-web is installed beside this
 * package. Safetensors are read back and compared number by number.
 */

import { InputError } from "../base/index.ts";
import { differenceOf, drawnInputs, networkOutputs } from "../exchange/index.ts";
import { loadModel, type Model } from "../infer/index.ts";
import type { Engine } from "../tensor/index.ts";
import { type NetworkValues, readNetworkValues } from "../train/index.ts";
import type { Exported } from "./export.ts";

export interface Check {
  /** What ran the file; undefined where nothing here could. */
  readonly by?: string;
  /** Greatest distance of an output from the network's. */
  readonly greatestDifference?: number;
  /** The same as a share of the greatest output. */
  readonly relativeDifference?: number;
  readonly text: string;
}

/** Random examples that are run. */
const examples = 8;
/** Greatest difference as a share of the greatest output. float16 rounds every weight to 11 bits. */
const tolerances = { float32: 1e-5, float16: 2e-2 };

type RunFile = (inputs: Float32Array) => Promise<Float32Array>;

/**
 * @throws InputError  where rounding to float16 changes the outputs by more than a fiftieth
 * @throws Error       where the file gives other outputs than the network otherwise: a bug of ours
 */
export async function checkExport(engine: Engine, exported: Exported): Promise<Check> {
  const { format, values, written, bytes, float16, normalisation } = exported;
  if (format === "safetensors") {
    checkNumbers(written, readNetworkValues(bytes, "the exported file"));
    return { by: "reading", text: "read back, every number the same" };
  }
  const runner = format === "onnx" ? await onnxRunner(bytes, values) : await inferRunner(format, bytes);
  if (runner === undefined) {
    return { text: "not run: there is no onnxruntime-node or onnxruntime-web beside this program" };
  }
  const drawn = drawnInputs(values.architecture, examples);
  const raw = normalisation === undefined ? drawn : drawn.map(unnormalise(normalisation, values.architecture.input));
  const got = await runner.run(raw);
  const expected = networkOutputs(engine, values, drawn, examples);
  const { greatest, relative } = differenceOf(got, expected);
  if (float16 && !(relative <= tolerances.float16)) {
    throw new InputError(
      `export: --precision float16 moves the outputs by ${relative.toPrecision(2)} of the greatest, more than ${tolerances.float16}; ` +
        "leave it out",
    );
  }
  if (!float16 && !(relative <= tolerances.float32)) {
    throw new Error(
      `export: ${runner.by} gives other outputs for the ${format} file than the network: ${relative} of the greatest apart, more than ` +
        `${tolerances.float32}; nothing was written`,
    );
  }
  const apart =
    greatest === 0
      ? "the same to the last bit"
      : `${greatest.toPrecision(2)} apart at most, ${relative.toPrecision(2)} of the greatest`;
  return {
    by: runner.by,
    greatestDifference: greatest,
    relativeDifference: relative,
    text: `${runner.by} on ${examples} random inputs beside the network: ${apart}`,
  };
}

/** Inputs that the normalisation makes what was drawn. */
function unnormalise(
  { mean, deviation }: NonNullable<Exported["normalisation"]>,
  [channels, ...pixels]: readonly number[],
) {
  const each = pixels.reduce((product, side) => product * side, 1);
  return (value: number, at: number): number => {
    const channel = mean.length === 1 ? 0 : Math.floor(at / each) % channels;
    return value * deviation[channel] + mean[channel];
  };
}

async function inferRunner(format: "module" | "gfm", bytes: Uint8Array) {
  let model: Model;
  if (format === "gfm") model = await loadModel(bytes);
  else {
    const { load } = await import(`data:text/javascript;base64,${Buffer.from(bytes).toString("base64")}`);
    model = await load();
  }
  const run: RunFile = async (inputs) => model.run(inputs);
  return { by: format === "gfm" ? "gradientflow/infer" : "the module", run };
}

/** The part of onnxruntime that is used. */
interface Onnxruntime {
  readonly env: { logLevel: string; wasm: { numThreads?: number }; versions: Record<string, string | undefined> };
  readonly Tensor: new (type: "float32", values: Float32Array, shape: readonly number[]) => unknown;
  readonly InferenceSession: {
    create(bytes: Uint8Array): Promise<{
      run(inputs: Record<string, unknown>): Promise<Record<string, { data: Float32Array }>>;
    }>;
  };
}

/** Neither is a dependency: whoever exports ONNX has one of them, or does without this check. */
const onnxruntimes = ["onnxruntime-node", "onnxruntime-web"];

async function onnxRunner(bytes: Uint8Array, { architecture }: NetworkValues) {
  for (const name of onnxruntimes) {
    let found: Onnxruntime;
    try {
      found = (await import(name)) as Onnxruntime;
    } catch {
      continue;
    }
    const { env, Tensor, InferenceSession } = found;
    env.logLevel = "error";
    env.wasm.numThreads = 1;
    const session = await InferenceSession.create(bytes);
    const run: RunFile = async (inputs) => {
      const answer = await session.run({ input: new Tensor("float32", inputs, [examples, ...architecture.input]) });
      return Object.values(answer)[0].data;
    };
    return { by: [name, env.versions.common].filter((one) => one !== undefined).join(" "), run };
  }
  return undefined;
}

function checkNumbers(expected: NetworkValues, got: NetworkValues): void {
  for (const [name, { values }] of expected.tensors) {
    const same = got.tensors.get(name)?.values;
    if (same?.length !== values.length || values.some((value: number, at: number) => !Object.is(value, same[at]))) {
      throw new Error(`export: ${name} is not what it was when the file is read back; nothing was written`);
    }
  }
}
