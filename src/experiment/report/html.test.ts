import { createHash } from "node:crypto";
import fc from "fast-check";
import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { renderHtml } from "./html.ts";
import { pageColours } from "./html-style.ts";
import type { Report, Table } from "./model.ts";

const svg = '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="a"><path d="M0,0h1"/></svg>';
const evil = `</script><script>alert("1")</script><img src=x onerror='alert(1)'>`;

/** A report whose every text is `text`. */
function reportOf(text: string): Report {
  const table: Table = {
    name: "cells",
    caption: text,
    columns: [
      { key: "name", title: text, unit: text },
      { key: "p", title: "p", format: "p" },
    ],
    rows: [
      { name: text, p: 0.0421 },
      { name: "adam", p: Number.NaN },
    ],
    bold: (row, key) => key === "p" && (row.p as number) <= 0.05,
    notes: [text],
  };
  return {
    title: text,
    subtitle: text,
    lead: text,
    sections: [
      {
        id: "main",
        title: text,
        text: `${text}\n\n${text}`,
        figures: [{ name: "accuracy", svg, caption: text, data: table }],
        tables: [table],
        notes: [text],
      },
    ],
    provenance: { [text]: text },
    studyFile: text,
  };
}

const plain = renderHtml(reportOf("quickstart"));

describe("escaping", () => {
  test("a study named after an attack makes the same elements and attributes as a harmless one", () => {
    const shape = (page: string) =>
      [...parseHTML(page).document.querySelectorAll("*")].map((e) => `${e.localName}[${e.getAttributeNames().join()}]`);
    expect(shape(renderHtml(reportOf(evil)))).toEqual(shape(plain));
  });

  test("no text can open a tag, whatever stands in it", () => {
    const count = (page: string) => page.match(/<[a-z!/]/gi)!.length;
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), (text) => {
        // Empty text leaves its paragraphs out; a letter keeps them.
        expect(count(renderHtml(reportOf(`x${text.replace(/\n\s*\n/g, " ")}x`)))).toBe(count(plain));
      }),
      { numRuns: 60 },
    );
  });

  test("the embedded data read back as they were, with an attack inside", () => {
    const [, json] = renderHtml(reportOf(evil)).match(
      /<script type="application\/json" id="report-data">(.*?)<\/script>/s,
    )!;
    expect(JSON.parse(json).tables[0].rows).toEqual([
      { name: evil, p: 0.0421 },
      { name: "adam", p: null },
    ]);
  });
});

