/**
 * A report as one HTML page that needs nothing else: style, script, figures and data inside, no network.
 *
 * Every text is escaped, and a content security policy forbids whatever is not ours: the one script is allowed by its
 * hash, so that markup that slipped through could still not run.
 */

import { createHash } from "node:crypto";
import { alignOf, cellValue, formatCell, formatHead } from "./cell.ts";
import { toCsv } from "./csv.ts";
import { csvUri, escapeHtml, escapeJson, paragraphs } from "./escape.ts";
import { pageScript } from "./html-script.ts";
import { pageStyle } from "./html-style.ts";
import {
  type Column,
  checkReport,
  figuresOf,
  type Report,
  type ReportFigure,
  type ReportSection,
  type Table,
  type TableRow,
  tablesOf,
  viewsOf,
} from "./model.ts";

/**
 * The page, from doctype to end; the same bytes for the same report.
 *
 * @throws InputError if a name is no file name or comes twice, or a figure is no SVG or carries a script
 */
export function renderHtml(report: Report): string {
  checkReport(report);
  const figureNumbers = new Map(figuresOf(report).map((figure, i) => [figure, i + 1]));
  const tableNumbers = new Map(tablesOf(report).map((table, i) => [table, i + 1]));
  const scripts = [pageScript, ...viewsOf(report).map(({ script }) => script)];
  const hashes = scripts.map((text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`);
  // A view's script may fetch its own files: what an allowed script loads is allowed.
  const sources = [...hashes, ...(scripts.length > 1 ? ["'strict-dynamic'"] : [])].join(" ");
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src ${sources}; img-src data:; base-uri 'none'; form-action 'none'`;
  const sections = report.sections.map((section) => renderSection(section, figureNumbers, tableNumbers));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(report.title)}</title>
<style>
${pageStyle}
</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<div class="page">
<header>
<h1>${escapeHtml(report.title)}</h1>
${report.subtitle === undefined ? "" : `<p class="subtitle">${escapeHtml(report.subtitle)}</p>`}
<div class="lead">${paragraphs(report.lead)}</div>
${renderContents(report)}
</header>
<main id="main" tabindex="-1">
${sections.join("\n")}
${renderProvenance(report)}
</main>
</div>
<script type="application/json" id="report-data">${escapeJson(reportData(report))}</script>
${scripts.map((text) => `<script>${text}</script>`).join("\n")}
</body>
</html>
`;
}

/** The report's numbers as plain JSON: tables and the figures' data, without pictures. NaN becomes null. */
export function reportData(report: Report) {
  const columns = (table: Pick<Table, "columns">) =>
    table.columns.map(({ key, title, unit }) => ({ key, title, unit }));
  return {
    title: report.title,
    lead: report.lead,
    provenance: report.provenance,
    studyFile: report.studyFile,
    tables: tablesOf(report).map((table) => ({
      name: table.name,
      caption: table.caption,
      columns: columns(table),
      rows: table.rows,
    })),
    figures: figuresOf(report).map(({ name, caption, data }) => ({
      name,
      caption,
      ...(data === undefined ? {} : { columns: columns(data), rows: data.rows }),
    })),
  };
}

function renderContents({ sections }: Report): string {
  const items = sections.map(
    ({ id, title }) => `<li><a href="#section-${escapeHtml(id)}">${escapeHtml(title)}</a></li>`,
  );
  return `<nav aria-labelledby="contents">
<h2 id="contents">Contents</h2>
<ol>${items.join("")}<li><a href="#provenance">Provenance</a></li></ol>
</nav>`;
}

function renderSection(
  section: ReportSection,
  figureNumbers: ReadonlyMap<ReportFigure, number>,
  tableNumbers: ReadonlyMap<Table, number>,
): string {
  const { id, title, text = "", figures = [], tables = [], view, notes = [] } = section;
  return `<section id="section-${escapeHtml(id)}" aria-labelledby="title-${escapeHtml(id)}">
<h2 id="title-${escapeHtml(id)}">${escapeHtml(title)}</h2>
${paragraphs(text)}
${view?.html ?? ""}
${figures.map((figure) => renderFigure(figure, figureNumbers.get(figure)!)).join("\n")}
${tables.map((table) => renderTable(table, tableNumbers.get(table)!)).join("\n")}
${renderNotes(notes)}
</section>`;
}

function renderFigure({ name, svg, caption, data }: ReportFigure, number: number): string {
  const download =
    data === undefined ? "" : `<a download="${escapeHtml(name)}.csv" href="${csvUri(toCsv(data))}">Data as CSV</a>`;
  return `<figure id="figure-${escapeHtml(name)}" data-name="${escapeHtml(name)}">
<div class="scroll" role="group" aria-label="Figure ${number}" tabindex="0">${svg.trim()}</div>
<figcaption><b>Figure ${number}.</b> ${escapeHtml(caption)}</figcaption>
<div class="tools">${download}</div>
</figure>`;
}

/** One table with caption, scopes and a link to its CSV. */
export function renderTable(table: Table, number: number): string {
  const { name, caption, columns, rows, notes = [] } = table;
  const heads = columns.map(
    (column) => `<th scope="col" class="${alignOf(column)}">${escapeHtml(formatHead(column))}</th>`,
  );
  const body = rows.map(
    (row) => `<tr>${columns.map((column, i) => renderCell(table, row, column, i === 0)).join("")}</tr>`,
  );
  const empty = `<tr><td colspan="${Math.max(1, columns.length)}">no rows</td></tr>`;
  return `<div class="tablebox" id="table-${escapeHtml(name)}">
<div class="scroll" role="group" aria-label="Table ${number}" tabindex="0"><table>
<caption><span><b>Table ${number}.</b> ${escapeHtml(caption)}</span></caption>
<thead><tr>${heads.join("")}</tr></thead>
<tbody>
${rows.length === 0 ? empty : body.join("\n")}
</tbody>
</table></div>
${renderNotes(notes)}
<div class="tools"><a download="${escapeHtml(name)}.csv" href="${csvUri(toCsv(table))}">Download CSV</a></div>
</div>`;
}

function renderCell({ bold }: Table, row: TableRow, column: Column, first: boolean): string {
  const value = cellValue(row, column);
  const text = escapeHtml(formatCell(value, column));
  const content = bold?.(row, column.key) === true ? `<strong>${text}</strong>` : text;
  const known = value !== null && value !== undefined && !Number.isNaN(value);
  const attributes = `class="${alignOf(column)}"${known ? ` data-value="${escapeHtml(String(value))}"` : ""}`;
  return first ? `<th scope="row" ${attributes}>${content}</th>` : `<td ${attributes}>${content}</td>`;
}

function renderNotes(notes: readonly string[]): string {
  if (notes.length === 0) return "";
  return `<ul class="notes">${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join("")}</ul>`;
}

function renderProvenance({ provenance, studyFile }: Report): string {
  const items = Object.entries(provenance).map(
    ([key, value]) => `<dt>${escapeHtml(key)}</dt><dd>${escapeHtml(value)}</dd>`,
  );
  const file =
    studyFile === undefined
      ? ""
      : `<h3 id="study-file">Study file</h3>\n<pre tabindex="0" aria-labelledby="study-file"><code>${escapeHtml(studyFile)}</code></pre>`;
  return `<section id="provenance" aria-labelledby="title-of-provenance">
<h2 id="title-of-provenance">Provenance</h2>
<dl>${items.join("")}</dl>
${file}
</section>`;
}
