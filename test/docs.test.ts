/**
 * The documents are executed: links resolve, paths exist, every block of TypeScript and every example type-checks and runs,
 * every command a document names is a command, and those marked `<!-- run -->` end well.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { anchors, codeBlocks, codePaths, links, tableCommands } from "./markdown.ts";

const root = join(import.meta.dirname, "..");
const bin = join(root, "node_modules/.bin");
const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, NO_COLOR: "1" };

/** Markdown at the root and in docs/ and bench/. */
const documents = [
  ...readdirSync(root),
  ...["docs", "bench"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
  ),
]
  .filter((file) => file.endsWith(".md"))
  .sort();
const textOf = new Map(documents.map((file) => [file, readFileSync(join(root, file), "utf8")]));

const examples = readdirSync(join(root, "examples")).filter((file) => file.endsWith(".ts"));

// Inside the package, so that "gradientflow/..." is the package itself; a folder per run, so that two runs do not meet.
const folder = mkdtempSync(join(root, "test/.docs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const snippets = [...textOf].flatMap(([file, text]) =>
  codeBlocks(text)
    .filter((block) => block.language === "ts")
    .map((block) => {
      const path = join(folder, `${file.replace(/[/.]/g, "-")}-${block.line}.ts`);
      // A module, with a scope of its own, even where nothing is imported.
      writeFileSync(path, `${block.text}export {};\n`);
      return { name: `${file}:${block.line}`, path, text: block.text };
    }),
);

function runModule(path: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [path], { cwd: root, env, encoding: "utf8", input: "" });
}

