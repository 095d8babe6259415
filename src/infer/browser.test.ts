/** A page with one module script that imports this room and runs bundles: the bits of Node, in Chromium. */

import { expect, test } from "vitest";
import { findChromium, inChromium } from "../../bench/browser/chromium.ts";
import { Rng } from "../base/index.ts";
import { encodeBundle } from "./bundle-file.ts";
import { elements } from "./bundle-shapes.ts";
import { lenet5, perceptron, randomBundle, randomNumbers, vggSmall } from "./fixtures/random-bundle.ts";
import { loadModel } from "./load.ts";

const chromium = findChromium();
const none = "Chromium is not on this machine; set CHROMIUM_PATH to its place";

test("one module script in Chromium gives the bits of Node: MLP, LeNet-5 and VGG, dense and sparse, and 40 random programs", async ({
  skip,
}) => {
  if (chromium === undefined) return skip(none);
  const named = [1, 0.1].flatMap((density) => [
    perceptron([784, 300, 10], density),
    lenet5(density),
    vggSmall(12, 3, density),
  ]);
  const bundles = [...named, ...Array.from({ length: 40 }, (_, i) => randomBundle(1000 + i))];
  const work = bundles.map((bundle) => {
    const input = randomNumbers(new Rng(3, "test"), 5 * elements(bundle.input));
    const text = Buffer.from(encodeBundle(bundle)).toString("base64");
    return { place: `data:application/octet-stream;base64,${text}`, input: [...input] };
  });
  const there = await inChromium(chromium, async (page) => {
    await page.addScriptTag({
      type: "module",
      content: `
        import { loadModel } from "/src/infer/index.ts";
        globalThis.runAll = async (work) => {
          const results = [];
          for (const { place, input } of work) {
            const model = await loadModel(place);
            results.push({ bits: model.describe().simdBits, outputs: [...model.run(Float32Array.from(input))] });
          }
          return results;
        };`,
    });
    await page.waitForFunction("globalThis.runAll !== undefined");
    const results = await page.evaluate(`runAll(${JSON.stringify(work)})`);
    return results as { bits: number; outputs: number[] }[];
  });
  expect(there.length).toBe(46);
  for (const [i, bundle] of bundles.entries()) {
    const here = (await loadModel(bundle)).run(Float32Array.from(work[i].input));
    expect(there[i].bits).toBe(128);
    expect(there[i].outputs, bundle.name).toEqual([...here]);
  }
}, 120_000);
