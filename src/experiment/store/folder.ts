/** The folder of a study: made where it is not there. */

import { mkdirSync } from "node:fs";
import { folderError } from "./store-errors.ts";

/**
 * Makes a folder, and those it lies in, where they are not there.
 *
 * @throws EnvironmentError  when that is refused
 */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw folderError(error, folder);
  }
}