describe("the page", () => {
  test("asks the network for nothing: no address but the name of SVG, and a policy that forbids the rest", () => {
    expect([...new Set(plain.match(/https?:[^"'\s)<]*/g))]).toEqual(["http://www.w3.org/2000/svg"]);
    expect(plain).toContain(`content="default-src 'none';`);
  });

  test("allows its own script by a hash that fits, and no other", () => {
    const script = plain.match(/<script>(.*?)<\/script>/s)![1];
    const hash = createHash("sha256").update(script).digest("base64");
    expect(plain).toContain(`script-src 'sha256-${hash}';`);
  });

  test("a view's script is allowed by its hash and may load its own files; without a view nothing may load anything", () => {
    const view = { name: "turn", html: '<div id="turn"></div>', script: 'load("a.js")', files: { "a.js": "1" } };
    const page = renderHtml({ ...reportOf("x"), sections: [{ id: "main", title: "x", view }] });
    const hash = createHash("sha256").update(view.script).digest("base64");
    expect(page).toContain(`'sha256-${hash}' 'strict-dynamic';`);
    expect(page).toContain('<div id="turn"></div>');
    expect(page).toContain('<script>load("a.js")</script>');
    expect(plain).not.toContain("strict-dynamic");
  });

  test("has one h1, landmarks, a skip link that leads somewhere, and a language", () => {
    const { document } = parseHTML(plain);
    expect(document.querySelectorAll("h1")).toHaveLength(1);
    expect(document.querySelectorAll("main, nav, header")).toHaveLength(3);
    expect(document.querySelector(".skip")!.getAttribute("href")).toBe("#main");
    expect(document.querySelector("html")!.getAttribute("lang")).toBe("en");
  });

  test("every link inside leads to an element, and no id comes twice", () => {
    const { document } = parseHTML(plain);
    const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const link of document.querySelectorAll('a[href^="#"]')) {
      expect(ids).toContain(link.getAttribute("href")!.slice(1));
    }
  });

  test("numbers a table, scopes its heads, sets p = 0.042 in bold and offers it as CSV", () => {
    const { document } = parseHTML(plain);
    const table = document.querySelector("table")!;
    expect(table.querySelector("caption")!.textContent).toBe("Table 1. quickstart");
    expect([...table.querySelectorAll("thead th")].every((th) => th.getAttribute("scope") === "col")).toBe(true);
    expect([...table.querySelectorAll("tbody th")].every((th) => th.getAttribute("scope") === "row")).toBe(true);
    expect(table.querySelector("strong")!.textContent).toBe("0.042");
    const href = document.querySelector(".tablebox a")!.getAttribute("href")!;
    expect(decodeURIComponent(href.slice(href.indexOf(",") + 1))).toBe("name,p\r\nquickstart,0.0421\r\nadam,\r\n");
  });

  test("gives the same bytes twice", () => expect(renderHtml(reportOf("quickstart"))).toBe(plain));

  test("a table without rows says so", () => {
    const report = reportOf("x");
    const table = { ...report.sections[0].tables![0], rows: [] };
    expect(renderHtml({ ...report, sections: [{ id: "a", title: "a", tables: [table] }] })).toContain("no rows");
  });
});

describe("refusals", () => {
  const withSection = (section: object): Report => ({
    ...reportOf("x"),
    sections: [{ id: "a", title: "A", ...section }],
  });
  test.each([
    "hello",
    "<svg><script>1</script></svg>",
    '<svg><g onload="1"/></svg>',
    '<svg><a href="javascript:1"/></svg>',
    "<svg><foreignObject/></svg>",
  ])("the figure %s", (text) => {
    const report = withSection({ figures: [{ name: "f", svg: text, caption: "" }] });
    expect(() => renderHtml(report)).toThrow(/report: figure "f" must be the text of an <svg> element without scripts/);
  });
  test("a figure whose text speaks of a script passes, for it is escaped", () => {
    const report = withSection({
      figures: [{ name: "f", svg: "<svg><text>&lt;script onload=1</text></svg>", caption: "" }],
    });
    expect(renderHtml(report)).toContain("&lt;script onload=1");
  });
  test("a table name that would leave the folder", () => {
    const table = { name: "../x", caption: "", columns: [], rows: [] };
    expect(() => renderHtml(withSection({ tables: [table] }))).toThrow(
      'report: table "../x" must start with a letter or digit',
    );
  });
  test("two figures of one name, even where only the case differs", () => {
    const figures = ["Fig", "fig"].map((name) => ({ name, svg, caption: "" }));
    expect(() => renderHtml(withSection({ figures }))).toThrow('report: figure "fig" comes twice; names must differ');
  });
});

describe("colours", () => {
  /** Contrast ratio of WCAG 2.2. */
  function contrast(a: string, b: string): number {
    const [dark, light] = [a, b]
      .map((hex) => {
        const [r, g, b] = [1, 3, 5].map((i) => {
          const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
          return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      })
      .sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  }
  test.each(Object.entries(pageColours))(
    "text of every kind keeps 4.5:1 on paper and shade in %s mode",
    (_, colours) => {
      for (const text of [colours.ink, colours.muted, colours.accent]) {
        expect(contrast(text, colours.paper)).toBeGreaterThan(4.5);
        expect(contrast(text, colours.shade)).toBeGreaterThan(4.5);
      }
    },
  );
});
