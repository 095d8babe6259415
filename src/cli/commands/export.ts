/** `gradientflow export`: words and options; what it does is in `export.ts`. */

import { Argument, Command } from "commander";
import { fetchOption, jsonOption } from "../options.ts";
import { examples } from "./study.ts";

export function exportCommand(): Command {
  return new Command("export")
    .summary("a trained network as a file that others run: ONNX, safetensors, an ES module, a bundle")
    .description(
      "Writes a trained network for others to run, says how large it is, and first runs the file on random inputs: one that does not give " +
        "the network's outputs is not written. A module runs by itself in Node and browsers; a bundle (.gfm) runs in " +
        "gradientflow/infer; ONNX runs in onnxruntime and many others; safetensors is for PyTorch and this program.",
    )
    .addArgument(new Argument("<checkpoint>", "checkpoint of gradientflow train, or saved weights"))
    .option("--format <format>", "onnx, safetensors, module or gfm (default: what the ending of --output says)")
    .option("-o, --output <file>", "file to write (default: the checkpoint's name with the format's ending)")
    .option("--raw-inputs", "the file takes inputs as the data set has them: pixels in 0 to 255, say; not safetensors")
    .option("--fold", "fold batch norms into the weights before them (default: yes, but for safetensors)")
    .option("--no-fold", "keep batch norms apart")
    .option(
      "--precision <type>",
      "float32 or, in modules and bundles, float16: half the size, rounded to 11 bits",
      "float32",
    )
    .option(
      "--sparse-initializers",
      "ONNX: write sparse weights sparsely; onnxruntime reads that, some other programs do not",
    )
    .option("--data <name>", "with --raw-inputs: data set; default the one it was trained on")
    .option("--data-folder <dir>", "where the data are, if not in the usual places")
    .addOption(fetchOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["train data=digits model=simple-cnn --checkpoint cnn.safetensors", "a network to export"],
        ["export cnn.safetensors --format module", "cnn.js, which runs by itself"],
        ["export cnn.safetensors -o cnn.onnx --raw-inputs", "the ending says the format"],
        ["export cnn.safetensors --format gfm --precision float16"],
      ),
    )
    .action(async (checkpoint: string, options) => {
      const { exportNetwork } = await import("../export.ts");
      await exportNetwork(checkpoint, options);
    });
}
