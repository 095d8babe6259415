/** The document that figures are built in: the page's own, or in Node a linkedom one, loaded when first needed. */

let shared: Promise<Document> | undefined;

/** `given`, else the global document of a browser, else one linkedom document kept for all figures. */
export async function figureDocument(given?: Document): Promise<Document> {
  if (given !== undefined) return given;
  if (globalThis.document !== undefined) return globalThis.document;
  shared ??= import("linkedom").then(
    ({ parseHTML }) => parseHTML("<!doctype html><html><body></body></html>").document as unknown as Document,
  );
  return shared;
}
