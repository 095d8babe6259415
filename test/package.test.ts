/**
 * What is published: packed from a copy of the tree, installed in an empty project, and used there, where Node strips no types.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const work = mkdtempSync(join(tmpdir(), "gradientflow-package-"));
const copy = join(work, "copy");
const user = join(work, "user");
const installed = join(user, "node_modules/gradientflow");
const env = { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env.PATH}`, NO_COLOR: "1" };
let packed: string[] = [];

/** Runs a program in the user's project. */
function inProject(
  program: string,
  args: readonly string[],
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(program, args, { cwd: user, env, encoding: "utf8", input: "" });
}

// npm puts another manifest in place while it packs: in a copy, so that other tests do not meet it.
beforeAll(() => {
  const { files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const sources = ["package.json", "tsconfig.json", "tsconfig.build.json", "scripts", "src"];
  for (const path of [...sources, ...files].filter((one) => one !== "dist" && existsSync(join(root, one)))) {
    cpSync(join(root, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  const said = execFileSync("npm", ["pack", "--json", "--silent", "--pack-destination", work], {
    cwd: copy,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [{ filename, files: inside }] = JSON.parse(said.slice(said.indexOf("[\n")));
  packed = inside.map((file: { path: string }) => file.path);

  // What `npm install` would do, without a network: unpack, and resolve the dependencies beside it.
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", join(work, filename), "-C", installed, "--strip-components=1"]);
  const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  for (const name of [...Object.keys(manifest.dependencies), "@types/node", "@types/pg", "undici-types"]) {
    const place = join(user, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    if (existsSync(join(root, "node_modules", name))) symlinkSync(join(root, "node_modules", name), place);
  }
  writeFileSync(join(user, "package.json"), '{ "type": "module", "private": true }\n');
}, 120_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe("the packed package", () => {
  test("holds what runs and its papers, and neither sources nor tests", () => {
    for (const path of ["LICENSE", "README.md", "CHANGELOG.md", "package.json", "bin/gradientflow.js"]) {
      expect(packed).toContain(path);
    }
    for (const path of ["dist/index.js", "dist/index.d.ts", "dist/kernels/kernels.wasm", "studies/quickstart.yaml"]) {
      expect(packed).toContain(path);
    }
    expect(packed).toContain("assets/fonts/OFL.txt");
    expect(packed.filter((path) => /(^|\/)(src|test|fixtures|node_modules)\/|\.test\.|conformance/.test(path))).toEqual(
      [],
    );
  });

  test("exports every room from dist/ and brings no Node along; the repository's manifest is back in place", () => {
    const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const published = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    expect(Object.keys(published.exports)).toEqual(Object.keys(own.exports));
    expect(published.exports["./flow"]).toEqual({ types: "./dist/flow/index.d.ts", default: "./dist/flow/index.js" });
    expect(published.optionalDependencies).toBeUndefined();
    expect(JSON.parse(readFileSync(join(copy, "package.json"), "utf8"))).toEqual(own);
    expect(existsSync(join(copy, "package.source.json"))).toBe(false);
  });

  test("a program imports a room and gets the mean of 5 and 1", () => {
    const code = [
      'import { effectiveGradientFlow } from "gradientflow/flow";',
      'import * as all from "gradientflow";',
      "console.log(effectiveGradientFlow([[3, 4], [1]], [[1, 1], [1]], 2), Object.keys(all).join());",
    ];
    const { stdout, stderr } = inProject(process.execPath, ["--input-type=module", "--eval", code.join("\n")]);
    expect(stderr).toBe("");
    expect(stdout).toBe(
      "3 base,compress,data,exchange,experiment,flow,hyperopt,infer,mesh,nn,optim,plot,saliency,sparsity,studies,tensor,train\n",
    );
  });

  test("its declarations type-check in a strict project, and refuse a number for a mask", () => {
    const lines = [
      'import { effectiveGradientFlow } from "gradientflow/flow";',
      'import { experiment, nn, tensor } from "gradientflow";',
      "export const egf: number = effectiveGradientFlow([[3, 4]], [[1, 1]], 2);",
      "export type All = [typeof experiment, typeof nn, typeof tensor];",
      "// @ts-expect-error a mask is an array",
      "effectiveGradientFlow([[3, 4]], 1, 2);",
    ];
    writeFileSync(join(user, "use.ts"), `${lines.join("\n")}\n`);
    const options = ["--module", "nodenext", "--target", "es2024", "--lib", "es2024,dom,esnext", "--types", "node"];
    const { stdout } = inProject("tsc", ["--noEmit", "--strict", ...options, "use.ts"]);
    // Plot's own declarations name types of d3 that it does not bring.
    expect(stdout.split("\n").filter((line) => /gradientflow\/dist|use\.ts/.test(line))).toEqual([]);
  });

  test("its command says that all is in order, and runs a study of 4 trials in worker threads", () => {
    const bin = join(installed, "bin/gradientflow.js");
    const doctor = inProject(process.execPath, [bin, "doctor"]);
    expect(doctor.stderr).toBe("");
    expect(doctor.stdout).toContain("checked against the reference");

    const study = join(installed, "studies/quickstart.yaml");
    const few = ["seeds=1", "epochs=1", "dense_width=26", "optimizer=momentum"];
    const ran = inProject(process.execPath, [bin, "study", "run", study, "--out", "out", "--quiet", ...few]);
    expect(ran.stderr).toBe("");
    expect(ran.status).toBe(0);
    expect(readFileSync(join(user, "out/trials.csv"), "utf8").trim().split("\n").length).toBe(5);
    expect(existsSync(join(user, "out/report/index.html"))).toBe(true);
  });
});

test("the lock file has every optional package of every platform, without which `npm ci` refuses", () => {
  // npm leaves out of the lock what the registry at hand does not serve, and another npm then misses it.
  interface Locked {
    readonly optionalDependencies?: Record<string, string>;
    readonly version?: string;
  }
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, Locked>;
  };
  const missing = Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in packages) && !(`${place}/node_modules/${name}` in packages),
    ),
  );
  expect(missing).toEqual([]);
  expect(packages[""].version).toBe(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version);
});
