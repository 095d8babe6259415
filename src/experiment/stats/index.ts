/** Statistics of studies: paired and unpaired tests, rank correlation, intervals, effect sizes, corrections for many tests. */

export * from "./bootstrap.ts";
export * from "./describe-test.ts";
export * from "./distributions.ts";
export * from "./effect-size.ts";
export * from "./hodges-lehmann.ts";
export * from "./kendall.ts";
export * from "./mann-whitney.ts";
export * from "./multiple.ts";
export * from "./null-distributions.ts";
export * from "./pair-by.ts";
export * from "./ranks.ts";
export { type Alternative, alternatives, type Tails } from "./sample.ts";
export * from "./sign-flip.ts";
export * from "./student.ts";
export * from "./wilcoxon.ts";
