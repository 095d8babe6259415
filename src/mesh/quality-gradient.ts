/**
 * The mean ratio of an element with its gradient: for the stages that climb it.
 *
 * With N = ‖A W⁻¹‖² = Σ_ij M_ij a_i · a_j over the corner's edges a_1, a_2, a_3 and D = det A / det W, a corner's ratio is
 * q = 3 D^(2/3) / N, so that ∂q/∂a_i = q ((2/3) (a_j × a_k) / det A - (∂N/∂a_i) / N).
 */

import { cubeRoot } from "./cube-root.ts";
import { topologies } from "./elements.ts";

const corners = topologies.map((one) => Uint8Array.from(one.corners.flat()));
const metrics = topologies.map((one) => Float64Array.from(one.inverseMetric));
/** Coordinates per element. */
const sizes = Int32Array.from(topologies, (one) => 3 * one.size);
const inverseDeterminants = Float64Array.from(topologies, (one) => 1 / one.idealDeterminant);

/**
 * Mean ratio of the element whose nodes start at nodes[start], its gradient by node into g from `at` on, [3 size]. 0 for an
 * invalid element, its part of g then undefined.
 */
export function meanRatioGradientAt(
  kind: number,
  points: Float64Array,
  nodes: Int32Array,
  start: number,
  g: Float64Array,
  at: number,
): number {
  const table = corners[kind];
  const metric = metrics[kind];
  const m11 = metric[0];
  const m22 = metric[1];
  const m33 = metric[2];
  const m12 = metric[3];
  const m13 = metric[4];
  const m23 = metric[5];
  const scale = inverseDeterminants[kind];
  const share = 4 / table.length;
  const end = at + sizes[kind];
  for (let i = at; i < end; i++) g[i] = 0;
  let total = 0;
  for (let i = 0; i < table.length; i += 4) {
    const k0 = table[i];
    const a0 = table[i + 1];
    const b0 = table[i + 2];
    const c0 = table[i + 3];
    const k = 3 * nodes[start + k0];
    const a = 3 * nodes[start + a0];
    const b = 3 * nodes[start + b0];
    const c = 3 * nodes[start + c0];
    const ga = at + 3 * a0;
    const gb = at + 3 * b0;
    const gc = at + 3 * c0;
    const gk = at + 3 * k0;
    const x = points[k];
    const y = points[k + 1];
    const z = points[k + 2];
    const ax = points[a] - x;
    const ay = points[a + 1] - y;
    const az = points[a + 2] - z;
    const bx = points[b] - x;
    const by = points[b + 1] - y;
    const bz = points[b + 2] - z;
    const cx = points[c] - x;
    const cy = points[c + 1] - y;
    const cz = points[c + 2] - z;
    const bcx = by * cz - bz * cy;
    const bcy = bz * cx - bx * cz;
    const bcz = bx * cy - by * cx;
    const det = ax * bcx + ay * bcy + az * bcz;
    if (!(det > 0)) return 0;
    const d = det * scale;
    // Half of ∂N/∂a_i.
    const nax = m11 * ax + 0.5 * (m12 * bx + m13 * cx);
    const nay = m11 * ay + 0.5 * (m12 * by + m13 * cy);
    const naz = m11 * az + 0.5 * (m12 * bz + m13 * cz);
    const nbx = m22 * bx + 0.5 * (m12 * ax + m23 * cx);
    const nby = m22 * by + 0.5 * (m12 * ay + m23 * cy);
    const nbz = m22 * bz + 0.5 * (m12 * az + m23 * cz);
    const ncx = m33 * cx + 0.5 * (m13 * ax + m23 * bx);
    const ncy = m33 * cy + 0.5 * (m13 * ay + m23 * by);
    const ncz = m33 * cz + 0.5 * (m13 * az + m23 * bz);
    const norm = ax * nax + ay * nay + az * naz + bx * nbx + by * nby + bz * nbz + cx * ncx + cy * ncy + cz * ncz;
    const ratio = (3 * cubeRoot(d * d)) / norm;
    total += ratio;
    const u = (share * ratio * 2) / (3 * det);
    const v = (share * ratio * 2) / norm;
    const gax = u * bcx - v * nax;
    const gay = u * bcy - v * nay;
    const gaz = u * bcz - v * naz;
    const gbx = u * (cy * az - cz * ay) - v * nbx;
    const gby = u * (cz * ax - cx * az) - v * nby;
    const gbz = u * (cx * ay - cy * ax) - v * nbz;
    const gcx = u * (ay * bz - az * by) - v * ncx;
    const gcy = u * (az * bx - ax * bz) - v * ncy;
    const gcz = u * (ax * by - ay * bx) - v * ncz;
    g[ga] += gax;
    g[ga + 1] += gay;
    g[ga + 2] += gaz;
    g[gb] += gbx;
    g[gb + 1] += gby;
    g[gb + 2] += gbz;
    g[gc] += gcx;
    g[gc + 1] += gcy;
    g[gc + 2] += gcz;
    g[gk] -= gax + gbx + gcx;
    g[gk + 1] -= gay + gby + gcy;
    g[gk + 2] -= gaz + gbz + gcz;
  }
  return total * share;
}
