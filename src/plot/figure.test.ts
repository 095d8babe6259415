import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { figure } from "./figure.ts";
import { pValueMap } from "./p-value-map.ts";

test("markup in title, legend, notes and message stays text", async () => {
  const evil = '<script>alert("1")</script>';
  const svg = await figure({
    title: evil,
    description: evil,
    subtitle: evil,
    message: evil,
    notes: [evil],
    legend: [{ label: evil, colour: "#0072b2", sample: "line" }],
  });
  expect(svg).not.toContain("<script");
  expect(svg.match(/&lt;script&gt;/g)!.length).toBeGreaterThanOrEqual(6);
});

test("a document of the caller's own gives the same bytes as the default one", async () => {
  const { document } = parseHTML("<html><body></body></html>");
  const cells = [{ row: "adam", column: "BN", p: 0.01 }];
  expect(await pValueMap(cells, { document: document as unknown as Document })).toBe(await pValueMap(cells));
});

test("a legend too long for one line breaks into the next", async () => {
  const legend = Array.from({ length: 12 }, (_, i) => ({
    label: `series number ${i}`,
    colour: "#0072b2",
    sample: "box" as const,
  }));
  const svg = await figure({ title: "t", description: "d", width: 400, legend });
  const rows = new Set([...svg.matchAll(/<rect x="\d+" y="(\d+)"/g)].map((match) => match[1]));
  expect(rows.size).toBeGreaterThan(2);
});

test("the figure takes the page's ink and, opened alone, the reader's preference", async () => {
  const svg = await figure({ title: "t", description: "d" });
  expect(svg).toContain(".gf-figure{color:var(--gf-ink,inherit)}");
  expect(svg).toContain(".gf-figure:root{color-scheme:light dark");
});
