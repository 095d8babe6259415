/** The tables of a study of compression, for terminal, page, CSV and LaTeX alike. */

import type { Column, Table } from "../../experiment/index.ts";
import type { CompressionCell, CompressionSummary } from "./summary.ts";

/** "model lenet-5, width 16" */
export function cellName({ factors }: CompressionCell): string {
  return Object.entries(factors)
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${String(value)}`)
    .join(", ");
}

function factorColumns({ cells }: CompressionSummary): Column[] {
  return Object.keys(cells[0]?.factors ?? {}).map((name) => ({ key: `at_${name}`, title: name.replaceAll("_", " ") }));
}

const factorCells = ({ factors }: CompressionCell) =>
  Object.fromEntries(Object.entries(factors).map(([name, value]) => [`at_${name}`, String(value)]));

/** A line per method: accuracy, its difference from the dense network's, and costs. */
export function methodTable(summary: CompressionSummary): Table {
  return {
    name: "methods",
    caption: "Test accuracy, mean over seeds, and what the network costs, medians",
    columns: [
      ...factorColumns(summary),
      { key: "method", title: "method" },
      { key: "n", title: "n", format: "integer" },
      { key: "accuracy", title: "accuracy", format: "percent", unit: "%" },
      { key: "difference", title: "from dense", format: "points", unit: "points" },
      { key: "macs", title: "MACs", format: "integer" },
      { key: "fewer", title: "times fewer", format: "number", decimals: 2 },
      { key: "parameters", title: "parameters", format: "integer" },
      { key: "bytes", title: "bytes", format: "integer" },
      { key: "smaller", title: "times smaller", format: "number", decimals: 2 },
      { key: "gzip_bytes", title: "gzip bytes", format: "integer" },
    ],
    rows: summary.cells.flatMap((cell) =>
      cell.methods.map(({ method, accuracy, lossOfAccuracy, costs, reductions }) => ({
        ...factorCells(cell),
        method,
        n: accuracy.n,
        accuracy: accuracy.mean,
        difference: lossOfAccuracy.mean,
        ...costs,
        fewer: reductions.macs,
        smaller: reductions.bytes,
      })),
    ),
    notes: [
      "MACs: multiply-accumulates of one example, of sparse networks at active weights. Bytes: float32, sparse weights as values and places; gzip of the same bytes.",
      "gmp and rigl have the density at which they are stored in the bytes of small-dense.",
      ...summary.cells.flatMap((cell) =>
        cell.methods.flatMap(({ method, kind, leftOut, removedAtEnd }) => [
          ...(leftOut > 0 ? [`${at(cell)}${method}: ${leftOut} left out: diverged, failed or not done`] : []),
          ...(removedAtEnd > 0 && kind !== "magnitude"
            ? [
                `${at(cell)}${method}: groups of smallest norm set to zero after training, where the optimizer had left them: ${removedAtEnd}`,
              ]
            : []),
        ]),
      ),
    ],
  };
}

const at = (cell: CompressionCell) => (cellName(cell) === "" ? "" : `${cellName(cell)}, `);
