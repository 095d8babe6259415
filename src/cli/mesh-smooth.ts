/** `mesh smooth`: reads, smooths with its progress shown, writes, and says what it came to. */

import { availableParallelism } from "node:os";
import { InputError, unknownName } from "../base/index.ts";
import { formatDuration, type Table } from "../experiment/index.ts";
import {
  type Finish,
  type Mesh,
  nodesPerElement,
  type SmoothOptions,
  type SmoothResult,
  smooth,
  startElementTeam,
} from "../mesh/index.ts";
import { exitCodes } from "./errors.ts";
import { checkOutput, type InputOptions, type OutputOptions, openMesh, saveMesh } from "./mesh-files.ts";
import { smoothingProgress } from "./mesh-progress.ts";
import {
  kindTable,
  meshInWords,
  summaryTable,
  tableText,
  textHistogram,
  worstElements,
  worstTable,
} from "./mesh-text.ts";
import { counted, note, paint, say, sayJson, warn } from "./output.ts";

export interface SmoothCommandOptions extends InputOptions, OutputOptions {
  readonly boundary: "fix" | "slide";
  readonly fix?: readonly string[];
  readonly regions?: string;
  readonly finish: Finish;
  readonly floor?: number;
  readonly leastWeight?: number;
  readonly iterations?: number;
  readonly threads?: number;
  readonly worst: number;
  readonly report?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

export async function smoothMeshFile(file: string, options: SmoothCommandOptions): Promise<void> {
  const { output, report, worst, json, quiet } = options;
  checkOutput(options);
  checkFinish(options);
  const mesh = await openMesh(file, options);
  const silent = quiet === true;
  const progress = smoothingProgress({ mode: silent ? "quiet" : undefined });
  const startMs = performance.now();
  const given = smoothOptions(mesh, options);
  const threads = options.threads ?? usefulThreads(mesh);
  const team = threads > 1 ? await startElementTeam(threads) : undefined;
  let result: SmoothResult;
  try {
    result = smooth(mesh, { ...given, team, onProgress: progress.show });
  } finally {
    progress.end();
    await team?.close();
  }
  const elapsedMs = performance.now() - startMs;
  if (output !== undefined) await saveMesh(result.mesh, { ...options, output });
  const limited = (summary: SmoothResult["before"]) => ({ ...summary, worst: summary.worst.slice(0, worst) });
  const before = { label: "before", mesh, summary: limited(result.before) };
  const after = { label: "after", mesh: result.mesh, summary: limited(result.after) };
  let page: string | undefined;
  if (report !== undefined) {
    const { writeMeshReport } = await import("./mesh-report.ts");
    page = await writeMeshReport({
      file,
      states: [before, after],
      stages: result.stages,
      stop: result.stop,
      folder: report,
    });
  }
  if (result.after.invalid > 0) process.exitCode = exitCodes.fault;
  const points = { points: mesh.points.length / 3, free: result.free.reduce((sum, one) => sum + one, 0) };
  if (json === true) {
    const { stop, stages, volumeChange } = result;
    const listed = {
      before: { ...before.summary, worst: worstElements(mesh, before.summary) },
      after: { ...after.summary, worst: worstElements(result.mesh, after.summary) },
    };
    sayJson({
      file,
      ...points,
      stop,
      ...listed,
      stages,
      volumeChange,
      wallMs: Math.round(elapsedMs),
      output,
      report: page,
    });
    return;
  }
  if (silent) return;
  say(`${paint("bold", file)}  ${meshInWords(mesh)}; ${counted(points.free, "point")} can move\n`);
  say(`${tableText(stageTable(result))}\n`);
  say(`${tableText(summaryTable([before, after]))}\n`);
  say(`${textHistogram([before, after])}\n`);
  if (Object.keys(result.after.byKind).length > 1) say(`${tableText(kindTable([before, after]))}\n`);
  if (worst > 0) say(`${tableText(worstTable(result.mesh, after.summary, { when: ", after" }))}\n`);
  say(ending(result, elapsedMs));
  if (result.after.invalid > 0)
    warn(
      `${counted(result.after.invalid, "invalid element")} left; gradientflow mesh check shows whether elements overlap, and --boundary slide gives them more room`,
    );
  if (page !== undefined) say(`report: ${page}`);
  if (output !== undefined) say(`written: ${output}`);
  else note("nothing is written; add -o FILE to keep the mesh");
}

/** One thread for each processor where the mesh is large enough to pay for starting them. */
function usefulThreads(mesh: Mesh): number {
  const elements = mesh.cells.reduce((sum, { kind, nodes }) => sum + nodes.length / nodesPerElement[kind], 0);
  return elements < 100_000 ? 1 : Math.min(availableParallelism(), 16);
}

/** Refuses options of the last stage where another one was chosen. */
function checkFinish({ finish, floor, leastWeight }: SmoothCommandOptions): void {
  const [given] = [floor !== undefined ? "--floor" : [], leastWeight !== undefined ? "--least-weight" : []].flat();
  if (given !== undefined && finish !== "optimize") {
    throw new InputError(`${given}: only --finish optimize heeds it, got --finish ${finish}; leave one of them out`);
  }
  if (floor !== undefined && leastWeight !== undefined) {
    throw new InputError(
      `--floor: it takes the place of --least-weight, got ${floor} and ${leastWeight}; leave one of them out`,
    );
  }
}

/** The options of `smooth`: a name to fix is a group of cells, or else point data that marks points. */
function smoothOptions(mesh: Mesh, options: SmoothCommandOptions): SmoothOptions {
  const { boundary, fix = [], regions, finish, floor, leastWeight, iterations } = options;
  const groups = new Set(mesh.fields.groups.map(({ name }) => name));
  const marks = fix.filter((name) => !groups.has(name));
  const data = new Map(
    mesh.fields.pointData.filter(({ components }) => components === 1).map((one) => [one.name, one]),
  );
  const mask = new Uint8Array(mesh.points.length / 3);
  for (const name of marks) {
    const found = data.get(name);
    if (found === undefined) {
      if (groups.size + data.size === 0) {
        throw new InputError(
          `--fix: the mesh has neither groups nor point data, got ${name}; name them in the program that made it`,
        );
      }
      throw unknownName("--fix", "group or point data", name, [...groups, ...data.keys()]);
    }
    for (let i = 0; i < mask.length; i++) if (Number(found.values[i]) !== 0) mask[i] = 1;
  }
  return {
    boundary,
    regions,
    finish,
    floor,
    leastWeight,
    maxIterations: iterations,
    fixed: marks.length > 0 ? mask : undefined,
    fixedGroups: fix.filter((name) => groups.has(name)),
  };
}

/** What each stage did. */
export function stageTable({ stages }: Pick<SmoothResult, "stages">): Table {
  const decimals = { format: "number" as const, decimals: 4 };
  return {
    name: "stages",
    caption: "Stages",
    columns: [
      { key: "stage", title: "stage" },
      { key: "iterations", title: "iterations", format: "integer" },
      { key: "invalid", title: "invalid", format: "integer" },
      { key: "minFree", title: "least, can move", ...decimals },
      { key: "mean", title: "mean", ...decimals },
      { key: "stop", title: "ended" },
    ],
    rows: stages.map((stage) => ({ ...stage })),
  };
}

function ending({ stop, volumeChange }: SmoothResult, elapsedMs: number): string {
  const took = elapsedMs < 9950 ? `${(elapsedMs / 1000).toFixed(1)} s` : formatDuration(elapsedMs);
  const words: Record<SmoothResult["stop"], string> = {
    done: "smoothed",
    "stopped by caller": "stopped",
    "kept input": "the input is kept: nothing better was found",
    "nothing to move":
      "nothing can move: every point is on the surface or fixed; --boundary slide lets the surface's points slide",
    "invalid elements left": "smoothed as far as it went",
  };
  return `${words[stop]} in ${took}; volume changed by ${volumeChange.toExponential(1)}`;
}
