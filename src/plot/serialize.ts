/**
 * DOM nodes to XML text, the same bytes whichever DOM made them.
 *
 * Browsers and linkedom differ in how they print empty elements and non-breaking spaces; this walks the nodes itself.
 * Numbers in attributes are rounded to hundredths of a pixel: files shrink, and the last bits of an engine's logarithm
 * cannot change the text.
 */

/** Attributes that hold geometry, whose numbers are rounded. */
const geometry = new Set(["d", "transform", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "cx", "cy", "r"]);

/** Text made fit for XML: characters that XML cannot hold are dropped, markup is escaped. */
export function escapeXml(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters XML 1.0 forbids
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
  );
}

/** Every decimal number in `value` rounded to two places. */
export function roundNumbers(value: string): string {
  return value.replace(/-?\d*\.\d+(?:e[-+]?\d+)?/gi, (number) => {
    const rounded = Math.round(Number(number) * 100) / 100;
    return String(rounded === 0 ? 0 : rounded);
  });
}

/** `node` and all below it as XML. Comments are left out. */
export function serialize(node: Node): string {
  if (node.nodeType === 3) return escapeXml(node.nodeValue ?? "");
  if (node.nodeType !== 1) return "";
  const element = node as Element;
  const name = element.localName;
  let text = `<${name}`;
  for (const attribute of Array.from(element.attributes)) {
    const value = geometry.has(attribute.name) ? roundNumbers(attribute.value) : attribute.value;
    text += ` ${attribute.name}="${escapeXml(value)}"`;
  }
  if (element.childNodes.length === 0) return `${text}/>`;
  return `${text}>${Array.from(element.childNodes, serialize).join("")}</${name}>`;
}
