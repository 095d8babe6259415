import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { escapeXml, roundNumbers, serialize } from "./serialize.ts";

const { document } = parseHTML("<html><body></body></html>");

test("a tree is printed with escaped text, sorted as it stands, empty elements closed", () => {
  const group = document.createElementNS("http://www.w3.org/2000/svg", "g");
  const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
  text.setAttribute("aria-label", 'a "b" <c>');
  text.textContent = "1 < 2 & 3\u00a0!";
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M1.23456,7L-0.001,1e3");
  group.append(text, path);
  expect(serialize(group as unknown as Node)).toBe(
    '<g><text aria-label="a &quot;b&quot; &lt;c&gt;">1 &lt; 2 &amp; 3\u00a0!</text><path d="M1.23,7L0,1e3"/></g>',
  );
});

describe("escapeXml", () => {
  test("drops control characters and mends lone surrogates, which XML cannot hold", () => {
    expect(escapeXml("a\u0000b\u001bc\ud800d\te")).toBe("abc\ufffdd\te");
  });
});

describe("roundNumbers", () => {
  test("rounds to hundredths, keeps integers, never prints -0 or an exponent of a small number", () => {
    expect(roundNumbers("translate(286.3999999999995,-0.004) 12 1.5e-7")).toBe("translate(286.4,0) 12 0");
  });
});
