/** Work done by the kernels in a Web Worker of Chromium, started without a window and without a network. */

import { existsSync } from "node:fs";
import { chromium, type Page } from "playwright-core";
import { serveSources } from "./serve.ts";
import type { Done, Work } from "./work.ts";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const flags = [
  ...["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  ...["--disable-sync", "--no-first-run"],
];

/** Where Chromium is: CHROMIUM_PATH, or the usual places; undefined where it is not. */
export function findChromium(): string | undefined {
  return [process.env.CHROMIUM_PATH, ...places].find((path) => path !== undefined && existsSync(path));
}

export interface BrowserWork {
  readonly version: string;
  readonly isolated: boolean;
  readonly done: readonly Done[];
}

/** Does the pieces one after another, each in a fresh worker. @throws Error with what the browser said */
export function workInChromium(executablePath: string, pieces: readonly Work[]): Promise<BrowserWork> {
  return inChromium(executablePath, async (page, version) => {
    const done: Done[] = [];
    for (const piece of pieces) {
      const answer = await page.evaluate(workInWorker, piece);
      if (answer.done === undefined) throw new Error(answer.error);
      done.push(answer.done);
    }
    return { version, isolated: await page.evaluate(() => crossOriginIsolated), done };
  });
}

/**
 * Opens an empty page of the sources' server and closes all again.
 *
 * @param body  what is done there; what it throws gets behind it what the browser said
 */
export async function inChromium<T>(
  executablePath: string,
  body: (page: Page, version: string) => Promise<T>,
): Promise<T> {
  const served = await serveSources();
  const browser = await chromium.launch({ executablePath, headless: true, args: flags });
  const said: string[] = [];
  try {
    const page = await browser.newPage();
    page.on("console", (message) => said.push(message.text()));
    page.on("requestfailed", (request) => said.push(`${request.url()} failed`));
    page.on("response", (response) => response.ok() || said.push(`${response.status()} ${response.url()}`));
    await page.goto(served.url);
    return await body(page, browser.version());
  } catch (error) {
    throw new Error([String((error as Error).message), ...said].join("\n"), { cause: error });
  } finally {
    await browser.close();
    await served.close();
  }
}

/** Runs in the page: nothing from outside its body is at hand there. */
function workInWorker(piece: Work): Promise<{ done?: Done; error?: string }> {
  return new Promise((resolve) => {
    const worker = new Worker("/bench/browser/worker.ts", { type: "module" });
    worker.onerror = ({ message }) => resolve({ error: `the worker did not start: ${message}` });
    worker.onmessage = ({ data }) => {
      if (data.ready === true) {
        worker.postMessage(piece);
        return;
      }
      worker.terminate();
      resolve(data);
    };
  });
}
