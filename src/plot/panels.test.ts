import { expect, test } from "vitest";
import { layPanels } from "./panels.ts";

const room = { width: 720, panelHeight: 170, marginLeft: 44, marginRight: 14, marginBottom: 40 };
const names = (count: number) => Array.from({ length: count }, (_, i) => `p${i}`);

test("four panels stand in two rows of two, twelve in four rows of three", () => {
  expect(names(4).map(layPanels(names(4), room).place)).toEqual([
    { fx: 0, fy: 0 },
    { fx: 1, fy: 0 },
    { fx: 0, fy: 1 },
    { fx: 1, fy: 1 },
  ]);
  expect(layPanels(names(12), room).place("p11")).toEqual({ fx: 2, fy: 3 });
});

test("every panel of 1 to 12 is at least 190 px wide", () => {
  for (let count = 1; count <= 12; count++) {
    expect(layPanels(names(count), room).panelWidth).toBeGreaterThanOrEqual(190);
  }
});

test("a lone unnamed panel has no title", () => expect(layPanels([""], room).marks).toEqual([]));
