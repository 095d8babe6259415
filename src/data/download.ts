/** One download into memory, bounded; and the addresses a file of a published set is to be had from. */

import { EnvironmentError } from "../base/index.ts";
import type { FetchOptions } from "./fetch.ts";
import { archiveName, type PublishedSet } from "./sources/published.ts";

/** The addresses of one file of a set, best first. */
export function addressesOf(set: PublishedSet, file: string, mirror: string | undefined): string[] {
  const { download } = set;
  const withoutSlash = (base: string): string => base.replace(/\/+$/, "");
  if (download.kind === "archive") {
    return [mirror === undefined ? download.url : `${withoutSlash(mirror)}/${archiveName(download)}`];
  }
  return (mirror === undefined ? download.bases : [mirror]).map((base) => `${withoutSlash(base)}/${file}.gz`);
}

/**
 * Downloads into memory, never more than `maxBytes`.
 *
 * @throws EnvironmentError  saying what the address answered
 */
export async function download(
  url: string,
  maxBytes: number,
  { fetch = globalThis.fetch, signal, onProgress }: FetchOptions,
): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new EnvironmentError(`${url}: could not be reached (${reason})`, { cause: error });
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new EnvironmentError(`${url}: answered ${response.status} ${response.statusText}`.trimEnd());
  }
  const stated = Number(response.headers.get("content-length") ?? Number.NaN);
  const chunks: Uint8Array[] = [];
  let receivedBytes = 0;
  try {
    for await (const chunk of response.body) {
      receivedBytes += chunk.length;
      if (receivedBytes > maxBytes) throw new EnvironmentError(`${url}: sent more than the ${maxBytes} bytes expected`);
      chunks.push(chunk);
      const file = url.slice(url.lastIndexOf("/") + 1);
      onProgress?.({ file, receivedBytes, totalBytes: Number.isFinite(stated) ? stated : undefined });
    }
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    throw new EnvironmentError(`${url}: broke off after ${receivedBytes} bytes (${String(error)})`, { cause: error });
  }
  const bytes = new Uint8Array(receivedBytes);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
