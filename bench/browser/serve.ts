/**
 * A loopback server of the repository's own sources for a browser: types are stripped on the way, nothing is bundled. The
 * headers isolate the page, which gives it precise clocks and shared memory.
 */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import { extname, join, normalize } from "node:path";

const root = join(import.meta.dirname, "../..");
const types: Readonly<Record<string, string>> = {
  ".ts": "text/javascript",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};
/** Ours, and those of the programs that we are held to and timed beside. */
const folders = /^\/(src|bench|node_modules\/(pbf|(onnxruntime-web|@tensorflow\/[a-z-]+)\/dist))\//;
/** Packages that modules name, since there is no bundler; those of Node, which tfjs asks for and does not use, are empty. */
const empty = "data:text/javascript,export default {}";
const packages = {
  pbf: "/node_modules/pbf/index.js",
  "onnxruntime-web": "/node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs",
  "@tensorflow/tfjs-core": "/node_modules/@tensorflow/tfjs-core/dist/tf-core.fesm.js",
  "@tensorflow/tfjs-backend-wasm": "/node_modules/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.fesm.js",
  ...Object.fromEntries(["fs", "path", "perf_hooks", "os"].map((name) => [name, empty])),
};
const importMap = `<script type="importmap">${JSON.stringify({ imports: packages })}</script>`;
const page = `<!doctype html><title>gradientflow</title>${importMap}`;

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the server on a free port of 127.0.0.1: `/` is an empty page, `/src`, `/bench` and those of
 * `/node_modules` that are named here are the folders of that name. */
export async function serveSources(): Promise<Served> {
  const server = createServer(async ({ url = "/" }, response) => {
    const path = normalize(decodeURIComponent(new URL(url, "http://localhost").pathname));
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
    if (path === "/") {
      response.setHeader("Content-Type", "text/html").end(page);
      return;
    }
    const type = types[extname(path)];
    const known = folders.test(path) && type !== undefined;
    const content = known ? await readFile(join(root, path)).catch(() => undefined) : undefined;
    if (content === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader("Content-Type", type);
    response.end(extname(path) === ".ts" ? stripTypeScriptTypes(content.toString()) : content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("internal: the server has no port");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
