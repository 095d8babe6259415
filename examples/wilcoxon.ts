/**
 * Is the sparse network better than its dense partner? The one-sided signed-rank test on paired accuracies, five widths by
 * three seeds, with its effect size, and what the test could say at best.
 *
 *     node examples/wilcoxon.ts
 */

import { rankBiserial, wilcoxonSignedRank } from "gradientflow/experiment";

const sparse = [0.962, 0.958, 0.961, 0.969, 0.964, 0.966, 0.971, 0.967, 0.972, 0.97, 0.974, 0.969, 0.973, 0.972, 0.97];
const dense = [0.951, 0.955, 0.949, 0.962, 0.965, 0.96, 0.966, 0.969, 0.965, 0.968, 0.971, 0.97, 0.972, 0.969, 0.971];

for (const method of ["exact", "normal"] as const) {
  const test = wilcoxonSignedRank(sparse, dense, { alternative: "greater", method });
  console.log(`${test.test}, ${test.method}, n = ${test.n} (${test.nonZero} non-zero), alternative: sparse is greater`);
  console.log(
    `  W+ = ${test.statistic}, p = ${test.pValue.toFixed(5)}, rank-biserial ${rankBiserial(test).toFixed(3)}`,
  );
}

// Three pairs can never reach 0.05: the test says so instead of leaving the reader to wonder.
const few = wilcoxonSignedRank(sparse.slice(0, 3), dense.slice(0, 3), { alternative: "greater" });
console.log(`n = ${few.n}: p = ${few.pValue}, at best ${few.smallestPossiblePValue}`);
for (const warning of few.warnings) console.log(`  ${warning}`);
