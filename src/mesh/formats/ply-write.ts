/** Writes the surface of a mesh as PLY: text or binary (little-endian), doubles; triangles and quadrilaterals as they are. */

import type { Mesh } from "../mesh.ts";
import { ByteWriter } from "./byte-writer.ts";
import { encodeValues } from "./data-values.ts";
import { surfaceOf } from "./surface.ts";

export function writePly(mesh: Mesh, binary: boolean): Uint8Array {
  const { points, faces } = surfaceOf("write ply", mesh);
  const out = new ByteWriter();
  out.text(`ply\nformat ${binary ? "binary_little_endian" : "ascii"} 1.0\ncomment written by gradientflow\n`);
  out.text(`element vertex ${points.length / 3}\n`);
  for (const axis of "xyz") out.text(`property double ${axis}\n`);
  out.text(`element face ${faces.length / 4}\nproperty list uchar int vertex_indices\nend_header\n`);
  if (binary) out.bytes(encodeValues(points, true));
  else out.rows(points, 3);
  for (let at = 0; at < faces.length; at += 4) {
    const size = faces[at + 3] < 0 ? 3 : 4;
    const face = faces.subarray(at, at + size);
    if (binary) {
      out.bytes(Uint8Array.of(size));
      out.bytes(encodeValues(face, true));
    } else out.text(`${size} ${face.join(" ")}\n`);
  }
  return out.finish();
}
