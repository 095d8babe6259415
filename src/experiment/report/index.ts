/** Reports: a model of text, figures and tables, and its renderers: HTML, CSV, LaTeX, Markdown, terminal, folder. */

export { formatCell } from "./cell.ts";
export * from "./csv.ts";
export { renderHtml, reportData } from "./html.ts";
export { toLatex } from "./latex.ts";
export { toMarkdown } from "./markdown.ts";
export * from "./model.ts";
export { type TextOptions, toText } from "./text.ts";
export * from "./write.ts";
