/** The tournament against a search through all keys. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { MinTree } from "./min-tree.ts";

test("after any changes the top is the lowest index of the least key", () => {
  const keys = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 40 });
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 5 })), { maxLength: 60 });
  fc.assert(
    fc.property(keys, changes, (start, steps) => {
      const plain = [...start];
      const tree = new MinTree(Float64Array.from(start));
      expect(tree.top()).toBe(plain.indexOf(Math.min(...plain)));
      for (const [at, key] of steps) {
        plain[at % plain.length] = key;
        tree.set(at % plain.length, key);
        expect(tree.top()).toBe(plain.indexOf(Math.min(...plain)));
      }
    }),
  );
});

test("of no keys there is no top: -1", () => {
  expect(new MinTree(new Float64Array(0)).top()).toBe(-1);
});
