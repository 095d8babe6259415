/** Modules: what they are made from is what lies in the repository, they run alone, and nothing in a name becomes code. */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { encodeBundle } from "../../infer/index.ts";
import { openEngine } from "../../tensor/index.ts";
import { differenceOf, drawnInputs, networkOutputs } from "../agreement.ts";
import { drawnNetwork, zoo } from "../fixtures/drawn-networks.ts";
import { networkBundle } from "../network-bundle.ts";
import { encodeModule } from "./encode-module.ts";
import { moduleTypes } from "./module-types.ts";
import { runtimeText } from "./runtime-text.ts";

const engine = await openEngine();
const folder = mkdtempSync(join(tmpdir(), "gradientflow-module-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("runtime-text.ts is character for character what its sources bundle to, and at most 64 kB", () => {
  const script = join(import.meta.dirname, "../../../scripts/build-infer-module.ts");
  const file = join(folder, "runtime-text.ts");
  execFileSync(process.execPath, [script, file]);
  const committed = readFileSync(join(import.meta.dirname, "runtime-text.ts"), "utf8");
  expect(readFileSync(file, "utf8") === committed, "run `npm run build:infer-module` and commit the result").toBe(true);
  expect(runtimeText.length).toBeLessThan(64_000);
  expect(runtimeText).not.toMatch(/\b(import|require)\s*[({"'*]/);
});

test("a process of its own, in an empty folder, gets LeNet-5's logits at density 0.2 from its module, to 1e-5", () => {
  const architecture = zoo["lenet-5"];
  const values = drawnNetwork(engine, architecture, 0.2);
  const inputs = drawnInputs(architecture, 2);
  writeFileSync(join(folder, "lenet.mjs"), encodeModule(encodeBundle(networkBundle(values))));
  const code = [
    'import { load } from "./lenet.mjs";',
    `const inputs = Float32Array.from(${JSON.stringify([...inputs])});`,
    "const model = await load();",
    "console.log(JSON.stringify([...model.run(inputs)]), model === (await load()), model.name);",
  ];
  writeFileSync(join(folder, "use.mjs"), code.join("\n"));
  const said = execFileSync(process.execPath, ["use.mjs"], { cwd: folder, encoding: "utf8" });
  const [outputs, same, name] = said.trim().split(" ");
  expect([same, name]).toEqual(["true", "lenet-5"]);
  expect(differenceOf(JSON.parse(outputs), networkOutputs(engine, values, inputs, 2)).relative).toBeLessThan(1e-5);
});

test("a name that ends a comment or a text and goes on as code stays a name", async () => {
  const wrong = "globalThis.wrong = 1";
  const name = ["*/ ", " /* $", "{", "} \"`' ", ";\u2028", "//"].join(wrong);
  const bundle = encodeBundle({
    name,
    input: [1],
    operations: [{ kind: "activation", name, inputs: ["input"], function: "relu" }],
    classNames: [name],
  });
  const text = Buffer.from(encodeModule(bundle)).toString("base64");
  const { load } = await import(/* @vite-ignore */ `data:text/javascript;base64,${text}`);
  const model = await load();
  expect([model.name, ...model.run(Float32Array.of(-1, 2))]).toEqual([name, 0, 2]);
  expect(model.classify(Float32Array.of(3))[0][0].className).toBe(name);
  expect("wrong" in globalThis).toBe(false);
});

test("bytes that are no bundle make no module", () => {
  expect(() => encodeModule(Uint8Array.of(1, 2, 3))).toThrow("encodeModule: expected a .gfm bundle");
});

test("the declarations take what gradientflow/infer's Model is, and a strict program that uses them compiles", () => {
  writeFileSync(join(folder, "net.d.mts"), moduleTypes);
  const infer = join(import.meta.dirname, "../../infer/index.ts");
  const program = [
    `import type { Model as Real } from ${JSON.stringify(infer)};`,
    'import { type Model, load } from "./net.mjs";',
    "declare const real: Real;",
    "export const declared: Model = real;",
    // The other way round for what is called: an argument that is declared must be one that is taken.
    'export const run: Real["run"] = declared.run;',
    'export const classify: Real["classify"] = declared.classify;',
    "const model = await load();",
    "export const [[{ index, className = String(index) }]] = model.classify(model.run(new Float32Array(4)), { top: 2 });",
    "// @ts-expect-error: inputs are Float32Array",
    "model.run([1, 2]);",
  ];
  writeFileSync(join(folder, "program.mts"), program.join("\n"));
  const root = join(import.meta.dirname, "../../..");
  const options = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { typeRoots: [join(root, "node_modules/@types")] },
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ ...options, include: ["program.mts"] }));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const said = spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" });
  expect([said.stdout, said.status]).toEqual(["", 0]);
}, 60_000);
