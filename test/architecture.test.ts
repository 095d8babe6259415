/**
 * The house: who may import whom. The table in ARCHITECTURE.md is read and enforced, and compared with the list below, so
 * that neither can drift from the other.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { type Import, importsOf } from "./imports.ts";

const root = join(import.meta.dirname, "..");
const source = join(root, "src");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Rooms by floor. */
const floors = [
  ["base"],
  ["kernels", "tensor"],
  ["nn", "optim", "data", "train"],
  ["sparsity", "flow", "hyperopt", "saliency", "mesh", "compress", "infer", "exchange"],
  ["experiment", "studies", "plot"],
  ["cli"],
];
const rooms = floors.flat();

/** What each room may import. */
const allowed: Record<string, string[]> = {
  base: [],
  kernels: ["base"],
  tensor: ["kernels", "base"],
  nn: ["tensor", "base"],
  optim: ["tensor", "base"],
  data: ["tensor", "base"],
  train: ["nn", "optim", "data", "tensor", "base"],
  sparsity: ["optim", "nn", "tensor", "base"],
  flow: ["sparsity", "nn", "tensor", "base"],
  mesh: ["base"],
  compress: ["sparsity", "train", "nn", "optim", "tensor", "base"],
  infer: ["base"],
  exchange: ["infer", "sparsity", "train", "nn", "tensor", "base"],
  hyperopt: ["train", "nn", "optim", "data", "tensor", "base"],
  saliency: ["train", "nn", "optim", "tensor", "base"],
  experiment: ["base"],
  studies: [
    "base",
    "tensor",
    "nn",
    "optim",
    "data",
    "train",
    "sparsity",
    "flow",
    "hyperopt",
    "saliency",
    "mesh",
    "compress",
    "infer",
    "exchange",
    "experiment",
    "plot",
  ],
  plot: ["base"],
  cli: [
    "base",
    "tensor",
    "nn",
    "optim",
    "data",
    "train",
    "sparsity",
    "flow",
    "hyperopt",
    "saliency",
    "mesh",
    "compress",
    "infer",
    "exchange",
    "experiment",
    "studies",
    "plot",
  ],
};

const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .sort();
const imports: Import[] = files
  .filter((file) => !/^(kernels|mesh|infer)\/assembly\//.test(file))
  .flatMap((file) => importsOf(join(source, file), readFileSync(join(source, file), "utf8")));

/** The room of a path, or "" for src/index.ts. */
function roomOf(path: string): string {
  const inside = relative(source, path);
  return inside.includes("/") ? inside.slice(0, inside.indexOf("/")) : "";
}

/** Relative imports with the rooms at both ends. */
const edges = imports
  .filter(({ specifier }) => specifier.startsWith("."))
  .map((one) => {
    const target = resolve(dirname(one.file), one.specifier);
    return { ...one, target, from: roomOf(one.file), to: roomOf(target) };
  });
/** Between rooms. A test may also use scripts/, which is no room. */
const across = edges.filter(({ file, from, to }) => {
  return from !== to && from !== "" && !(to === ".." && file.endsWith(".test.ts"));
});
const said = ({ file, line, specifier }: Import) => `${relative(root, file)}:${line} imports ${specifier}`;

/** The part of ARCHITECTURE.md that says so: rooms by floor, from the drawing of the tree. */
function writtenFloors(text: string): string[][] {
  const found: string[][] = [];
  for (const line of text.slice(text.indexOf("    src/index.ts"), text.indexOf("\n| room")).split("\n")) {
    const numbered = /^ {4}(\d) /.exec(line);
    if (numbered !== null) found[Number(numbered[1])] = [];
    const named = line
      .slice(24)
      .split(/ {2,}/)[0]
      .matchAll(/\b([a-z]+)\//g);
    if (/^ {4}(\d| ) /.test(line)) for (const [, room] of named) found.at(-1)?.push(room);
  }
  return found;
}

/** The table of ARCHITECTURE.md: two pairs of columns; several rooms may share a row. */
function writtenTable(text: string): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const line of text.split("\n").filter((row) => /^\| (?!room|-)/.test(row))) {
    const cells = line.split("|").map((cell) => cell.trim());
    for (const [names, may] of [cells.slice(1, 3), cells.slice(3, 5)]) {
      for (const name of names.split(", ").filter((one) => one !== "")) found[name] = expand(may, name);
    }
  }
  return found;
}

