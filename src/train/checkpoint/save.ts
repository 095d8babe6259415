/** Saving and loading: a checkpoint to a file or to whoever takes its bytes, and back. Files are for Node alone. */

import type { Trainer } from "../trainer.ts";
import { type Checkpoint, type CheckpointAdditions, takeCheckpoint } from "./checkpoint.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./encoding.ts";

/** Takes the bytes of a file: of a browser's storage, a network, a test. */
export type CheckpointWriter = (bytes: Uint8Array) => void | Promise<void>;

/**
 * Saves a training as it is at the call; steps that follow do not reach what is saved. A file is replaced as a whole once all
 * of the checkpoint is on the disk: whoever looks, and whatever crashes, finds the old one or the new.
 *
 * @param target  path of a `.safetensors` file, or a function that takes its bytes
 * @throws InputError        for a training that has diverged, or notes that JSON cannot hold
 * @throws EnvironmentError  where the file cannot be written; a checkpoint that was there before still is
 */
export async function saveCheckpoint(
  target: string | CheckpointWriter,
  trainer: Trainer,
  notes: CheckpointAdditions = {},
): Promise<void> {
  const bytes = encodeCheckpoint(takeCheckpoint(trainer, notes));
  if (typeof target !== "string") return target(bytes);
  const { replaceFile } = await import("./files.ts");
  await replaceFile(target, bytes);
}

/**
 * Loads a checkpoint's file.
 *
 * @throws InputError        where there is no such file, or it is no checkpoint
 * @throws EnvironmentError  where it cannot be read
 */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  const { readWhole } = await import("./files.ts");
  return decodeCheckpoint(await readWhole(path), path);
}
