import { expect, test } from "vitest";
import { escapeMarkdown, toMarkdown } from "./markdown.ts";

test("a table has a rule of alignments, bold cells and its notes", () => {
  const table = {
    name: "t",
    caption: "Cells",
    columns: [
      { key: "cell", title: "Cell" },
      { key: "p", title: "p", format: "p" as const },
    ],
    rows: [{ cell: "a|b", p: 0.01 }],
    bold: (_: unknown, key: string) => key === "p",
    notes: ["n = 15"],
  };
  expect(toMarkdown(table)).toBe(
    ["**Cells**", "", "| Cell | p |", "| :--- | ---: |", "| a\\|b | **0.010** |", "", "n = 15", ""].join("\n"),
  );
});

test("markup, HTML and line breaks become plain text", () => {
  expect(escapeMarkdown("<b>*x*</b>\n`y`_z_")).toBe("&lt;b&gt;\\*x\\*&lt;/b&gt; \\`y\\`\\_z\\_");
});