/** "floors 0-3 except kernels, experiment, plot" as names of rooms. */
function expand(cell: string, self: string): string[] {
  const words = cell.replace(/\(.*?\)/g, "").trim();
  if (words === "nothing") return [];
  return words.split(/,\s*/).flatMap((term) => {
    const [what, except] = term.trim().split(" except ");
    if (what.startsWith("everything but ")) {
      return rooms.filter((room) => room !== self && room !== what.slice("everything but ".length));
    }
    const range = /^floors (\d)-(\d)$/.exec(what);
    if (range === null) return [what];
    return floors.slice(Number(range[1]), Number(range[2]) + 1).flatMap((floor) => floor.filter((r) => r !== except));
  });
}

describe("imports between rooms", () => {
  const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");

  test("ARCHITECTURE.md draws the floors and the table that this test enforces", () => {
    expect(writtenFloors(text)).toEqual(floors);
    const sorted = (table: Record<string, string[]>) =>
      Object.fromEntries(Object.entries(table).map(([room, list]) => [room, [...list].sort()]));
    expect(sorted(writtenTable(text))).toEqual(sorted(allowed));
  });

  test("every folder of src/ is a room of the table with an index.ts, but for cli, which is a door", () => {
    const folders = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map((entry) => entry.name).sort()).toEqual([...rooms].sort());
    for (const room of rooms.filter((one) => one !== "cli")) {
      expect(existsSync(join(source, room, "index.ts")), room).toBe(true);
    }
  });

  test("the reader sees imports over several lines, re-exports, workers and calls, and none in comments", () => {
    const text = [
      '/** import { a } from "./comment.ts"; */',
      "import {",
      "  type A,",
      "  b,",
      '} from "./several.ts"; // from "./trailing.ts"',
      'import { type C } from "./types.ts";',
      'export * from "./all.ts";',
      'import "./effect.ts";',
      'const late = await import("./late.ts");',
      'new Worker(new URL("./worker.ts", import.meta.url));',
    ].join("\n");
    const seen = importsOf("x.ts", text).map(({ line, specifier, kind }) => [line, specifier, kind]);
    expect(seen.sort(([a], [b]) => Number(a) - Number(b))).toEqual([
      [2, "./several.ts", "value"],
      [6, "./types.ts", "type"],
      [7, "./all.ts", "value"],
      [8, "./effect.ts", "value"],
      [9, "./late.ts", "late"],
      [10, "./worker.ts", "late"],
    ]);
  });

  test("every import across rooms is one the table allows", () => {
    expect(across.filter(({ from, to }) => !allowed[from]?.includes(to)).map(said)).toEqual([]);
  });

  test("no import goes up a floor", () => {
    const floorOf = (room: string) => floors.findIndex((floor) => floor.includes(room));
    expect(across.filter(({ from, to }) => floorOf(to) > floorOf(from)).map(said)).toEqual([]);
    for (const [room, list] of Object.entries(allowed)) {
      for (const other of list)
        expect(floorOf(other), `${room} may import ${other}`).toBeLessThanOrEqual(floorOf(room));
    }
  });

  test("another room is imported through its index.ts, and nothing outside src/ is but by tests", () => {
    const wrong = across.filter(({ target, to }) => target !== join(source, to, "index.ts"));
    expect(wrong.map(said)).toEqual([]);
  });

  test("only tensor imports kernels", () => {
    expect([...new Set(across.filter(({ to }) => to === "kernels").map(({ from }) => from))]).toEqual(["tensor"]);
  });

  test("every relative import names a file that exists, with its ending", () => {
    expect(edges.filter(({ target }) => !existsSync(target) || !/\.(ts|js|json|wasm)$/.test(target)).map(said)).toEqual(
      [],
    );
  });

  test("no two modules wait for each other: imports of values have no cycle at loading", () => {
    const graph = new Map<string, string[]>();
    for (const { file, target, kind } of edges) {
      if (kind === "value") graph.set(file, [...(graph.get(file) ?? []), target]);
    }
    expect(firstCycle(graph)?.map((file) => relative(root, file))).toBeUndefined();
  });
});

