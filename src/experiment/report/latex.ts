/** Tables as LaTeX with booktabs, ready for \input; every special character escaped. */

import { alignOf, cellValue, formatCell, formatHead } from "./cell.ts";
import type { Table } from "./model.ts";

/** The table as a float with caption and label `tab:NAME`; needs the package booktabs. */
export function toLatex({ name, caption, columns, rows, bold, notes = [] }: Table): string {
  const layout = columns.map((column) => alignOf(column)[0]).join("");
  const line = (cells: readonly string[]) => `    ${cells.join(" & ")} \\\\`;
  const body = rows.map((row) =>
    line(
      columns.map((column) => {
        const text = escapeLatex(formatCell(cellValue(row, column), column));
        return bold?.(row, column.key) === true ? `\\textbf{${text}}` : text;
      }),
    ),
  );
  return [
    "% needs \\usepackage{booktabs}",
    "\\begin{table}[tb]",
    "  \\centering",
    `  \\caption{${[caption, ...notes].map(escapeLatex).join(" ")}}`,
    `  \\label{tab:${name}}`,
    `  \\begin{tabular}{${layout}}`,
    "    \\toprule",
    line(columns.map((column) => escapeLatex(formatHead(column)))),
    "    \\midrule",
    ...body,
    "    \\bottomrule",
    "  \\end{tabular}",
    "\\end{table}",
    "",
  ].join("\n");
}

const characters: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  $: "\\$",
  "&": "\\&",
  "#": "\\#",
  _: "\\_",
  "%": "\\%",
  "^": "\\textasciicircum{}",
  "~": "\\textasciitilde{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  '"': "''",
  "[": "{[}",
  "]": "{]}",
  "−": "$-$",
  "–": "--",
  "—": "---",
  "…": "\\dots{}",
  "±": "$\\pm$",
  "×": "$\\times$",
  "·": "$\\cdot$",
  "≤": "$\\leq$",
  "≥": "$\\geq$",
  "∞": "$\\infty$",
  "→": "$\\rightarrow$",
  "←": "$\\leftarrow$",
  "√": "$\\surd$",
  "₁": "$_1$",
  "₂": "$_2$",
  "²": "$^2$",
  α: "$\\alpha$",
  β: "$\\beta$",
  γ: "$\\gamma$",
  δ: "$\\delta$",
  Δ: "$\\Delta$",
  ε: "$\\varepsilon$",
  θ: "$\\theta$",
  λ: "$\\lambda$",
  μ: "$\\mu$",
  ρ: "$\\rho$",
  σ: "$\\sigma$",
  τ: "$\\tau$",
  "“": "``",
  "”": "''",
};

/** `text` as LaTeX text on one line: special characters, the signs and Greek letters of reports; the rest unchanged. */
export function escapeLatex(text: string): string {
  return [...text.replace(/\p{Cc}+/gu, " ")].map((c) => characters[c] ?? c).join("");
}
