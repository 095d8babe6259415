import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeLatex, toLatex } from "./latex.ts";

test("a table of one row is a booktabs float with caption, label and bold", () => {
  const table = {
    name: "p-values",
    caption: "p of 5 % & more",
    columns: [
      { key: "optimizer", title: "Optimizer" },
      { key: "L2_BN", title: "L2_BN", format: "p" as const },
    ],
    rows: [{ optimizer: "adam", L2_BN: 0.0004 }],
    bold: (_: unknown, key: string) => key === "L2_BN",
    notes: ["n = 15."],
  };
  expect(toLatex(table)).toBe(
    String.raw`% needs \usepackage{booktabs}
\begin{table}[tb]
  \centering
  \caption{p of 5 \% \& more n = 15.}
  \label{tab:p-values}
  \begin{tabular}{lr}
    \toprule
    Optimizer & L2\_BN \\
    \midrule
    adam & \textbf{\textless{}0.001} \\
    \bottomrule
  \end{tabular}
\end{table}
`,
  );
});

test("the ten special characters and a minus are escaped once each", () => {
  expect(escapeLatex("\\{}$&#_%^~−")).toBe(
    String.raw`\textbackslash{}\{\}\$\&\#\_\%\textasciicircum{}\textasciitilde{}$-$`,
  );
});

test("a line break in a name stays on the row's line", () => expect(escapeLatex("a\nb\u001bc")).toBe("a b c"));

test("no text leaves an unescaped special character or an open brace", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const rest = escapeLatex(text)
        .replace(/\\text[a-z]+\{\}|\\dots\{\}|\{[[\]]\}|\$[^$]*\$/g, "")
        .replace(/\\[{}$&#_%]/g, "");
      expect(rest).not.toMatch(/[\\{}$&#_%^~]/);
    }),
  );
});
