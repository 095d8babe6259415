/** What a database's refusal means to the user: each becomes one paragraph that says what to do and what is safe. */

import { EnvironmentError } from "../../base/index.ts";

const nothingLost = "Results of finished trials are kept; when it is mended, continue with `gradientflow study resume`";

/** Numbers of SQLite's result codes, the low byte of `errcode`. */
const sqliteMeanings: Readonly<Record<number, string>> = {
  5: "is locked by another program for too long; end it and try again",
  8: "cannot be written: the folder or the file is read-only. Choose another folder with --out, or change its permissions",
  10: "cannot be read or written (the disk reports an error, or the file is over a size limit)",
  11: "is damaged; restore it from a copy, or start again in another folder",
  13: "cannot grow: the disk is full. Free some space",
  14: "cannot be opened: the folder is not there or may not be written. Choose another folder with --out, or change its permissions",
  26: "is not a study: the file is no SQLite database. Choose another folder with --out",
};

/** SQLSTATE codes of PostgreSQL, and the codes of sockets on the way to it. */
const postgresMeanings: Readonly<Record<string, string>> = {
  ECONNREFUSED: "does not answer: no PostgreSQL server listens there",
  ENOTFOUND: "does not answer: there is no machine of that name",
  ETIMEDOUT: "does not answer in time",
  ECONNRESET: "closed the connection",
  EPIPE: "closed the connection",
  "28P01": "refuses the password",
  "28000": "refuses this user",
  "3D000": "has no database of that name",
  "42501": "does not allow this user to write",
  "53100": "cannot grow: the disk is full. Free some space",
  "53300": "has too many connections",
  "57P01": "is shutting down",
  "57P03": "is starting up",
};

/** The error a store throws for one that came from its database: an EnvironmentError where the meaning is known. */
export function storeError(error: unknown, location: string): unknown {
  if (!(error instanceof Error) || error instanceof EnvironmentError) return error;
  const { errcode, code } = error as Error & { errcode?: number; code?: string };
  const meaning =
    typeof errcode === "number"
      ? sqliteMeanings[errcode & 0xff]
      : code === undefined
        ? undefined
        : postgresMeanings[code];
  if (meaning !== undefined) {
    // A store that never opened has lost nothing that would need saying.
    const comfort = /--out|restore/.test(meaning) ? "" : `. ${nothingLost}`;
    return new EnvironmentError(`${location}: the study's store ${meaning}${comfort}`, { cause: error });
  }
  if (/Connection terminated|timeout exceeded when trying to connect/.test(error.message)) {
    return new EnvironmentError(`${location}: the study's store closed the connection. ${nothingLost}`, {
      cause: error,
    });
  }
  return error;
}

/** The error for a file operation in the study's folder: what could not be done, why, and that nothing is lost. */
export function folderError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return new EnvironmentError(`${path}: cannot be written: the disk is full. ${nothingLost}`, { cause: error });
    case "EFBIG":
      return new EnvironmentError(`${path}: cannot be written: over the limit on file sizes. ${nothingLost}`, {
        cause: error,
      });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new EnvironmentError(
        `${path}: cannot be written: no permission, or the disk is read-only. Choose another folder with --out, or change its permissions`,
        { cause: error },
      );
    case "ENOTDIR":
    case "EEXIST":
      return new EnvironmentError(`${path}: a file stands where a folder is needed; choose another folder with --out`, {
        cause: error,
      });
    case "EIO":
      return new EnvironmentError(`${path}: the disk reports an error. ${nothingLost}`, { cause: error });
    default:
      return error;
  }
}
