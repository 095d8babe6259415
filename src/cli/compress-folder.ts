/** The folder of a compression: what it is of, and the checkpoints from which it goes on where it was stopped. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../base/index.ts";
import { makeFolder, writeAtomically } from "../experiment/index.ts";
import type { StretchName } from "../studies/index.ts";
import { type Checkpoint, loadCheckpoint, saveCheckpoint, type Trainer } from "../train/index.ts";
import { packageVersion } from "./program.ts";

const planFile = "plan.json";

export class CompressFolder {
  readonly path: string;
  /** Whether it held checkpoints of the same compression. */
  readonly goesOn: boolean;

  private constructor(path: string, goesOn: boolean) {
    this.path = path;
    this.goesOn = goesOn;
  }

  /**
   * Makes the folder, or finds it as it was left.
   *
   * @param plan  all that decides the numbers, as JSON
   * @throws InputError  where it holds another compression, or other files
   */
  static async open(path: string, plan: object): Promise<CompressFolder> {
    const text = `${JSON.stringify(plan, null, 2)}\n`;
    const file = join(path, planFile);
    if (existsSync(file)) {
      if (readFileSync(file, "utf8") === text) return new CompressFolder(path, existsSync(join(path, "state")));
      throw new InputError(
        `compress: ${path} holds a compression of other settings (${planFile}); choose another folder by --out, or remove it`,
      );
    }
    makeFolder(join(path, "state"));
    await writeAtomically(file, [text]);
    return new CompressFolder(path, false);
  }

  /** Where the checkpoint of a stretch is: of the dense network, of the network trained without removing anything, of a target. */
  #file(part: string, stretch: StretchName): string {
    return join(this.path, "state", `${part}-${stretch}.safetensors`);
  }

  /** The checkpoints of a part that were saved. */
  async checkpoints(part: string): Promise<Partial<Record<StretchName, Checkpoint>>> {
    const found: Partial<Record<StretchName, Checkpoint>> = {};
    for (const stretch of ["dense", "compress", "fine-tune"] as const) {
      const file = this.#file(part, stretch);
      if (existsSync(file)) found[stretch] = await loadCheckpoint(file);
    }
    return found;
  }

  async save(part: string, stretch: StretchName, trainer: Trainer): Promise<void> {
    const writtenBy = `gradientflow ${packageVersion()}`;
    await saveCheckpoint(this.#file(part, stretch), trainer, {
      notes: { command: "compress", part, stretch },
      writtenBy,
    });
  }
}