/** A chain of files whose last imports its first, or undefined. */
function firstCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | undefined => {
    if (path.includes(file)) return path.slice(path.indexOf(file));
    if (done.has(file)) return undefined;
    path.push(file);
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next);
      if (cycle !== undefined) return cycle;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

describe("files", () => {
  test("none is a drawer: no util, helpers, types, common, misc or shared", () => {
    const drawers = files.filter((file) => /^(utils?|helpers?|types?|common|misc|shared)\./.test(basename(file)));
    expect(drawers).toEqual([]);
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|common|misc|shared)\//.test(file))).toEqual([]);
  });

  test("names are kebab-case", () => {
    expect(
      files.filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|conformance\.test))?\.ts$/.test(basename(file))),
    ).toEqual([]);
  });

  test("none is longer than 500 lines, unless its header says `Long because ...`", () => {
    const long = files.filter((file) => {
      const text = readFileSync(join(source, file), "utf8");
      return text.split("\n").length > 501 && !/\bLong because\b/.test(text.slice(0, text.indexOf("*/")));
    });
    expect(long).toEqual([]);
  });

  test("every one opens with a header comment that says what it is", () => {
    const bare = files
      .filter((file) => !file.endsWith(".test.ts") && !file.includes("/fixtures/"))
      .filter((file) => {
        return !readFileSync(join(source, file), "utf8").startsWith("/**");
      });
    expect(bare).toEqual([]);
  });
});

describe("the package", () => {
  const doors = rooms.filter((room) => room !== "kernels" && room !== "cli");

  test("exports one subpath per room, but for kernels and cli, and each resolves to the room's index.ts", () => {
    const paths = Object.keys(manifest.exports).filter((path) => path !== "." && path !== "./package.json");
    expect(paths.sort()).toEqual(doors.map((room) => `./${room}`).sort());
    for (const room of doors) {
      expect(import.meta.resolve(`gradientflow/${room}`)).toBe(`file://${join(source, room, "index.ts")}`);
    }
    expect(import.meta.resolve("gradientflow")).toBe(`file://${join(source, "index.ts")}`);
  });

  test("src/index.ts holds one namespace per exported room and nothing else", () => {
    const lines = readFileSync(join(source, "index.ts"), "utf8").split("\n");
    const code = lines.filter((line) => line !== "" && !line.startsWith("/**"));
    expect(code.sort()).toEqual(doors.map((room) => `export * as ${room} from "./${room}/index.ts";`).sort());
  });

  test("every package that src/ imports outside its tests is a dependency, pinned to one version", () => {
    const named = imports
      .filter(({ file }) => !/\.test\.ts$|\/fixtures\/|conformance-cases/.test(file))
      .map(({ specifier }) => specifier)
      .filter((specifier) => !specifier.startsWith(".") && !specifier.startsWith("node:"))
      .map((specifier) =>
        specifier
          .split("/")
          .slice(0, specifier.startsWith("@") ? 2 : 1)
          .join("/"),
      );
    expect([...new Set(named)].filter((name) => !(name in manifest.dependencies))).toEqual([]);
    expect(Object.keys(manifest.dependencies).filter((name) => !named.includes(name))).toEqual([]);
    const versions: string[] = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});
