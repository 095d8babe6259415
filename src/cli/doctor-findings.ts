/** What the doctor looks at, one function per part of the machine. Nothing it finds ends the examination. */

import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { dirname, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { datasetInfo, listDatasets } from "../data/index.ts";
import { openEngine } from "../tensor/index.ts";
import type { Finding } from "./doctor.ts";
import { packageVersion } from "./program.ts";

const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GB`;

/** Every finding, in the order in which they are shown. */
export async function findings(): Promise<Finding[]> {
  return [program(), machine(), ...(await kernels()), await threads(), ...(await dataSets()), folder(), terminal()];
}

/** The launcher has refused every Node that is too old. */
function program(): Finding {
  const found = `gradientflow ${packageVersion()} on Node ${process.versions.node}, V8 ${process.versions.v8}`;
  return { name: "program", state: "ok", found };
}

function machine(): Finding {
  const free = freemem();
  const found = `${process.platform} ${process.arch}, ${cpus()[0]?.model.trim() ?? "unknown processor"}, ${gigabytes(totalmem())} of memory, ${gigabytes(free)} free`;
  if (free > 2 ** 29) return { name: "machine", state: "ok", found };
  return { name: "machine", state: "note", found, cure: "Close other programs, or use fewer --workers" };
}

/** Opening the engine runs its self-check against the reference. */
async function kernels(): Promise<Finding[]> {
  try {
    const { backend } = await openEngine();
    const simd = { name: "kernels", state: "ok", found: "WebAssembly SIMD, checked against the reference" } as const;
    return [simd, { name: "256-bit pass", ...widePass(backend) }];
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return [{ name: "kernels", state: "fault", found, cure: "Nothing can be trained without them" }];
  }
}

function widePass({ revectorized, notes }: { revectorized: boolean; notes: readonly string[] }): Omit<Finding, "name"> {
  if (revectorized) return { state: "ok", found: "on, same numbers as without it" };
  if (notes.length > 0)
    return { state: "note", found: `off: ${notes.join("; ")}`, cure: "Results are right, only slower" };
  if (process.env.GRADIENTFLOW_REVECTORIZE === "off") return { state: "ok", found: "turned off as asked" };
  return { state: "ok", found: `off: V8 does not have it on ${process.arch}` };
}

async function threads(): Promise<Finding> {
  const cores = availableParallelism();
  const shared = typeof SharedArrayBuffer === "function" ? "shared memory" : "no shared memory";
  const started = await startsWorker();
  if (started) return { name: "threads", state: "ok", found: `${cores} at once, ${shared}` };
  return {
    name: "threads",
    state: "fault",
    found: "a worker thread could not start",
    cure: "Raise the limits on processes and memory",
  };
}

function startsWorker(): Promise<boolean> {
  return new Promise((done) => {
    const worker = new Worker("", { eval: true });
    worker.on("error", () => done(false));
    worker.on("exit", (code) => done(code === 0));
  });
}

async function dataSets(): Promise<Finding[]> {
  const files = listDatasets().filter(({ kind }) => kind === "embedded" || kind === "files");
  return Promise.all(
    files.map(async ({ name, kind }): Promise<Finding> => {
      const { found, folder: place } = await datasetInfo(name);
      if (kind === "embedded") return { name, state: "ok", found: "shipped" };
      if (found) return { name, state: "ok", found: `found in ${place}` };
      return { name, state: "note", found: "not here", cure: `If you want it: gradientflow data fetch ${name}` };
    }),
  );
}

/** Studies are kept in runs/ unless told otherwise. */
function folder(): Finding {
  const runs = resolve("runs");
  const place = existsSync(runs) ? runs : dirname(runs);
  try {
    accessSync(place, constants.W_OK);
  } catch {
    return {
      name: "folder",
      state: "note",
      found: `${place} cannot be written`,
      cure: "Give study run another folder with --out",
    };
  }
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const found = `studies go to ${runs}, ${gigabytes(free)} free`;
  if (free > 2 ** 28) return { name: "folder", state: "ok", found };
  return { name: "folder", state: "note", found, cure: "Free some space, or give study run another folder with --out" };
}

function terminal(): Finding {
  if (process.stdout.isTTY !== true)
    return { name: "terminal", state: "ok", found: "none: output is piped, so plain lines" };
  const colours = process.stdout.hasColors() && !process.env.NO_COLOR ? "colours" : "no colours";
  return { name: "terminal", state: "ok", found: `${process.stdout.columns} columns, ${colours}` };
}
