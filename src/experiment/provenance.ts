/** Where numbers came from: program, code, data and machine, gathered once per process that works on a study. */

import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

export interface Provenance {
  /** Version of the package. */
  readonly version: string;
  /** Commit of the code, with `+changes` where files differ from it; null outside a repository. */
  readonly commit: string | null;
  /** Hash of the data, by whoever knows the data; null where there is none. */
  readonly dataHash: string | null;
  readonly node: string;
  readonly platform: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/** What the caller knows, completed by what the machine tells. */
export interface ProvenanceOptions {
  readonly version: string;
  readonly dataHash?: string | null;
  /** Folder of the code, whose commit is looked up. */
  readonly root?: URL;
  readonly clock?: () => number;
}

export function gatherProvenance({ version, dataHash = null, root, clock = Date.now }: ProvenanceOptions): Provenance {
  return {
    version,
    commit: root === undefined ? null : readCommit(fileURLToPath(root)),
    dataHash,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    startedAt: new Date(clock()).toISOString(),
  };
}

/** The commit checked out in a folder; null where git is missing or the folder is in no repository. */
export function readCommit(folder: string): string | null {
  const git = (...words: string[]) =>
    execFileSync("git", words, {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 5000,
    }).trim();
  try {
    const commit = git("rev-parse", "HEAD");
    const changed = git("status", "--porcelain", "--untracked-files=no") !== "";
    return changed ? `${commit}+changes` : commit;
  } catch {
    return null;
  }
}
