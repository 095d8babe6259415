/** Text made harmless inside HTML: content, attributes, data URIs and JSON blocks. */

/** `text` for element content and double-quoted attributes. */
export function escapeHtml(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: characters that HTML forbids
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, "")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replaceAll("'", "&#39;")
  );
}

/** Paragraphs of plain text, apart by empty lines. */
export function paragraphs(text: string): string {
  return text
    .split(/\n\s*\n/)
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => `<p>${escapeHtml(part)}</p>`)
    .join("\n");
}

/** A data URI that downloads `text` as CSV. */
export function csvUri(text: string): string {
  // An apostrophe survives encodeURIComponent; attributes are double-quoted, but one rule is easier to trust.
  return `data:text/csv;charset=utf-8,${encodeURIComponent(text.toWellFormed()).replaceAll("'", "%27")}`;
}

/** JSON that can stand inside a script element: nothing in it can end the element or open a comment. */
export function escapeJson(value: unknown): string {
  return JSON.stringify(value)
    .toWellFormed()
    .replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
