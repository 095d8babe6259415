/** The networks whose training steps are timed, and how a case is named on the command line: 784-2048-2048-10@0.05. */

import { InputError } from "../src/base/index.ts";

export interface StepCase {
  readonly widths: readonly number[];
  /** Density of every layer; 1 is dense. */
  readonly density: number;
  readonly batch: number;
  readonly batchNorm: boolean;
  readonly optimizer: "momentum" | "adam";
}

const plain = { batch: 128, batchNorm: false, optimizer: "momentum" } as const;
const wide = [784, 2048, 2048, 10];

/** Widths and densities of the table, then variations of batch size, and batch norm with Adam. */
export const stepCases: readonly StepCase[] = [
  { widths: [784, 256, 256, 10], density: 1, ...plain },
  { widths: [784, 512, 512, 10], density: 1, ...plain },
  { widths: [784, 1024, 1024, 10], density: 0.1, ...plain },
  { widths: wide, density: 0.05, ...plain },
  { widths: wide, density: 0.01, ...plain },
  { widths: [3072, 3072, 3072, 10], density: 0.01, ...plain },
  { widths: [784, 8192, 8192, 10], density: 0.005, ...plain },
  { widths: wide, density: 0.05, ...plain, batch: 32 },
  { widths: wide, density: 0.05, ...plain, batch: 100 },
  { widths: wide, density: 0.05, ...plain, batch: 512 },
  { widths: wide, density: 0.05, batch: 128, batchNorm: true, optimizer: "adam" },
];

/** "784-2048-2048-10@0.05", with what differs from batch 128, no batch norm and momentum behind it. */
export function caseName({ widths, density, batch, batchNorm, optimizer }: StepCase): string {
  const extra = [
    ...(batch === 128 ? [] : [`batch ${batch}`]),
    ...(batchNorm ? ["batch norm"] : []),
    ...(optimizer === "momentum" ? [] : [optimizer]),
  ];
  return [`${widths.join("-")}@${density}`, ...extra].join(", ");
}

/** Reads a case such as 784-2048-2048-10@0.05; without a density it is dense. */
export function parseCase(text: string): StepCase {
  const [shape, density = "1"] = text.split("@");
  const widths = shape.split("-").map(Number);
  const fits = widths.length >= 2 && widths.every((width) => Number.isInteger(width) && width >= 1);
  if (!fits || !(Number(density) > 0 && Number(density) <= 1)) {
    throw new InputError(`bench: expected widths and a density such as 784-2048-2048-10@0.05, got ${text}`);
  }
  return { widths, density: Number(density), ...plain };
}