describe("documents", () => {
  test("there are the ten that the README promises a reader", () => {
    const wanted = ["README", "ARCHITECTURE", "CHANGELOG", "CONTRIBUTING", "docs/data", "docs/glossary", "docs/papers"];
    expect(documents).toEqual(expect.arrayContaining(wanted.map((name) => `${name}.md`)));
    expect(documents.filter((file) => file.startsWith("docs/decisions/")).length).toBeGreaterThanOrEqual(9);
  });

  test.each(documents)("%s: every relative link and anchor resolves", (file) => {
    const broken = links(textOf.get(file) as string).filter(({ target }) => {
      if (/^(https?|mailto):/.test(target)) return false;
      const [path, anchor] = target.split("#");
      const full = path === "" ? join(root, file) : resolve(root, dirname(file), path);
      if (!existsSync(full)) return true;
      return anchor !== undefined && !anchors(readFileSync(full, "utf8")).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  test.each(documents)("%s: every path of this repository in code exists", (file) => {
    const missing = codePaths(textOf.get(file) as string).filter(({ target }) => !existsSync(join(root, target)));
    expect(missing).toEqual([]);
  });

  test("docs/papers.md names a file and a test in every row", () => {
    const rows = (textOf.get("docs/papers.md") as string).split("\n").filter((line) => /^\| (?!claim|-)/.test(line));
    expect(rows.length).toBeGreaterThan(20);
    const without = rows.filter((row) => codePaths(row).filter(({ target }) => /\.ts$/.test(target)).length < 2);
    expect(without).toEqual([]);
  });

  test("decision records are numbered without gaps and have the same four parts", () => {
    const records = documents.filter((file) => file.startsWith("docs/decisions/"));
    records.forEach((file, index) => {
      expect(file).toMatch(new RegExp(`/${String(index + 1).padStart(4, "0")}-[a-z-]+\\.md$`));
      const parts = [...(textOf.get(file) as string).matchAll(/^## (.*)$/gm)].map(([, title]) => title);
      expect(parts, file).toEqual(["Context", "Decision", "Evidence", "Consequences"]);
    });
  });
});

describe("code in documents, and examples", () => {
  test("type-checks under the repository's own strict rules", () => {
    const config = join(folder, "tsconfig.json");
    const files = [...snippets.map(({ path }) => path), ...examples.map((file) => join(root, "examples", file))];
    writeFileSync(
      config,
      JSON.stringify({
        extends: "../../tsconfig.json",
        compilerOptions: { noUnusedLocals: false },
        include: [],
        exclude: [],
        files,
      }),
    );
    const { status, stdout } = spawnSync(join(bin, "tsc"), ["--noEmit", "-p", config], { env, encoding: "utf8" });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });

  test.each(snippets)("$name runs", ({ path, text }) => {
    const { status, stdout, stderr } = runModule(path);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    if (text.includes("console.log")) expect(stdout).not.toBe("");
  });

  /** A line that each example's output must have: the answer it exists to show. */
  const answers: Record<string, RegExp> = {
    "effective-gradient-flow.ts": /EGF, the mean over layers {5}4\.500/,
    "export-network.ts":
      /bundle +3\d{4} bytes\nONNX +154\d{3} bytes\nthe first test digit is a 1; the module reads 1, 9\d\.\d %/,
    "hessian-vector-product.ts": /1 {11}8\.24360635 {11}8\.24360635/,
    "run-bundle.ts": /0 0 {2}equal {2}0\.731[\s\S]*1 0 {2}different {2}0\.731/,
    "same-capacity.ts": /layer 2: {5}94864 active weights, density 0\.01003/,
    "smooth-mesh.ts":
      /"leastWeight":0[^{]*after {3}0 invalid, least 0\.2\d\d, mean 0\.8679[\s\S]*least 0\.515, mean 0\.867/,
    "train-sparse-mlp.ts": /epoch 5: training loss 0\.\d+, test accuracy 9\d\.\d %/,
    "wilcoxon.ts": /W\+ = 107, p = 0\.00269/,
  };

  test.each(examples)("examples/%s runs, gives its answer and stays under 60 lines", (file) => {
    const { status, stdout, stderr } = runModule(join(root, "examples", file));
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toMatch(answers[file]);
    expect(readFileSync(join(root, "examples", file), "utf8").split("\n").length).toBeLessThan(60);
  });
});

describe("commands in documents", () => {
  const blocks = [...textOf].flatMap(([file, text]) =>
    codeBlocks(text)
      .filter((block) => block.language === "sh")
      .map((block) => ({ ...block, name: `${file}:${block.line}` })),
  );
  const spans = [...textOf.values()].flatMap((text) =>
    [...text.matchAll(/`((?:npx )?gradientflow [^`]*)`/g)].map(([, c]) => c),
  );
  const lines = [...blocks.flatMap(({ text }) => text.split(/\n|&&/)), ...spans].map((line) => line.trim());

  /** "npx gradientflow study run FILE --out DIR" -> "study run". */
  const commandOf = (line: string): string | undefined => {
    const words = /^(?:npx )?gradientflow ((?:[a-z]+ ?)*)/.exec(line)?.[1].trim().split(" ");
    return words?.slice(0, ["study", "data", "mesh"].includes(words[0]) ? 2 : 1).join(" ");
  };
  const commands = [...new Set(lines.map(commandOf).filter((command) => command !== undefined && command !== ""))];

  test.each(commands)("gradientflow %s is a command with help", (command) => {
    const words = [join(root, "bin/gradientflow.js"), ...(command as string).split(" "), "--help"];
    const said = execFileSync(process.execPath, words, { env, encoding: "utf8" });
    expect(said).toContain(`gradientflow ${command}`);
  });

  const marked = [
    ...blocks.filter(({ run }) => run),
    ...[...textOf].flatMap(([file, text]) =>
      tableCommands(text).map((one) => ({ ...one, name: `${file}:${one.line}` })),
    ),
  ];

  test("the README's five further commands are marked to run", () => {
    expect(marked.filter(({ name }) => name.startsWith("README.md")).length).toBe(5);
  });

  test.each(marked)("$name: $text", ({ text }) => {
    const options = { cwd: root, env, encoding: "utf8", input: "" } as const;
    const { status, stdout, stderr } = spawnSync("sh", ["-e", "-c", text], options);
    expect(stderr.split("\n").filter((line) => /error|warning/i.test(line))).toEqual([]);
    expect(status).toBe(0);
    expect(stdout).not.toBe("");
  });

  test("every npm script a document names exists", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const named = [...textOf].flatMap(([file, text]) =>
      [...text.matchAll(/\bnpm run (\w[\w:-]*)/g)].map(([, script]) => ({ file: file, script })),
    );
    expect(named.filter(({ script }) => !(script in scripts))).toEqual([]);
  });
});
