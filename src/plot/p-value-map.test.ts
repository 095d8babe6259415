import { expect, test } from "vitest";
import { pValueMap, tintOf } from "./p-value-map.ts";
import { tints } from "./palette.ts";

const cell = (p: number, column = "BN") => ({ row: "adam", column, p });

test.each([
  [0.001, "sparse3"],
  [0.0011, "sparse2"],
  [0.05, "sparse1"],
  [0.051, "neutral"],
  [0.9499, "neutral"],
  [0.95, "dense1"],
  [0.999, "dense3"],
  [1, "dense3"],
] as const)("p = %s stands on the ground %s", (p, tint) => expect(tintOf(p)).toBe(tints[tint].light));

test("0.050 is bold and 0.051 is not, as in the paper's tables", async () => {
  const svg = await pValueMap([cell(0.05), cell(0.051, "NR")]);
  /** The group that opens last before `text`: Plot puts a mark's weight there. */
  const groupOf = (text: string) => svg.slice(svg.lastIndexOf("<g ", svg.indexOf(text)), svg.indexOf(text));
  expect(groupOf(">0.051<")).not.toContain("font-weight");
  expect(groupOf(">0.050<")).toContain('font-weight="600"');
});

test("a combination that could not be tested shows a dash and says why", async () => {
  const svg = await pValueMap([cell(Number.NaN), cell(0.2, "NR")]);
  expect(svg).toContain(">–<");
  expect(svg).toContain("–: nothing to test.");
});

test("the note gives n once where all cells agree, else its range", async () => {
  expect(await pValueMap([{ ...cell(0.1), n: 15 }])).toContain("n = 15 pairs in every cell");
  expect(
    await pValueMap([
      { ...cell(0.1), n: 15 },
      { ...cell(0.1, "NR"), n: 9 },
    ]),
  ).toContain("n = 9 to 15 pairs");
});

test("long column names are slanted rather than cut", async () => {
  const columns = Array.from({ length: 9 }, (_, i) => `DA_L2_SC_BN_${i}`);
  const svg = await pValueMap(columns.map((column) => cell(0.1, column)));
  expect(svg).toContain("rotate(-35)");
  expect(columns.every((column) => svg.includes(`>${column}<`))).toBe(true);
});
