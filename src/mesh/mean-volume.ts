/**
 * Mean volume of an element over all triangulations of its faces, its gradient, and the quality made of it.
 *
 * Faces are split independently, so the mean is a sum over faces; with [a,b,c] = a · (b × c):
 *
 *     V = Σ_triangles [a,b,c] / 6  +  Σ_quads ([a,b,c] + [a,c,d] + [a,b,d] + [b,c,d]) / 12
 *
 * Vartziotis and Himpel 2013, arXiv:1302.6066. Elements are [3 size] coordinates, node by node.
 */

import { checkElement } from "./element.ts";
import { type SolidKind, topologies, topology } from "./elements.ts";

/** Offsets of the nodes of triangles and quads in an element's coordinates, by kind: 3 · node. */
const triangles = topologies.map(({ faces }) => offsets(faces, 3));
const quads = topologies.map(({ faces }) => offsets(faces, 4));

function offsets(faces: readonly (readonly number[])[], length: number): Uint8Array {
  return Uint8Array.from(faces.filter((face) => face.length === length).flat(), (node) => 3 * node);
}

/** a · (b × c) of three points given by their offsets in x. */
function triple(x: Float64Array, a: number, b: number, c: number): number {
  return (
    x[a] * (x[b + 1] * x[c + 2] - x[b + 2] * x[c + 1]) +
    x[a + 1] * (x[b + 2] * x[c] - x[b] * x[c + 2]) +
    x[a + 2] * (x[b] * x[c + 1] - x[b + 1] * x[c])
  );
}

/** Mean volume of coordinates centred near the origin, for a kind by number. */
export function volumeOf(kind: number, x: Float64Array): number {
  let sixth = 0;
  const faces3 = triangles[kind];
  for (let i = 0; i < faces3.length; i += 3) sixth += triple(x, faces3[i], faces3[i + 1], faces3[i + 2]);
  let twelfth = 0;
  const faces4 = quads[kind];
  for (let i = 0; i < faces4.length; i += 4) {
    const a = faces4[i];
    const b = faces4[i + 1];
    const c = faces4[i + 2];
    const d = faces4[i + 3];
    twelfth += triple(x, a, b, c) + triple(x, a, c, d) + triple(x, a, b, d) + triple(x, b, c, d);
  }
  return sixth / 6 + twelfth / 12;
}

/** Gradient of the mean volume of centred coordinates, for a kind by number, into g. */
export function gradientInto(kind: number, x: Float64Array, g: Float64Array): void {
  const length = 3 * topologies[kind].size;
  for (let i = 0; i < length; i++) g[i] = 0;
  const faces4 = quads[kind];
  for (let i = 0; i < faces4.length; i += 4) quadGradient(x, faces4[i], faces4[i + 1], faces4[i + 2], faces4[i + 3], g);
  for (let i = 0; i < length; i++) g[i] *= 0.5;
  const faces3 = triangles[kind];
  for (let i = 0; i < faces3.length; i += 3) {
    addCross(x, faces3[i + 1], faces3[i + 2], g, faces3[i]);
    addCross(x, faces3[i + 2], faces3[i], g, faces3[i + 1]);
    addCross(x, faces3[i], faces3[i + 1], g, faces3[i + 2]);
  }
  for (let i = 0; i < length; i++) g[i] /= 6;
}

/** g at `to` += b × c. */
function addCross(x: Float64Array, b: number, c: number, g: Float64Array, to: number): void {
  g[to] += x[b + 1] * x[c + 2] - x[b + 2] * x[c + 1];
  g[to + 1] += x[b + 2] * x[c] - x[b] * x[c + 2];
  g[to + 2] += x[b] * x[c + 1] - x[b + 1] * x[c];
}

/**
 * Twelve times the gradient of a quad's share, from the six cross products of its corners:
 *
 *     G_a = bc + cd + bd    G_b = cd + da - ac    G_c = da + ab - bd    G_d = ab + bc + ac
 */
function quadGradient(x: Float64Array, a: number, b: number, c: number, d: number, g: Float64Array): void {
  for (let k = 0; k < 3; k++) {
    const u = k === 2 ? 0 : k + 1;
    const v = k === 0 ? 2 : k - 1;
    const au = x[a + u];
    const av = x[a + v];
    const bu = x[b + u];
    const bv = x[b + v];
    const cu = x[c + u];
    const cv = x[c + v];
    const du = x[d + u];
    const dv = x[d + v];
    const ab = au * bv - av * bu;
    const bc = bu * cv - bv * cu;
    const cd = cu * dv - cv * du;
    const da = du * av - dv * au;
    const ac = au * cv - av * cu;
    const bd = bu * dv - bv * du;
    g[a + k] += bc + cd + bd;
    g[b + k] += cd + da - ac;
    g[c + k] += da + ab - bd;
    g[d + k] += ab + bc + ac;
  }
}

/** Subtracts the centroid; returns r, the root of the sum of squared distances to it. */
export function centre(size: number, x: Float64Array, centroid: Float64Array): number {
  let cx = 0;
  let cy = 0;
  let cz = 0;
  for (let i = 0; i < 3 * size; i += 3) {
    cx += x[i];
    cy += x[i + 1];
    cz += x[i + 2];
  }
  cx /= size;
  cy /= size;
  cz /= size;
  let squares = 0;
  for (let i = 0; i < 3 * size; i += 3) {
    const px = (x[i] -= cx);
    const py = (x[i + 1] -= cy);
    const pz = (x[i + 2] -= cz);
    squares += px * px + py * py + pz * pz;
  }
  centroid[0] = cx;
  centroid[1] = cy;
  centroid[2] = cz;
  return Math.sqrt(squares);
}

/**
 * Signed mean volume of an element, in cubic units of its coordinates. For tetrahedra the volume; for the others also the
 * volume of the isoparametric element.
 *
 * @param points  [3 size], in the order of nodes of `elements.ts`
 * @throws InputError  if the number of coordinates is not 3 size
 */
export function meanVolume(kind: SolidKind, points: ArrayLike<number>): number {
  const { number, x } = checkElement("meanVolume", kind, points);
  centre(topology[kind].size, x, new Float64Array(3));
  return volumeOf(number, x);
}

/**
 * Gradient of the mean volume with respect to each node, [3 size], in square units of the coordinates. Translation
 * invariant; Σ G_i = 0, Σ p_i × G_i = 0 and Σ p_i · G_i = 3V.
 */
export function meanVolumeGradient(kind: SolidKind, points: ArrayLike<number>): Float64Array {
  const { number, x } = checkElement("meanVolumeGradient", kind, points);
  centre(topology[kind].size, x, new Float64Array(3));
  const gradient = new Float64Array(x.length);
  gradientInto(number, x, gradient);
  return gradient;
}

/**
 * Mean volume quality q = V / (V_max r³) in [-1, 1], r² = Σ ‖p_i - centroid‖²: 1 only for the maximiser, negative for
 * negative orientation, 0 for an element shrunk to a point. Positive does not imply valid, except for tetrahedra.
 */
export function meanVolumeQuality(kind: SolidKind, points: ArrayLike<number>): number {
  const { number, x } = checkElement("meanVolumeQuality", kind, points);
  return volumeQualityOf(number, x);
}

/** As `meanVolumeQuality`, for a kind by number; x is centred on the way. */
export function volumeQualityOf(kind: number, x: Float64Array): number {
  const r = centre(topologies[kind].size, x, scratchCentroid);
  const largest = topologies[kind].maxVolume * r * r * r;
  return largest === 0 ? 0 : volumeOf(kind, x) / largest;
}

const scratchCentroid = new Float64Array(3);
