/**
 * Effective gradient flow of gradients you bring along: two layers, of which the second has two active weights only.
 *
 *     node examples/effective-gradient-flow.ts
 */

import { effectiveGradientFlow, gradientFlow } from "gradientflow/flow";

const gradients = [
  [
    [3, 0],
    [0, 4],
  ],
  [
    [1, 100],
    [100, 1],
  ],
];
const masks = [
  [
    [1, 1],
    [1, 1],
  ],
  [
    [1, 0],
    [0, 1],
  ],
];

for (const p of [1, 2]) {
  const everywhere = gradientFlow(gradients, { p });
  const active = gradientFlow(gradients, { p, masks });
  const effective = effectiveGradientFlow(gradients, masks, p);
  console.log(`p = ${p}`);
  console.log(`  gf, masked positions counted  ${everywhere.toFixed(3)}`);
  console.log(`  gf, active weights alone      ${active.toFixed(3)}`);
  console.log(`  EGF, the mean over layers     ${effective.toFixed(3)}`);
}
// The gradient of 100 at the masked positions moves nothing: no weight is there. It makes up most of gf and none of EGF.
