/** `explain --sanity`: the checks of the methods that were asked for, as a table and as JSON. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Network } from "../nn/index.ts";
import { classSensitivity, parameterRandomisation, type Verdict, verdicts } from "../saliency/index.ts";
import type { Engine } from "../tensor/index.ts";
import type { Examples, Explained, ExplainOptions } from "./explain.ts";

export interface Checked {
  readonly files: readonly string[];
  readonly verdicts: readonly Verdict[];
  /** For the terminal, and the file beside the numbers: Markdown. */
  readonly table: string;
}

/** Runs both checks over the examples and writes what they come to. */
export async function checkMethods(
  engine: Engine,
  network: Network,
  { images }: Examples,
  explained: readonly Explained[],
  { seed, out }: ExplainOptions,
): Promise<Checked> {
  const methods = explained.map(({ method }) => method);
  const classes = classSensitivity(engine, network, { images, methods });
  const randomisation = parameterRandomisation(engine, network, { images, methods, seed });
  const found = verdicts(methods, classes, randomisation);
  const table = tableOf(found);
  const files = [join(out, "sanity.md"), join(out, "sanity.json")];
  await writeFile(files[0], `${table}\n`);
  const text = JSON.stringify(
    { verdicts: found, classes, randomisation },
    (_, item) => (typeof item === "number" && !Number.isFinite(item) ? String(item) : item),
    2,
  );
  await writeFile(files[1], `${text}\n`);
  return { files, verdicts: found, table };
}

function tableOf(found: readonly Verdict[]): string {
  const number = (value: number) => (Number.isNaN(value) ? "-" : value.toFixed(2));
  const rows = found.map(({ method, verdict, classes, topRandom, signed, onlyMagnitudesAgree }) => [
    method,
    `${verdict}${onlyMagnitudesAgree ? " (magnitudes only)" : ""}`,
    number(classes.spearman),
    number(classes.absoluteSpearman),
    number(classes.structural),
    number(topRandom.absoluteSpearman),
    number(topRandom.structural),
    signed === undefined ? "" : `${signed.method}${signed.verdict === undefined ? "" : `: ${signed.verdict}`}`,
  ]);
  const head = ["method", "verdict", "class ρ", "class |ρ|", "class SSIM", "top |ρ|", "top SSIM", "signed counterpart"];
  const widths = head.map((name, c) => Math.max(name.length, ...rows.map((row) => row[c].length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, c) => cell.padEnd(widths[c])).join(" | ")} |`;
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(line)].join("\n");
}
