/** PyTorch as a peer: one Python process that times steps on request. */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Architecture } from "../src/nn/index.ts";
import type { StepCase } from "./step-cases.ts";

interface Timing {
  readonly mode: string;
  readonly threads: number;
  readonly steps: number;
}

export interface PeerRequest extends StepCase, Timing {}

/** A network by its description: mode "dense" or "masked". */
export interface DescribedRequest extends Timing {
  readonly architecture: Architecture;
  readonly density: number;
  readonly batch: number;
  readonly optimizer: StepCase["optimizer"];
}

export interface Peer {
  readonly name: string;
  step(request: PeerRequest | DescribedRequest): Promise<{ readonly times: readonly number[] }>;
  close(): void;
}

/** Starts the peer; undefined where python3 or torch is missing. */
export async function openPeer(): Promise<Peer | undefined> {
  const script = fileURLToPath(new URL("./peer_step.py", import.meta.url));
  const child = spawn("python3", [script], { stdio: ["pipe", "pipe", "inherit"] });
  const started = await new Promise<boolean>((resolve) => {
    child.once("spawn", () => resolve(true));
    child.once("error", () => resolve(false));
  });
  if (!started) return undefined;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.on("error", () => {});
  const ask = async (request: object): Promise<Record<string, unknown>> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await lines.next();
    return done === true ? { error: "the peer ended" } : JSON.parse(value);
  };
  const toRequest = (request: PeerRequest | DescribedRequest) =>
    "architecture" in request ? request : { ...request, batch_norm: request.batchNorm };
  const probe = { widths: [8, 8], density: 1, batch: 8, batchNorm: false, optimizer: "momentum" } as const;
  const first = await ask(toRequest({ ...probe, mode: "dense", threads: 1, steps: 1 }));
  if (first.error !== undefined) return undefined;
  return {
    name: String(first.peer),
    step: async (request) => {
      const answer = await ask(toRequest(request));
      if (answer.error !== undefined) throw new Error(`peer: ${answer.error}`);
      return { times: answer.times as number[] };
    },
    close: () => child.stdin.end(),
  };
}
