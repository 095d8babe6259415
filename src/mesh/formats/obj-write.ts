/** Writes the surface of a mesh as Wavefront OBJ: text; triangles and quadrilaterals as they are. */

import type { Mesh } from "../mesh.ts";
import { ByteWriter } from "./byte-writer.ts";
import { numberText } from "./number-text.ts";
import { surfaceOf } from "./surface.ts";

export function writeObj(mesh: Mesh): Uint8Array {
  const { points, faces } = surfaceOf("write obj", mesh);
  const out = new ByteWriter();
  out.text("# written by gradientflow\n");
  for (let at = 0; at < points.length; at += 3) {
    out.text(`v ${numberText(points[at])} ${numberText(points[at + 1])} ${numberText(points[at + 2])}\n`);
  }
  for (let at = 0; at < faces.length; at += 4) {
    const [a, b, c, d] = faces.subarray(at, at + 4);
    out.text(`f ${a + 1} ${b + 1} ${c + 1}${d < 0 ? "" : ` ${d + 1}`}\n`);
  }
  return out.finish();
}
