/** A Web Worker: takes a piece of work, posts what came of it or what went wrong. */

import { type Work, work } from "./work.ts";

self.onmessage = async ({ data }: MessageEvent<Work>) => {
  try {
    self.postMessage({ done: await work(data) });
  } catch (error) {
    self.postMessage({ error: String((error as Error).stack ?? error) });
  }
};
// The page waits for this: a message that comes before the modules are loaded would be lost.
self.postMessage({ ready: true });
