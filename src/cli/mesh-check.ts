/** `mesh check`: what is wrong with a mesh, with the places, and turning round what is turned round. */

import { checkConformity, checkValidity, type Mesh, orient } from "../mesh/index.ts";
import { exitCodes } from "./errors.ts";
import { checkOutput, type InputOptions, type OutputOptions, openMesh, saveMesh } from "./mesh-files.ts";
import { meshInWords } from "./mesh-text.ts";
import { counted, facts, grouped, note, paint, say, sayJson } from "./output.ts";

export interface CheckOptions extends InputOptions, OutputOptions {
  readonly quiet?: boolean;
  readonly json?: boolean;
}

export async function checkMeshFile(file: string, options: CheckOptions): Promise<void> {
  const { output, json, quiet } = options;
  checkOutput(options);
  const mesh = await openMesh(file, options);
  const found = faultsOf(mesh);
  let left = found.faults;
  if (output !== undefined) {
    const { mesh: righted, turned } = righten(mesh, found.overlaps);
    await saveMesh(righted, { ...options, output });
    left = faultsOf(righted).faults;
    if (quiet !== true) note(`${output}: written, with ${counted(turned, "element")} turned round`);
    if (turned === 0 && found.reversed > 0 && quiet !== true) {
      note(
        "inverted elements are left: turned round they would overlap others, so points are amiss; gradientflow mesh smooth untangles them",
      );
    }
  }
  if (left > 0) process.exitCode = exitCodes.fault;
  if (json === true) sayJson({ file, sound: found.faults === 0, ...found.json, faultsLeft: left, output });
  else if (quiet !== true) sayFindings(file, mesh, found.rows, found.faults);
}

function sayFindings(file: string, mesh: Mesh, rows: readonly [string, string][], faults: number): void {
  say(`${paint("bold", file)}  ${meshInWords(mesh)}\n`);
  say(facts(rows));
  say(`\n${faults === 0 ? paint("green", "The mesh is sound.") : paint("red", `${counted(faults, "fault")} found.`)}`);
}

/** The mesh with reversed elements turned, unless they then lie on the same side of a face as their neighbours. */
function righten(mesh: Mesh, overlaps: number): ReturnType<typeof orient> {
  const oriented = orient(mesh);
  return faultsOf(oriented.mesh).overlaps > overlaps ? { mesh, turned: 0 } : oriented;
}

interface Findings {
  /** Elements that are invalid and places where elements do not fit. */
  readonly faults: number;
  readonly overlaps: number;
  readonly reversed: number;
  readonly rows: readonly [string, string][];
  readonly json: object;
}

/** Both checks. Points of no cell and points in the same place are told, but are no fault: seams and reserves are made so. */
function faultsOf(mesh: Mesh): Findings {
  const validity = checkValidity(mesh);
  const conformity = checkConformity(mesh);
  const { invalid, degenerate, reversed, volume } = validity;
  const { overused, overlaps, mismatched, duplicates, unusedPoints, coincidentPoints, boundaryFaces } = conformity;
  const pairs = (list: readonly (readonly number[])[], what: string) =>
    some(
      list.length,
      list.map((pair) => pair.join(" and ")),
      what,
    );
  const rows: [string, string][] = [
    ["invalid elements", some(invalid.length, [...invalid], "cells")],
    ["  of these valid turned round", some(reversed.length, [...reversed], "cells")],
    ["  of these without an inside", some(degenerate.length, [...degenerate], "cells")],
    [
      "overlapping elements",
      pairs(
        overlaps.map(({ cells }) => cells),
        "cells",
      ),
    ],
    [
      "faces of three or more elements",
      some(
        overused.length,
        overused.map(({ cells }) => cells.join(", ")),
        "cells",
      ),
    ],
    [
      "quads against triangles",
      pairs(
        mismatched.map(({ quad }) => quad),
        "quads of points",
      ),
    ],
    ["elements that come twice", pairs(duplicates, "cells")],
    ["points of no cell", some(unusedPoints.length, [...unusedPoints], "points")],
    ["points in the same place", pairs(coincidentPoints, "points")],
    ["faces of the surface", grouped(boundaryFaces)],
    ["volume", String(Number(volume.toPrecision(12)))],
  ];
  return {
    faults: invalid.length + overlaps.length + overused.length + mismatched.length + duplicates.length,
    overlaps: overlaps.length,
    reversed: reversed.length,
    rows,
    json: {
      invalid: [...invalid],
      reversed: [...reversed],
      degenerate: [...degenerate],
      overlaps,
      overused,
      mismatched,
      duplicates,
      unusedPoints: [...unusedPoints],
      coincidentPoints,
      boundaryFaces,
      volume,
      conforming: conformity.conforming,
    },
  };
}

/** `none`, or how many and the first few of them. */
function some(count: number, all: readonly (string | number)[], what: string): string {
  if (count === 0) return "none";
  const first = all.slice(0, 5).join("; ");
  return `${grouped(count)}  ${what} ${first}${count > 5 ? "; ..." : ""}`;
}
