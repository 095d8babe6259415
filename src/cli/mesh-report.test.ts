/** The page of a mesh: what it holds, and in Chromium, from a folder on disk, that its view draws and obeys. */

import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { findChromium } from "../../bench/browser/chromium.ts";
import { run, temporaryFolder } from "./fixtures/run-command.ts";

const valve = join(import.meta.dirname, "..", "mesh", "fixtures", "valve-block-tet-distorted.vtk");

/** A report of the distorted valve block, smoothed quickly. */
async function report(): Promise<string> {
  const folder = temporaryFolder();
  const { code, stdout } = await run("mesh", "smooth", valve, "--finish", "none", "--report", folder, "--json");
  expect(code).toBe(0);
  expect(JSON.parse(stdout).report).toBe(join(folder, "index.html"));
  return folder;
}

describe("the page", () => {
  test("has tables of before and after, and its own view's scripts beside it rather than in it", async () => {
    const folder = await report();
    const html = readFileSync(join(folder, "index.html"), "utf8");
    expect(html).toContain("<h1>Smoothing of valve-block-tet-distorted.vtk</h1>");
    expect(html).toMatch(
      /None of 5,126 elements is invalid, where 19 were\. The least mean ratio .* 0\.0000 to 0\.2200/,
    );
    expect(html).toMatch(/<tr><th scope="row"[^>]*>invalid elements<\/th><td[^>]*>19<\/td><td[^>]*>0<\/td><\/tr>/);
    expect(html.length).toBeLessThan(150_000);
    for (const file of ["three.js", "mesh.js"]) expect(existsSync(join(folder, "views/mesh", file))).toBe(true);
    // three's notice travels with its text.
    expect(readFileSync(join(folder, "views/mesh/three.js"), "utf8")).toMatch(/Three\.js Authors[\s\S]{1,40}MIT/);
    expect(statSync(join(folder, "views/mesh/mesh.js")).size).toBeLessThan(1_500_000);
  });

  test("of a mesh that was only looked at has one state and nothing to switch", async () => {
    const folder = temporaryFolder();
    await run("mesh", "quality", valve, "--report", folder);
    const html = readFileSync(join(folder, "index.html"), "utf8");
    expect(html).toContain("19 of 5,126 elements are invalid; the least mean ratio is 0.0000");
    expect(html).not.toContain('name="mesh-state"');
  });
});

/** What stands on the canvas: pixels, and how many differ from the ground by hue towards red or blue. */
function pixels(page: Page): Promise<{ red: number; blue: number }> {
  return page.evaluate(() => {
    const canvas = document.querySelector("canvas") as HTMLCanvasElement;
    const copy = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
    const context = copy.getContext("2d") as CanvasRenderingContext2D;
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let [red, blue] = [0, 0];
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3] < 128) continue;
      if (data[i] > data[i + 2] + 60) red++;
      if (data[i + 2] > data[i] + 60) blue++;
    }
    return { red, blue };
  });
}

const executablePath = findChromium();
const args = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];

test("from a folder on disk the view loads when asked, draws, cuts, switches by key and reads out what it shows", async ({
  skip,
}) => {
  if (executablePath === undefined) return skip("Chromium is not on this machine; set CHROMIUM_PATH to its place");
  const folder = await report();
  const browser = await chromium.launch({ executablePath, headless: true, args });
  try {
    const page = await browser.newPage();
    const said: string[] = [];
    page.on("console", (message) => message.type() === "error" && said.push(message.text()));
    page.on("pageerror", (error) => said.push(error.message));
    await page.goto(pathToFileURL(join(folder, "index.html")).href);
    const loaded = () => page.evaluate(() => "gradientflowThree" in globalThis);
    expect(await loaded()).toBe(false);
    await page.getByRole("button", { name: "Show the mesh in 3-D" }).click();
    const status = page.getByRole("status");
    await expect
      .poll(() => status.textContent(), { timeout: 60_000 })
      .toMatch(/^after: 5,126 of 5,126 elements shown; the worst of them is tetrahedron \d+ of quality 0\.2200\.$/);
    expect(await loaded()).toBe(true);
    const whole = await pixels(page);
    expect(whole.blue).toBeGreaterThan(5000);

    await page.getByLabel("Cut across").selectOption("x");
    expect(await status.textContent()).toMatch(/^after: [1-4],\d{3} of 5,126 elements shown/);
    expect(await pixels(page)).not.toEqual(whole);

    await page.getByRole("button", { name: "Only the worst ten" }).click();
    expect(await status.textContent()).toMatch(/^after: 10 of 5,126/);
    await page.locator("canvas").press("b");
    expect(await status.textContent()).toMatch(/^before: 19 of 5,126 .* of quality 0\.0000\.$/);
    const { red, blue } = await pixels(page);
    expect(red).toBeGreaterThan(100);
    expect(blue).toBeLessThan(red / 10);
    expect(said).toEqual([]);
  } finally {
    await browser.close();
  }
}, 120_000);
