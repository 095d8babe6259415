/** One element's flow step, added to the sums of its nodes: what the compiled loop must equal. */

import { type ScaleRule, stepInPlace } from "./element-flow.ts";
import { topologies } from "./elements.ts";
import { gradientInto } from "./mean-volume.ts";
import { gather } from "./quality.ts";

const local = new Float64Array(24);
const gradient = new Float64Array(24);

/** Adds weight times where the element whose nodes start at nodes[start] wants them to sums, and the weight to weights. */
export function addFlow(
  kind: number,
  points: Float64Array,
  nodes: Int32Array,
  start: number,
  step: number,
  scale: ScaleRule,
  weight: number,
  sums: Float64Array,
  weights: Float64Array,
): void {
  const { size } = topologies[kind];
  gather(points, nodes, start, size, local);
  if (scale === "radius") radiusStep(kind, size, step);
  else stepInPlace(kind, local, step, scale);
  for (let j = 0; j < size; j++) {
    const node = nodes[start + j];
    weights[node] += weight;
    sums[3 * node] += weight * local[3 * j];
    sums[3 * node + 1] += weight * local[3 * j + 1];
    sums[3 * node + 2] += weight * local[3 * j + 2];
  }
}

/** `stepInPlace` with scale `radius` on `local`, without its other rules: the loop that all of the time goes to. */
function radiusStep(kind: number, size: number, step: number): void {
  const length = 3 * size;
  let cx = 0;
  let cy = 0;
  let cz = 0;
  for (let i = 0; i < length; i += 3) {
    cx += local[i];
    cy += local[i + 1];
    cz += local[i + 2];
  }
  cx /= size;
  cy /= size;
  cz /= size;
  let r2 = 0;
  for (let i = 0; i < length; i += 3) {
    const x = (local[i] -= cx);
    const y = (local[i + 1] -= cy);
    const z = (local[i + 2] -= cz);
    r2 += x * x + y * y + z * z;
  }
  gradientInto(kind, local, gradient);
  let g2 = 0;
  for (let i = 0; i < length; i++) g2 += gradient[i] * gradient[i];
  let t = 0;
  let s = 1;
  if (g2 > 1e-60 * r2 * r2) {
    t = step * Math.sqrt(r2 / g2);
    let y2 = 0;
    for (let i = 0; i < length; i++) {
      const y = local[i] + t * gradient[i];
      local[i] = y;
      y2 += y * y;
    }
    s = Math.sqrt(r2 / y2);
  }
  for (let i = 0; i < length; i += 3) {
    local[i] = cx + s * local[i];
    local[i + 1] = cy + s * local[i + 1];
    local[i + 2] = cz + s * local[i + 2];
  }
}
