/** Activations against PyTorch's in float64 (scripts/fixtures/infer-activations.py). */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { plainFunctions } from "./bundle.ts";
import { loadModel } from "./load.ts";

const fixture = JSON.parse(readFileSync(new URL("./fixtures/torch-activations.json", import.meta.url), "utf8"));

test.each(plainFunctions)(
  "%s is PyTorch's to 4e-7 of the larger of 1 and |x|, at 101 points from -100 to 100",
  async (name) => {
    const x = Float32Array.from(fixture.x);
    const operations = [{ kind: "activation" as const, name: "f", inputs: ["input"], function: name }];
    const model = await loadModel({ name, input: [x.length], operations });
    const y = model.run(x);
    const error = (i: number) => Math.abs(y[i] - fixture.y[name][i]) / Math.max(1, Math.abs(x[i]));
    const worst = [...x.keys()].reduce((most, i) => (error(i) > error(most) ? i : most), 0);
    expect(error(worst), `at ${x[worst]}: ${y[worst]}`).toBeLessThan(4e-7);
  },
);
