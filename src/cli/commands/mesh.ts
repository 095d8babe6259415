/** `gradientflow mesh ...`: words and options; what they do is in `mesh-*.ts`. */

import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { integer, jsonOption, quietOption } from "../options.ts";
import { examples } from "./study.ts";

export function meshCommand(): Command {
  return new Command("mesh")
    .summary("quality, checks and smoothing of finite-element meshes")
    .description(
      "Finite-element meshes of solids: tetrahedra, pyramids, wedges and hexahedra, mixed as they come. Reads VTK (.vtk, .vtu), Gmsh " +
        "(.msh), Medit (.mesh, .meshb) and Abaqus (.inp), and writes these and surfaces as STL, OBJ and PLY.",
    )
    .addCommand(qualityCommand())
    .addCommand(checkCommand())
    .addCommand(smoothCommand())
    .helpCommand("help [command]", "show help for a command")
    .addHelpText(
      "after",
      examples(
        ["mesh quality part.msh"],
        ["mesh smooth part.msh -o smooth.msh --report report", "and a page to look at"],
      ),
    );
}

function qualityCommand(): Command {
  return new Command("quality")
    .summary("how good the elements are, and which are worst")
    .description(
      "Shows the quality of a mesh's elements: least, mean, histogram, kind by kind, and the worst with their places. 1 is a regular " +
        "element, 0 one that is flat or turned inside out. Nothing is written but the report.",
    )
    .addArgument(meshArgument())
    .addOption(
      new Option(
        "--quality <name>",
        "meanRatio: mean over corners; shape: worst corner; scaledJacobian; meanVolume: what smoothing climbs",
      )
        .choices(["meanRatio", "shape", "scaledJacobian", "meanVolume"])
        .default("meanRatio"),
    )
    .addOption(worstOption())
    .addOption(reportOption())
    .addOption(inputFormatOption())
    .addOption(wedgeOption())
    .addOption(linearOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["mesh quality part.msh"],
        ["mesh quality part.vtu --quality scaledJacobian --worst 20 --report report"],
      ),
    )
    .action(async (file: string, options) => {
      const { showQuality } = await import("../mesh-quality.ts");
      await showQuality(file, options);
    });
}

function checkCommand(): Command {
  return new Command("check")
    .summary("whether elements are valid and fit together")
    .description(
      "Looks for elements that are inverted, flat or turned round, and for elements that do not fit together: overlaps, faces of three " +
        "elements, quads against triangles, duplicates, points of no cell or in the same place. Ends with 1 where elements are " +
        "invalid or do not fit.",
    )
    .addArgument(meshArgument())
    .option(
      "-o, --output <file>",
      "write the mesh here; elements that only have their points in the wrong order are turned round",
    )
    .addOption(outputFormatOption())
    .addOption(outputVersionOption())
    .addOption(binaryOption())
    .addOption(compressOption())
    .addOption(inputFormatOption())
    .addOption(wedgeOption())
    .addOption(linearOption())
    .addOption(quietOption())
    .addOption(jsonOption())
    .addHelpText("after", examples(["mesh check part.msh"], ["mesh check part.vtk -o turned.vtk"]))
    .action(async (file: string, options) => {
      const { checkMeshFile } = await import("../mesh-check.ts");
      await checkMeshFile(file, options);
    });
}

function smoothCommand(): Command {
  return new Command("smooth")
    .summary("make the elements as regular as they get")
    .description(
      "Moves the inner points of a mesh until its elements are as regular as they get: first inverted elements are untangled, then all " +
        "points follow the gradient flow of the mean volume, then mean and least quality are raised together. Which points " +
        "belong to which element stays, and so do data and groups. Ends with 1 where invalid elements are left.",
    )
    .addArgument(meshArgument())
    .option("-o, --output <file>", "write the smoothed mesh here; its ending says the format")
    .addOption(
      new Option("--boundary <how>", "the surface stays (fix), or its points slide on it and along its edges (slide)")
        .choices(["fix", "slide"])
        .default("fix"),
    )
    .option(
      "--fix <name>",
      "points of this group of cells stay, or those that this point data marks; may be repeated",
      gather,
    )
    .option("--regions <name>", "cell data that numbers regions, such as gmsh:physical; faces between regions stay")
    .addOption(
      new Option("--finish <stage>", "last stage: optimize mean and least quality, GETMe's sequential one, or none")
        .choices(["optimize", "sequential", "none"])
        .default("optimize"),
    )
    .option("--floor <quality>", "the least quality must keep this, and the mean is raised as far as it goes", fraction)
    .option("--least-weight <x>", "what one unit of least quality is worth in mean quality (default: 0.06)", positive)
    .option("--iterations <n>", "iterations at most, in each stage", integer(1))
    .option(
      "--threads <n>",
      "threads; the result is the same with any number (default: 1, from 100,000 elements on the processors)",
      integer(1, 256),
    )
    .addOption(worstOption())
    .addOption(reportOption())
    .addOption(outputFormatOption())
    .addOption(outputVersionOption())
    .addOption(binaryOption())
    .addOption(compressOption())
    .addOption(inputFormatOption())
    .addOption(wedgeOption())
    .addOption(linearOption())
    .addOption(quietOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["mesh smooth part.msh -o smooth.msh"],
        ["mesh smooth part.msh -o smooth.vtu --binary --report report", "another format, and a page with a 3-D view"],
        [
          "mesh smooth part.msh -o smooth.msh --fix inlet --fix outlet --boundary slide",
          "the surface slides but for two groups",
        ],
        ["mesh smooth part.vtk -o smooth.vtk --floor 0.5", "no element below 0.5 where that can be had"],
      ),
    )
    .action(async (file: string, options) => {
      const { smoothMeshFile } = await import("../mesh-smooth.ts");
      await smoothMeshFile(file, options);
    });
}

const meshArgument = () => new Argument("<file>", "mesh: .vtk, .vtu, .msh, .mesh, .meshb or .inp");
const worstOption = () =>
  new Option("--worst <n>", "list this many of the worst elements").argParser(integer(0, 1000)).default(10);
const reportOption = () =>
  new Option("--report <dir>", "write a page with figures, tables and a 3-D view into this folder");
const outputFormatOption = () =>
  new Option("--output-format <name>", "format to write, where the ending does not say it").choices([
    "vtk",
    "vtu",
    "msh",
    "medit",
    "abaqus",
    "stl",
    "obj",
    "ply",
  ]);
const outputVersionOption = () =>
  new Option("--output-version <v>", "version to write: vtk 4.2, 2.0, 3.0 or 5.1; msh 4.1 or 2.2");
const binaryOption = () => new Option("--binary", "write binary numbers: smaller and faster to read");
const compressOption = () => new Option("--compress", "pack the numbers; vtu with --binary only");
const inputFormatOption = () =>
  new Option("--input-format <name>", "format of the file, where neither its ending nor its content says it").choices([
    "vtk",
    "vtu",
    "msh",
    "medit",
    "abaqus",
  ]);
const wedgeOption = () =>
  new Option("--wedge-order <order>", "order of wedges in VTK files; auto takes the one that makes them positive")
    .choices(["auto", "vtk-legacy", "gmsh"])
    .default("auto");
const linearOption = () =>
  new Option("--linearise", "keep only the corners of quadratic elements, which are refused otherwise");

function gather(name: string, before: readonly string[] = []): string[] {
  return [...before, name];
}

function fraction(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value < 1) return value;
  throw new InvalidArgumentError("It must be at least 0 and below 1.");
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("It must be a number at least 0.");
}
