/**
 * A reader for tar archives that hold nothing but files and folders (POSIX ustar), as CIFAR's do.
 *
 * Links, devices, names that lead out of the archive, and sizes that lead out of the bytes are refused. Nothing is
 * written to disk and nothing copied: the contents are views of the archive.
 */

import { InputError } from "../../base/index.ts";

const blockBytes = 512;

/**
 * The regular files of an archive by name.
 *
 * @param bytes  the whole archive, unpacked
 * @param file   its name, for messages
 * @throws InputError  for a damaged header, a truncated file, a link or device, a name that is absolute or has `..`
 */
export function readTar(bytes: Uint8Array, file: string): Map<string, Uint8Array> {
  const entries = new Map<string, Uint8Array>();
  let at = 0;
  for (;;) {
    if (at + blockBytes > bytes.length) {
      throw new InputError(`${file}: byte ${at}: the archive ends without its closing block; fetch it again`);
    }
    const header = bytes.subarray(at, at + blockBytes);
    if (header.every((byte) => byte === 0)) return entries;
    checkSum(header, file, at);
    const name = entryName(header, file, at);
    const size = octal(header, 124, 12, file, at, "size");
    const start = at + blockBytes;
    if (size > bytes.length - start) {
      throw new InputError(
        `${file}: byte ${at}: ${name} claims ${size} bytes, ${bytes.length - start} are left; fetch it again`,
      );
    }
    const type = String.fromCharCode(header[156]);
    // g and x are pax headers: they describe times and owners, which are of no use here.
    if (type === "0" || type === "\0") entries.set(name, bytes.subarray(start, start + size));
    else if (type !== "5" && type !== "g" && type !== "x") {
      throw new InputError(
        `${file}: byte ${at}: ${name} must be a regular file or a folder, got tar type ${JSON.stringify(type)}; ` +
          "use the archive from the official address",
      );
    }
    at = start + Math.ceil(size / blockBytes) * blockBytes;
  }
}

function entryName(header: Uint8Array, file: string, at: number): string {
  const isUstar = text(header, 257, 5) === "ustar";
  const prefix = isUstar ? text(header, 345, 155) : "";
  const name = (prefix === "" ? "" : `${prefix}/`) + text(header, 0, 100);
  const parts = name.split("/");
  if (name === "" || name.startsWith("/") || parts.includes("..") || /[\\:\p{Cc}]/u.test(name)) {
    throw new InputError(
      `${file}: byte ${at}: names must stay inside the archive, got ${JSON.stringify(name)}; use the official archive`,
    );
  }
  return parts.filter((part) => part !== "." && part !== "").join("/");
}

/** Bytes up to the first zero, as Latin-1. */
function text(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return String.fromCharCode(...(end === -1 ? field : field.subarray(0, end)));
}

function octal(header: Uint8Array, start: number, length: number, file: string, at: number, what: string): number {
  const digits = text(header, start, length).trim();
  if (!/^[0-7]+$/.test(digits)) {
    throw new InputError(
      `${file}: byte ${at + start}: the ${what} must be octal digits, got ${JSON.stringify(digits)}; fetch it again`,
    );
  }
  return Number.parseInt(digits, 8);
}

/** The header's own checksum: the sum of its bytes with the checksum field read as spaces. */
function checkSum(header: Uint8Array, file: string, at: number): void {
  let total = 0;
  for (let i = 0; i < blockBytes; i++) total += i >= 148 && i < 156 ? 32 : header[i];
  const stated = octal(header, 148, 8, file, at, "checksum");
  if (total !== stated) {
    throw new InputError(`${file}: byte ${at}: the header's checksum must be ${total}, got ${stated}; fetch it again`);
  }
}
