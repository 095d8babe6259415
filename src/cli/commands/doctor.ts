/** `gradientflow doctor`: words and options; what it does is in `doctor.ts`. */

import { Command } from "commander";
import { jsonOption } from "../options.ts";
import { examples } from "./study.ts";

export function doctorCommand(): Command {
  return new Command("doctor")
    .summary("check that everything is in order here")
    .description(
      "Checks Node, the kernels and their speed-ups, threads, data sets, the folder and the terminal, and says what to do.",
    )
    .addOption(jsonOption())
    .addHelpText("after", examples(["doctor"]))
    .action(async (options) => {
      const { doctor } = await import("../doctor.ts");
      await doctor(options);
    });
}
