/**
 * What a report is: text, figures and tables in sections, and where they come from. Plain data that every renderer of
 * this folder reads; nothing in it knows of networks.
 */

import { InputError } from "../../base/index.ts";

/** One cell. null, undefined and NaN are "no value" and print as a dash. */
export type CellValue = string | number | boolean | null | undefined;

export type TableRow = Readonly<Record<string, CellValue>>;

/**
 * How a column's numbers print; files for machines keep them in full.
 *
 * - `text`: as it is, numbers in the shortest form
 * - `integer`: rounded, thousands apart
 * - `number`: `decimals` decimals; without it four significant digits
 * - `percent`: a fraction times 100, 2 decimals; put "%" into `unit`
 * - `points`: a difference of fractions in percentage points, signed, 2 decimals
 * - `signed`: a number with its sign, 2 decimals
 * - `p`: three decimals, `<0.001` below
 */
export type CellFormat = "text" | "integer" | "number" | "percent" | "points" | "signed" | "p";

export interface Column {
  /** The row's property, and the column's name in files for machines. */
  readonly key: string;
  /** The column's name for people. */
  readonly title: string;
  /** Left for text, right for the rest, unless given. */
  readonly align?: "left" | "right" | "center";
  /** "text" by default. */
  readonly format?: CellFormat;
  readonly decimals?: number;
  /** Printed behind the title in parentheses. */
  readonly unit?: string;
}

export interface Table {
  /** Name of its files and anchor: letters, digits, dot, dash and underscore. */
  readonly name: string;
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly TableRow[];
  /** Cells to set in bold, such as p ≤ 0.05. */
  readonly bold?: (row: TableRow, key: string) => boolean;
  /** Lines below the table: n, the test, what a dash means. */
  readonly notes?: readonly string[];
}

export interface ReportFigure {
  /** Name of its files and anchor, as for tables. */
  readonly name: string;
  /** The text of one `<svg>` element. */
  readonly svg: string;
  readonly caption: string;
  /** What the figure shows, for download beside it. */
  readonly data?: Pick<Table, "columns" | "rows">;
}

/** Something to handle on the page, such as a view in space. Both texts are a program's own, never data. */
export interface ReportView {
  /** Name of its folder of scripts, as for figures. */
  readonly name: string;
  /** Markup; hidden in print unless it says otherwise. */
  readonly html: string;
  /** What the page runs; it may load `files` by elements that it makes itself. */
  readonly script: string;
  /** Text of further scripts by file name; they lie in `views/NAME/` and are loaded only when `script` asks. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface ReportSection {
  /** Anchor, unique in the report. */
  readonly id: string;
  readonly title: string;
  /** Plain paragraphs, apart by an empty line; never read as markup. */
  readonly text?: string;
  readonly figures?: readonly ReportFigure[];
  readonly tables?: readonly Table[];
  readonly view?: ReportView;
  /** Cautions and readings below the section's text. */
  readonly notes?: readonly string[];
}

export interface Report {
  readonly title: string;
  readonly subtitle?: string;
  /** The answer in one paragraph. */
  readonly lead: string;
  readonly sections: readonly ReportSection[];
  /** Version, commit, data hash, seeds, machine: whatever says where the numbers come from. */
  readonly provenance: Readonly<Record<string, string>>;
  /** The study file as it was run. */
  readonly studyFile?: string;
}

/** All figures, in reading order. */
export function figuresOf(report: Report): readonly ReportFigure[] {
  return report.sections.flatMap((section) => section.figures ?? []);
}

/** All tables, in reading order. */
export function tablesOf(report: Report): readonly Table[] {
  return report.sections.flatMap((section) => section.tables ?? []);
}

/** All views, in reading order. */
export function viewsOf(report: Report): readonly ReportView[] {
  return report.sections.flatMap(({ view }) => (view === undefined ? [] : [view]));
}

/**
 * Refuses what could not be written safely: names that are not file names or come twice, and SVG that carries scripts.
 *
 * @throws InputError that names the section, figure or table
 */
export function checkReport(report: Report): void {
  checkNames(
    "section id",
    report.sections.map(({ id }) => id),
  );
  checkNames(
    "figure",
    figuresOf(report).map(({ name }) => name),
  );
  checkNames(
    "table",
    tablesOf(report).map(({ name }) => name),
  );
  for (const { name, files = {} } of viewsOf(report)) {
    checkNames("view", [name]);
    checkNames("file of a view", Object.keys(files));
  }
  for (const { name, svg } of figuresOf(report)) {
    // Text is escaped, so that these can only stand in tags.
    const risky =
      /<(?:script|foreignObject|iframe|object|embed)\b|<[^>]*\s(?:on\w+\s*=|(?:xlink:)?href\s*=\s*["']?\s*javascript:)/i;
    if (!svg.startsWith("<svg") || risky.test(svg)) {
      throw new InputError(
        `report: figure "${name}" must be the text of an <svg> element without scripts, got ${JSON.stringify(svg.slice(0, 40))}`,
      );
    }
  }
}

function checkNames(what: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
      throw new InputError(
        `report: ${what} ${JSON.stringify(name)} must start with a letter or digit and hold only letters, digits, dots, dashes and underscores`,
      );
    }
    // File systems may not tell a from A.
    if (seen.has(name.toLowerCase())) throw new InputError(`report: ${what} "${name}" comes twice; names must differ`);
    seen.add(name.toLowerCase());
  }
}
