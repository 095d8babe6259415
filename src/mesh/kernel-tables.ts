/** Metrics, corners and faces of all kinds as bytes, as the compiled loops read them. */

import { topologies } from "./elements.ts";

/** Where the tables of one kind begin, and how long they are. */
export interface KindTables {
  readonly metric: number;
  readonly corners: number;
  readonly cornerBytes: number;
  readonly faces3: number;
  readonly bytes3: number;
  readonly faces4: number;
  readonly bytes4: number;
}

/** Metrics, corners and faces of all kinds as bytes from an address on, and where each begins. */
export function layTables(from: number): { bytes: Uint8Array; end: number; kinds: KindTables[] } {
  const bytes = new Uint8Array(4096);
  let at = 0;
  const lay = (data: Uint8Array): number => {
    bytes.set(data, at);
    const address = from + at;
    at = 8 * Math.ceil((at + data.length) / 8);
    return address;
  };
  const kinds = topologies.map((one) => {
    const flat = (length: number, factor: number) =>
      Uint8Array.from(one.faces.filter((face) => face.length === length).flat(), (node) => factor * node);
    const corners = Uint8Array.from(one.corners.flat());
    const [faces3, faces4] = [flat(3, 3), flat(4, 3)];
    const metric = Float64Array.of(...one.inverseMetric, 1 / one.idealDeterminant);
    return {
      metric: lay(new Uint8Array(metric.buffer)),
      corners: lay(corners),
      cornerBytes: corners.length,
      faces3: lay(faces3),
      bytes3: faces3.length,
      faces4: lay(faces4),
      bytes4: faces4.length,
    };
  });
  return { bytes: bytes.subarray(0, at), end: from + at, kinds };
}
