/** Variables over the batch, and outputs looked at in place. */

import { expect, test } from "vitest";
import { ShapeError } from "../base/index.ts";
import * as t from "./index.ts";

const engine = await t.openEngine();

test.each([5, 16, 32, 70])(
  "channels 2 and 3 of 5 images of 2 x 3 are taken over as they are, for a batch of %d",
  (batch) => {
    using _ = engine.scope();
    const from = engine.variable("from", [5, 2, 3, batch], { batched: true });
    from.set(Float64Array.from({ length: 30 * batch }, (_, i) => i));
    const to = engine.variable("to", [2, 2, 3, batch], { batched: true });
    to.copyChannels(from, 2);
    expect([...to.get()]).toEqual([...from.get().slice(12 * batch, 24 * batch)]);
    expect(() => to.copyChannels(from, 4)).toThrow(
      new ShapeError(
        `variable "to" of shape [2, 2, 3, ${batch}] cannot take channels from 4 on of "from", [5, 2, 3, ${batch}]`,
      ),
    );
  },
);

test("a view of an output shows what the last run left, and one over the batch is refused", () => {
  using _ = engine.scope();
  const variable = engine.variable("w", [3]);
  const graph = new t.Graph();
  const [twice, x] = [t.scale(graph.read(variable), 2), graph.read(engine.variable("x", [2, 3], { batched: true }))];
  const program = t.compile(engine, { outputs: [twice, x] });
  variable.set([1, 2, 3]);
  program.run();
  const view = program.view(twice);
  expect([...view]).toEqual([2, 4, 6]);
  variable.set([5, 6, 7]);
  program.run();
  expect([...view]).toEqual([10, 12, 14]);
  expect(() => program.view(x)).toThrow("internal: read[2, 3] over the batch lies in blocks of lanes");
});
