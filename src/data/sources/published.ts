/**
 * What is known of a published data set kept in files: every file's size and SHA-256, and where it is to be had.
 *
 * The hashes are of the unpacked content. Compressed files differ between distributors (Debian packs Fashion-MNIST anew)
 * while the content is the same.
 */

import type { DatasetParts } from "../dataset.ts";

/** A file as it is read, unpacked. */
export interface ContentFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Where the files are to be had: one .gz per file under any of several addresses, or one .tar.gz with all of them. */
export type Download =
  | { readonly kind: "gz-files"; readonly bases: readonly string[] }
  | {
      readonly kind: "archive";
      readonly url: string;
      readonly sizeBytes: number;
      readonly sha256: string;
      readonly inside: string;
    };

export interface PublishedSet {
  readonly name: string;
  readonly files: readonly ContentFile[];
  readonly download: Download;
  /** A folder that a distribution's package installs the files to, and the command that does it. */
  readonly system?: { readonly folder: string; readonly install: string };
  /** From the content of `files`, by name, to examples. */
  readonly parse: (content: ReadonlyMap<string, Uint8Array>) => DatasetParts;
}

/** The last part of an archive's address: the name it is kept under. */
export function archiveName(download: Extract<Download, { kind: "archive" }>): string {
  return download.url.slice(download.url.lastIndexOf("/") + 1);
}
