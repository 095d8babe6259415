/** Writes the surface of a mesh as STL: text, or binary with its 32-bit floats. Quadrilaterals become two triangles. */

import type { Mesh } from "../mesh.ts";
import { ByteWriter } from "./byte-writer.ts";
import { numberText } from "./number-text.ts";
import { surfaceOf, trianglesOf } from "./surface.ts";

export function writeStl(mesh: Mesh, binary: boolean): Uint8Array {
  const surface = surfaceOf("write stl", mesh);
  const { points } = surface;
  const triangles = trianglesOf(surface);
  if (binary) return binaryStl(points, triangles);
  const out = new ByteWriter();
  out.text("solid gradientflow\n");
  for (let at = 0; at < triangles.length; at += 3) {
    out.text(`facet normal ${normalOf(points, triangles, at).map(numberText).join(" ")}\nouter loop\n`);
    for (let i = at; i < at + 3; i++) {
      const [x, y, z] = points.subarray(3 * triangles[i], 3 * triangles[i] + 3);
      out.text(`vertex ${numberText(x)} ${numberText(y)} ${numberText(z)}\n`);
    }
    out.text("endloop\nendfacet\n");
  }
  out.text("endsolid gradientflow\n");
  return out.finish();
}

/** 80 bytes of text, the count, and for each triangle normal, three corners and two bytes of nothing. */
function binaryStl(points: Float64Array, triangles: Int32Array): Uint8Array {
  const count = triangles.length / 3;
  const bytes = new Uint8Array(84 + 50 * count);
  // It must not begin with "solid", which marks text.
  bytes.set(new TextEncoder().encode("binary STL written by gradientflow"));
  const view = new DataView(bytes.buffer);
  view.setUint32(80, count, true);
  for (let triangle = 0; triangle < count; triangle++) {
    let at = 84 + 50 * triangle;
    const corners = triangles.subarray(3 * triangle, 3 * triangle + 3);
    const numbers = [...normalOf(points, triangles, 3 * triangle)];
    for (const node of corners) numbers.push(points[3 * node], points[3 * node + 1], points[3 * node + 2]);
    for (const value of numbers) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return bytes;
}

/** Unit normal by the right hand; zero for a triangle without area. */
function normalOf(points: Float64Array, triangles: Int32Array, at: number): number[] {
  const [a, b, c] = [0, 1, 2].map((i) => points.subarray(3 * triangles[at + i], 3 * triangles[at + i] + 3));
  const [ux, uy, uz] = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
  const [vx, vy, vz] = [c[0] - a[0], c[1] - a[1], c[2] - a[2]];
  const [x, y, z] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
  const length = Math.sqrt(x * x + y * y + z * z);
  return length === 0 ? [0, 0, 0] : [x / length, y / length, z / length];
}
