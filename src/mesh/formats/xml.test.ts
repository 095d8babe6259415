import { describe, expect, test } from "vitest";
import { Scanner } from "./scanner.ts";
import { encodeAttribute, parseXml } from "./xml.ts";

const parse = (text: string) => parseXml(new Scanner(Buffer.from(text), "f"), "Raw");

describe("parseXml", () => {
  test("gives elements, attributes in either quotes with entities replaced, and where text lies", () => {
    const text = `<?xml version="1.0"?>\n<!-- <no> --><a x="1 &lt; &#50;" y='"'>\n 5 6 <b/><c>7</c></a>`;
    const root = parse(text);
    expect([...root.attributes]).toEqual([
      ["x", "1 < 2"],
      ["y", '"'],
    ]);
    expect(text.slice(...(root.text as [number, number])).trim()).toBe("5 6");
    expect(root.children.map(({ name }) => name)).toEqual(["b", "c"]);
  });

  test("stops at the raw element and closes what is around it, whatever the bytes are", () => {
    const root = parse('<a><b/><Raw e="raw">_<<<&&&\u0000</a>');
    expect(root.children.map(({ name }) => name)).toEqual(["b", "Raw"]);
  });

  test("a name survives being an attribute, quotes and line ends included", () => {
    const name = `a<b>&"c'\n\t&amp;`;
    expect(parse(`<a x="${encodeAttribute(name)}"/>`).attributes.get("x")).toBe(name);
  });

  test.each([
    ['<!DOCTYPE a [<!ENTITY x "boom">]><a/>', /f: line 1: document types and CDATA are not read/],
    ['<a x="&boom;"/>', /f: line 1: entities must be XML's own five or numbers, got "&boom;"; write the character/],
    ['<a x="&#0;"/>', /entities must be/],
    ["<a>\n<b></a>", /f: line 2: the XML must close <b> here, got "<\/a>"/],
    ["<a>\n5", /f: line 1: the XML ends within an element; the file is truncated/],
    ["<a x=1/>", /f: line 1: an XML tag must be a name and attributes in quotes, got "<a x=1\/>"/],
    ["<a", /the XML must have ">" after this/],
    ["<!-- ", /the XML must have "-->" after this/],
    ["", /the XML ends/],
    ["</a>", /the XML must close nothing here/],
    ["<a>".repeat(33), /f: line 1: elements must nest at most 32 deep/],
  ])("refuses %j", (text, message) => expect(() => parse(text)).toThrow(message));
});
